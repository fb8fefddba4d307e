package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.format.BlockKind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only a map with {@link Geometry#PAGE} has: the reserved key, the load, small arrays. */
class PagedTableTest extends PageMapTestBase {
    @Test
    void theHashIsThatOfTheSeedThatIsGiven() {
        IntegerTable table = (IntegerTable) make().table();
        long seed = table.seed();
        assertThat(table.hash(7, seed)).isEqualTo(table.hashOfStored(7 ^ table.flip()));
        assertThat(table.hash(7, seed ^ 1)).isNotEqualTo(table.hash(7, seed));
    }

    // ---------------------------------------------------------------------------- the reserved key

    /** Returns the key whose stored form is 0. It changes when the map draws a new seed. */
    private static long reservedKey(AnyMap map) {
        return map.table().flip();
    }

    @Test
    void theReservedKeyIsPutReadAndRemovedLikeAnyOther() {
        AnyMap map = make().fill(-3, 0);
        long key = reservedKey(map);
        assertThat(map.containsKey(key)).isFalse();
        assertThat(map.get(key)).isZero();
        assertThat(map.remove(key)).isFalse();

        assertThat(map.put(key, 5)).isZero();
        assertThat(map.put(key, 6)).isEqualTo(5);
        assertThat(map.add(key, 1)).isEqualTo(7);
        assertThat(map.get(key)).isEqualTo(7);
        assertThat(map.containsKey(key)).isTrue();
        assertThat(map.size()).isEqualTo(4);
        long[] values = new long[2];
        assertThat(map.getAll(new long[] {key, key ^ 1}, values)).isEqualTo(1);
        assertThat(values).containsExactly(7, 0);
        map.check();
        assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());

        assertThat(map.remove(key)).isTrue();
        assertThat(map.containsKey(key)).isFalse();
        assertThat(map.size()).isEqualTo(3);
        assertThat(heap.stats().overflow())
                .as("bytes of the reserved key's pair")
                .isZero();
    }

    @Test
    void aMapMayHaveOnlyTheReservedKey() {
        AnyMap map = make();
        long key = reservedKey(map);
        map.put(key, 5);
        assertThat(contents(map)).containsExactly(Map.entry(key, 5L));
        map.check();
        assertThat(map.remove(key)).isTrue();
        assertThat(contents(map)).isEmpty();
    }

    @Test
    void theReservedKeySurvivesGrowthAndShrinking() {
        AnyMap map = make();
        long key = reservedKey(map);
        map.put(key, 5);
        for (long i = 1; i <= 3000; i++) {
            map.put(key + i, i);
            if (i % 100 == 0) {
                assertThat(map.get(key)).isEqualTo(5);
                assertThat(contents(map)).hasSize((int) i + 1).containsEntry(key, 5L);
            }
        }
        map.check();
        for (long i = 1; i <= 3000; i++) {
            assertThat(map.remove(key + i)).isTrue();
            if (i % 100 == 0) {
                assertThat(map.get(key)).isEqualTo(5);
                map.check();
            }
        }
        map.table().shrink();
        map.table().reserve(1000);
        assertThat(contents(map)).containsExactly(Map.entry(key, 5L));
    }

    @Test
    void clearRemovesTheReservedKey() {
        AnyMap map = make().fill(0, 10);
        long key = reservedKey(map);
        map.put(key, 5);
        map.table().clear();
        assertThat(map.containsKey(key)).isFalse();
        assertThat(map.containsKey(reservedKey(map))).isFalse();
        assertThat(heap.stats().overflow()).isZero();
        map.fill(0, 10);
        assertThat(map.size()).isEqualTo(10);
    }

    @Test
    void aCursorProducesSetsAndRemovesTheReservedKey() {
        AnyMap map = make();
        long key = reservedKey(map);
        map.put(key, 1);
        for (long i = 1; i <= 500; i++) {
            map.put(key + i, i);
        }
        Set<Long> produced = new HashSet<>();
        for (AnyMap.Cursor cursor = map.cursor(); cursor.next(); ) {
            assertThat(produced.add(cursor.key())).isTrue();
            if (cursor.key() == key) {
                cursor.setValue(9);
                assertThat(map.get(key)).isEqualTo(9);
                cursor.remove();
            }
        }
        assertThat(produced).hasSize(501).contains(key);
        assertThat(map.containsKey(key)).isFalse();
        assertThat(map.size()).isEqualTo(500);
    }

    @Test
    void theReservedKeyIsNotLostIfThereIsNoMemoryForIt() {
        AnyMap map = make().fill(-5, 0);
        long key = reservedKey(map);
        heap.failAllocation(1);
        try {
            map.put(key, 1);
        } catch (HeapExhaustedException injected) {
            assertThat(map.containsKey(key)).isFalse();
            assertThat(map.size()).isEqualTo(5);
            map.check();
            map.put(key, 1);
        }
        heap.failAllocation(0);
        assertThat(map.get(key)).isOne();
        assertThat(map.size()).isEqualTo(6);
    }

    private static Map<Long, Long> contents(AnyMap map) {
        Map<Long, Long> contents = new HashMap<>();
        map.forEach((key, value) -> assertThat(contents.put(key, value))
                .as("earlier value of %d", key)
                .isNull());
        return contents;
    }

    // --------------------------------------------------------------------------------------- small
    // maps

    /** An array with fewer lines than a page moves all entries at once. */
    @Test
    void aMapOfLessThanAPageNeverGrowsInSteps() {
        AnyMap map = make();
        long entries = map.loadLimit(6);
        for (long key = 0; key < entries; key++) {
            map.put(key, 10 * key);
            assertThat(map.isGrowing()).isFalse();
            assertThat(heap.stats().bucket())
                    .isEqualTo(heap.usableSize(map.table().arrayBytes(map.b()), BlockKind.BUCKET));
            map.check();
        }
        assertThat(map.b()).isEqualTo(6);
        for (long key = 0; key < entries; key++) {
            assertThat(map.get(key)).isEqualTo(10 * key);
        }
    }

    /** go:order-varies, for the entries of one page. */
    @Test
    void eachEntryOfASmallMapComesFirstInSomeLoop() {
        AnyMap map = make().fill(0, 3);
        Set<Long> firsts = new HashSet<>();
        for (int loop = 0; loop < 400; loop++) {
            AnyMap.Cursor cursor = map.cursor();
            assertThat(cursor.next()).isTrue();
            firsts.add(cursor.key());
        }
        assertThat(firsts).containsExactlyInAnyOrder(0L, 1L, 2L);
    }

    // ------------------------------------------------------------------------------------ the load

    private AnyMap withLoad(double part) {
        return keep(
                variant.isLong
                        ? AnyMap.of(variant.set(LongLongMap.builder(heap))
                                .maxLoad(part)
                                .make())
                        : AnyMap.of(variant.set(IntIntMap.builder(heap))
                                .maxLoad(part)
                                .make()));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6, 7, 8, 9, 10, 11})
    void aMapGrowsWhenItsLoadPassesItsLimit(int sixteenths) {
        AnyMap map = withLoad(sixteenths / 16.0);
        map.table().reserve(2000);
        long slots = (long) map.table().slots << map.b();
        assertThat(map.loadLimit(map.b())).isEqualTo(slots * sixteenths / 16);
        assertThat(slots / 2 * sixteenths / 16).isLessThan(2000);
        long doublings = map.doublings();
        map.fill(0, slots * sixteenths / 16);
        assertThat(map.doublings()).isEqualTo(doublings);
        map.put(-1, 1);
        assertThat(map.doublings()).isEqualTo(doublings + 1);
        map.check();
        AnyMap again = variant.at(heap, map.table().pointer());
        assertThat(again.loadLimit(5)).as("the limit that another handle reads").isEqualTo(map.loadLimit(5));
    }

    @Test
    void aLoadIsRoundedDownToSixteenths() {
        assertThat(withLoad(0.26).loadLimit(10)).isEqualTo(withLoad(0.25).loadLimit(10));
        assertThat(withLoad(0.6874).loadLimit(10)).isEqualTo(withLoad(0.625).loadLimit(10));
        assertThat(make().loadLimit(10)).isEqualTo(withLoad(0.5).loadLimit(10));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, 0.2499, 0.69, 0.75, 1, Double.NaN, Double.POSITIVE_INFINITY, 1e300})
    void aLoadOutOfRangeIsRefused(double part) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongLongMap.builder(heap).maxLoad(part))
                .withMessage("the load must be 0.25..0.6875: " + part);
    }

    // ----------------------------------------------------------------------------- maps of objects

    @Test
    void aMapOfObjectsCannotHavePages() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.builder(heap, Type.LONG, Type.LONG).geometry(Geometry.PAGE))
                .withMessage("geometry must be LINE or GO for a map[long]long: PAGE is for LongLongMap, IntIntMap, and"
                        + " maps from long to structs of at most 56 bytes");
    }

    @Test
    void aMapOfObjectsIsNoHandleOfAPagedMap() {
        Type<?> type = variant.isLong ? Type.LONG : Type.INT;
        long pointer = make().table().pointer();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.at(heap, pointer, type, type))
                .withMessageContaining("PAGE");
    }
}
