package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BlockKind;
import io.memmap.format.HeapLayout;
import io.memmap.format.SizeClasses;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a run of pages is chosen, and how freed runs merge with their neighbours. */
class PageRunsTest {
    private final Arena arena = Arena.ofConfined();
    private final BlockAllocator heap = TestAllocators.small(arena);

    @AfterEach
    void everyInvariantHolds() {
        heap.check();
        heap.checkZeroes();
        arena.close();
    }

    @Test
    void aFreedRunMergesWithBothNeighboursInAnyOrder() {
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        int whole = heap.longest();
        for (int[] order : orders) {
            List<Long> blocks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                blocks.add(heap.allocate(50_000 + i * 30_000, BlockKind.BLOB, true));
            }
            for (int i : order) {
                heap.free(blocks.get(i), BlockKind.BLOB);
                heap.check();
            }
            assertThat(heap.longest()).isEqualTo(whole);
        }
    }

    @Test
    void theRunIsTakenFromTheSmallestBinThatIsSurelyLongEnough() {
        long tenPages = allocatePages(10);
        allocatePages(9);
        long twelvePages = allocatePages(12);
        allocatePages(9);
        long thirtyPages = allocatePages(30);
        allocatePages(9);
        for (long pointer : new long[] {tenPages, twelvePages, thirtyPages}) {
            heap.free(pointer, BlockKind.BLOB);
        }
        assertThat(allocatePages(11)).isEqualTo(twelvePages);
        assertThat(allocatePages(10)).isEqualTo(tenPages);
        assertThat(allocatePages(13)).isEqualTo(thirtyPages);
    }

    @Test
    void theRestOfASplitRunKeepsItsPartOfTheDirtySpan() {
        allocatePages(9);
        long pointer = allocatePages(40);
        heap.reservation.memory().asSlice(pointer, 40 * HeapLayout.PAGE_BYTES).fill((byte) 1);
        allocatePages(9);
        heap.free(pointer, BlockKind.BLOB);
        int page = (int) (pointer >>> HeapLayout.PAGE_SHIFT);
        assertThat(heap.dirtyStart(page)).isEqualTo(page);
        assertThat(heap.dirtyEnd(page)).isEqualTo(page + 40);
        int taken = heap.takeAligned(9, 16);
        assertThat(taken).isEqualTo((page + 15) / 16 * 16).isGreaterThan(page);
        assertThat(heap.dirtyEnd(page)).isEqualTo(taken);
        assertThat(heap.dirtyStart(taken + 9)).isEqualTo(taken + 9);
        assertThat(heap.dirtyEnd(taken + 9)).isEqualTo(page + 40);
        heap.giveRun(taken, 9);
        assertThat(heap.dirtyEnd(page)).isEqualTo(page + 40);
    }

    @Test
    void aDirtySpanThatGrowsTooLongIsGivenBack() {
        List<Long> pointers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            pointers.add(allocatePages(20));
        }
        long full = heap.committedBytes();
        heap.free(pointers.get(0), BlockKind.BLOB);
        heap.free(pointers.get(1), BlockKind.BLOB);
        heap.free(pointers.get(2), BlockKind.BLOB);
        assertThat(heap.committedBytes())
                .as("committed bytes while the run keeps its 60 dirty pages")
                .isEqualTo(full);
        heap.free(pointers.get(3), BlockKind.BLOB);
        assertThat(heap.committedBytes())
                .as("committed bytes after the run has given back its 80 dirty pages")
                .isEqualTo(full - 80 * HeapLayout.PAGE_BYTES);
    }

    @Test
    void givingBackKeepsNeighboursInTheSameHugePage() {
        try (Arena own = Arena.ofConfined()) {
            BlockAllocator huge = TestAllocators.huge(own);
            long megabyte = 1_000_000;
            long before = huge.allocate(megabyte, BlockKind.BLOB, true);
            long[] between = new long[6];
            for (int i = 0; i < between.length; i++) {
                between[i] = huge.allocate(megabyte, BlockKind.BLOB, true);
            }
            long after = huge.allocate(megabyte, BlockKind.BLOB, true);
            assertThat(after - before)
                    .as("distance between the first and the last block")
                    .isLessThan(8 * megabyte);
            for (long block : new long[] {before, after}) {
                huge.reservation.memory().asSlice(block, megabyte).fill((byte) 7);
            }
            long full = huge.committedBytes();
            for (long block : between) {
                huge.free(block, BlockKind.BLOB);
            }
            assertThat(huge.committedBytes())
                    .as("committed bytes after whole huge pages were given back")
                    .isLessThan(full);
            for (long block : new long[] {before, after}) {
                byte[] expected = new byte[(int) megabyte];
                Arrays.fill(expected, (byte) 7);
                assertThat(huge.reservation.memory().asSlice(block, megabyte).mismatch(MemorySegment.ofArray(expected)))
                        .isEqualTo(-1);
            }
            huge.check();
            huge.checkZeroes();
        }
    }

    @Test
    void aRunIsUnalignedIfNoRunHasRoomForAlignment() {
        int pages = heap.longest();
        heap.giveRun(heap.takeRun(pages), pages);
        int whole = heap.takeAligned(pages, 512);
        assertThat(whole).isNotZero();
        assertThat(whole % 512).isNotZero();
        heap.giveRun(whole, pages);
    }

    @Test
    void theRestAfterTheLastBlockOfASlabIsNoBlock() {
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            int blockBytes = SizeClasses.blockBytes(sizeClass);
            long first = heap.allocate(blockBytes, BlockKind.BLOB, true);
            long rest = first + (long) SizeClasses.blocks(sizeClass) * blockBytes;
            long end = first + ((long) SizeClasses.slabPages(sizeClass) << HeapLayout.PAGE_SHIFT);
            if (rest < end) {
                assertThat(heap.isBlock(rest, BlockKind.BLOB))
                        .as("bytes after the last block of class %d", blockBytes)
                        .isFalse();
            }
            assertThat(heap.isBlock(first, BlockKind.BLOB)).isTrue();
            heap.free(first, BlockKind.BLOB);
        }
    }

    @Test
    void atMostSixteenSlabsAreKeptEmpty() {
        List<Long> pointers = new ArrayList<>();
        long one = heap.allocate(16, BlockKind.BLOB, true);
        for (int sizeClass = 1; sizeClass <= 40; sizeClass++) {
            pointers.add(heap.allocate(SizeClasses.blockBytes(sizeClass), BlockKind.BLOB, true));
        }
        pointers.forEach(pointer -> heap.free(pointer, BlockKind.BLOB));
        assertThat(heap.keptCount()).isEqualTo(HeapLayout.KEPT_SLABS);
        heap.free(one, BlockKind.BLOB);
        assertThat(heap.keptCount()).as("slabs kept when no block is live").isEqualTo(1);
    }

    private long allocatePages(int pages) {
        long pointer = heap.allocate(pages * HeapLayout.PAGE_BYTES, BlockKind.BLOB, true);
        assertThat(pointer).isNotZero();
        return pointer;
    }
}
