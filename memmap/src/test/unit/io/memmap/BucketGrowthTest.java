package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BlockKind;
import io.memmap.format.HmapLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What each write does for the growth of a map with buckets: {@code docs/go-map.md}, "Growth".
 * {@link PageGrowthTest} tests the growth of pages.
 */
class BucketGrowthTest extends BucketMapTestBase {

    /** go:too-many-overflow-buckets: the test sets the counter as if there were this many. */
    @ParameterizedTest
    @ValueSource(ints = {4, 9, 15, 16, 17})
    void asManyOverflowBucketsAsBucketsCauseAGrowthInTheSameSize(int b) {
        try (NativeHeap large = NativeHeap.builder().maxBytes(256L << 20).open()) {
            AnyMap map = variant.make(large);
            map.table().reserve(map.loadLimit(b));
            int limit = 1 << Math.min(b, 15);
            setNoverflow(map, limit - 1);
            map.put(1, 1);
            assertThat(map.isGrowing()).isFalse();

            setNoverflow(map, limit);
            map.put(1, 1);
            assertThat(map.isGrowing()).as("growing after an overwrite").isFalse();
            map.put(2, 1);
            assertThat(map.isGrowingInSameSize()).isTrue();
            assertThat(map.b()).isEqualTo(b);
            assertThat(map.noverflow()).as("overflow buckets of the new array").isZero();
            map.check();
        }
    }

    /** go:double-or-same-size. */
    @Test
    void aGrowthKeepsTheOldArrayUntilItEndsAndThenFreesIt() {
        AnyMap map = make();
        map.table().reserve(map.loadLimit(8));
        map.fill(0, map.loadLimit(8));
        long old = map.buckets();
        map.put(-1, 1);
        assertThat(map.table().field(HmapLayout.OLD_BUCKETS)).isEqualTo(old);
        assertThat(heap.stats().bucket())
                .isEqualTo(heap.usableSize(map.table().arrayBytes(8), BlockKind.BUCKET)
                        + heap.usableSize(map.table().arrayBytes(9), BlockKind.BUCKET));

        map.finishGrowth(0);
        assertThat(heap.stats().bucket()).isEqualTo(heap.usableSize(map.table().arrayBytes(9), BlockKind.BUCKET));
        assertThat(map.overflow() * map.table().bucketBytes)
                .as("bytes of overflow buckets; at most half of all overflow blocks are of the old array")
                .isGreaterThanOrEqualTo(heap.stats().overflow() / 2);
    }

    /**
     * go:two-chains-a-write and go:chain-moves-as-a-whole: in doublings, growths in the same size
     * and halvings; by puts, overwrites and removals, also of absent keys.
     */
    @Test
    void everyWriteDuringAGrowthMovesOneOrTwoOldChains() {
        AnyMap map = make();
        long entries = map.loadLimit(7);
        for (long key = 0; key < entries; key++) {
            long k = key;
            watch(map, () -> map.put(k, 1));
            watch(map, () -> map.put(random.nextLong(k + 1), 2));
        }
        long oldest = 0;
        while (map.sameSizeGrowths() == 0 || map.isGrowing()) {
            long k = oldest++;
            watch(map, () -> map.remove(k));
            watch(map, () -> map.put(entries + k, 3));
            assertThat(oldest).as("steps without a growth in the same size").isLessThan(40 * entries);
        }
        for (long key = oldest; key < oldest + entries - 1; key++) {
            long k = key;
            watch(map, () -> map.remove(k));
            watch(map, () -> map.remove(-1));
        }
        assertThat(map.doublings()).isPositive();
        assertThat(map.shrinks() > 0).isEqualTo(variant.autoShrink);
    }

    /**
     * Only the geometry GO moves the key's own chain, as Go does. Otherwise a write moves it only
     * if it is full: random chains take longer to reach than the next ones.
     */
    @Test
    void aWriteMovesItsOwnChainInGosGeometryOrIfTheChainIsFull() {
        boolean[] seen = new boolean[2];
        for (int i = 0; !seen[0] || !seen[1]; i++) {
            AnyMap map = make();
            long limit = map.loadLimit(7);
            map.fill(0, limit + 1);
            HashTable table = map.table();
            long key = limit + 1 + i;
            long unit = map.hash(key) & HashTable.mask(HashTable.unitsB(table.state()));
            long chain = table.field(HmapLayout.OLD_BUCKETS) + unit * table.bucketBytes;
            boolean hadRoom = table.hasRoom(chain);
            if (!table.isEvacuated(unit) && unit > table.field(HmapLayout.NEVACUATE) + 2) {
                map.put(key, 1);
                assertThat(table.isEvacuated(unit))
                        .as("the key's chain has moved")
                        .isEqualTo(variant.geometry == Geometry.GO || !hadRoom);
                assertThat(map.get(key)).isEqualTo(1);
                map.check();
                seen[hadRoom ? 1 : 0] = true;
            }
            assertThat(i).isLessThan(1000);
            map.table().free();
        }
    }

    /**
     * go:chain-moves-as-a-whole. A sixteenth of an array are spares, and at the end of a growth
     * nearly all of them have been overflow buckets.
     */
    @Test
    void aWriteGivesBackAtMostOnePieceOfTheOldArray() {
        final long piece = 64 << 10;
        AnyMap map = make();
        HashTable table = map.table();
        // the spares are four or five pieces
        int b = 63 - Long.numberOfLeadingZeros(64 * piece / table.bucketBytes);
        table.reserve(map.loadLimit(b));
        map.fill(0, map.loadLimit(b) + 1);
        long old = table.field(HmapLayout.OLD_BUCKETS);
        long end = old + table.arrayBytes(b);
        long released = old;
        long stepsBehindTheLastUnit = 0;
        while (map.isGrowing()) {
            long releasedNow = table.field(HmapLayout.RELEASED);
            assertThat(releasedNow - released)
                    .as("bytes that one write gave back")
                    .isBetween(0L, piece);
            released = releasedNow;
            if (table.field(HmapLayout.NEVACUATE) == 1L << b) {
                stepsBehindTheLastUnit++;
                map.check();
            }
            map.put(0, 1);
        }
        if (variant.geometry == Geometry.LINE) {
            assertThat(end - released)
                    .as("bytes given back at the end of the growth")
                    .isLessThanOrEqualTo(piece + (4 << 10));
            assertThat(stepsBehindTheLastUnit).isBetween(3L, 6L);
        }
    }

    /** The committed memory is that of both arrays, less the part that was given back. */
    @Test
    void aDoublingCommitsAtMost1Point6TimesItsFinalMemory() {
        AnyMap map = make();
        int b = 14;
        map.table().reserve(map.loadLimit(b));
        map.fill(0, map.loadLimit(b) + 1);
        long key = map.size();
        long peak = 0;
        while (map.isGrowing()) {
            map.put(key, 1);
            key++;
            peak = Math.max(peak, heap.stats().committed());
        }
        assertThat(map.b()).isEqualTo(b + 1);
        assertThat((double) peak / heap.stats().committed()).isBetween(1.0, 1.6);
    }

    private static void watch(AnyMap map, Runnable write) {
        boolean wasGrowing = map.isGrowing();
        long moved = map.movedChains();
        long oldChains = wasGrowing ? 1L << HashTable.oldB(map.table().state()) : 0;
        write.run();
        long movedNow = map.movedChains();
        if (wasGrowing) {
            assertThat((map.isGrowing() ? movedNow : oldChains) - moved)
                    .as("old chains moved by the write")
                    .isBetween(1L, 2L);
        } else {
            assertThat(movedNow)
                    .as("old chains moved by the write that starts the growth")
                    .isLessThanOrEqualTo(2);
        }
        if (map.isGrowing()) {
            map.check();
        }
    }

    /** go:churn-causes-same-size-growth. */
    @Test
    void aGrowthInTheSameSizeRemovesOverflowBuckets() {
        AnyMap map = make();
        long entries = map.loadLimit(7);
        map.fill(0, entries);
        map.finishGrowth(0);
        long oldest = 0;
        while (!map.isGrowingInSameSize()) {
            map.remove(oldest);
            map.put(entries + oldest, 10 * (entries + oldest));
            oldest++;
            assertThat(oldest).as("steps without a growth in the same size").isLessThan(40 * entries);
        }
        long before = map.table().field(HmapLayout.OLD_OVERFLOW);
        map.finishGrowth(oldest);

        assertThat(map.b()).isEqualTo(7);
        assertThat(map.overflow()).isLessThan(before / 2);
        assertThat(map.size()).isEqualTo(entries);
        for (long key = oldest; key < oldest + entries; key++) {
            assertThat(map.get(key)).isEqualTo(10 * key);
        }
    }

    /** go:one-growth-at-a-time (issue 69110). */
    @Test
    void theMapMayPassItsLoadLimitDuringAGrowthInTheSameSize() {
        AnyMap map = make();
        map.table().reserve(map.loadLimit(10));
        long limit = map.loadLimit(10);
        map.fill(0, limit - 1);
        setNoverflow(map, 1 << 10);
        map.put(limit - 1, 1);
        assertThat(map.isGrowingInSameSize()).isTrue();

        map.fill(limit, limit + 100);
        assertThat(map.size()).isEqualTo(limit + 100);
        assertThat(map.b()).isEqualTo(10);
        map.check();

        map.finishGrowth(0);
        map.put(-1, 1);
        assertThat(map.b()).isEqualTo(11);
    }

    /** go:read-while-growing. */
    @Test
    void aReadDuringAGrowthUsesTheOldChainUntilItHasMoved() {
        AnyMap map = growing();
        HashTable table = map.table();
        long old = table.field(HmapLayout.OLD_BUCKETS);
        long oldEnd = old + table.arrayBytes(HashTable.oldB(table.state()));
        int inOld = 0;
        for (long key = 0; key < map.size(); key++) {
            long slot = map.slotOf(key);
            boolean moved = table.isEvacuated(map.hash(key) & HashTable.mask(HashTable.unitsB(table.state())));
            boolean isInNew = slot < old || slot >= oldEnd;
            if (!moved && !isInNew) {
                inOld++;
            }
            if (moved) {
                assertThat(isInNew)
                        .as("moved key %d has a slot in the new array", key)
                        .isTrue();
            }
            assertThat(map.get(key)).isEqualTo(10 * key);
        }
        assertThat(inOld).as("keys found in the old array").isPositive();
    }

    /** go:removal-of-absent-key. */
    @Test
    void removingAnAbsentKeyChangesNoEntryButMovesChains() {
        AnyMap map = growing();
        long size = map.size();
        long moved = map.movedChains();

        assertThat(map.remove(-1)).isFalse();

        assertThat(map.size()).isEqualTo(size);
        assertThat(map.movedChains()).isGreaterThan(moved);
        assertThat(make().remove(1)).isFalse();
    }

    /** go:clear also clears the flag of a growth in the same size. */
    @Test
    void clearEndsAGrowthInTheSameSize() {
        AnyMap map = make();
        for (long key = 0; !map.isGrowingInSameSize(); key++) {
            map.put(key, 1);
            map.remove(key - 1000);
        }
        map.table().clear();

        assertThat(map.isGrowingInSameSize()).isFalse();
        map.fill(0, 3000);
        assertThat(map.size()).isEqualTo(3000);
    }

    private static void setNoverflow(AnyMap map, int noverflow) {
        HashTable table = map.table();
        table.setState(HmapLayout.withNoverflow(table.state(), noverflow));
        table.publish();
    }
}
