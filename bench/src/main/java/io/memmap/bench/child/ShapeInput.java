package io.memmap.bench.child;

import io.memmap.bench.maps.Keys;

/** The input of one call of a loop. */
final class ShapeInput {
    /** What an addition adds: 1 to the upper half of a value. */
    static final long DELTA = 1L << 32;

    private static final long LOWER_HALF = DELTA - 1;
    private static final int KEY_SHIFT = 40;
    private static final int OTHER_SHIFT = 43;

    final Shape shape;
    /**
     * The keys; in {@link Shape#COMPUTED} their indices; empty in {@link Shape#STATIC}, which
     * computes the indices too.
     */
    final long[] words;
    /** The index of the first key that may be asked for. */
    final long first;
    /** The number of keys that may be asked for. */
    final int size;
    /** The beginning of the computed indices. */
    final long seed;
    /** The upper half of the values that are put. */
    final long round;

    ShapeInput(Shape shape, long[] words, long first, int size, long seed, long round) {
        this.shape = shape;
        this.words = words;
        this.first = first;
        this.size = size;
        this.seed = seed;
        this.round = round;
    }

    /**
     * Returns the value that a round gives a key. The lower half is the same in all rounds, and
     * additions do not change it: so no operation changes the way of {@link Shape#DEPENDENT}. The
     * upper half is not 0, as Agrona's map cannot store the value 0.
     */
    static long value(long key, long round) {
        return (round + 1) * DELTA + (key >>> KEY_SHIFT);
    }

    /**
     * Returns a number that depends on a key and on the value that was found. It varies also if no
     * value was found.
     */
    static long mixed(long key, long found) {
        return (found + (key >>> OTHER_SHIFT)) & LOWER_HALF;
    }

    /** Returns the key of an iteration. */
    long key(int i) {
        return switch (shape) {
            case ARRAY, DEPENDENT, INTERFACE, LAMBDA -> words[i];
            case COMPUTED -> Keys.at(words[i]);
            case STATIC -> key(i, first, size, seed);
        };
    }

    /** Returns the key of an iteration of {@link Shape#STATIC}. */
    static long key(int i, long first, int size, long seed) {
        return Keys.at(first + (Keys.at(seed + i) >>> 1) % size);
    }
}
