package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.format.BlockKind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The behaviour of a heap that one thread uses. */
class NativeHeapTest {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;

    private final NativeHeap heap = NativeHeap.builder().maxBytes(64 * MIB).open();

    @AfterEach
    void everyInvariantHolds() {
        if (heap.isAlive()) {
            heap.check();
            heap.checkZeroes();
            heap.close();
        }
    }

    @Test
    void aBlockCanBeWrittenAndRead() {
        long pointer = heap.allocate(100);
        heap.slice(pointer, 100).setString(0, "hello");
        assertThat(heap.segment().getString(pointer)).isEqualTo("hello");
        heap.free(pointer);
        assertThat(heap.stats().inUse()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 15, 16, 64, 80, 100, 128, 144, 192, 256, 1000, 4096, 32768, 32769, 100_000, 5_000_000})
    void blocksAreAlignedByTheirSize(long bytes) {
        for (int i = 0; i < 10; i++) {
            long pointer = heap.allocate(bytes);
            long usable = heap.usableSize(bytes, BlockKind.BLOB);
            assertThat(pointer % 16).isZero();
            assertThat(pointer % (usable % 64 == 0 ? 64 : 16)).isZero();
            if (Long.bitCount(usable) == 1) {
                assertThat(pointer % Math.min(usable, 4096)).isZero();
            }
            if (bytes > 32768) {
                assertThat(pointer % 4096).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {16, 128, 3000, 4096, 32768, 40_000, 262_144, 300_000, 3_000_000})
    void blocksAreZeroWhenTheyAreReused(long bytes) {
        for (Pages pages : Pages.values()) {
            try (NativeHeap small =
                    NativeHeap.builder().pages(pages).maxBytes(16 * MIB).open()) {
                for (int round = 0; round < 3; round++) {
                    List<Long> pointers = new ArrayList<>();
                    for (int i = 0; i < 4; i++) {
                        long pointer = round == 1
                                ? small.tryReserve(bytes, BlockKind.BLOB)
                                : small.tryAllocate(bytes, BlockKind.BLOB);
                        assertThat(pointer).isNotZero();
                        assertThat(isZero(small.slice(pointer, bytes))).isTrue();
                        small.commit(pointer, bytes);
                        small.slice(pointer, bytes).fill((byte) -1);
                        pointers.add(pointer);
                    }
                    pointers.forEach(small::free);
                    small.checkZeroes();
                }
            }
        }
    }

    @Test
    void bytesInUseAreTheSumOfTheKindsAndReturnToZero() {
        HeapStats empty = heap.stats();
        long header = heap.tryAllocate(100, BlockKind.HEADER);
        long bucket = heap.tryReserve(100_000, BlockKind.BUCKET);
        long overflow = heap.tryAllocate(144, BlockKind.OVERFLOW);
        long blob = heap.allocate(1);
        HeapStats full = heap.stats();
        assertThat(full.header()).isEqualTo(112);
        assertThat(full.bucket()).isEqualTo(102_400);
        assertThat(full.overflow()).isEqualTo(144);
        assertThat(full.blob()).isEqualTo(16);
        assertThat(full.inUse()).isEqualTo(112 + 102_400 + 144 + 16);
        assertThat(full.blocks()).isEqualTo(4);
        heap.free(header, BlockKind.HEADER);
        heap.free(bucket, BlockKind.BUCKET);
        heap.free(overflow, BlockKind.OVERFLOW);
        heap.free(blob, BlockKind.BLOB);
        assertThat(heap.stats().inUse()).isZero();
        assertThat(heap.stats().blocks()).isZero();
        assertThat(heap.stats().maxBytes()).isEqualTo(empty.maxBytes()).isEqualTo(64 * MIB);
    }

    @Test
    void aBlockCountsWithItsUsableSize() {
        for (long bytes = 1; bytes < 100_000; bytes += 1 + bytes / 7) {
            long before = heap.stats().inUse();
            long pointer = heap.allocate(bytes);
            assertThat(heap.stats().inUse() - before).isEqualTo(heap.usableSize(bytes, BlockKind.BLOB));
            assertThat(heap.slice(pointer, heap.usableSize(bytes, BlockKind.BLOB))
                            .byteSize())
                    .isGreaterThanOrEqualTo(bytes);
        }
    }

    @Test
    void anEmptiedHeapIsOneFreeRunAndOneSlab() {
        needsVirtualMemory();
        long longestAtFirst = heap.stats().longestFree();
        List<Long> pointers = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 3000; i++) {
            pointers.add(heap.allocate(1 + random.nextInt(1 + random.nextInt(60_000))));
        }
        pointers.forEach(heap::free);
        HeapStats stats = heap.stats();
        assertThat(stats.longestFree()).isGreaterThan(longestAtFirst / 2);
        assertThat(stats.committed() - stats.metadata()).isLessThanOrEqualTo(64 * KIB + 256 * KIB);
        assertThat(heap.tryReserve(stats.longestFree() + 4 * KIB, BlockKind.BLOB))
                .as("the slab that was kept is closed when its pages are needed")
                .isNotZero();
    }

    @Test
    void sizesBelowOneAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> heap.allocate(0)).withMessageContaining("0");
        assertThatIllegalArgumentException().isThrownBy(() -> heap.allocate(-5)).withMessageContaining("-5");
        assertThatIllegalArgumentException().isThrownBy(() -> heap.allocate(Long.MIN_VALUE));
    }

    @ParameterizedTest
    @ValueSource(longs = {64 * MIB, 64 * MIB + 1, 1L << 40, Long.MAX_VALUE - 1, Long.MAX_VALUE})
    void anAbsurdSizeExhaustsTheHeapAndLeavesItUnharmed(long bytes) {
        long pointer = heap.allocate(100);
        HeapStats before = heap.stats();
        assertThatThrownBy(() -> heap.allocate(bytes))
                .isInstanceOf(HeapExhaustedException.class)
                .hasMessageContaining(bytes + " bytes")
                .hasMessageContaining("112 bytes are in use")
                .hasMessageContaining(before.committed() + " are committed")
                .hasMessageContaining("maxBytes is " + 64 * MIB);
        assertThat(heap.tryReserve(bytes, BlockKind.BUCKET)).isZero();
        assertThat(heap.stats()).isEqualTo(before);
        heap.free(pointer);
    }

    @Test
    void anExhaustedHeapWorksAgainAfterABlockIsFreed() {
        List<Long> pointers = new ArrayList<>();
        for (long pointer = heap.tryAllocate(50_000, BlockKind.BLOB);
                pointer != 0;
                pointer = heap.tryAllocate(50_000, BlockKind.BLOB)) {
            pointers.add(pointer);
        }
        assertThat(heap.stats().inUse()).isGreaterThan(60 * MIB);
        heap.check();
        assertThatThrownBy(() -> heap.allocate(50_000)).isInstanceOf(HeapExhaustedException.class);
        heap.free(pointers.removeLast());
        pointers.add(heap.allocate(50_000));
        pointers.forEach(heap::free);
        assertThat(heap.stats().inUse()).isZero();
    }

    @Test
    void aFullHeapUsesEveryRunThatIsLongEnough() {
        long block = 1000 * KIB;
        try (NativeHeap full = NativeHeap.builder()
                .maxBytes(16 * MIB)
                .virtualMemory(false) // the heap has exactly as many addresses as bytes
                .open()) {
            List<Long> pointers = new ArrayList<>();
            for (long p = full.tryReserve(block, BlockKind.BLOB); p != 0; p = full.tryReserve(block, BlockKind.BLOB)) {
                pointers.add(p);
            }
            full.free(pointers.get(7));
            assertThat(full.tryReserve(block, BlockKind.BLOB))
                    .as("a block of the length of a free run whose bin also holds shorter runs")
                    .isEqualTo(pointers.get(7));
        }
    }

    @Test
    void fragmentationDoesNotPreventALargeBlock() {
        needsVirtualMemory();
        List<Long> pointers = new ArrayList<>();
        long block = 100 * KIB;
        for (long p = heap.tryAllocate(block, BlockKind.BLOB); p != 0; p = heap.tryAllocate(block, BlockKind.BLOB)) {
            pointers.add(p);
        }
        for (int i = 0; i < pointers.size(); i += 2) {
            heap.free(pointers.get(i));
        }
        assertThat(heap.stats().longestFree()).isGreaterThan(30 * MIB);
        assertThat(heap.allocate(30 * MIB)).isNotZero();
        assertThat(heap.stats().committed()).isLessThanOrEqualTo(64 * MIB);
    }

    @Test
    void freeingTwiceIsRefused() {
        for (long bytes : new long[] {16, 128, 32768, 32769, 5_000_000}) {
            long neighbour = heap.allocate(bytes);
            long pointer = heap.allocate(bytes);
            heap.free(pointer);
            HeapStats before = heap.stats();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> heap.free(pointer))
                    .withMessageContaining(Long.toString(pointer))
                    .withMessageContaining("freed before");
            assertThat(heap.stats()).isEqualTo(before);
            heap.free(neighbour);
        }
    }

    @Test
    void pointersThatWereNeverAllocatedAreRefused() {
        long small = heap.allocate(128);
        long large = heap.allocate(100_000);
        long reserved = heap.stats().reserved();
        HeapStats before = heap.stats();
        long[] wild = {
            0,
            1,
            16,
            4096,
            small + 1,
            small + 16,
            small + 64,
            small + 128,
            large + 1,
            large + 16,
            large + 4096,
            large - 16,
            large + 1_000_000,
            -1,
            -small,
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            reserved - 1,
            reserved,
            reserved + 4096,
            1L << 62
        };
        for (long pointer : wild) {
            assertThatIllegalArgumentException()
                    .as("pointer %d", pointer)
                    .isThrownBy(() -> heap.free(pointer))
                    .withMessageContaining(Long.toString(pointer));
            assertThatIllegalArgumentException().isThrownBy(() -> heap.slice(pointer, 1));
            for (BlockKind kind : BlockKind.values()) {
                assertThat(heap.isBlock(pointer, kind)).isFalse();
            }
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> heap.free(-1))
                .withMessageContaining(".." + (reserved - 1));
        assertThat(heap.stats()).isEqualTo(before);
        assertThat(heap.isBlock(small, BlockKind.BLOB)).isTrue();
        assertThat(heap.isBlock(large, BlockKind.BLOB)).isTrue();
    }

    @Test
    void theUserCannotFreeABlockOfAMap() {
        for (long bytes : new long[] {128, 100_000}) {
            long pointer = heap.tryAllocate(bytes, BlockKind.BUCKET);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> heap.free(pointer))
                    .withMessageContaining("belongs to a map")
                    .withMessageContaining("BUCKET");
            assertThatIllegalArgumentException().isThrownBy(() -> heap.free(pointer, BlockKind.HEADER));
            assertThat(heap.isBlock(pointer, BlockKind.BUCKET)).isTrue();
            assertThat(heap.isBlock(pointer, BlockKind.BLOB)).isFalse();
            heap.free(pointer, BlockKind.BUCKET);
        }
    }

    @Test
    void aSliceStaysInsideItsBlock() {
        long pointer = heap.allocate(100);
        assertThat(heap.slice(pointer, 0).byteSize()).isZero();
        assertThat(heap.slice(pointer, 112).byteSize()).isEqualTo(112);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> heap.slice(pointer, 113))
                .withMessageContaining("0..112: 113");
        assertThatIllegalArgumentException().isThrownBy(() -> heap.slice(pointer, -1));
        assertThatThrownBy(() -> heap.slice(pointer, 100).get(ValueLayout.JAVA_BYTE, 100))
                .isInstanceOf(IndexOutOfBoundsException.class);
        heap.free(pointer);
        assertThatIllegalArgumentException().isThrownBy(() -> heap.slice(pointer, 1));
    }

    @Test
    void secretsAreOddAndDifferBetweenHeaps() {
        try (NativeHeap other = NativeHeap.builder().maxBytes(MIB).open()) {
            for (int i = 0; i < 4; i++) {
                assertThat(heap.secret(i) & 1).isEqualTo(1);
                assertThat(heap.secret(i)).isEqualTo(heap.secret(i)).isNotEqualTo(other.secret(i));
            }
        }
        assertThatThrownBy(() -> heap.secret(4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> heap.secret(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void failAllocationMakesTheNthAllocationFailOnce() {
        heap.failAllocation(3);
        assertThat(heap.tryAllocate(10, BlockKind.BLOB)).isNotZero();
        assertThat(heap.tryReserve(100_000, BlockKind.BUCKET)).isNotZero();
        assertThat(heap.tryAllocate(10, BlockKind.BLOB)).isZero();
        assertThat(heap.tryAllocate(10, BlockKind.BLOB)).isNotZero();
        heap.failAllocation(1);
        assertThatThrownBy(() -> heap.allocate(10)).isInstanceOf(HeapExhaustedException.class);
        heap.failAllocation(1);
        heap.failAllocation(0);
        assertThat(heap.tryAllocate(10, BlockKind.BLOB)).isNotZero();
    }

    @ParameterizedTest
    @EnumSource(Pages.class)
    void commitCountsTheNamedPagesAndAtMostThreeSmallPagesBesideThem(Pages pages) {
        needsVirtualMemory();
        try (NativeHeap own =
                NativeHeap.builder().pages(pages).maxBytes(128 * MIB).open()) {
            long granule = own.granule();
            long pointer = own.tryReserve(64 * MIB, BlockKind.BUCKET);
            long most = pages == Pages.SMALL ? 4 * granule : granule;
            long atFirst = own.stats().committed();
            own.commit(pointer, 8);
            long once = own.stats().committed();
            assertThat(once - atFirst).isBetween(granule, most);
            own.commit(pointer + granule - 8, 8);
            assertThat(own.stats().committed()).isEqualTo(once);
            own.commit(pointer + granule - 8, 16);
            assertThat(own.stats().committed() - atFirst).isBetween(2 * granule, 2 * most);
            own.commit(pointer, 64 * MIB);
            assertThat(own.stats().committed()).isEqualTo(atFirst + 64 * MIB);
            own.release(pointer + 1, pointer + 64 * MIB - 1);
            assertThat(own.stats().committed()).isEqualTo(atFirst + 2 * granule);
            own.free(pointer, BlockKind.BUCKET);
            assertThat(own.stats().committed()).isEqualTo(atFirst);
            own.check();
        }
    }

    @ParameterizedTest
    @EnumSource(Pages.class)
    void releaseZeroesOnlyWholeGranules(Pages pages) {
        for (boolean virtual : new boolean[] {true, false}) {
            try (NativeHeap own = NativeHeap.builder()
                    .pages(pages)
                    .maxBytes(32 * MIB)
                    .virtualMemory(virtual)
                    .open()) {
                long granule = own.granule();
                long bytes = 4 * granule;
                long pointer = own.tryAllocate(bytes, BlockKind.BUCKET);
                own.slice(pointer, bytes).fill((byte) 7);
                own.release(pointer + 5, pointer + 3 * granule + 5);
                assertThat(isZero(own.slice(pointer, bytes).asSlice(granule, 2 * granule)))
                        .isTrue();
                assertThat(own.memory
                                .asSlice(pointer, granule)
                                .mismatch(own.memory.asSlice(pointer + 3 * granule, granule)))
                        .as("the bytes outside the whole granules stay")
                        .isEqualTo(-1);
                assertThat(own.memory.get(ValueLayout.JAVA_BYTE, pointer)).isEqualTo((byte) 7);
                own.commit(pointer, bytes);
                own.memory.asSlice(pointer, bytes).fill((byte) 9);
                own.free(pointer, BlockKind.BUCKET);
                own.checkZeroes();
            }
        }
    }

    @Test
    void releaseOutsideTheBlocksIsRefused() {
        long reserved = heap.stats().reserved();
        assertThatIllegalArgumentException().isThrownBy(() -> heap.release(0, 4096));
        assertThatIllegalArgumentException().isThrownBy(() -> heap.release(reserved - 4096, reserved + 4096));
        assertThatIllegalArgumentException().isThrownBy(() -> heap.release(reserved, reserved - 4096));
    }

    @Test
    void aFreedBlockIsReusedWithItsPagesStillBacked() {
        long pointer = heap.allocate(200 * KIB);
        long committed = heap.stats().committed();
        heap.free(pointer);
        assertThat(heap.stats().committed()).isEqualTo(committed);
        assertThat(heap.allocate(200 * KIB)).isEqualTo(pointer);
        assertThat(heap.stats().committed()).isEqualTo(committed);
        heap.free(pointer);
    }

    @Test
    void hugeBlocksOfAHugeHeapAreAlignedToHugePages() {
        needsVirtualMemory();
        try (NativeHeap huge =
                NativeHeap.builder().pages(Pages.HUGE).maxBytes(64 * MIB).open()) {
            huge.allocate(100);
            huge.allocate(50_000);
            for (long bytes : new long[] {2 * MIB, 3 * MIB, 4 * MIB + 1}) {
                long pointer = huge.allocate(bytes);
                assertThat(pointer % (2 * MIB)).isZero();
                assertThat((huge.memory.address() + pointer) % (2 * MIB)).isZero();
            }
            huge.check();
        }
    }

    @Test
    void theBuilderChecksItsBounds() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NativeHeap.builder().maxBytes(MIB - 1))
                .withMessageContaining("1048576..4398046511104: 1048575");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NativeHeap.builder().maxBytes((1L << 42) + 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NativeHeap.builder().maxBytes(-1));
        try (NativeHeap odd = NativeHeap.builder().maxBytes(MIB + 1).open()) {
            assertThat(odd.stats().maxBytes()).isEqualTo(MIB + 4096);
        }
        try (NativeHeap huge =
                NativeHeap.builder().pages(Pages.HUGE).maxBytes(MIB).open()) {
            assertThat(huge.stats().maxBytes()).isEqualTo(4 * MIB);
            assertThat(huge.allocate(100)).isNotZero();
        }
    }

    @Test
    void theLargestHeapOpensAndCostsNothing() {
        needsVirtualMemory();
        try (NativeHeap greatest = NativeHeap.builder().maxBytes(1L << 42).open()) {
            assertThat(greatest.stats().reserved()).isEqualTo(1L << 42);
            assertThat(greatest.stats().committed()).isLessThan(MIB);
            long pointer = greatest.tryReserve(1L << 41, BlockKind.BUCKET);
            greatest.commit(pointer + (1L << 40), 8);
            greatest.memory.set(ValueLayout.JAVA_LONG, pointer + (1L << 40), 1);
            greatest.free(pointer, BlockKind.BUCKET);
            greatest.check();
        }
    }

    @Test
    void aNewHeapCommitsLittleMemory() {
        needsVirtualMemory();
        assertThat(heap.stats().committed()).isEqualTo(heap.stats().metadata()).isLessThanOrEqualTo(16 * KIB);
        try (NativeHeap whole = NativeHeap.ofConfined()) {
            assertThat(whole.stats().committed()).isLessThanOrEqualTo(16 * KIB);
            assertThat(whole.stats().reserved()).isGreaterThan(64 * MIB);
        }
    }

    private void needsVirtualMemory() {
        HeapStats stats = heap.stats();
        assumeTrue(stats.committed() < stats.reserved(), "no virtual memory here");
    }

    private static boolean isZero(MemorySegment segment) {
        for (long offset = 0; offset < segment.byteSize(); offset++) {
            if (segment.get(ValueLayout.JAVA_BYTE, offset) != 0) {
                return false;
            }
        }
        return true;
    }
}
