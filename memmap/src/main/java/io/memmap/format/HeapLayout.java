package io.memmap.format;

import static io.memmap.format.Mem.INT;
import static io.memmap.format.Mem.LONG;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/**
 * The layout of the heap's own data: the header at offset 0, and one page table entry for each
 * page. {@code memmap/docs/format.md} gives the offset, size and meaning of each field;
 * {@code HeapLayoutTest} compares that document with this class. All offsets come from the layouts
 * below by name. All numbers are little-endian, and none of them is an address.
 */
public final class HeapLayout {
    public static final int PAGE_SHIFT = 12;
    public static final long PAGE_BYTES = 1L << PAGE_SHIFT;
    /** A huge page has 2^21 bytes. */
    public static final int HUGE_PAGE_SHIFT = 21;

    /** Page numbers are ints. */
    public static final long MAX_CAPACITY = 1L << 42;

    public static final long MAGIC = 0x70616d6d656d4a01L;
    public static final int VERSION = 2;

    public static final int SECRETS = 4;

    /** The number of bins of free runs. {@code PageRuns} says which run belongs in which bin. */
    public static final int BINS = 448;

    /** The number of words of an id of 128 bits. */
    public static final int UUID_WORDS = 2;

    public static final int BIN_WORDS = BINS / Long.SIZE;

    /** The most slabs without a live block that are kept. */
    public static final int KEPT_SLABS = 16;

    /** The number of lists of slabs with a free block: one for each size class and each of its kinds. */
    public static final int SLAB_LISTS =
            SizeClasses.FIRST_OF_ENTRIES * BlockKind.COUNT + SizeClasses.COUNT - SizeClasses.FIRST_OF_ENTRIES;

    public static final StructLayout HEADER = MemoryLayout.structLayout(
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
                    MemoryLayout.sequenceLayout(SLAB_LISTS, INT).withName("slabLists"),
                    MemoryLayout.sequenceLayout(BlockKind.COUNT, LONG).withName("kindAllocations"),
                    LONG.withName("growths"),
                    LONG.withName("shrinks"),
                    LONG.withName("evacuations"),
                    LONG.withName("maxBytes"),
                    INT.withName("freePages"),
                    INT.withName("dirtyPages"),
                    INT.withName("fileState"),
                    INT.withName("features"),
                    INT.withName("hashVersion"),
                    INT.withName("headerCheck"),
                    MemoryLayout.sequenceLayout(UUID_WORDS, LONG).withName("uuid"),
                    LONG.withName("directory"),
                    LONG.withName("generation"),
                    MemoryLayout.sequenceLayout(UUID_WORDS, LONG).withName("bootId"),
                    LONG.withName("writer"),
                    LONG.withName("writerStart"),
                    INT.withName("closeCheck"),
                    MemoryLayout.paddingLayout(4))
            .withName("header");

    public static final long MAGIC_OFFSET = header("magic");
    public static final long VERSION_OFFSET = header("version");
    public static final long GRANULE_SHIFT_OFFSET = header("granuleShift");
    public static final long CAPACITY_OFFSET = header("capacity");
    public static final long BITMAP_OFFSET_OFFSET = header("bitmapOffset");
    public static final long TABLE_OFFSET_OFFSET = header("tableOffset");
    public static final long FIRST_PAGE_OFFSET = header("firstPage");
    public static final long END_PAGE_OFFSET = header("endPage");
    public static final long SECRETS_OFFSET = header("secrets");
    public static final long COMMITTED_GRANULES_OFFSET = header("committedGranules");
    public static final long METADATA_GRANULES_OFFSET = header("metadataGranules");
    public static final long KIND_BYTES_OFFSET = header("kindBytes");
    public static final long KIND_BLOCKS_OFFSET = header("kindBlocks");
    public static final long BIN_WORDS_OFFSET = header("binWords");
    public static final long BINS_OFFSET = header("bins");
    public static final long KEPT_SLABS_OFFSET = header("keptSlabs");
    public static final long KEPT_COUNT_OFFSET = header("keptCount");
    public static final long SLAB_LISTS_OFFSET = header("slabLists");
    public static final long KIND_ALLOCATIONS_OFFSET = header("kindAllocations");
    public static final long GROWTHS_OFFSET = header("growths");
    public static final long SHRINKS_OFFSET = header("shrinks");
    public static final long EVACUATIONS_OFFSET = header("evacuations");
    public static final long MAX_BYTES_OFFSET = header("maxBytes");
    public static final long FREE_PAGES_OFFSET = header("freePages");
    public static final long DIRTY_PAGES_OFFSET = header("dirtyPages");
    /** One of the {@code FILE_} numbers below. */
    public static final long FILE_STATE_OFFSET = header("fileState");
    /**
     * Bits for what a reader must know. A heap with an unknown bit of the low half is not opened. One
     * with an unknown bit of the high half may be read, but not written.
     */
    public static final long FEATURES_OFFSET = header("features");

    public static final long HASH_VERSION_OFFSET = header("hashVersion");
    public static final long HEADER_CHECK_OFFSET = header("headerCheck");
    public static final long UUID_OFFSET = header("uuid");
    /** The map of the heap's names, or nil. */
    public static final long DIRECTORY_OFFSET = header("directory");

    public static final long GENERATION_OFFSET = header("generation");
    public static final long BOOT_ID_OFFSET = header("bootId");
    public static final long WRITER_OFFSET = header("writer");
    public static final long WRITER_START_OFFSET = header("writerStart");
    public static final long CLOSE_CHECK_OFFSET = header("closeCheck");

    /** File state: the heap is not in a file. */
    public static final int FILE_NONE = 0;
    /** File state: a process has opened the file and has not closed it. */
    public static final int FILE_OPEN = 1;
    /** File state: the file was closed, and all of it is on the disk. */
    public static final int FILE_CLEAN = 2;

    /** The bits of the low half of the features that this code knows: none. */
    public static final int KNOWN_FEATURES = 0;

    /**
     * The entry of a free run's first page. The entry of its last page, and of a large block's
     * first page, has only the run word.
     */
    public static final StructLayout FREE_ENTRY = MemoryLayout.structLayout(
                    LONG.withName("run"),
                    INT.withName("next"),
                    INT.withName("previous"),
                    INT.withName("dirtyStart"),
                    INT.withName("dirtyEnd"),
                    MemoryLayout.paddingLayout(40))
            .withName("freeEntry");

    /**
     * The entry of a slab's page. The entries of its pages after the first have only the run word
     * and the bits of their blocks.
     */
    public static final StructLayout SLAB_ENTRY = MemoryLayout.structLayout(
                    LONG.withName("run"),
                    INT.withName("next"),
                    INT.withName("previous"),
                    LONG.withName("wordsWithFree"),
                    INT.withName("live"),
                    INT.withName("kept"),
                    MemoryLayout.sequenceLayout(4, LONG).withName("freeBlocks"))
            .withName("slabEntry");

    /** An entry fills one cache line. */
    public static final int ENTRY_SHIFT = 6;

    public static final long ENTRY_BYTES = 1L << ENTRY_SHIFT;
    public static final long RUN = offset(SLAB_ENTRY, "run");
    public static final long NEXT = offset(SLAB_ENTRY, "next");
    public static final long PREVIOUS = offset(SLAB_ENTRY, "previous");
    public static final long DIRTY_START = offset(FREE_ENTRY, "dirtyStart");
    public static final long DIRTY_END = offset(FREE_ENTRY, "dirtyEnd");
    public static final long WORDS_WITH_FREE = offset(SLAB_ENTRY, "wordsWithFree");
    public static final long LIVE = offset(SLAB_ENTRY, "live");
    public static final long KEPT = offset(SLAB_ENTRY, "kept");
    public static final long FREE_BLOCKS = offset(SLAB_ENTRY, "freeBlocks");
    public static final int FREE_WORDS_PER_ENTRY_SHIFT = 2;

    private HeapLayout() {}

    private static long header(String name) {
        return offset(HEADER, name);
    }

    private static long offset(StructLayout layout, String name) {
        return layout.byteOffset(groupElement(name));
    }
}
