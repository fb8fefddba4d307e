package io.memmap;

import io.memmap.memory.Mem;
import java.lang.foreign.MemorySegment;

/**
 * Estimates how often each key has been used lately, in a few bits a key: a count-min sketch of four-bit counters in the heap.
 *
 * <p>A key has four counters, all in one <em>block</em> of a cache line, and its estimate is the least of them. Each use raises
 * the four. After a period of uses all counters are halved, so that what was used long ago is forgotten. No use halves all of
 * them at once: a block remembers in which <em>epoch</em> it was halved last, and catches up when it is looked at next, or when
 * the hand comes by that visits every block once a period.
 *
 * <pre>
 * block   | epoch, 15 counters | 16 counters | ... | 16 counters |     8 words; row i of 4 has words 2i and 2i + 1
 * </pre>
 *
 * <p>Not for several threads at once: the shard's lock guards it. All operations take constant time.
 *
 * <p>Sources: Cormode and Muthukrishnan, An Improved Data Stream Summary (2005); Einziger, Friedman and Manes, TinyLFU (2017).
 */
final class FrequencySketch {
    static final int BLOCK_BYTES = 64;
    /** The highest estimate. */
    static final int MAX_FREQUENCY = 15;

    private static final int ROWS = 4;
    private static final int INDEX_BITS = 5;
    private static final int INDEX_SHIFT = Long.SIZE - ROWS * INDEX_BITS;
    private static final long HALVED = 0x7777_7777_7777_7777L;
    private static final int EPOCHS = 16;
    /** The hand visits a block as often, so that it comes round within half a period. */
    private static final int USES_A_VISIT = 16;

    private final MemorySegment mem;
    private final long pointer;
    private final long blockMask;
    private final long period;
    private long uses;
    private long hand;
    private int epoch;

    /**
     * A sketch in a zeroed block of the heap.
     *
     * @param bytes a power of two, at least {@link #BLOCK_BYTES}
     * @param period uses after which the counters are halved the first time; later ones follow each half of it
     */
    FrequencySketch(MemorySegment mem, long pointer, long bytes, long period) {
        this.mem = mem;
        this.pointer = pointer;
        this.period = period;
        blockMask = bytes / BLOCK_BYTES - 1;
    }

    /** Returns the estimate, 0 to {@link #MAX_FREQUENCY}. */
    int frequency(long hash) {
        long mixed = mix(hash);
        long block = block(mixed);
        int least = MAX_FREQUENCY;
        for (int row = 0; row < ROWS; row++) {
            int counter = counter(mixed, row);
            least = Math.min(least, (int) (Mem.getLong(mem, word(block, row, counter)) >>> shift(counter)) & 0xF);
        }
        return least;
    }

    /** Counts a use. */
    void use(long hash) {
        long mixed = mix(hash);
        long block = block(mixed);
        boolean raised = false;
        for (int row = 0; row < ROWS; row++) {
            int counter = counter(mixed, row);
            long address = word(block, row, counter);
            long word = Mem.getLong(mem, address);
            if ((word >>> shift(counter) & 0xF) != MAX_FREQUENCY) {
                Mem.setLong(mem, address, word + (1L << shift(counter)));
                raised = true;
            }
        }
        if (raised) {
            uses++;
            if (uses % USES_A_VISIT == 0) {
                hand = hand + 1 & blockMask;
                catchUp(pointer + hand * BLOCK_BYTES);
            }
            if (uses >= period) {
                uses >>>= 1;
                epoch = (epoch + 1) % EPOCHS;
            }
        }
    }

    private static long mix(long hash) {
        long product = (hash ^ hash >>> 32) * 0x9E37_79B9_7F4A_7C15L;
        return (product ^ product >>> 29) * 0xBF58_476D_1CE4_E5B9L;
    }

    /** Returns the block of a key, up to date. */
    private long block(long mixed) {
        long block = pointer + ((mixed ^ mixed >>> 32) & blockMask) * BLOCK_BYTES;
        catchUp(block);
        return block;
    }

    private void catchUp(long block) {
        int behind = epoch - (int) (Mem.getLong(mem, block) & 0xF) & (EPOCHS - 1);
        for (; behind > 0; behind--) {
            for (int word = 0; word < BLOCK_BYTES; word += Long.BYTES) {
                Mem.setLong(mem, block + word, Mem.getLong(mem, block + word) >>> 1 & HALVED);
            }
            if (behind == 1) {
                Mem.setLong(mem, block, (Mem.getLong(mem, block) & ~0xFL) | epoch);
            }
        }
    }

    /** Returns which of its row's 32 counters a key has; the first of row 0 is no counter but the epoch. */
    private static int counter(long mixed, int row) {
        int counter = (int) (mixed >>> (INDEX_SHIFT + INDEX_BITS * row)) & ((1 << INDEX_BITS) - 1);
        return row == 0 && counter == 0 ? 1 : counter;
    }

    private static long word(long block, int row, int counter) {
        return block + (2L * row + (counter >>> 4)) * Long.BYTES;
    }

    private static int shift(int counter) {
        return (counter & 0xF) << 2;
    }
}
