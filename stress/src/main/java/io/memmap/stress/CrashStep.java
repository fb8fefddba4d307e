package io.memmap.stress;

import java.util.Map;

/**
 * One operation of the writer that is killed. Its number and the seed determine it, so the process
 * that checks the maps knows the operations of the process that was killed.
 *
 * @param map the index of the map
 * @param key the key; without meaning for {@code CLEAR} and {@code DROP}
 */
record CrashStep(int map, Kind kind, long key) {
    /** What an operation does with its map. */
    enum Kind {
        PUT,
        REMOVE,
        CLEAR,
        /** Frees the map by its name, and makes a new one with this name. */
        DROP
    }

    static final int KEYS = 2_000;

    private static final int STEPS_BETWEEN_CLEARS = 20_000;
    /** The maps grow in one phase and shrink in the next one. */
    private static final int PHASE = 30_000;

    /** Returns the operation with this number. */
    static CrashStep of(long seed, long number) {
        long bits = mix(seed + number * 0x9E3779B97F4A7C15L);
        int map = (int) Long.remainderUnsigned(bits, CrashMaps.COUNT);
        long key = (bits >>> 40) % KEYS;
        long rare = (bits >>> 8 & 0xFFFFFFFL) % STEPS_BETWEEN_CLEARS;
        if (rare < 2) {
            return new CrashStep(map, rare == 0 ? Kind.CLEAR : Kind.DROP, key);
        }
        boolean ebb = number / PHASE % 2 == 1;
        boolean removes = (bits >>> 4 & 3) == 0 ? !ebb : ebb;
        return new CrashStep(map, removes ? Kind.REMOVE : Kind.PUT, key);
    }

    static long mix(long bits) {
        long mixed = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    /** Does this operation in a model of its map: the number of the last put by key. */
    void apply(Map<Long, Long> model, long number) {
        switch (kind) {
            case PUT -> model.put(key, number);
            case REMOVE -> model.remove(key);
            case CLEAR, DROP -> model.clear();
        }
    }
}
