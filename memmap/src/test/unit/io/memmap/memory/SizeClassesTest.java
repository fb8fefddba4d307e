package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HeapLayout;
import io.memmap.format.SizeClasses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SizeClassesTest {
    @Test
    void aBlockHoldsTheRequestedBytesAndWastesAtMostANinth() {
        for (int bytes = 1; bytes <= SizeClasses.MAX_SMALL_BYTES; bytes++) {
            int blockBytes = SizeClasses.blockBytes(SizeClasses.of(bytes));
            int leastUsed = bytes <= 128 ? blockBytes - 15 : blockBytes * 8 / 9;
            assertThat(bytes)
                    .as("bytes that fit in the block for %d bytes", bytes)
                    .isBetween(leastUsed, blockBytes);
        }
    }

    @Test
    void theSmallestClassThatFitsIsChosen() {
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            int blockBytes = SizeClasses.blockBytes(sizeClass);
            assertThat(SizeClasses.of(blockBytes)).isEqualTo(sizeClass);
            assertThat(SizeClasses.of(Math.min(blockBytes + 1, SizeClasses.MAX_SMALL_BYTES)))
                    .isEqualTo(Math.min(sizeClass + 1, SizeClasses.COUNT - 1));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 80, 128, 144, 192, 256})
    void bucketsAndHeadersWasteNothing(int bytes) {
        assertThat(SizeClasses.blockBytes(SizeClasses.of(bytes))).isEqualTo(bytes);
    }

    @Test
    void aLargeBlockWastesAtMostANinth() {
        for (long bytes = SizeClasses.MAX_SMALL_BYTES + 1; bytes < 1 << 20; bytes += 13) {
            long blockBytes = BlockAllocator.usableBytes(bytes);
            assertThat(bytes).isBetween(blockBytes * 8 / 9, blockBytes);
        }
    }

    @Test
    void everyOffsetInASlabBelongsToTheRightBlock() {
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            int blockBytes = SizeClasses.blockBytes(sizeClass);
            int slabBytes = SizeClasses.slabPages(sizeClass) << HeapLayout.PAGE_SHIFT;
            for (int offset = 0; offset < slabBytes; offset++) {
                if (SizeClasses.blockAt(sizeClass, offset) != offset / blockBytes) {
                    assertThat(SizeClasses.blockAt(sizeClass, offset))
                            .as("block at offset %d in a slab with blocks of %d bytes", offset, blockBytes)
                            .isEqualTo(offset / blockBytes);
                }
            }
        }
    }

    @Test
    void aSlabWastesLittleAtItsEndAndHasABitForEachBlock() {
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            int slabBytes = SizeClasses.slabPages(sizeClass) << HeapLayout.PAGE_SHIFT;
            int unused = slabBytes - SizeClasses.blocks(sizeClass) * SizeClasses.blockBytes(sizeClass);
            assertThat((double) unused / slabBytes)
                    .as("unused end of a slab with blocks of %d bytes", SizeClasses.blockBytes(sizeClass))
                    .isLessThan(1.0 / 16);
            assertThat(SizeClasses.blocks(sizeClass)).isBetween(1, 256 * SizeClasses.slabPages(sizeClass));
            assertThat(SizeClasses.blocks(sizeClass)).isLessThanOrEqualTo(Long.SIZE * Long.SIZE);
        }
    }
}
