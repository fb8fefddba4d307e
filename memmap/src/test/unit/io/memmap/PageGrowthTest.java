package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BlockKind;
import io.memmap.format.HmapLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a map with pages grows and shrinks: page by page, and in place if there is room. */
class PageGrowthTest extends PageMapTestBase {
    /** The log2 of the number of lines of an array of 64 KiB, or 16 pages. */
    private static final int B = 10;

    /** The number of writes that split one page. */
    private static final int WRITES_A_SPLIT = 8;

    /** Returns a map with as many entries as 2^b lines hold. */
    private AnyMap fillTo(NativeHeap in, int b) {
        AnyMap map = variant.make(in);
        map.table().reserve(map.loadLimit(b));
        map.fill(0, map.loadLimit(b));
        map.table().reserve(0);
        return map;
    }

    private static void assertHasAll(AnyMap map, long entries) {
        assertThat(map.size()).isEqualTo(entries);
        for (long key = 0; key < entries; key++) {
            assertThat(map.get(key)).isEqualTo(10 * key);
        }
    }

    @Test
    void aGrowthInPlaceKeepsTheArrayAndNeedsNoSecondOne() {
        AnyMap map = keep(fillTo(heap, B));
        long entries = map.size();
        long array = map.buckets();
        map.put(entries, 10 * entries);
        assertThat(map.isGrowing()).isTrue();
        while (map.isGrowing()) {
            assertThat(map.buckets()).isEqualTo(array);
            assertThat(map.table().field(HmapLayout.OLD_BUCKETS)).isEqualTo(array);
            assertThat(heap.stats().bucket()).isEqualTo(map.table().arrayBytes(B + 1));
            map.put(0, 0);
        }
        assertThat(map.buckets()).isEqualTo(array);
        assertThat(map.b()).isEqualTo(B + 1);
        assertHasAll(map, entries + 1);
    }

    /** Pages are committed as they are split off, 64 KiB at a time. */
    @Test
    void theMemoryOfAGrowthInPlaceOnlyRises() {
        AnyMap map = keep(fillTo(heap, B + 4));
        map.put(-1, 1);
        long committed = heap.stats().committed();
        while (map.isGrowing()) {
            long before = committed;
            map.put(-1, 1);
            committed = heap.stats().committed();
            assertThat(committed - before).isBetween(0L, 2L * (64 << 10));
        }
        long bytes = map.table().arrayBytes(B + 5);
        assertThat(committed - heap.stats().metadata()).isBetween(bytes, bytes + (128 << 10));
    }

    @Test
    void aGrowthTakesANewArrayIfTheSpaceBehindItIsTaken() {
        try (NativeHeap own = NativeHeap.builder().maxBytes(HEAP_BYTES).open()) {
            AnyMap map = fillTo(own, B);
            long entries = map.size();
            long array = map.buckets();
            List<Long> fillers = new ArrayList<>();
            for (long bytes = HEAP_BYTES / 2; bytes > 32 << 10; bytes /= 2) {
                for (long block; (block = own.tryReserve(bytes, BlockKind.BLOB)) != 0; ) {
                    fillers.add(block);
                }
            }
            boolean isBehind = fillers.contains(array + map.table().arrayBytes(B));
            for (long block : fillers) {
                if (block < array) {
                    own.free(block);
                }
            }
            map.put(entries, 10 * entries);
            if (isBehind) {
                assertThat(map.buckets()).isNotEqualTo(array);
                assertThat(map.table().field(HmapLayout.OLD_BUCKETS)).isEqualTo(array);
                assertThat(own.stats().bucket())
                        .isEqualTo(map.table().arrayBytes(B) + map.table().arrayBytes(B + 1));
            }
            while (map.isGrowing()) {
                map.check();
                assertHasAll(map, entries + 1);
                for (int i = 0; i < WRITES_A_SPLIT; i++) {
                    map.put(0, 0);
                }
            }
            assertThat(isBehind).as("a block lies right behind the array").isTrue();
            assertThat(own.stats().bucket()).isEqualTo(map.table().arrayBytes(B + 1));
            assertHasAll(map, entries + 1);
            map.check();
        }
    }

    @Test
    void everyEighthWriteOfAGrowthSplitsOnePage() {
        AnyMap map = keep(fillTo(heap, B));
        map.put(-1, 1);
        long pages = map.oldUnits();
        long writes = 0;
        while (map.isGrowing()) {
            long moved = map.movedChains();
            if (writes % 3 == 0) {
                map.put(0, 0);
            } else if (writes % 3 == 1) {
                assertThat(map.remove(-2)).isFalse();
            } else {
                map.add(1, 0);
            }
            writes++;
            assertThat((map.isGrowing() ? map.movedChains() : pages) - moved)
                    .as("pages that one write has split")
                    .isBetween(0L, 1L);
            map.check();
        }
        assertThat(writes).isBetween((pages - 1) * WRITES_A_SPLIT, pages * WRITES_A_SPLIT);
    }

    /** A read, too, knows which pages have been split. */
    @Test
    void everyKeyIsFoundAtEachStepOfAGrowth() {
        AnyMap map = keep(fillTo(heap, 7));
        long entries = map.size();
        map.put(entries, 10 * entries);
        long absent = 1_000_000;
        while (map.isGrowing()) {
            assertHasAll(map, entries + 1);
            assertThat(map.containsKey(absent++)).isFalse();
            map.put(0, 0);
        }
        assertHasAll(map, entries + 1);
    }

    @Test
    void aShrinkingInPlaceKeepsTheArrayAndGivesItsUpperHalfBack() {
        AnyMap map = keep(fillTo(heap, B + 1));
        long array = map.buckets();
        long key = map.size();
        while (!map.isShrinking() && key > 0) {
            map.remove(--key);
        }
        assertThat(map.isShrinking()).isEqualTo(variant.autoShrink);
        if (variant.autoShrink) {
            assertThat(map.b()).isEqualTo(B);
            long writes = 0;
            while (map.isShrinking()) {
                assertThat(map.buckets()).isEqualTo(array);
                map.put(0, 0);
                writes++;
                map.check();
                assertHasAll(map, key);
            }
            assertThat(writes).as("writes, each of which joins two pages").isEqualTo(1L << PagedTable.pagesB(B));
            assertThat(map.buckets()).isEqualTo(array);
            assertThat(heap.stats().bucket()).isEqualTo(map.table().arrayBytes(B));
        }
    }

    @Test
    void aMapThatLosesItsEntriesGivesNineTenthsOfItsMemoryBack() {
        AnyMap map = make().fill(0, 100_000);
        map.finishGrowth(0);
        long full = heap.stats().committed() - heap.stats().metadata();
        map.removeAll(1000, 100_000);
        map.finishGrowth(0);
        if (!variant.autoShrink) {
            map.table().shrink();
        }
        assertThat(heap.stats().committed() - heap.stats().metadata()).isLessThan(full / 9);
        assertHasAll(map, 1000);
    }

    @Test
    void aHalvingThatFindsNoMemoryKeepsEveryEntry() {
        AnyMap map = keep(fillTo(heap, B + 1));
        long size = map.size();
        for (long key = size - 1; key >= 10; key--) {
            heap.failAllocation(1);
            assertThat(map.remove(key)).isTrue();
        }
        heap.failAllocation(0);
        map.check();
        assertHasAll(map, 10);
    }
}
