package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * When a map grows: {@code docs/go-map.md}, "Growth". {@link GoNumbersTest} has Go's figures. {@link
 * BucketGrowthTest} and {@link PageGrowthTest} test what each write does for the growth.
 */
class GrowthTest extends PrimitiveMapTestBase {

    /**
     * go:load-limit, for any number of slots: one bucket is filled to the last slot, several are
     * filled to 13 of 16 slots.
     */
    @Test
    void theMapDoublesOnTheWriteThatPassesTheLoadLimit() {
        AnyMap map = make();
        for (long size = 1; size <= 30_000; size++) {
            int b = map.b();
            map.put(size, size);
            assertThat(map.b()).as("B at size %d", size).isEqualTo(size > map.loadLimit(b) ? b + 1 : b);
        }
        assertThat(map.doublings()).isEqualTo(map.b());
        assertThat(map.sameSizeGrowths()).isZero();
    }

    /** go:growth-starts-at-an-insertion. */
    @Test
    void onlyTheWriteOfANewKeyStartsAGrowth() {
        AnyMap map = make();
        map.table().reserve(map.loadLimit(6));
        map.fill(0, map.loadLimit(6));

        map.put(0, 1);
        map.add(1, 1);
        map.get(2);
        map.remove(-1);
        map.putAll(new long[] {3, 4}, new long[2]);
        assertThat(map.isGrowing()).isFalse();
        map.remove(3);
        map.put(3, 1);
        assertThat(map.isGrowing())
                .as("growing when the map is at its limit again")
                .isFalse();

        map.put(-1, 1);
        assertThat(map.isGrowing()).isTrue();
        assertThat(map.b()).isEqualTo(7);
        assertThat(map.movedChains())
                .as("old chains that the write itself has moved; a page moves later")
                .isBetween(variant.isPaged() ? 0L : 1L, 2L);
    }

    @Test
    void reserveMakesRoomForTheGivenNumberOfEntries() {
        AnyMap map = make().fill(0, 100);
        map.table().reserve(5000);
        long doublings = map.doublings();
        assertThat(map.isGrowing()).isFalse();
        assertThat(map.size()).isEqualTo(100);
        map.check();

        map.fill(100, 5000);
        assertThat(map.doublings()).isEqualTo(doublings);
        for (long key = 0; key < 5000; key++) {
            assertThat(map.get(key)).isEqualTo(10 * key);
        }
    }

    @Test
    void reserveMovesNothingIfThereIsEnoughRoom() {
        AnyMap map = make().fill(0, 1000);
        map.finishGrowth(0);
        long array = map.buckets();
        map.table().reserve(10);
        map.table().reserve(1000);
        assertThat(map.buckets()).isEqualTo(array);
    }

    /** The growth may be a doubling, a growth in the same size or a halving. */
    @Test
    void reserveAndShrinkEndARunningGrowth() {
        for (boolean reserves : new boolean[] {true, false}) {
            AnyMap map = make();
            long key = 0;
            while (!map.isGrowing() || map.size() < 500) {
                map.put(key, 10 * key);
                key++;
            }
            if (reserves) {
                map.table().reserve(10_000);
            } else {
                map.table().shrink();
            }
            assertThat(map.isGrowing()).isFalse();
            assertThat(map.size()).isEqualTo(key);
            for (long k = 0; k < key; k++) {
                assertThat(map.get(k)).isEqualTo(10 * k);
            }
        }
    }
}
