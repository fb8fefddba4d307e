package io.memmap.memory;

import static io.memmap.format.HeapLayout.BINS_OFFSET;
import static io.memmap.format.HeapLayout.BIN_WORDS;
import static io.memmap.format.HeapLayout.BIN_WORDS_OFFSET;
import static io.memmap.format.HeapLayout.DIRTY_END;
import static io.memmap.format.HeapLayout.DIRTY_START;
import static io.memmap.format.HeapLayout.NEXT;
import static io.memmap.format.HeapLayout.PREVIOUS;
import static io.memmap.format.Mem.getInt;
import static io.memmap.format.Mem.getLong;
import static io.memmap.format.Mem.setInt;
import static io.memmap.format.Mem.setLong;
import static io.memmap.memory.PageTable.FREE;
import static io.memmap.memory.PageTable.FREE_END;
import static io.memmap.memory.PageTable.offsetOf;
import static io.memmap.memory.PageTable.pagesOf;
import static io.memmap.memory.PageTable.stateOf;

import io.memmap.format.HeapGeometry;
import io.memmap.format.HeapLayout;
import io.memmap.format.Mem;

/**
 * Manages the free runs of pages; a run is a sequence of adjacent pages. Allocation takes a run by
 * good fit, and a freed run is merged with its neighbours. Both take a time that does not depend on
 * the number of runs.
 *
 * <p>A free run is in the bin for its length. There is one bin for each length up to 31 pages, and
 * then sixteen bins for each doubling. Words of bits say which bins hold a run. So a few bit tests
 * find the smallest bin in which every run is long enough.
 *
 * <p>Each free run records the span of its pages that may be dirty. The span is short: a span that
 * would be longer is given back to the operating system at once. So memory returns to the system.
 * An allocation zeroes little: at most a span, and the bytes in granules that it shares with other
 * runs. Blocks that are freed and allocated again find their pages still backed.
 *
 * <ul>
 *   <li>H3. Runs, free and live, tile the pages from {@code firstPage} to {@code endPage}.
 *   <li>H4. No two free runs are adjacent.
 *   <li>H5. A free run is in the list of the bin for its length, and in no other list. A bin's bit
 *       is set when its list is not empty.
 *   <li>H6. A free run's first and last entries hold its length. The entries between them are
 *       clear, as are the entries after the first of a large block.
 *   <li>H13. {@code freePages} and {@code dirtyPages} are the sums over the free runs.
 *   <li>H14. No more than {@code maxBytes} is committed, if the capacity is greater. Before a run
 *       is taken, the pages of all live blocks (written or not), the pages of all dirty spans and
 *       the pages of the tables are counted, and all must fit. So a page of a live block can be
 *       committed at any time. The table entries that the end of a run needs are committed when the
 *       run is taken.
 *   <li>H7. If a whole granule of a free run is marked in the commit map, it overlaps the run's
 *       dirty span, as long as the operating system takes pages back. The span has at most {@code
 *       dirtyPages}.
 * </ul>
 */
abstract class PageRuns extends PageTable {
    /**
     * The length of the longest dirty span, in pages, unless a granule is longer. Zeroing 256 KiB
     * takes some 10 us, no more than a slow page fault. Giving these pages back and touching them
     * again takes ten times as long.
     */
    static final int DIRTY_PAGES = 64;

    private static final int EXACT_PAGES = 32;
    private static final int STEP_BITS = 4;
    private static final int STEPS = 1 << STEP_BITS;

    /**
     * The pages of the page table that an allocation may touch: those with entries of the taken run
     * and of the runs beside it.
     */
    private static final int TABLE_PAGES = 4;

    private final int granulePages;
    private final int dirtyPages;
    private final int commitMapPages;

    PageRuns(Reservation reservation, HeapGeometry geometry) {
        super(reservation, geometry);
        this.granulePages = 1 << (granuleShift - HeapLayout.PAGE_SHIFT);
        this.dirtyPages = Math.max(DIRTY_PAGES, granulePages);
        this.commitMapPages = (int) ((geometry.tableOffset() - geometry.bitmapOffset()) >>> HeapLayout.PAGE_SHIFT);
    }

    /**
     * Returns whether the commit bound is below the capacity. If so, each allocation checks the
     * bound.
     */
    private boolean isBounded() {
        return getLong(memory, HeapLayout.MAX_BYTES_OFFSET) < bytesOf(endPage);
    }

    /**
     * Returns the greatest length in pages of a run that may be taken once no dirty page is left.
     * Negative if the bound is already exceeded.
     */
    private int room() {
        if (!isBounded()) {
            return endPage;
        }
        long pages = getLong(memory, HeapLayout.MAX_BYTES_OFFSET) >>> HeapLayout.PAGE_SHIFT;
        int live = endPage - firstPage - getInt(memory, HeapLayout.FREE_PAGES_OFFSET);
        long tables = getLong(memory, HeapLayout.METADATA_GRANULES_OFFSET) + commitMapPages + TABLE_PAGES;
        return (int) (pages - live - tables);
    }

    /** Returns the least bound on the committed bytes that allows what may be committed now (H14). */
    public final long leastMaxBytes() {
        long live = (long) endPage - firstPage - getInt(memory, HeapLayout.FREE_PAGES_OFFSET);
        long dirty = getInt(memory, HeapLayout.DIRTY_PAGES_OFFSET);
        long tables = getLong(memory, HeapLayout.METADATA_GRANULES_OFFSET) + commitMapPages + TABLE_PAGES;
        return Math.min(live + dirty + tables, endPage) << HeapLayout.PAGE_SHIFT;
    }

    /** Sets the bound on the committed bytes, a multiple of the page up to the capacity. */
    public final void setMaxBytes(long maxBytes) {
        setLong(memory, HeapLayout.MAX_BYTES_OFFSET, maxBytes);
    }

    /**
     * Returns whether this part of a free run may be taken (H14). Gives dirty pages back if that is
     * needed.
     */
    private boolean admit(int run, int page, int pages) {
        int room = room();
        if (pages > room) {
            return false;
        }
        if (isBounded()) {
            int reused = Math.min(dirtyEnd(run), page + pages) - Math.max(dirtyStart(run), page);
            int dirty = getInt(memory, HeapLayout.DIRTY_PAGES_OFFSET);
            if (pages > room - dirty + Math.max(0, reused)) {
                cleanRuns();
            }
            commitBytes(entryOffset(page + pages - 1), HeapLayout.ENTRY_BYTES);
        }
        return true;
    }

    /** Gives the dirty pages of all free runs back. */
    final void cleanRuns() {
        for (int bin = nextBin(0); bin >= 0; bin = nextBin(bin + 1)) {
            for (int run = head(bin); run != 0; run = next(run)) {
                if (!isClean(run)) {
                    giveBack(offsetOf(dirtyStart(run)), offsetOf(dirtyEnd(run)));
                    countFree(0, -spanOf(run));
                    setInt(memory, entryOffset(run) + DIRTY_END, dirtyStart(run));
                }
            }
        }
    }

    private void countFree(int pages, int dirty) {
        setInt(memory, HeapLayout.FREE_PAGES_OFFSET, getInt(memory, HeapLayout.FREE_PAGES_OFFSET) + pages); // H13
        setInt(memory, HeapLayout.DIRTY_PAGES_OFFSET, getInt(memory, HeapLayout.DIRTY_PAGES_OFFSET) + dirty);
    }

    final int spanOf(int run) {
        return Math.max(0, dirtyEnd(run) - dirtyStart(run));
    }

    /**
     * Takes a run of {@code pages}. Returns its first page, or 0 if there is no such run. The
     * caller writes its entry. Its bytes may be dirty.
     */
    final int takeRun(int pages) {
        int bin = nextBin(binHolding(pages));
        int run = bin < 0 ? searchOwnBin(pages) : head(bin);
        return run == 0 ? 0 : carve(run, run, pages);
    }

    /**
     * Takes a run like {@link #takeRun}, at a multiple of {@code alignment} pages (a power of two)
     * if a free run is found that has room for that.
     */
    final int takeAligned(int pages, int alignment) {
        int bin = nextBin(binHolding(pages));
        if (bin >= 0 && fits(head(bin), pages, alignment)) {
            return carve(head(bin), roundUp(head(bin), alignment), pages);
        }
        bin = pages > Integer.MAX_VALUE - alignment ? -1 : nextBin(binHolding(pages + alignment - 1));
        if (bin < 0) {
            return takeRun(pages);
        }
        return carve(head(bin), roundUp(head(bin), alignment), pages);
    }

    /**
     * Takes a run behind a quarter of the longest free run, at a multiple of {@code alignment}
     * pages. Returns 0 if no free run has four times the room, or if the bound forbids it.
     */
    final int takeSpacious(int pages, int alignment) {
        int run = longestRun();
        int length = run == 0 ? 0 : pagesOf(run(run));
        int page = roundUp(run + length / 4, alignment);
        return length / 4 < pages || page + pages > run + length ? 0 : carve(run, page, pages);
    }

    /**
     * Takes the first pages of the free run that begins at this page. Returns false if no free run
     * begins there, if it is too short, or if the bound forbids it.
     */
    final boolean takeFront(int page, int pages) {
        long run = page < endPage ? run(page) : 0;
        return stateOf(run) == FREE && pagesOf(run) >= pages && carve(page, page, pages) != 0;
    }

    /** Gives a run back. Its owner has cleared its entries. */
    final void giveRun(int page, int pages) {
        int start = page;
        int end = page + pages;
        int dirtyStart = start;
        int dirtyEnd = end;
        if (start > firstPage) {
            long before = run(start - 1);
            if (stateOf(before) == FREE_END || stateOf(before) == FREE) {
                start -= pagesOf(before);
                dirtyStart = isClean(start) ? page : dirtyStart(start);
                remove(start, pagesOf(before));
            }
        }
        if (end < endPage) {
            long after = run(end);
            if (stateOf(after) == FREE) {
                dirtyEnd = isClean(end) ? end : dirtyEnd(end);
                remove(end, pagesOf(after));
                end += pagesOf(after);
            }
        }
        if (dirtyEnd - dirtyStart > dirtyPages) { // H7
            int from = Math.max(start, dirtyStart & -granulePages);
            int to = Math.min(end, roundUp(dirtyEnd, granulePages));
            giveBack(offsetOf(from), offsetOf(to));
            dirtyEnd = dirtyStart;
        }
        insert(start, end - start, dirtyStart, dirtyEnd); // H3, H4
    }

    /** Makes one free run of all pages from the first on. A new heap begins like this. */
    final void openRuns() {
        insert(firstPage, endPage - firstPage, 0, 0);
    }

    /** Forgets all free runs, before a repair inserts them again. */
    void clearTables() {
        Mem.zero(memory, BIN_WORDS_OFFSET, (long) BIN_WORDS * Long.BYTES);
        Mem.zero(memory, BINS_OFFSET, (long) HeapLayout.BINS * Integer.BYTES);
        setInt(memory, HeapLayout.FREE_PAGES_OFFSET, 0);
        setInt(memory, HeapLayout.DIRTY_PAGES_OFFSET, 0);
    }

    /**
     * Returns the pages of the longest run that can be taken, or 0 if there is none. It walks one
     * bin.
     */
    final int longest() {
        return Math.max(0, Math.min(longestFree(), room()));
    }

    private int longestFree() {
        int run = longestRun();
        return run == 0 ? 0 : pagesOf(run(run));
    }

    /** Returns the longest free run, or 0 if there is none. */
    private int longestRun() {
        int longest = 0;
        for (int bin = HeapLayout.BINS - 1; bin > 0 && longest == 0; bin--) {
            for (int run = head(bin); run != 0; run = next(run)) {
                longest = longest == 0 || pagesOf(run(run)) > pagesOf(run(longest)) ? run : longest;
            }
        }
        return longest;
    }

    private boolean fits(int run, int pages, int alignment) {
        long start = roundUp(run, alignment);
        return start + pages <= (long) run + pagesOf(run(run));
    }

    /**
     * Cuts {@code [page, page + pages)} out of the free run that begins at {@code run}. Returns
     * {@code page}, or 0 if the bound forbids it or the file system has no room.
     */
    private int carve(int run, int page, int pages) {
        int runPages = pagesOf(run(run));
        if (!secureEntries(run, runPages, page, pages) || !admit(run, page, pages)) {
            return 0;
        }
        int dirtyStart = dirtyStart(run);
        int dirtyEnd = dirtyEnd(run);
        remove(run, runPages);
        if (run < page) {
            insert(run, page - run, dirtyStart, Math.min(dirtyEnd, page));
        }
        int rest = page + pages;
        int runEnd = run + runPages;
        if (rest < runEnd) {
            insert(rest, runEnd - rest, Math.max(dirtyStart, rest), dirtyEnd);
        }
        return page;
    }

    /**
     * Backs the entries that {@link #carve} and the end of the run will write. The entries in the middle
     * of a slab lie in the pages of its first and last entry.
     */
    private boolean secureEntries(int run, int runPages, int page, int pages) {
        int rest = page + pages;
        return (run == page || secureEntry(page - 1))
                && secureEntry(page)
                && secureEntry(rest - 1)
                && (rest == run + runPages || secureEntry(rest));
    }

    /**
     * Searches the bin for this length, whose runs may be too short. This is the last resort of a
     * full heap.
     */
    private int searchOwnBin(int pages) {
        for (int run = head(binOf(pages)); run != 0; run = next(run)) {
            if (pagesOf(run(run)) >= pages) {
                return run;
            }
        }
        return 0;
    }

    final void insert(int run, int pages, int dirtyStart, int dirtyEnd) {
        setRun(run, PageTable.run(FREE, pages)); // H6
        int end = run + pages;
        if (pages > 1 && end < endPage) {
            setRun(end - 1, PageTable.run(FREE_END, pages)); // H6
        }
        int bin = binOf(pages);
        int next = head(bin);
        long entry = entryOffset(run);
        setInt(memory, entry + NEXT, next);
        setInt(memory, entry + PREVIOUS, 0);
        setInt(memory, entry + DIRTY_START, dirtyStart); // H7
        setInt(memory, entry + DIRTY_END, dirtyEnd);
        countFree(pages, spanOf(run));
        if (next != 0) {
            setInt(memory, entryOffset(next) + PREVIOUS, run);
        } else {
            setLong(memory, binWord(bin), getLong(memory, binWord(bin)) | 1L << bin); // H5
        }
        setInt(memory, binHead(bin), run);
    }

    private void remove(int run, int pages) {
        countFree(-pages, -spanOf(run));
        int bin = binOf(pages);
        int next = next(run);
        int previous = getInt(memory, entryOffset(run) + PREVIOUS);
        if (next != 0) {
            setInt(memory, entryOffset(next) + PREVIOUS, previous);
        }
        if (previous != 0) {
            setInt(memory, entryOffset(previous) + NEXT, next);
        } else {
            setInt(memory, binHead(bin), next);
            if (next == 0) {
                setLong(memory, binWord(bin), getLong(memory, binWord(bin)) & ~(1L << bin)); // H5
            }
        }
        clearRun(run); // H6
        int end = run + pages;
        if (pages > 1 && end < endPage) {
            clearRun(end - 1); // H6
        }
    }

    private boolean isClean(int run) {
        return dirtyEnd(run) <= dirtyStart(run);
    }

    final int dirtyPages() {
        return dirtyPages;
    }

    final int dirtyStart(int run) {
        return getInt(memory, entryOffset(run) + DIRTY_START);
    }

    final int dirtyEnd(int run) {
        return getInt(memory, entryOffset(run) + DIRTY_END);
    }

    private int nextBin(int bin) {
        for (int word = bin >>> 6; word < BIN_WORDS; word++) {
            long bits = getLong(memory, BIN_WORDS_OFFSET + (long) word * Long.BYTES);
            if (word == bin >>> 6) {
                bits &= -1L << bin;
            }
            if (bits != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(bits);
            }
        }
        return -1;
    }

    final int head(int bin) {
        return getInt(memory, binHead(bin));
    }

    final int next(int run) {
        return getInt(memory, entryOffset(run) + NEXT);
    }

    private static long binHead(int bin) {
        return BINS_OFFSET + (long) bin * Integer.BYTES;
    }

    private static long binWord(int bin) {
        return BIN_WORDS_OFFSET + (long) (bin >>> 6) * Long.BYTES;
    }

    /** Returns the bin for runs of this length. */
    static int binOf(int pages) {
        if (pages < EXACT_PAGES) {
            return pages;
        }
        int doubling = 31 - Integer.numberOfLeadingZeros(pages);
        int step = pages >>> (doubling - STEP_BITS) & (STEPS - 1);
        return ((doubling - STEP_BITS + 1) << STEP_BITS) + step;
    }

    /** Returns the least bin in which every run has {@code pages} or more. */
    static int binHolding(int pages) {
        if (pages < EXACT_PAGES) {
            return pages;
        }
        return binOf(pages - 1) + 1;
    }

    private static int roundUp(int page, int unit) {
        return page + unit - 1 & -unit;
    }
}
