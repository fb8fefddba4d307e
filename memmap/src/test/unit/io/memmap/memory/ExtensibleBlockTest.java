package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.format.BlockKind;
import io.memmap.format.Mem;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Large blocks that are extended and shortened in place. {@code NativeHeapModelTest} plays random
 * histories.
 */
class ExtensibleBlockTest {
    private static final BlockKind KIND = BlockKind.BUCKET;
    private static final long BYTES = 64 << 10;

    private final Arena arena = Arena.ofConfined();
    private final BlockAllocator heap = TestAllocators.small(arena);

    @AfterEach
    void theHeapIsSound() {
        try (arena) {
            heap.check();
            heap.checkZeroes();
        }
    }

    @Test
    void anExtensibleBlockLiesBehindAQuarterOfTheLongestFreeRun() {
        long longest = heap.longestFreeBytes();
        long block = heap.allocateExtensible(BYTES, KIND);
        assertThat(heap.longestFreeBytes())
                .as("bytes behind the block")
                .isBetween(longest * 3 / 4 - BYTES, longest * 3 / 4 - BYTES + 4096);

        long other = heap.allocate(BYTES, KIND, true);
        assertThat(other).as("another block, in the quarter in front").isLessThan(block);
        assertThat(heap.extend(block, longest / 2, KIND)).isTrue();
    }

    @Test
    void withoutFourTimesTheRoomAnExtensibleBlockLiesAnywhere() {
        long longest = heap.longestFreeBytes();
        long block = heap.allocateExtensible(longest / 2, KIND);
        assertThat(block).isPositive();
        assertThat(heap.isBlock(block, KIND)).isTrue();
        assertThat(heap.allocateExtensible(longest, KIND))
                .as("a block for which there is no room")
                .isZero();
        assertThat(heap.allocateExtensible(Long.MAX_VALUE, KIND)).isZero();
    }

    @Test
    void anExtensibleBlockIsNotCommittedBeforeCommit() {
        long committed = heap.committedBytes() - heap.metadataBytes();
        long block = heap.allocateExtensible(BYTES, KIND);
        assertThat(heap.extend(block, 4 * BYTES, KIND)).isTrue();
        assertThat(heap.committedBytes() - heap.metadataBytes()).isEqualTo(committed);
        heap.commit(block + 3 * BYTES, 8);
        assertThat(heap.committedBytes() - heap.metadataBytes()).isGreaterThan(committed);
    }

    @Test
    void anExtendedBlockKeepsItsContentsAndItsNewBytesAreZero() {
        long block = heap.allocate(BYTES, KIND, true);
        long behind = heap.allocate(BYTES, KIND, true);
        assertThat(behind).isEqualTo(block + BYTES);
        heap.memory.asSlice(block, 2 * BYTES).fill((byte) 7);
        heap.free(behind, KIND);

        assertThat(heap.extend(block, 2 * BYTES, KIND)).isTrue();
        assertThat(heap.blockBytes(block)).isEqualTo(2 * BYTES);
        assertThat(heap.bytesInUse(KIND)).isEqualTo(2 * BYTES);
        assertThat(heap.blocksInUse()).isEqualTo(1);
        for (long i = 0; i < 2 * BYTES; i++) {
            assertThat(Mem.getByte(heap.memory, block + i)).isEqualTo(i < BYTES ? 7 : 0);
        }
    }

    @Test
    void anExtensionIsRefusedAndChangesNothingIfTheRunBehindIsTaken() {
        long block = heap.allocate(BYTES, KIND, true);
        long behind = heap.allocate(BYTES, KIND, true);
        assertThat(heap.extend(block, BYTES + 1, KIND)).isFalse();
        assertThat(heap.blockBytes(block)).isEqualTo(BYTES);
        assertThat(heap.bytesInUse(KIND)).isEqualTo(2 * BYTES);
        heap.check();
        heap.free(behind, KIND);
        assertThat(heap.extend(block, BYTES + 1, KIND)).isTrue();
    }

    @Test
    void anExtensionIsRefusedIfTheRunBehindIsTooShort() {
        long block = heap.allocate(BYTES, KIND, true);
        long behind = heap.allocate(BYTES, KIND, true);
        long farther = heap.allocate(BYTES, KIND, true);
        heap.free(behind, KIND);
        assertThat(heap.extend(block, 2 * BYTES + 1, KIND)).isFalse();
        assertThat(heap.extend(block, 2 * BYTES, KIND)).isTrue();
        heap.free(farther, KIND);
    }

    @Test
    void anExtensionBeyondTheEndOfTheHeapIsRefused() {
        long block = heap.allocate(BYTES, KIND, true);
        assertThat(heap.extend(block, TestAllocators.CAPACITY, KIND)).isFalse();
        assertThat(heap.extend(block, Long.MAX_VALUE / 2, KIND)).isFalse();
        long rest = heap.longestFreeBytes();
        assertThat(heap.extend(block, BYTES + rest + 1, KIND)).isFalse();
        assertThat(heap.extend(block, BYTES + rest, KIND)).as("up to the end").isTrue();
        assertThat(heap.longestFreeBytes()).isZero();
    }

    @Test
    void anExtensionIsRefusedIfTheBoundForbidsIt() {
        try (Arena own = Arena.ofConfined()) {
            BlockAllocator bounded =
                    new BlockAllocator(Reservation.of(own, TestAllocators.CAPACITY, false, true), 1 << 20);
            long block = bounded.allocateExtensible(BYTES, KIND);
            assertThat(bounded.extend(block, 1 << 20, KIND)).isFalse();
            assertThat(bounded.blockBytes(block)).isEqualTo(BYTES);
            assertThat(bounded.extend(block, 10 * BYTES, KIND)).isTrue();
            bounded.check();
        }
    }

    @Test
    void aShortenedBlockKeepsItsFrontAndFreesThePagesBehind() {
        long block = heap.allocate(4 * BYTES, KIND, true);
        long free = heap.longestFreeBytes();
        heap.memory.asSlice(block, 4 * BYTES).fill((byte) 7);
        heap.truncate(block, BYTES, KIND);

        assertThat(heap.blockBytes(block)).isEqualTo(BYTES);
        assertThat(heap.bytesInUse(KIND)).isEqualTo(BYTES);
        assertThat(heap.blocksInUse()).isEqualTo(1);
        assertThat(heap.longestFreeBytes()).isEqualTo(free + 3 * BYTES);
        heap.check();
        assertThat(heap.extend(block, 4 * BYTES, KIND)).isTrue();
        for (long i = 0; i < 4 * BYTES; i++) {
            assertThat(Mem.getByte(heap.memory, block + i)).isEqualTo(i < BYTES ? 7 : 0);
        }
    }

    @Test
    void onlyALargeBlockOfTheKindIsExtendedOrShortened() {
        long small = heap.allocate(100, KIND, true);
        long other = heap.allocate(BYTES, BlockKind.BLOB, true);
        long block = heap.allocate(BYTES, KIND, true);
        for (long pointer : new long[] {small, other, block + 4096, block + 8, 0}) {
            assertThatIllegalArgumentException().isThrownBy(() -> heap.extend(pointer, 2 * BYTES, KIND));
            assertThatIllegalArgumentException().isThrownBy(() -> heap.truncate(pointer, 4096, KIND));
        }
        heap.free(block, KIND);
        assertThatIllegalArgumentException().isThrownBy(() -> heap.extend(block, 2 * BYTES, KIND));
    }

    @Test
    void anExtensibleBlockOfHugePagesBeginsAtAHugePage() {
        long huge = 2L << 20;
        try (Arena own = Arena.ofConfined()) {
            BlockAllocator large = TestAllocators.huge(own);
            long block = large.allocateExtensible(huge, KIND);
            assertThat(block % huge).isZero();
            assertThat(large.extend(block, 4 * huge, KIND)).isTrue();
            large.truncate(block, huge, KIND);
            large.check();
        }
    }
}
