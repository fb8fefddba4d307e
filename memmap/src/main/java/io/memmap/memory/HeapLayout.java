package io.memmap.memory;

import static io.memmap.memory.Mem.INT;
import static io.memmap.memory.Mem.LONG;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

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

    /** Slabs without a live block that are kept at most. */
    static final int KEPT_SLABS = 16;

    /** Lists of slabs with a free block, one for each size class and kind. */
    static final int SLAB_LISTS = SizeClasses.COUNT * BlockKind.COUNT;

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
                    MemoryLayout.sequenceLayout(KEPT_SLABS, INT).withName("keptSlabs"),
                    INT.withName("keptCount"),
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
    static final long KEPT_SLABS_OFFSET = header("keptSlabs");
    static final long KEPT_COUNT_OFFSET = header("keptCount");
    static final long SLAB_LISTS_OFFSET = header("slabLists");

    /** The entry of a free run's first page. Its last page's, and a large block's first, have no more than the run word. */
    static final StructLayout FREE_ENTRY = MemoryLayout.structLayout(
                    LONG.withName("run"),
                    INT.withName("next"),
                    INT.withName("previous"),
                    INT.withName("dirtyStart"),
                    INT.withName("dirtyEnd"),
                    MemoryLayout.paddingLayout(40))
            .withName("freeEntry");

    /** The entry of a slab's page. All but the run word and the bits of its own blocks is in the first page's entry only. */
    static final StructLayout SLAB_ENTRY = MemoryLayout.structLayout(
                    LONG.withName("run"),
                    INT.withName("next"),
                    INT.withName("previous"),
                    LONG.withName("wordsWithFree"),
                    INT.withName("live"),
                    INT.withName("kept"),
                    MemoryLayout.sequenceLayout(4, LONG).withName("freeBlocks"))
            .withName("slabEntry");

    /** An entry is a cache line. */
    static final int ENTRY_SHIFT = 6;

    static final long ENTRY_BYTES = 1L << ENTRY_SHIFT;
    static final long RUN = offset(SLAB_ENTRY, "run");
    static final long NEXT = offset(SLAB_ENTRY, "next");
    static final long PREVIOUS = offset(SLAB_ENTRY, "previous");
    static final long DIRTY_START = offset(FREE_ENTRY, "dirtyStart");
    static final long DIRTY_END = offset(FREE_ENTRY, "dirtyEnd");
    static final long WORDS_WITH_FREE = offset(SLAB_ENTRY, "wordsWithFree");
    static final long LIVE = offset(SLAB_ENTRY, "live");
    static final long KEPT = offset(SLAB_ENTRY, "kept");
    static final long FREE_BLOCKS = offset(SLAB_ENTRY, "freeBlocks");
    static final int FREE_WORDS_PER_ENTRY_SHIFT = 2;

    private HeapLayout() {}

    private static long header(String name) {
        return offset(HEADER, name);
    }

    private static long offset(StructLayout layout, String name) {
        return layout.byteOffset(groupElement(name));
    }
}
