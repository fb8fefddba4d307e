package io.memmap.bench.child;

import java.util.SplittableRandom;

/**
 * A baseline without a map: a chain of dependent random reads in a large array. Each read waits for
 * memory, as a read in a map does. A loop without any work would be no fair baseline: it leaves the
 * caches to the kernel and to other threads, and it fits many more operations between two
 * interruptions.
 */
final class ArrayLoop {
    private static final int READS = 4;
    private static final int WORDS_AN_ENTRY = 4;

    private final long[] words;

    /** Makes an array about as large as a map of this many entries. */
    ArrayLoop(int entries) {
        words = new SplittableRandom(1)
                .longs((long) WORDS_AN_ENTRY * Integer.highestOneBit(entries))
                .toArray();
    }

    /**
     * Runs one chain of reads. The caller must use the result, or the compiler removes the reads.
     */
    long step(long key) {
        long word = key;
        for (int i = 0; i < READS; i++) {
            word = words[(int) (word >>> Integer.SIZE) & (words.length - 1)] + key;
        }
        return word;
    }
}
