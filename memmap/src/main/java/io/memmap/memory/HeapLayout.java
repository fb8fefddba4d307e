package io.memmap.memory;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the heap keeps its own data: the header at offset 0 and the page table. Every offset is read from the layouts
 * below by name; all words are little-endian, and none holds an address.
 */
final class HeapLayout {
    static final int PAGE_SHIFT = 12;
    static final long PAGE_BYTES = 1L << PAGE_SHIFT;

    /** Page numbers are ints. */
    static final long MAX_CAPACITY = 1L << 42;

    static final long MAGIC = 0x70616d6d656d4a01L; // "\1Jmemmap" in memory order
    static final int VERSION = 1;

    static final int SECRETS = 4;

    /** Bins of free runs; {@link PageRuns} says which run belongs in which. */
    static final int BINS = 448;

    static final int BIN_WORDS = BINS / Long.SIZE;

    /** Lists of slabs with a free block, one for each size class and kind. */
    static final int SLAB_LISTS = SizeClasses.COUNT * BlockKind.COUNT;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    static final StructLayout HEADER = MemoryLayout.structLayout(
                    LONG.withName("magic"),
                    INT.withName("version"),
                    INT.withName("granuleShift"),
                    LONG.withName("capacity"),
                    LONG.withName("bitmapOffset"),
                    LONG.withName("tableOffset"),
                    INT.withName("firstPage"),
                    INT.withName("endPage"),
                    MemoryLayout.sequenceLayout(SECRETS, LONG).withName("secrets"),
                    LONG.withName("committedGranules"),
                    LONG.withName("metadataGranules"),
                    MemoryLayout.sequenceLayout(BlockKind.COUNT, LONG).withName("kindBytes"),
                    MemoryLayout.sequenceLayout(BlockKind.COUNT, LONG).withName("kindBlocks"),
                    MemoryLayout.sequenceLayout(BIN_WORDS, LONG).withName("binWords"),
                    MemoryLayout.sequenceLayout(BINS, INT).withName("bins"),
                    MemoryLayout.sequenceLayout(SLAB_LISTS, INT).withName("slabLists"))
            .withName("header");

    static final long MAGIC_OFFSET = header("magic");
    static final long VERSION_OFFSET = header("version");
    static final long GRANULE_SHIFT_OFFSET = header("granuleShift");
    static final long CAPACITY_OFFSET = header("capacity");
    static final long BITMAP_OFFSET_OFFSET = header("bitmapOffset");
    static final long TABLE_OFFSET_OFFSET = header("tableOffset");
    static final long FIRST_PAGE_OFFSET = header("firstPage");
    static final long END_PAGE_OFFSET = header("endPage");
    static final long SECRETS_OFFSET = header("secrets");
    static final long COMMITTED_GRANULES_OFFSET = header("committedGranules");
    static final long METADATA_GRANULES_OFFSET = header("metadataGranules");
    static final long KIND_BYTES_OFFSET = header("kindBytes");
    static final long KIND_BLOCKS_OFFSET = header("kindBlocks");
    static final long BIN_WORDS_OFFSET = header("binWords");
    static final long BINS_OFFSET = header("bins");
    static final long SLAB_LISTS_OFFSET = header("slabLists");

    /** One page's entry, a cache line. */
    static final StructLayout ENTRY = MemoryLayout.structLayout(
                    LONG.withName("run"),
                    INT.withName("next"),
                    INT.withName("previous"),
                    LONG.withName("wordsWithFree"),
                    INT.withName("live"),
                    MemoryLayout.paddingLayout(4),
                    MemoryLayout.sequenceLayout(4, LONG).withName("freeBlocks"))
            .withName("pageEntry");

    static final int ENTRY_SHIFT = 6;
    static final long ENTRY_BYTES = 1L << ENTRY_SHIFT;
    static final long RUN = entry("run");
    static final long NEXT = entry("next");
    static final long PREVIOUS = entry("previous");
    static final long WORDS_WITH_FREE = entry("wordsWithFree");
    static final long LIVE = entry("live");
    static final long FREE_BLOCKS = entry("freeBlocks");
    static final int FREE_WORDS_PER_ENTRY_SHIFT = 2;

    private HeapLayout() {}

    private static long header(String name) {
        return HEADER.byteOffset(groupElement(name));
    }

    private static long entry(String name) {
        return ENTRY.byteOffset(groupElement(name));
    }
}
