package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Objects of every type are unchanged when they come back, as keys and as values, whatever the map
 * does in between.
 */
class EveryTypeTest extends MemMapTestBase {
    private static final int ENTRIES = 1000;
    private static final int ABSENT = -1;

    static Stream<TypeUnderTest<?>> keys() {
        return TypeUnderTest.keys();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("keys")
    <T> void extremeKeysComeBackUnchangedAndEachIsOneEntry(TypeUnderTest<T> tested) {
        MemMap<T, Integer> map = make(tested.type(), Type.INT);
        List<T> keys = tested.extremes();
        for (int i = 0; i < keys.size(); i++) {
            assertThat(map.put(keys.get(i), i)).isNull();
        }
        for (int i = 0; i < keys.size(); i++) {
            assertThat(map.get(keys.get(i))).isEqualTo(i);
            assertThat(map.containsKey(keys.get(i))).isTrue();
            assertThat(map.put(keys.get(i), -i)).isEqualTo(i);
        }
        assertThat(map.size()).isEqualTo(keys.size());
        map.forEach((key, value) ->
                assertThat(TypeUnderTest.same(key, keys.get(-value))).isTrue());
        for (int i = 0; i < keys.size(); i++) {
            assertThat(map.remove(keys.get(i))).isEqualTo(-i);
            assertThat(map.containsKey(keys.get(i))).isFalse();
        }
    }

    @Test
    void everyReadReturnsExtremeValuesUnchanged() {
        values().forEach(this::assertExtremeValuesComeBack);
    }

    private <T> void assertExtremeValuesComeBack(TypeUnderTest<T> tested) {
        MemMap<Integer, T> map = make(Type.INT, tested.type());
        Stream.of(tested.extremes(), tested.extremeValues())
                .flatMap(List::stream)
                .forEach(value -> {
                    map.set(7, value);
                    assertSame(tested, map.get(7), value);
                    assertSame(tested, map.getOrDefault(7, tested.get(1)), value);
                    assertSame(tested, map.asMap().get(7), value);
                    map.forEach((key, produced) -> assertSame(tested, produced, value));
                    assertSame(tested, map.put(7, value), value);
                    assertSame(tested, map.remove(7), value);
                });
    }

    /**
     * The map grows, overwrites, removes, halves and is rebuilt. At the end nothing is left in the
     * heap.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("keys")
    <K> void mapsOfEveryTypeKeepTheirEntriesThroughGrowthAndShrinking(TypeUnderTest<K> keys) {
        values().filter(values -> areCombined(keys, values)).forEach(values -> play(keys, values));
    }

    /** Leaves out most of the pairs that have a composite type, so that the test ends soon. */
    private static boolean areCombined(TypeUnderTest<?> keys, TypeUnderTest<?> values) {
        boolean isSimple = !keys.isComposite() && !values.isComposite();
        return isSimple || keys.type() == values.type() || keys.type() == Type.LONG || values.type() == Type.LONG;
    }

    private <K, V> void play(TypeUnderTest<K> keys, TypeUnderTest<V> values) {
        long inUse = heap.stats().inUse();
        MemMap<K, V> map = builder(keys.type(), values.type()).make();
        int[] model = new int[(int) Math.min(ENTRIES, keys.count())];
        Arrays.fill(model, ABSENT);

        for (int i = 0; i < model.length; i++) {
            put(map, keys, values, model, i, i);
        }
        assertHolds(map, keys, values, model);
        for (int i = 0; i < model.length; i += 3) {
            put(map, keys, values, model, i, i + 4);
        }
        for (int i = 0; i < model.length; i++) {
            if (i % 20 != 1) {
                remove(map, keys, values, model, i);
            }
        }
        assertHolds(map, keys, values, model);
        map.shrink();
        assertHolds(map, keys, values, model);
        for (int i = 0; i < model.length / 2; i++) {
            put(map, keys, values, model, i, 2 * i);
        }
        assertHolds(map, keys, values, model);

        map.free();
        assertThat(heap.stats().inUse())
                .as("bytes in use after %s was freed", map)
                .isEqualTo(inUse);
    }

    private static <K, V> void put(
            MemMap<K, V> map, TypeUnderTest<K> keys, TypeUnderTest<V> values, int[] model, int key, int value) {
        V previous = map.put(keys.get(key), values.get(value));
        assertSame(values, previous, model[key] == ABSENT ? null : values.get(model[key]));
        model[key] = value;
    }

    private static <K, V> void remove(
            MemMap<K, V> map, TypeUnderTest<K> keys, TypeUnderTest<V> values, int[] model, int key) {
        assertSame(values, map.remove(keys.get(key)), values.get(model[key]));
        model[key] = ABSENT;
    }

    private static <K, V> void assertHolds(
            MemMap<K, V> map, TypeUnderTest<K> keys, TypeUnderTest<V> values, int[] model) {
        map.check();
        int size = 0;
        for (int i = 0; i < model.length; i++) {
            assertSame(values, map.get(keys.get(i)), model[i] == ABSENT ? null : values.get(model[i]));
            size += model[i] == ABSENT ? 0 : 1;
        }
        assertThat(map.size()).isEqualTo(size);
        int produced = 0;
        for (MemMapCursor<K, V> cursor = map.cursor(); cursor.next(); produced++) {
            assertSame(values, map.get(cursor.key()), cursor.value());
        }
        assertThat(produced).isEqualTo(size);
    }

    private static void assertSame(TypeUnderTest<?> tested, Object actual, Object expected) {
        if (!TypeUnderTest.same(actual, expected)) {
            throw new AssertionError("a " + tested + ": expected " + expected + " but was " + actual);
        }
    }

    private Stream<TypeUnderTest<?>> values() {
        List<MemMap<Long, Long>> inner = new ArrayList<>();
        List<TypeUnderTest<?>> values = TypeUnderTest.values(heap, inner).toList();
        inner.forEach(this::keep);
        return values.stream();
    }
}
