package io.memmap.bench.child;

import java.util.SplittableRandom;

/**
 * An operation that waits for memory as one on a map does, and is none: reads of words all over a large array, each where
 * the one before says. A loop that does nothing leaves the caches to the kernel and to other threads, and has many more
 * operations between two interruptions, so its percentiles are those of a better machine.
 */
final class ArrayLoop {
    private static final int READS = 4;
    private static final int WORDS_AN_ENTRY = 4;

    private final long[] words;

    /** An array of the size of a map with so many entries, or half of that. */
    ArrayLoop(int entries) {
        words = new SplittableRandom(1)
                .longs((long) WORDS_AN_ENTRY * Integer.highestOneBit(entries))
                .toArray();
    }

    /** Returns what the caller must not throw away. */
    long step(long key) {
        long word = key;
        for (int i = 0; i < READS; i++) {
            word = words[(int) (word >>> Integer.SIZE) & (words.length - 1)] + key;
        }
        return word;
    }
}
