package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BlockKind;
import io.memmap.format.HeapLayout;
import io.memmap.format.SizeClasses;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeClassesTest {
    @ParameterizedTest
    @EnumSource(BlockKind.class)
    void aBlockHoldsTheRequestedBytesAndWastesAtMostANinth(BlockKind kind) {
        int mostWaste = kind == BlockKind.ENTRY ? 7 : 15;
        for (int bytes = 1; bytes <= SizeClasses.MAX_SMALL_BYTES; bytes++) {
            int sizeClass = SizeClasses.of(bytes, kind);
            int blockBytes = SizeClasses.blockBytes(sizeClass);
            int leastUsed = bytes <= 16 ? 1 : bytes <= 128 ? blockBytes - mostWaste : blockBytes * 8 / 9;
            assertThat(bytes)
                    .as("bytes that fit in the block for %d bytes", bytes)
                    .isBetween(leastUsed, blockBytes);
            assertThat(SizeClasses.exists(sizeClass, kind.code)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(BlockKind.class)
    void theSmallestBlockOfTheKindIsChosen(BlockKind kind) {
        int[] sizes = IntStream.range(0, SizeClasses.COUNT)
                .filter(sizeClass -> SizeClasses.exists(sizeClass, kind.code))
                .map(SizeClasses::blockBytes)
                .sorted()
                .toArray();
        assertThat(sizes).hasSize(kind == BlockKind.ENTRY ? 79 : 72).doesNotHaveDuplicates();
        int next = 0;
        for (int bytes = 1; bytes <= SizeClasses.MAX_SMALL_BYTES; bytes++) {
            next += bytes > sizes[next] ? 1 : 0;
            assertThat(SizeClasses.blockBytes(SizeClasses.of(bytes, kind))).isEqualTo(sizes[next]);
        }
    }

    @Test
    void aClassOrKindThatIsUnknownDoesNotExist() {
        assertThat(SizeClasses.exists(SizeClasses.COUNT, BlockKind.ENTRY.code)).isFalse();
        assertThat(SizeClasses.exists(0, BlockKind.COUNT)).isFalse();
        assertThat(SizeClasses.exists(SizeClasses.COUNT - 1, BlockKind.BLOB.code))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 80, 128, 144, 192, 256})
    void bucketsAndHeadersWasteNothing(int bytes) {
        assertThat(SizeClasses.blockBytes(SizeClasses.of(bytes, BlockKind.BUCKET)))
                .isEqualTo(bytes);
    }

    @Test
    void aLargeBlockWastesAtMostANinth() {
        for (long bytes = SizeClasses.MAX_SMALL_BYTES + 1; bytes < 1 << 20; bytes += 13) {
            long blockBytes = BlockAllocator.usableBytes(bytes, BlockKind.BLOB);
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
