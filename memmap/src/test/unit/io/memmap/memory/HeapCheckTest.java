package io.memmap.memory;

import static io.memmap.format.HeapLayout.LIVE;
import static io.memmap.format.HeapLayout.NEXT;
import static io.memmap.format.HeapLayout.PREVIOUS;
import static io.memmap.format.HeapLayout.RUN;
import static io.memmap.format.HeapLayout.WORDS_WITH_FREE;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.format.BlockKind;
import io.memmap.format.HeapLayout;
import io.memmap.format.Mem;
import io.memmap.format.SizeClasses;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Damages each invariant by hand, one word at a time. The check must name the invariant. */
class HeapCheckTest {
    private final Arena arena = Arena.ofConfined();
    private BlockAllocator heap;
    private long small;
    private long large;
    private int slab;
    private int largePage;
    private int freePage;

    /**
     * A heap with a slab that has one live block, a kept slab, a free run between large blocks, and
     * a large free run at the end.
     */
    @BeforeEach
    void openHeapWithOneOfEach() {
        heap = TestAllocators.small(arena);
        small = heap.allocate(128, BlockKind.OVERFLOW, true);
        long kept = heap.allocate(256, BlockKind.OVERFLOW, true);
        large = heap.allocate(100_000, BlockKind.BUCKET, true);
        long hole = heap.allocate(100_000, BlockKind.BUCKET, true);
        heap.allocate(100_000, BlockKind.BUCKET, true);
        heap.free(hole, BlockKind.BUCKET);
        heap.free(kept, BlockKind.OVERFLOW);
        heap.check();
        slab = page(small);
        largePage = page(large);
        freePage = page(hole);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void h1FindsAByteInAGranuleThatIsNotCommitted() {
        long wild = heap.reservation.bytes() - 1;
        Mem.setByte(heap.memory, wild, 1);
        heap.check();
        assertThatThrownBy(heap::checkZeroes)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("H1")
                .hasMessageContaining(Long.toString(wild));
    }

    @Test
    void h2FindsAWrongCountOfCommittedGranules() {
        breaks("H2", HeapLayout.COMMITTED_GRANULES_OFFSET, 1);
        breaks("H2", HeapLayout.METADATA_GRANULES_OFFSET, -1);
        long lastWord = heap.bitmapOffset() + (heap.reservation.bytes() >>> HeapLayout.PAGE_SHIFT) / 8 - 8;
        breaks("H2", lastWord, 1L << 3);
    }

    @Test
    void h3FindsRunsThatDoNotCoverThePages() {
        breaks("H3", entry(largePage) + RUN, 1L << 50);
        breaks("H3", entry(largePage) + RUN, -PageTable.LARGE);
    }

    @Test
    void h4FindsAdjacentFreeRuns() {
        int pages = PageTable.pagesOf(heap.run(largePage));
        long asFree = PageTable.run(PageTable.FREE, pages) - heap.run(largePage);
        long end = entry(largePage + pages - 1) + RUN;
        Mem.setLong(heap.memory, end, PageTable.run(PageTable.FREE_END, pages));
        Mem.setInt(heap.memory, entry(largePage) + HeapLayout.DIRTY_START, largePage);
        Mem.setInt(heap.memory, entry(largePage) + HeapLayout.DIRTY_END, largePage + pages);
        Mem.setLong(heap.memory, entry(largePage) + RUN, heap.run(largePage) + asFree);
        expect("H4");
    }

    @Test
    void h5FindsARunInTheWrongBin() {
        int bin = PageRuns.binOf(PageTable.pagesOf(heap.run(freePage)));
        breaks("H5", HeapLayout.BIN_WORDS_OFFSET + (bin >>> 6) * 8L, 1L << bin);
        breaksInt("H5", HeapLayout.BINS_OFFSET + bin * 4L, 0);
        breaksInt("H5", HeapLayout.BINS_OFFSET + bin * 4L, largePage);
        breaksInt("H5", entry(freePage) + PREVIOUS, 7);
        breaksInt("H5", entry(freePage) + NEXT, freePage);
    }

    @Test
    void h6FindsAnEntryInsideARun() {
        int pages = PageTable.pagesOf(heap.run(freePage));
        breaks("H6", entry(freePage + pages - 1) + RUN, 1L << 32);
        breaks("H6", entry(freePage + 1) + RUN, PageTable.LARGE);
        breaks("H6", entry(largePage + 1) + RUN, PageTable.LARGE);
    }

    @Test
    void h7FindsAWrongDirtySpan() {
        breaksInt("H7", entry(freePage) + HeapLayout.DIRTY_START, freePage + 1);
        breaksInt("H7", entry(freePage) + HeapLayout.DIRTY_END, freePage);
        breaksInt("H7", entry(freePage) + HeapLayout.DIRTY_START, freePage - 1);
        breaksInt("H7", entry(freePage) + HeapLayout.DIRTY_END, freePage + 1000);
    }

    @Test
    void h8FindsAWrongEntryOfASlab() {
        breaks("H8", entry(slab) + WORDS_WITH_FREE, 2);
        breaks("H8", entry(slab) + HeapLayout.FREE_BLOCKS, -2);
        breaksInt("H8", entry(slab) + LIVE, 2);
        breaks("H8", entry(slab + 1) + RUN, 1L << 24);
    }

    @Test
    void h9FindsASlabInTheWrongList() {
        long list = HeapLayout.SLAB_LISTS_OFFSET
                + ((long) SizeClasses.of(128, BlockKind.OVERFLOW) * BlockKind.COUNT + BlockKind.OVERFLOW.code) * 4;
        breaksInt("H9", list, 0);
        breaksInt("H9", list, largePage);
        breaksInt("H9", entry(slab) + PREVIOUS, slab);
        breaksInt("H9", entry(slab) + NEXT, slab);
    }

    @Test
    void h10FindsWrongKeptSlabs() {
        breaksInt("H10", HeapLayout.KEPT_COUNT_OFFSET, 0);
        breaksInt("H10", HeapLayout.KEPT_SLABS_OFFSET, slab);
        breaksInt("H10", entry(heap.kept(0)) + HeapLayout.KEPT, 2);
    }

    @Test
    void h11FindsWrongCountsByBlockKind() {
        breaks("H11", HeapLayout.KIND_BYTES_OFFSET + BlockKind.OVERFLOW.code * 8L, 128);
        breaks("H11", HeapLayout.KIND_BLOCKS_OFFSET + BlockKind.BUCKET.code * 8L, -1);
    }

    @Test
    void h12FindsAWrongHeader() {
        breaks("H12", HeapLayout.MAGIC_OFFSET, 1);
        breaksInt("H12", HeapLayout.VERSION_OFFSET, 99);
        breaksInt("H12", HeapLayout.GRANULE_SHIFT_OFFSET, 99);
        breaks("H12", HeapLayout.CAPACITY_OFFSET, 4096);
        breaks("H12", HeapLayout.BITMAP_OFFSET_OFFSET, 4096);
        breaks("H12", HeapLayout.TABLE_OFFSET_OFFSET, 4096);
        breaksInt("H12", HeapLayout.FIRST_PAGE_OFFSET, 1);
        breaksInt("H12", HeapLayout.END_PAGE_OFFSET, 1);
    }

    private void breaks(String invariant, long offset, long delta) {
        long was = Mem.getLong(heap.memory, offset);
        Mem.setLong(heap.memory, offset, was + delta);
        expect(invariant);
        Mem.setLong(heap.memory, offset, was);
        heap.check();
    }

    private void breaksInt(String invariant, long offset, int value) {
        int was = Mem.getInt(heap.memory, offset);
        Mem.setInt(heap.memory, offset, value);
        expect(invariant);
        Mem.setInt(heap.memory, offset, was);
        heap.check();
    }

    private void expect(String invariant) {
        assertThatThrownBy(heap::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith(invariant + ": ")
                .hasMessageMatching(".*\\d.*");
    }

    private long entry(int page) {
        return heap.entryOffset(page);
    }

    private static int page(long pointer) {
        return (int) (pointer >>> HeapLayout.PAGE_SHIFT);
    }
}
