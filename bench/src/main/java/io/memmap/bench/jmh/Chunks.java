package io.memmap.bench.jmh;

/** Walks through a stream of keys again and again, one chunk for each invocation. */
final class Chunks {
    /**
     * The smallest length of a stream. The branch predictor of a Zen 4 learns a stream of 20,000
     * keys that repeats: HPPC then needs only 1.7 ns for a key.
     */
    private static final int MIN_STREAM = 1_000_000;

    /**
     * The keys of an invocation: so many that the overhead of the harness does not count, and a
     * divisor of all sizes.
     */
    static final int CHUNK = 10_000;

    private final int streamLength;
    private int next;

    Chunks(int streamLength) {
        this.streamLength = streamLength;
    }

    /** Returns how many times a stream must hold all keys of a map of this size. */
    static int rounds(int size) {
        if (size % CHUNK != 0) {
            throw new IllegalArgumentException("size must be a multiple of " + CHUNK + ": " + size);
        }
        return Math.max(1, MIN_STREAM / size);
    }

    /** Returns the start of the next chunk of the stream. */
    int next() {
        int from = next;
        next = from + CHUNK == streamLength ? 0 : from + CHUNK;
        return from;
    }
}
