package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.memmap.AnyMap.Cursor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rules for a loop over a map: {@code docs/go-map.md}, "Loops". {@link CursorPropertyTest}
 * plays random histories.
 */
class CursorTest extends PrimitiveMapTestBase {

    /** go:loop-over-nothing. */
    @Test
    void aNilOrEmptyMapEndsAtOnce() {
        AnyMap emptied = make().fill(0, 100);
        emptied.removeAll(0, 100);

        assertThat(variant.nil().cursor().next()).isFalse();
        assertThat(make().cursor().next()).isFalse();
        assertThat(make(1000).cursor().next()).isFalse();
        assertThat(emptied.cursor().next()).isFalse();
    }

    /** go:order-varies. */
    @ParameterizedTest
    @ValueSource(ints = {3, 7, 9, 15})
    void theOrderDiffersBetweenLoops(int size) {
        AnyMap map = make().fill(0, size);
        assertThat(ordersOf(map, 100)).hasSizeGreaterThan(1);
    }

    /** go:order-varies, as in TestMapSparseIterOrder and TestMapIterDuplicate. */
    @Test
    void aSparseMapIsProducedInVaryingOrderWithoutDuplicates() {
        AnyMap map = make().fill(0, 1000);
        map.removeAll(20, 1000);
        Set<List<Long>> orders = ordersOf(map, 300);

        assertThat(orders).hasSizeGreaterThan(1);
        assertThat(orders).allSatisfy(order -> assertThat(order).hasSize(20).doesNotHaveDuplicates());
    }

    /** go:removed-entries-are-skipped, as in TestIterGrowAndDelete. */
    @Test
    void anEntryRemovedBeforeItIsReachedIsNotProducedEvenIfTheMapGrows() {
        AnyMap map = make().fill(0, 100);
        Cursor cursor = map.cursor();
        cursor.next();
        map.fill(100, 1000);
        for (long key = 1; key < 1000; key += 2) {
            map.remove(key);
        }
        while (cursor.next()) {
            assertThat(cursor.key()).isEven();
        }
    }

    /** go:added-entries-may-appear. */
    @Test
    void anEntryAddedDuringTheLoopMayOrMayNotBeProduced() {
        int size = variant.isPaged() ? 600 : 40; // a loop takes the entries of a page at once
        int produced = 0;
        for (int loop = 0; loop < 500; loop++) {
            AnyMap map = variant.make(heap).fill(0, size);
            Cursor cursor = map.cursor();
            cursor.next();
            map.put(size, 1);
            produced += restOf(cursor).contains((long) size) ? 1 : 0;
            map.table().free();
        }
        assertThat(produced).isBetween(1, 499);
    }

    /** go:no-entry-twice and go:remaining-entries-appear. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6, 8, 9, 13, 14, 26, 27, 52, 53, 104, 105, 416})
    void anEntryPresentThroughoutIsProducedOnceHoweverMuchTheMapGrows(int size) {
        for (int added : new int[] {0, 1, 10, 100, 1000, 3000}) {
            for (int stepsBefore : new int[] {0, size / 2}) {
                AnyMap map = variant.make(heap).fill(0, size);
                Cursor cursor = map.cursor();
                List<Long> produced = new ArrayList<>();
                for (int i = 0; i < stepsBefore; i++) {
                    assertThat(cursor.next()).isTrue();
                    produced.add(cursor.key());
                }
                map.fill(size, size + added);
                produced.addAll(restOf(cursor));

                assertThat(produced).doesNotHaveDuplicates();
                assertThat(produced)
                        .containsAll(LongStream.range(0, size).boxed().toList());
                map.table().free();
            }
        }
    }

    /**
     * go:no-entry-twice and go:remaining-entries-appear, while the map halves, which
     * no map of Go does.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 300, 2999})
    void anEntryPresentThroughoutIsProducedOnceHoweverMuchTheMapShrinks(int stepsBefore) {
        AnyMap map = make().fill(0, 3000);
        Cursor cursor = map.cursor();
        List<Long> produced = new ArrayList<>();
        for (int i = 0; i < stepsBefore; i++) {
            assertThat(cursor.next()).isTrue();
            produced.add(cursor.key());
        }
        map.removeAll(40, 3000);
        map.table().shrink();
        produced.addAll(restOf(cursor));

        assertThat(produced).doesNotHaveDuplicates();
        assertThat(produced).containsAll(LongStream.range(0, 40).boxed().toList());
    }

    /** go:remaining-entries-appear: a loop may start at any point of a growth or a halving. */
    @Test
    void aLoopThatStartsDuringAGrowthProducesEachEntryOnce() {
        AnyMap map = make();
        for (long size = 1; size < 500; size++) {
            map.put(size, 10 * size);
            assertThat(keysOf(map)).hasSize((int) size).doesNotHaveDuplicates();
        }
        for (long size = 499; size > 0; size--) {
            assertThat(keysOf(map)).hasSize((int) size).doesNotHaveDuplicates();
            map.remove(size);
        }
    }

    /** go:latest-values-appear. */
    @Test
    void aValueSetBeforeItsEntryIsReachedIsProducedEvenIfTheMapGrows() {
        AnyMap map = make().fill(0, 200);
        Cursor cursor = map.cursor();
        cursor.next();
        long first = cursor.key();
        map.fill(200, 3000);
        for (long key = 0; key < 200; key++) {
            map.put(key, -key - 1);
        }
        assertThat(cursor.value())
                .as("the value when the cursor moved to the entry")
                .isEqualTo(10 * first);
        while (cursor.next()) {
            long key = cursor.key();
            assertThat(cursor.value()).isEqualTo(key < 200 ? -key - 1 : 10 * key);
        }
    }

    /**
     * go:latest-values-appear: overwrites add and remove nothing, but they move chains that
     * the cursor has read before.
     */
    @Test
    void entriesMovedByOverwritesAreProducedWithTheirValues() {
        for (int round = 0; round < 20; round++) {
            AnyMap map = make(400);
            long key = 0;
            while (!map.isGrowing()) {
                map.put(key, 10 * key);
                key++;
            }
            Cursor cursor = map.cursor();
            assertThat(cursor.next()).isTrue();
            map.finishGrowth(0);
            for (long k = 0; k < key; k++) {
                map.put(k, -k);
            }
            cursor.setValue(77);
            assertThat(map.get(cursor.key())).isEqualTo(77);
            while (cursor.next()) {
                assertThat(cursor.value()).isEqualTo(-cursor.key());
            }
        }
    }

    /** go:clear-ends-the-loop (issue 59411). */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 208, 209})
    void clearEndsTheLoop(int stepsBefore) {
        AnyMap map = make().fill(0, 209);
        Cursor cursor = map.cursor();
        for (int i = 0; i < stepsBefore; i++) {
            assertThat(cursor.next()).isTrue();
        }
        map.table().clear();
        assertThat(map.size()).isZero();
        map.fill(0, 209); // these keys are new, so the loop may leave them out

        assertThat(cursor.next()).isFalse();
        assertThat(cursor.next()).isFalse();
    }

    @Test
    void removingTheLastEntryEndsTheLoop() {
        AnyMap map = make().fill(0, 50);
        Cursor cursor = map.cursor();
        cursor.next();
        map.removeAll(0, 50);
        map.fill(0, 50);

        assertThat(cursor.next()).isFalse();
    }

    @Test
    void freeingTheMapEndsTheLoopEvenIfAnotherMapTakesItsPlace() {
        AnyMap map = variant.make(heap).fill(0, 50);
        Cursor cursor = map.cursor();
        cursor.next();
        map.table().free();
        AnyMap other = make().fill(0, 50);
        assertThat(other.table().pointer())
                .as("the new map has the same header block")
                .isEqualTo(map.table().pointer());

        assertThatIllegalStateException().isThrownBy(() -> cursor.setValue(1));
        cursor.remove();
        assertThat(cursor.next()).isFalse();
        assertThat(other.size()).isEqualTo(50);
    }

    /** go:loops-are-independent. */
    @Test
    void nestedLoopsOverOneMapAreIndependent() {
        AnyMap map = make().fill(0, 40);
        Set<List<Long>> pairs = new HashSet<>();
        for (Cursor outer = map.cursor(); outer.next(); ) {
            for (Cursor inner = map.cursor(); inner.next(); ) {
                assertThat(pairs.add(List.of(outer.key(), inner.key()))).isTrue();
            }
        }
        assertThat(pairs).hasSize(40 * 40);
    }

    /** go:pop-loops-stay-fast: each loop removes one entry. */
    @Test
    void loopsThatEachRemoveOneEntryRemoveThemAll() {
        AnyMap map = make().fill(0, 3000);
        Set<Long> popped = new HashSet<>();
        while (map.size() > 0) {
            Cursor cursor = map.cursor();
            assertThat(cursor.next()).isTrue();
            assertThat(popped.add(cursor.key())).isTrue();
            cursor.remove();
        }
        assertThat(popped).hasSize(3000);
    }

    /** TestMapIterDeleteReplace. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 8, 9, 14, 100, 1000, 9999})
    void aLoopThatRemovesEachEntryAndPutsItAgainReplacesThemAll(int size) {
        AnyMap map = make();
        for (long key = 0; key < size; key++) {
            map.put(key, 0);
        }
        for (Cursor cursor = map.cursor(); cursor.next(); ) {
            long key = cursor.key();
            map.remove(key);
            map.put(key, 1);
        }
        assertThat(map.size()).isEqualTo(size);
        map.forEach((key, value) -> assertThat(value).as("value of key %d", key).isOne());
    }

    @Test
    void aLoopThatAddsAnEntryAtEachStepEnds() {
        AnyMap map = make().fill(0, 100);
        List<Long> produced = new ArrayList<>();
        for (Cursor cursor = map.cursor(); cursor.next(); ) {
            produced.add(cursor.key());
            map.put(1000 + produced.size(), 1);
        }
        assertThat(produced).doesNotHaveDuplicates();
        assertThat(produced).containsAll(LongStream.range(0, 100).boxed().toList());
    }

    @Test
    void aLoopThatReservesAndShrinksAtEachStepProducesEachEntryOnce() {
        AnyMap map = make().fill(0, 300);
        List<Long> produced = new ArrayList<>();
        for (Cursor cursor = map.cursor(); cursor.next(); ) {
            produced.add(cursor.key());
            if (produced.size() % 2 == 0) {
                map.table().shrink();
            } else {
                map.table().reserve(100L * (produced.size() % 50));
            }
            assertThat(cursor.value()).isEqualTo(10 * cursor.key());
            cursor.setValue(cursor.key());
            assertThat(map.get(cursor.key())).isEqualTo(cursor.key());
        }
        assertThat(produced).hasSize(300).doesNotHaveDuplicates();
    }

    @Test
    void aLoopThatRemovesItsEntriesEmptiesTheMap() {
        AnyMap map = make().fill(0, 1000);
        int steps = 0;
        for (Cursor cursor = map.cursor(); cursor.next(); steps++) {
            cursor.remove();
        }
        assertThat(steps).isEqualTo(1000);
        assertThat(map.size()).isZero();
    }

    @Test
    void aLoopThatRemovesSomeOfItsEntriesProducesTheOthersWithTheirValues() {
        AnyMap map = make().fill(0, 1000);
        Set<Long> produced = new HashSet<>();
        for (Cursor cursor = map.cursor(); cursor.next(); ) {
            assertThat(cursor.value()).isEqualTo(10 * cursor.key());
            assertThat(produced.add(cursor.key())).isTrue();
            if (cursor.key() % 3 == 0) {
                cursor.remove();
            }
        }
        assertThat(produced).hasSize(1000);
        assertThat(map.size()).isEqualTo(666);
    }

    @Test
    void anEntryRemovedThroughTheMapIsNotProducedAfterTheCursorHasRemovedOthers() {
        AnyMap map = make().fill(0, 1000);
        Set<Long> removed = new HashSet<>();
        for (Cursor cursor = map.cursor(); cursor.next(); ) {
            assertThat(removed).doesNotContain(cursor.key());
            long beside = (cursor.key() + 500) % 1000;
            if (map.containsKey(beside)) {
                map.remove(beside);
                removed.add(beside);
            }
            removed.add(cursor.key());
            cursor.remove();
        }
        assertThat(map.size()).isZero();
    }

    @Test
    void anEntryRemovedAndPutAgainThroughTheMapHasItsNewValueAfterTheCursorHasRemovedOthers() {
        AnyMap map = make().fill(0, 1000);
        Set<Long> replaced = new HashSet<>();
        for (Cursor cursor = map.cursor(); cursor.next(); ) {
            assertThat(cursor.value()).isEqualTo(replaced.contains(cursor.key()) ? -1 : 10 * cursor.key());
            long beside = (cursor.key() + 500) % 1000;
            if (map.containsKey(beside)) {
                map.remove(beside);
                map.put(beside, -1);
                replaced.add(beside);
            }
            cursor.remove();
        }
    }

    @Test
    void forEachPassesEachEntryOnceEvenIfTheActionChangesTheMap() {
        AnyMap map = make().fill(0, 500);
        Set<Long> seen = new HashSet<>();
        map.forEach((key, value) -> {
            assertThat(value).isEqualTo(10 * key);
            assertThat(seen.add(key)).isTrue();
            map.remove(key);
        });
        assertThat(seen).hasSize(500);
        assertThat(map.size()).isZero();
    }

    @Test
    void aCursorHasACurrentEntryOnlyAfterNextReturnedTrue() {
        AnyMap map = make().fill(0, 1);
        Cursor cursor = map.cursor();
        assertHasNoCurrentEntry(cursor);
        cursor.next();
        cursor.remove();
        assertHasNoCurrentEntry(cursor);
        map.fill(0, 1);
        Cursor atEnd = map.cursor();
        atEnd.next();
        assertThat(atEnd.next()).isFalse();
        assertHasNoCurrentEntry(atEnd);
    }

    private static void assertHasNoCurrentEntry(Cursor cursor) {
        assertThatIllegalStateException().isThrownBy(cursor::key).withMessageContaining("the cursor is at no entry");
        assertThatIllegalStateException().isThrownBy(cursor::value).withMessageContaining("the cursor is at no entry");
        assertThatIllegalStateException().isThrownBy(cursor::remove).withMessageContaining("the cursor is at no entry");
        assertThatIllegalStateException()
                .isThrownBy(() -> cursor.setValue(1))
                .withMessageContaining("the cursor is at no entry");
    }

    @Test
    void anEntryRemovedThroughTheMapTakesNoValueAndIsNotRemovedAgain() {
        AnyMap map = make().fill(0, 20);
        Cursor cursor = map.cursor();
        cursor.next();
        long key = cursor.key();
        map.remove(key);

        assertThatIllegalStateException()
                .isThrownBy(() -> cursor.setValue(1))
                .withMessage("the entry has been removed from the map");
        cursor.remove();
        assertThat(map.containsKey(key)).isFalse();
        assertThat(map.size()).isEqualTo(19);
    }

    @Test
    void setValueReachesAnEntryThatHasMoved() {
        AnyMap map = make().fill(0, 100);
        Cursor cursor = map.cursor();
        cursor.next();
        map.fill(100, 2000);
        cursor.setValue(7);

        assertThat(cursor.value()).isEqualTo(7);
        assertThat(map.get(cursor.key())).isEqualTo(7);
    }

    // ---------------------------------------------------------------------------------------------

    static List<Long> keysOf(AnyMap map) {
        return restOf(map.cursor());
    }

    private static List<Long> restOf(Cursor cursor) {
        List<Long> keys = new ArrayList<>();
        while (cursor.next()) {
            keys.add(cursor.key());
        }
        return keys;
    }

    private static Set<List<Long>> ordersOf(AnyMap map, int loops) {
        Set<List<Long>> orders = new HashSet<>();
        for (int i = 0; i < loops; i++) {
            orders.add(keysOf(map));
        }
        return orders;
    }
}
