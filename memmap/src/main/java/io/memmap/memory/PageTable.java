package io.memmap.memory;

import static io.memmap.format.HeapLayout.ENTRY_BYTES;
import static io.memmap.format.HeapLayout.ENTRY_SHIFT;
import static io.memmap.format.HeapLayout.PAGE_SHIFT;
import static io.memmap.format.HeapLayout.RUN;
import static io.memmap.format.Mem.getLong;
import static io.memmap.format.Mem.setLong;

import io.memmap.format.HeapGeometry;

/**
 * The page table. It has one entry for each page, which says whether the page is the first or last
 * of a run, inside a run, or in a slab.
 *
 * <pre>
 * run word   63            32 31    24 23   16 15     8 7      0
 *           +----------------+--------+-------+--------+--------+
 *           | pages of run   | page n | class | kind   | state  |
 *           +----------------+--------+-------+--------+--------+
 *                             slab     slab    slab,
 *                                              large
 * </pre>
 */
abstract class PageTable extends CommitMap {
    /** State of a page inside a run, or of a page that was never used. */
    static final int INTERIOR = 0;
    /** State of the first page of a free run. */
    static final int FREE = 1;
    /**
     * State of the last page of a free run of two or more pages. Not used at the end of the heap.
     */
    static final int FREE_END = 2;
    /** State of the first page of a large block. */
    static final int LARGE = 3;
    /** State of any page of a slab. */
    static final int SLAB = 4;

    private static final int KIND_SHIFT = 8;
    private static final int CLASS_SHIFT = 16;
    private static final int PAGE_OF_SLAB_SHIFT = 24;
    private static final int PAGES_SHIFT = 32;

    /** Where the entry of page 0 would be. The table begins with the entry of {@code firstPage}. */
    private final long originOffset;

    /**
     * The first page that runs may cover. They may cover pages up to, but not including, {@code
     * endPage}.
     */
    final int firstPage;

    final int endPage;

    PageTable(Reservation reservation, HeapGeometry geometry) {
        super(reservation, geometry);
        this.originOffset = geometry.tableOffset() - ((long) geometry.firstPage() << ENTRY_SHIFT);
        this.firstPage = geometry.firstPage();
        this.endPage = geometry.endPage();
    }

    static long offsetOf(int page) {
        return (long) page << PAGE_SHIFT;
    }

    static long bytesOf(int pages) {
        return (long) pages << PAGE_SHIFT;
    }

    static int stateOf(long run) {
        return (int) run & 0xff;
    }

    static int kindOf(long run) {
        return (int) run >>> KIND_SHIFT & 0xff;
    }

    static int classOf(long run) {
        return (int) run >>> CLASS_SHIFT & 0xff;
    }

    static int pageOfSlab(long run) {
        return (int) run >>> PAGE_OF_SLAB_SHIFT & 0xff;
    }

    static int pagesOf(long run) {
        return (int) (run >>> PAGES_SHIFT);
    }

    static long run(int state, int pages) {
        return (long) pages << PAGES_SHIFT | state;
    }

    static long largeRun(int kind, int pages) {
        return run(LARGE, pages) | (long) kind << KIND_SHIFT;
    }

    static long slabRun(int sizeClass, int kind, int pageOfSlab, int pages) {
        return run(SLAB, pages)
                | (long) kind << KIND_SHIFT
                | (long) sizeClass << CLASS_SHIFT
                | (long) pageOfSlab << PAGE_OF_SLAB_SHIFT;
    }

    final long entryOffset(int page) {
        return originOffset + ((long) page << ENTRY_SHIFT);
    }

    final long run(int page) {
        return getLong(memory, entryOffset(page) + RUN);
    }

    /**
     * Returns whether a page of a live large block is not the first of its run. Reads no unmarked
     * part of the table (H1).
     */
    final boolean isInterior(int page) {
        return !isMarked(entryOffset(page) >>> granuleShift) || stateOf(run(page)) == INTERIOR;
    }

    /**
     * Backs the entry of a page in a heap in a file. Returns false if the file system has no room. Does
     * nothing in other heaps.
     */
    final boolean secureEntry(int page) {
        long offset = entryOffset(page);
        return !mayLack || secure(offset, offset + ENTRY_BYTES);
    }

    /** Writes the entry of a page. The table may never have touched this entry before. */
    final void setRun(int page, long run) {
        long offset = entryOffset(page);
        commitBytes(offset, ENTRY_BYTES);
        setLong(memory, offset + RUN, run);
    }

    final void clearRun(int page) {
        setLong(memory, entryOffset(page) + RUN, INTERIOR);
    }
}
