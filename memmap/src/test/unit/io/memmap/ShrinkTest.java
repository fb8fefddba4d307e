package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.format.BlockKind;
import io.memmap.format.HmapLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that a map gives back. Go's map never does this. */
class ShrinkTest extends PrimitiveMapTestBase {
    /** Below this B a map does not shrink by itself. */
    private static final int FLOOR_B = 5;

    @Test
    void anEmptiedMapHasFewBuckets() {
        AnyMap map = make().fill(0, 20_000);
        map.finishGrowth(0);
        int full = map.b();
        map.removeAll(1000, 20_000);

        if (variant.autoShrink) {
            assertThat(map.loadLimit(map.b())).isLessThanOrEqualTo(8 * 1000);
            map.removeAll(1, 1000);
            assertThat(map.b()).isLessThanOrEqualTo(FLOOR_B + 1);
        } else {
            assertThat(map.b()).isEqualTo(full);
            assertThat(map.shrinks()).isZero();
        }
        for (long key = 0; key < map.size(); key++) {
            assertThat(map.get(key)).isEqualTo(10 * key);
        }
    }

    @Test
    void aMapAroundAThresholdDoesNotGrowAndShrinkRepeatedly() {
        AnyMap map = make().fill(0, 3000);
        for (long size = 3000; size > 60; size--) {
            map.remove(size);
            long before = map.doublings() + map.shrinks();
            for (int i = 0; i < 20; i++) {
                map.put(size, 1);
                map.put(size + 1, 1);
                map.remove(size);
                map.remove(size + 1);
            }
            assertThat(map.doublings() + map.shrinks() - before)
                    .as("growths and halvings at size %d", size)
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aWriteStartsAtMostOneHalving() {
        AnyMap map = make().fill(0, 10_000);
        for (long key = 0; key < 10_000; key++) {
            int b = map.b();
            map.remove(key);
            assertThat(map.b()).isBetween(b - 1, b);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aMapDoesNotShrinkByItselfBelowItsHintOrReserve(boolean hinted) {
        AnyMap map = make(hinted ? 2000 : 0);
        if (!hinted) {
            map.fill(0, 10);
            map.table().reserve(2000);
        }
        int floor = map.b();
        map.fill(0, 20_000);
        map.removeAll(3, 20_000);
        map.finishGrowth(0);
        assertThat(map.b()).isGreaterThanOrEqualTo(floor);
        if (variant.autoShrink) {
            assertThat(map.b()).isLessThanOrEqualTo(floor + 2);
        }
        map.table().clear();
        assertThat(map.b()).isGreaterThanOrEqualTo(floor);
    }

    @Test
    void reservingLessRemovesTheFloor() {
        AnyMap map = make(2000).fill(0, 2000);
        map.table().reserve(0);
        map.removeAll(3, 2000);
        map.finishGrowth(0);
        if (variant.autoShrink) {
            assertThat(map.b()).isLessThanOrEqualTo(FLOOR_B + 1);
        } else {
            assertThat(map.b()).isEqualTo(make(2000).b());
        }
    }

    @Test
    void shrinkLeavesOnlyTheBucketsThatTheEntriesNeedAndForgetsTheHint() {
        AnyMap map = make(10_000).fill(0, 100);
        map.table().shrink();
        assertThat(map.loadLimit(map.b())).isGreaterThanOrEqualTo(100);
        assertThat(map.loadLimit(map.b() - 1)).isLessThan(100);
        assertThat(heap.stats().bucket()).isEqualTo(heap.usableSize(map.table().arrayBytes(map.b()), BlockKind.BUCKET));
        for (long key = 0; key < 100; key++) {
            assertThat(map.get(key)).isEqualTo(10 * key);
        }
        map.removeAll(0, 100);
        map.table().shrink();
        assertThat(heap.stats().bucket()).isZero();
    }

    @Test
    void clearFreesTheArraysIfTheMapShrinksByItself() {
        AnyMap map = make().fill(0, 5000);
        long bytes = heap.stats().bucket();
        map.table().clear();
        if (variant.autoShrink) {
            assertThat(heap.stats().bucket()).isZero();
        } else {
            assertThat(heap.stats().bucket()).isPositive().isLessThanOrEqualTo(bytes);
        }
        assertThat(heap.stats().overflow()).isZero();
    }

    /**
     * A table that was made large and never filled. The marks of its chains stand where nothing
     * else has been written.
     */
    @Test
    void aShrinkingSparseMapLeavesNoMarksBehind() {
        AnyMap map = make(50_000).fill(0, 10);
        map.table().reserve(0);
        map.remove(0);
        if (!variant.autoShrink) {
            map.table().shrink();
        }
        map.finishGrowth(1);
        heap.checkZeroes();
        assertThat(map.size()).isEqualTo(9);
    }

    @Test
    void aNegativeReserveIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> make().table().reserve(-1))
                .withMessage("entries must be 0 or more: -1");
    }

    // ------------------------------------------------------------------- giving back the old array

    private static final long ENTRIES = 1_000_000;
    /**
     * Allows for pieces of 64 KiB, of which two are open while the two halves of a halving map move
     * together, and for pages that are not whole.
     */
    private static final long SLACK_BYTES = 512 << 10;

    /** The test writes one key again and again, so the marks pass the chains in order. */
    @Test
    void aDoublingMapGivesBackTheOldArrayAsTheNewOneFills() {
        try (NativeHeap large = NativeHeap.builder().maxBytes(256L << 20).open()) {
            AnyMap map = variant.make(large);
            long key = 0;
            while (map.size() < ENTRIES || !map.isGrowing()) {
                map.put(key++, 1);
            }
            assertThat(map.movedChains()).isLessThan(3);
            assertCommittedFollowsTheMark(large, map);
        }
    }

    @Test
    void aHalvingMapGivesBackTheOldArrayAsTheNewOneFills() {
        try (NativeHeap large = NativeHeap.builder().maxBytes(256L << 20).open()) {
            AnyMap map = variant.make(large).fill(0, ENTRIES);
            map.finishGrowth(0);
            long committed = large.stats().committed();
            long key = ENTRIES;
            while (!map.isShrinking() && key > 1) {
                map.remove(--key);
            }
            if (variant.autoShrink) {
                assertCommittedFollowsTheMark(large, map);
                assertThat(large.stats().committed()).isLessThan(committed * 6 / 10);
            } else {
                assertThat(large.stats().committed()).isEqualTo(committed);
            }
        }
    }

    /**
     * The overflow blocks that are freed and allocated as chains move may take a tenth of the old
     * array.
     */
    private static void assertCommittedFollowsTheMark(NativeHeap heap, AnyMap map) {
        HashTable table = map.table();
        long state = table.state();
        double oldBytes = table.bucketBytes << HashTable.oldB(state);
        double newBytes = table.bucketBytes << HmapLayout.b(state);
        long units = map.oldUnits();
        long start = heap.stats().committed();
        long value = map.get(1);
        for (long writes = 0; map.isGrowing(); writes++) {
            if (writes % 1000 == 0) {
                double passed = (double) table.field(HmapLayout.NEVACUATE) / units;
                double expected = start + passed * (newBytes - oldBytes);
                assertThat((double) heap.stats().committed())
                        .as("committed bytes when %s of the chains have moved", passed)
                        .isLessThan(expected + oldBytes / 10 + SLACK_BYTES);
            }
            map.put(1, value);
        }
    }
}
