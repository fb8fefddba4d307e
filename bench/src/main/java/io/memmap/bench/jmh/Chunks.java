package io.memmap.bench.jmh;

/** A walk through a stream of keys, a chunk an invocation, over and over. */
final class Chunks {
    /**
     * The least length of a stream. One of 20,000 keys that repeats is learnt by the branch predictor of a Zen 4: HPPC
     * answers it in 1.7 ns a key.
     */
    private static final int MIN_STREAM = 1_000_000;

    /** Keys an invocation: long enough that the harness does not count, and a divisor of all sizes. */
    static final int CHUNK = 10_000;

    private final int streamLength;
    private int next;

    Chunks(int streamLength) {
        this.streamLength = streamLength;
    }

    /** Returns how often a stream must have all keys of a map of this size. */
    static int rounds(int size) {
        if (size % CHUNK != 0) {
            throw new IllegalArgumentException("size must be a multiple of " + CHUNK + ": " + size);
        }
        return Math.max(1, MIN_STREAM / size);
    }

    /** Returns where the next chunk of the stream begins. */
    int next() {
        int from = next;
        next = from + CHUNK == streamLength ? 0 : from + CHUNK;
        return from;
    }
}
