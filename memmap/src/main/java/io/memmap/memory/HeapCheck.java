package io.memmap.memory;

import static io.memmap.format.HeapLayout.BINS;
import static io.memmap.format.HeapLayout.PREVIOUS;
import static io.memmap.format.Mem.getInt;
import static io.memmap.format.Mem.getLong;
import static io.memmap.memory.PageTable.FREE;
import static io.memmap.memory.PageTable.FREE_END;
import static io.memmap.memory.PageTable.INTERIOR;
import static io.memmap.memory.PageTable.LARGE;
import static io.memmap.memory.PageTable.SLAB;
import static io.memmap.memory.PageTable.classOf;
import static io.memmap.memory.PageTable.kindOf;
import static io.memmap.memory.PageTable.offsetOf;
import static io.memmap.memory.PageTable.pageOfSlab;
import static io.memmap.memory.PageTable.pagesOf;
import static io.memmap.memory.PageTable.stateOf;

import io.memmap.format.BlockKind;
import io.memmap.format.HeapLayout;
import io.memmap.format.SizeClasses;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;

/**
 * Recomputes every invariant of a heap's tables, starting from the page table. The time grows with
 * the number of runs and the size of the commit map. It allocates objects, and modifies nothing in
 * the heap.
 */
final class HeapCheck {
    private final BlockAllocator heap;
    private final MemorySegment memory;

    private final long[] kindBytes = new long[BlockKind.COUNT];
    private final long[] kindBlocks = new long[BlockKind.COUNT];
    private final Set<Integer> freeRuns = new HashSet<>();
    private final Set<Integer> slabsWithFree = new HashSet<>();
    private final Set<Integer> slabsWithoutLive = new HashSet<>();

    HeapCheck(BlockAllocator heap) {
        this.heap = heap;
        this.memory = heap.memory;
    }

    private long freePages;
    private long dirtyPages;

    /**
     * Checks the invariants. Throws an IllegalStateException that names the first broken invariant
     * and the place.
     */
    void check() {
        checkHeader();
        checkCommitCounts();
        checkTiling();
        checkBound();
        checkBins();
        checkSlabLists();
        checkKept();
        checkKinds();
    }

    /**
     * Also reads every byte of every granule that is not marked, which may take long. These bytes
     * must be zero.
     */
    void checkZeroes() {
        int shift = heap.granuleShift;
        long granules = heap.reservation.bytes() >>> shift;
        byte[] zeroes = new byte[1 << shift];
        MemorySegment segment = heap.reservation.memory();
        for (long granule = 0; granule < granules; granule++) {
            if (!heap.isMarked(granule)) {
                long offset = granule << shift;
                long different = segment.asSlice(offset, zeroes.length).mismatch(MemorySegment.ofArray(zeroes));
                require(different < 0, "H1", "a byte that was not committed is not zero, at", offset + different);
                if (heap.mayLack) {
                    heap.reservation.discard(offset, zeroes.length); // reading it has backed it
                }
            }
        }
    }

    private void checkHeader() {
        requireEqual("H12", "magic", getLong(memory, HeapLayout.MAGIC_OFFSET), HeapLayout.MAGIC);
        requireEqual("H12", "version", getInt(memory, HeapLayout.VERSION_OFFSET), HeapLayout.VERSION);
        requireEqual("H12", "capacity", getLong(memory, HeapLayout.CAPACITY_OFFSET), heap.reservation.bytes());
        requireEqual("H12", "granule shift", getInt(memory, HeapLayout.GRANULE_SHIFT_OFFSET), heap.granuleShift);
        requireEqual("H12", "bitmap offset", getLong(memory, HeapLayout.BITMAP_OFFSET_OFFSET), heap.bitmapOffset());
        requireEqual(
                "H12",
                "table offset",
                getLong(memory, HeapLayout.TABLE_OFFSET_OFFSET),
                heap.entryOffset(heap.firstPage));
        requireEqual("H12", "first page", getInt(memory, HeapLayout.FIRST_PAGE_OFFSET), heap.firstPage);
        requireEqual("H12", "end page", getInt(memory, HeapLayout.END_PAGE_OFFSET), heap.endPage);
    }

    private void checkCommitCounts() {
        int shift = heap.granuleShift;
        long granules = heap.reservation.bytes() >>> shift;
        long metadataGranules = offsetOf(heap.firstPage) >>> shift;
        long marked = 0;
        long markedMetadata = 0;
        for (long granule = heap.nextMarked(0, granules - 1);
                granule < granules;
                granule = heap.nextMarked(granule + 1, granules - 1)) {
            marked++;
            if (granule < metadataGranules) {
                markedMetadata++;
            }
        }
        requireEqual("H2", "committed granules", getLong(memory, HeapLayout.COMMITTED_GRANULES_OFFSET), marked);
        requireEqual("H2", "metadata granules", getLong(memory, HeapLayout.METADATA_GRANULES_OFFSET), markedMetadata);
    }

    private void checkTiling() {
        boolean afterFree = false;
        int page = heap.firstPage;
        while (page < heap.endPage) {
            long run = heap.run(page);
            int pages = pagesOf(run);
            require(pages > 0 && pages <= heap.endPage - page, "H3", "no run begins at page", page);
            require(isTableMarked(page), "H1", "the page table's entry is in use but not committed, of page", page);
            switch (stateOf(run)) {
                case FREE -> {
                    require(!afterFree, "H4", "a free run follows another at page", page);
                    checkFree(page, pages);
                }
                case LARGE -> {
                    checkInterior(page + 1, page + pages);
                    count(kindOf(run), (long) pages << HeapLayout.PAGE_SHIFT, 1);
                }
                case SLAB -> checkSlab(page, run);
                default -> require(false, "H3", "no run begins at page", page);
            }
            afterFree = stateOf(run) == FREE;
            page += pages;
        }
    }

    private void checkFree(int page, int pages) {
        int end = page + pages;
        boolean hasEnd = pages > 1 && end < heap.endPage;
        if (hasEnd) {
            require(
                    heap.run(end - 1) == PageTable.run(FREE_END, pages),
                    "H6",
                    "the last page does not have the length of the free run at page",
                    page);
            require(
                    isTableMarked(end - 1),
                    "H1",
                    "the page table's entry is in use but not committed, of page",
                    end - 1);
        }
        checkInterior(page + 1, hasEnd ? end - 1 : end);
        int dirtyStart = heap.dirtyStart(page);
        int dirtyEnd = heap.dirtyEnd(page);
        if (dirtyStart < dirtyEnd) {
            int granulePages = 1 << (heap.granuleShift - HeapLayout.PAGE_SHIFT);
            int from = Math.max(page, dirtyStart & -granulePages);
            int to = Math.min(end, (dirtyEnd + granulePages - 1) & -granulePages);
            require(
                    dirtyStart >= page && dirtyEnd <= end && dirtyEnd - dirtyStart <= heap.dirtyPages(),
                    "H7",
                    "wrong dirty span " + dirtyStart + ".." + dirtyEnd + " of the free run at page",
                    page);
            checkClean(page, from);
            checkClean(to, end);
        } else {
            checkClean(page, end);
        }
        freePages += pages;
        dirtyPages += heap.spanOf(page);
        freeRuns.add(page);
    }

    private void checkBound() {
        requireEqual("H13", "free pages", getInt(memory, HeapLayout.FREE_PAGES_OFFSET), freePages);
        requireEqual("H13", "dirty pages", getInt(memory, HeapLayout.DIRTY_PAGES_OFFSET), dirtyPages);
        long maxBytes = getLong(memory, HeapLayout.MAX_BYTES_OFFSET);
        long committed = getLong(memory, HeapLayout.COMMITTED_GRANULES_OFFSET) << heap.granuleShift;
        require(
                maxBytes > 0 && maxBytes <= heap.reservation.bytes(),
                "H12",
                "maxBytes must be 1.." + heap.reservation.bytes() + ":",
                maxBytes);
        require(
                committed <= maxBytes || heap.reservation.hasRefused(),
                "H14",
                "more than maxBytes " + maxBytes + " are committed:",
                committed);
    }

    private void checkClean(int from, int to) {
        if (heap.reservation.hasRefused()) {
            return;
        }
        int shift = heap.granuleShift;
        long first = (offsetOf(from) + (1L << shift) - 1) >>> shift;
        long last = (offsetOf(to) >>> shift) - 1;
        require(
                heap.nextMarked(first, last) > last,
                "H7",
                "a granule is committed in the clean part of the run at page",
                from);
    }

    private void checkInterior(int from, int to) {
        int shift = heap.granuleShift;
        long lastGranule = heap.entryOffset(to - 1) >>> shift;
        int page = from;
        while (page < to) {
            long granule = heap.entryOffset(page) >>> shift;
            long marked = heap.nextMarked(granule, lastGranule);
            if (marked != granule) { // H1: entries of unmarked granules are zero
                page += (int) (((marked << shift) - heap.entryOffset(page)) >> HeapLayout.ENTRY_SHIFT);
                continue;
            }
            require(heap.run(page) == INTERIOR, "H6", "the page table's entry inside a run is set, of page", page);
            page++;
        }
    }

    private void checkSlab(int slab, long run) {
        int sizeClass = classOf(run);
        int kind = kindOf(run);
        require(pageOfSlab(run) == 0 && SizeClasses.exists(sizeClass, kind), "H3", "no slab begins at page", slab);
        int pages = pagesOf(run);
        requireEqual("H8", "pages of the slab at page ", slab, pages, SizeClasses.slabPages(sizeClass));
        for (int page = 0; page < pages; page++) {
            require(
                    heap.run(slab + page) == PageTable.slabRun(sizeClass, kind, page, pages),
                    "H8",
                    "the page table's entry in a slab is wrong, of page",
                    slab + page);
            require(
                    isTableMarked(slab + page),
                    "H1",
                    "the page table's entry is in use but not committed, of page",
                    slab + page);
        }
        long entry = heap.entryOffset(slab);
        int blocks = SizeClasses.blocks(sizeClass);
        int free = 0;
        long wordsWithFree = 0;
        for (int word = 0; word < (blocks + Long.SIZE - 1) >>> 6; word++) {
            long bits = getLong(memory, Slabs.freeWord(entry, word));
            int inWord = Math.min(blocks - (word << 6), Long.SIZE);
            require(
                    (bits & ~(-1L >>> (Long.SIZE - inWord))) == 0,
                    "H8",
                    "a bit past the last block is set, of the slab at page",
                    slab);
            free += Long.bitCount(bits);
            if (bits != 0) {
                wordsWithFree |= 1L << word;
            }
        }
        int live = getInt(memory, entry + HeapLayout.LIVE);
        requireEqual("H8", "live blocks of the slab at page ", slab, live, blocks - free);
        requireEqual(
                "H8",
                "words with a free block of the slab at page ",
                slab,
                getLong(memory, entry + HeapLayout.WORDS_WITH_FREE),
                wordsWithFree);
        count(kind, (long) live * SizeClasses.blockBytes(sizeClass), live);
        if (free > 0) {
            slabsWithFree.add(slab);
        }
        if (live == 0) {
            slabsWithoutLive.add(slab);
        }
    }

    private void checkBins() {
        int listed = 0;
        for (int bin = 0; bin < BINS; bin++) {
            long word = getLong(memory, HeapLayout.BIN_WORDS_OFFSET + (long) (bin >>> 6) * Long.BYTES);
            requireEqual("H5", "bit of bin ", bin, word >>> bin & 1, heap.head(bin) != 0 ? 1 : 0);
            int previous = 0;
            for (int run = heap.head(bin); run != 0; run = heap.next(run)) {
                require(freeRuns.contains(run), "H5", "bin " + bin + " lists a run that is not free, page", run);
                requireEqual("H5", "bin of the free run at page ", run, PageRuns.binOf(pagesOf(heap.run(run))), bin);
                checkPrevious("H5", run, previous);
                previous = run;
                listed++;
            }
        }
        requireEqual("H5", "free runs in bins", listed, freeRuns.size());
    }

    private void checkSlabLists() {
        int listed = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            for (int kind = 0; kind < BlockKind.COUNT; kind++) {
                if (!SizeClasses.exists(sizeClass, kind)) {
                    continue;
                }
                int previous = 0;
                for (int slab = heap.firstOf(sizeClass, kind); slab != 0; slab = heap.next(slab)) {
                    long run = heap.run(slab);
                    require(
                            slabsWithFree.contains(slab) && classOf(run) == sizeClass && kindOf(run) == kind,
                            "H9",
                            "class " + sizeClass + ", kind " + kind + " lists a wrong slab, page",
                            slab);
                    checkPrevious("H9", slab, previous);
                    previous = slab;
                    listed++;
                }
            }
        }
        requireEqual("H9", "slabs in lists", listed, slabsWithFree.size());
    }

    private void checkKept() {
        requireEqual("H10", "slabs kept", heap.keptCount(), slabsWithoutLive.size());
        for (int index = 0; index < heap.keptCount(); index++) {
            int slab = heap.kept(index);
            require(
                    slabsWithoutLive.contains(slab),
                    "H10",
                    "a kept page is not a slab, or has live blocks, page",
                    slab);
            requireEqual(
                    "H10",
                    "place of the kept slab at page ",
                    slab,
                    getInt(memory, heap.entryOffset(slab) + HeapLayout.KEPT),
                    index + 1);
        }
    }

    private void checkKinds() {
        for (int kind = 0; kind < BlockKind.COUNT; kind++) {
            long offset = (long) kind * Long.BYTES;
            String name = BlockKind.of(kind).name();
            requireEqual(
                    "H11", name + " bytes", getLong(memory, HeapLayout.KIND_BYTES_OFFSET + offset), kindBytes[kind]);
            requireEqual(
                    "H11", name + " blocks", getLong(memory, HeapLayout.KIND_BLOCKS_OFFSET + offset), kindBlocks[kind]);
        }
    }

    /**
     * Checks the link back. This also ends a list that runs in a circle, because a circle has a
     * wrong link back.
     */
    private void checkPrevious(String invariant, int page, int previous) {
        int found = getInt(memory, heap.entryOffset(page) + PREVIOUS);
        requireEqual(invariant, "link back of the run at page ", page, found, previous);
    }

    private boolean isTableMarked(int page) {
        return heap.isMarked(heap.entryOffset(page) >>> heap.granuleShift);
    }

    private void count(int kind, long bytes, int blocks) {
        kindBytes[kind] += bytes;
        kindBlocks[kind] += blocks;
    }

    private static void requireEqual(String invariant, String what, long found, long expected) {
        if (found != expected) {
            throw new IllegalStateException(invariant + ": " + what + ": " + found + ", not " + expected);
        }
    }

    /** The same for one of many, which {@code where} tells. Only a failure makes a text of both. */
    private static void requireEqual(String invariant, String what, long where, long found, long expected) {
        if (found != expected) {
            requireEqual(invariant, what + where, found, expected);
        }
    }

    private static void require(boolean holds, String invariant, String problem, long where) {
        if (!holds) {
            throw new IllegalStateException(invariant + ": " + problem + " " + where);
        }
    }
}
