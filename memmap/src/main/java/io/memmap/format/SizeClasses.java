package io.memmap.format;

/**
 * The size classes of small blocks: multiples of 16 up to 128 bytes, then eight classes for each
 * doubling up to 32 KiB. A map has a block of {@link BlockKind#ENTRY} for each of its entries, so
 * these blocks also have the other multiples of 8 from 24 to 120 bytes. A block of up to 128 bytes
 * wastes at most 15 bytes, or 7 if it is an entry's of more than 16; a larger one wastes at most
 * 11.1%. A block of
 * more than 32 KiB is a run of whole pages, which wastes no more than that. Small blocks of one
 * class lie in slabs: runs of pages that are cut into equal blocks.
 */
public final class SizeClasses {
    public static final int MAX_SMALL_BYTES = 32 * 1024;
    /** The first of the classes that only entries have. The classes before it are for all kinds. */
    public static final int FIRST_OF_ENTRIES = 72;

    public static final int COUNT = FIRST_OF_ENTRIES + 7;

    private static final int LINEAR_CLASSES = 8;
    private static final int LINEAR_STEP = 16;
    private static final int LINEAR_BYTES = LINEAR_CLASSES * LINEAR_STEP;
    private static final int LINEAR_BITS = 7;
    private static final int CLASSES_PER_DOUBLING_BITS = 3;

    private static final int MAX_SLAB_PAGES = 16;
    private static final int WANTED_BLOCKS = 64;

    private static final int[] BLOCK_BYTES = new int[COUNT];
    private static final int[] SLAB_PAGES = new int[COUNT];
    private static final int[] BLOCKS = new int[COUNT];
    /**
     * 2^32 / block bytes, rounded up. This is exact for all offsets in a slab; the test checks each
     * of them.
     */
    private static final long[] RECIPROCAL = new long[COUNT];

    static {
        for (int sizeClass = 0; sizeClass < COUNT; sizeClass++) {
            int blockBytes = bytesOf(sizeClass);
            int pages = slabPagesFor(blockBytes);
            BLOCK_BYTES[sizeClass] = blockBytes;
            SLAB_PAGES[sizeClass] = pages;
            BLOCKS[sizeClass] = (pages << HeapLayout.PAGE_SHIFT) / blockBytes;
            RECIPROCAL[sizeClass] = ((1L << 32) + blockBytes - 1) / blockBytes;
        }
    }

    private SizeClasses() {}

    /**
     * Returns the class of the smallest block of a kind that holds {@code bytes}, 1 to {@link
     * #MAX_SMALL_BYTES}.
     */
    public static int of(int bytes, BlockKind kind) {
        int last = bytes - 1;
        if (last < LINEAR_BYTES) {
            int steps = last / LINEAR_STEP;
            boolean fitsHalfStep = steps > 0 && last % LINEAR_STEP < LINEAR_STEP / 2;
            return fitsHalfStep && kind == BlockKind.ENTRY ? FIRST_OF_ENTRIES + steps - 1 : steps;
        }
        int doubling = 31 - Integer.numberOfLeadingZeros(last);
        int step = (last >>> (doubling - CLASSES_PER_DOUBLING_BITS)) & ((1 << CLASSES_PER_DOUBLING_BITS) - 1);
        return LINEAR_CLASSES + ((doubling - LINEAR_BITS) << CLASSES_PER_DOUBLING_BITS) + step;
    }

    /** Returns whether there can be blocks of this class and kind. Both may be any number from 0 on. */
    public static boolean exists(int sizeClass, int kind) {
        return sizeClass < FIRST_OF_ENTRIES
                ? kind < BlockKind.COUNT
                : sizeClass < COUNT && kind == BlockKind.ENTRY.code;
    }

    public static int blockBytes(int sizeClass) {
        return BLOCK_BYTES[sizeClass];
    }

    public static int slabPages(int sizeClass) {
        return SLAB_PAGES[sizeClass];
    }

    public static int blocks(int sizeClass) {
        return BLOCKS[sizeClass];
    }

    /** Returns the number of the block that holds the byte at this offset of a slab. */
    public static int blockAt(int sizeClass, int slabOffset) {
        return (int) ((slabOffset * RECIPROCAL[sizeClass]) >>> 32);
    }

    private static int bytesOf(int sizeClass) {
        if (sizeClass < LINEAR_CLASSES) {
            return (sizeClass + 1) * LINEAR_STEP;
        }
        if (sizeClass >= FIRST_OF_ENTRIES) {
            return (sizeClass - FIRST_OF_ENTRIES + 1) * LINEAR_STEP + LINEAR_STEP / 2;
        }
        int above = sizeClass - LINEAR_CLASSES;
        int perDoubling = 1 << CLASSES_PER_DOUBLING_BITS;
        int steps = perDoubling + above % perDoubling + 1;
        return steps << (LINEAR_BITS - CLASSES_PER_DOUBLING_BITS + above / perDoubling);
    }

    /**
     * Returns the fewest pages that hold 64 blocks and waste at most 1/64 at the end. If no number
     * of pages does, returns the number that wastes least.
     */
    private static int slabPagesFor(int blockBytes) {
        int best = MAX_SLAB_PAGES;
        double leastWaste = 1;
        for (int pages = 1; pages <= MAX_SLAB_PAGES; pages++) {
            int bytes = pages << HeapLayout.PAGE_SHIFT;
            double waste = (double) (bytes % blockBytes) / bytes;
            if (bytes / blockBytes >= WANTED_BLOCKS && waste <= 1.0 / 64) {
                return pages;
            }
            if (bytes >= blockBytes && waste <= leastWaste) {
                best = pages;
                leastWaste = waste;
            }
        }
        return best;
    }
}
