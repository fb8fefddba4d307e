package io.memmap.memory;

import static io.memmap.memory.Mem.INT;
import static io.memmap.memory.Mem.LONG;
import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/**
 * Where the heap keeps its own data: the header at offset 0, and an entry of the page table for each page. Every offset is
 * read by name from the layouts below; all numbers are little-endian, and none is an address.
 *
 * <pre>
 * header
 * OFFSET  SIZE  NAME               MEANING
 *      0     8  magic              "\1Jmemmap"
 *      8     4  version            1
 *     12     4  granuleShift       a granule is 1 &lt;&lt; granuleShift bytes: 12 for small pages, 21 for huge ones
 *     16     8  capacity           bytes of the segment
 *     24     8  bitmapOffset       where the commit map begins
 *     32     8  tableOffset        where the page table begins, with the entry of firstPage
 *     40     4  firstPage          the first page that is not the heap's own
 *     44     4  endPage            pages of the segment
 *     48    32  secrets            four random odd numbers
 *     80     8  committedGranules  granules marked in the commit map
 *     88     8  metadataGranules   those of them that are the heap's own
 *     96    32  kindBytes          bytes of live blocks, for each kind
 *    128    32  kindBlocks         live blocks, for each kind
 *    160    56  binWords           a bit for each bin that is not empty
 *    216  1792  bins               the first free run of each of 448 bins, by page; 0 for none
 *   2008    64  keptSlabs          the slabs kept without a live block, by page
 *   2072     4  keptCount          how many
 *   2076  1152  slabLists          the first slab with a free block, for each of 72 classes and 4 kinds; 0 for none
 *   3232    32  kindAllocations    blocks handed out since the heap was opened, for each kind
 *   3264     8  growths            growths that maps of the heap have begun
 *   3272     8  shrinks            halvings that they have begun
 *   3280     8  evacuations        units that their growths and halvings have moved, counted at the end of each
 *   3288     8  maxBytes           the most that may be committed; capacity, where all of it may be
 *   3296     4  freePages          pages of all free runs
 *   3300     4  dirtyPages         pages of all dirty spans of free runs
 *
 * entry of a free run's first page       entry of a slab's first page
 * OFFSET  SIZE  NAME                     OFFSET  SIZE  NAME
 *      0     8  run, see PageTable            0     8  run, see PageTable; also in its other pages' entries
 *      8     4  next     in the bin           8     4  next     in the slab list
 *     12     4  previous                     12     4  previous
 *     16     4  dirtyStart  a page           16     8  wordsWithFree  a bit for each word of freeBlocks that is not 0
 *     20     4  dirtyEnd    behind it        24     4  live           live blocks
 *                                            28     4  kept           its place in keptSlabs, from 1; 0 if not there
 *                                            32    32  freeBlocks     a bit for each free block: of blocks 0 to 255,
 *                                                                     in the next page's entry of 256 to 511, ...
 * </pre>
 */
final class HeapLayout {
    static final int PAGE_SHIFT = 12;
    static final long PAGE_BYTES = 1L << PAGE_SHIFT;

    /** Page numbers are ints. */
    static final long MAX_CAPACITY = 1L << 42;

    static final long MAGIC = 0x70616d6d656d4a01L;
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
                    MemoryLayout.sequenceLayout(SLAB_LISTS, INT).withName("slabLists"),
                    MemoryLayout.paddingLayout(4),
                    MemoryLayout.sequenceLayout(BlockKind.COUNT, LONG).withName("kindAllocations"),
                    LONG.withName("growths"),
                    LONG.withName("shrinks"),
                    LONG.withName("evacuations"),
                    LONG.withName("maxBytes"),
                    INT.withName("freePages"),
                    INT.withName("dirtyPages"))
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
    static final long KIND_ALLOCATIONS_OFFSET = header("kindAllocations");
    static final long GROWTHS_OFFSET = header("growths");
    static final long SHRINKS_OFFSET = header("shrinks");
    static final long EVACUATIONS_OFFSET = header("evacuations");
    static final long MAX_BYTES_OFFSET = header("maxBytes");
    static final long FREE_PAGES_OFFSET = header("freePages");
    static final long DIRTY_PAGES_OFFSET = header("dirtyPages");

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
