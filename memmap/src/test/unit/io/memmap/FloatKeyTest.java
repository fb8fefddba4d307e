package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HmapLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Keys with floating-point numbers: +0 equals -0, and a NaN equals nothing, not even itself.
 * go:overwrite-replaces-key, go:zeros-are-one-key, go:nan-is-always-new,
 * go:removing-all-keys-keeps-nans and go:many-nans-take-linear-time.
 */
class FloatKeyTest extends MemMapTestBase {
    private static final int MANY = 2000;

    /**
     * A type whose keys have a floating-point number.
     *
     * @param of makes the key that has this number
     * @param number returns it
     */
    record Floating<K>(String name, Type<K> type, DoubleFunction<K> of, ToDoubleFunction<K> number) {
        K nan() {
            return of.apply(Double.NaN);
        }

        K key(double number) {
            return of.apply(number);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    record Point(byte tag, float x, double y) {}

    static Stream<Floating<?>> types() {
        return Stream.of(
                new Floating<>("double", Type.DOUBLE, number -> number, key -> key),
                new Floating<>("float", Type.FLOAT, number -> (float) number, key -> key),
                new Floating<>(
                        "record with a float",
                        Type.record(Point.class),
                        number -> new Point((byte) 1, (float) number, 2),
                        Point::x),
                new Floating<>(
                        "record with a double",
                        Type.record(Point.class),
                        number -> new Point((byte) 1, 2, number),
                        Point::y),
                inStruct("struct", 8, ValueLayout.JAVA_DOUBLE),
                inStruct("big-endian struct", 8, ValueLayout.JAVA_DOUBLE.withOrder(ByteOrder.BIG_ENDIAN)),
                inStruct("struct out of line", 192, ValueLayout.JAVA_DOUBLE));
    }

    /** Returns a struct with some bytes and then two doubles. The second double is the number. */
    private static Floating<MemorySegment> inStruct(String name, long bytesBefore, ValueLayout.OfDouble layout) {
        StructLayout struct = MemoryLayout.structLayout(
                MemoryLayout.sequenceLayout(bytesBefore, ValueLayout.JAVA_BYTE),
                MemoryLayout.sequenceLayout(2, layout));
        long offset = bytesBefore + Double.BYTES;
        return new Floating<>(
                name,
                Type.struct(struct),
                number -> {
                    MemorySegment key = MemorySegment.ofArray(new long[(int) struct.byteSize() / Long.BYTES]);
                    key.set(layout, offset, number);
                    return key;
                },
                key -> key.get(layout, offset));
    }

    // --------------------------------------------------------------------------------------- zeros

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void bothZerosAreOneKeyAndTheLastPutIsStored(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        K plus = floating.key(0.0);
        K minus = floating.key(-0.0);
        assertThat(map.put(plus, 1)).isNull();
        assertStored(map, floating, 0.0);
        assertThat(map.put(minus, 2)).isEqualTo(1);
        assertStored(map, floating, -0.0);
        for (int n = 1; n <= MANY; n++) {
            map.put(floating.key(n), n);
            map.put(floating.key(-n), -n);
        }
        map.check();
        assertStored(map, floating, -0.0);
        assertThat(map.size()).isEqualTo(2 * MANY + 1);
        assertThat(map.get(plus)).isEqualTo(2);
        assertThat(map.get(minus)).isEqualTo(2);
        assertThat(map.asMap().get(plus)).isEqualTo(2);
        assertThat(map.merge(plus, 5, Integer::sum)).isEqualTo(7);
        assertStored(map, floating, 0.0);
        assertThat(map.delete(minus)).isTrue();
        assertThat(map.containsKey(plus)).isFalse();
        assertThat(map.delete(plus)).isFalse();
    }

    /** The value is written to the entry of the other zero, whose key stays. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void onlyAPutChangesTheSignOfAZeroKey(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        map.put(floating.key(-0.0), 1);
        map.get(floating.key(0.0));
        map.containsKey(floating.key(0.0));
        map.update(floating.key(0.0), value -> value.fill((byte) 1));
        map.computeIfAbsent(floating.key(0.0), key -> 5);
        map.reserve(MANY);
        map.shrink();
        assertStored(map, floating, -0.0);
    }

    private static <K> void assertStored(MemMap<K, ?> map, Floating<K> floating, double zero) {
        List<Double> zeros = new ArrayList<>();
        map.forEach((key, value) -> {
            double number = floating.number().applyAsDouble(key);
            if (number == 0) {
                zeros.add(number);
            }
        });
        assertThat(zeros).containsExactly(zero);
    }

    // ----------------------------------------------------------------------------------------- NaN

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void aNanIsNeverFoundAndEveryPutAddsAnEntry(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        K nan = floating.nan();
        for (int n = 0; n < 4; n++) {
            assertThat(map.put(nan, n)).isNull();
        }
        assertThat(map.computeIfAbsent(nan, key -> 4)).isEqualTo(4);
        assertThat(map.merge(nan, 5, Integer::sum)).isEqualTo(5);
        assertThat(map.asMap().put(nan, 6)).isNull();

        assertThat(map.size()).isEqualTo(7);
        assertThat(map.get(nan)).isNull();
        assertThat(map.getOrDefault(nan, -1)).isEqualTo(-1);
        assertThat(map.containsKey(nan)).isFalse();
        assertThat(map.remove(nan)).isNull();
        assertThat(map.delete(nan)).isFalse();
        assertThat(map.compute(nan, (key, value) -> value)).isNull();
        assertThat(map.update(nan, value -> value.fill((byte) 1))).isFalse();
        assertThat(map.<Integer>read(nan, value -> 1)).isNull();
        assertThat(map.asMap().containsKey(nan)).isFalse();
        assertThat(map.asMap().remove(nan)).isNull();
        assertThat(map.asMap().keySet().remove(nan)).isFalse();
        assertThat(nanValues(map, floating)).isEqualTo(upTo(7));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void growthAndReserveKeepAllNansAndOtherKeys(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        for (int n = 0; n < MANY; n++) {
            map.put(floating.nan(), n);
            map.put(floating.key(n), n);
            if (n % 100 == 0) {
                map.check();
                assertThat(nanValues(map, floating)).isEqualTo(upTo(n + 1));
            }
        }
        map.reserve(20 * MANY);
        map.check();
        assertThat(map.size()).isEqualTo(2 * MANY);
        assertThat(nanValues(map, floating)).isEqualTo(upTo(MANY));
        for (int n = 0; n < MANY; n++) {
            assertThat(map.remove(floating.key(n))).isEqualTo(n);
        }
        assertThat(nanValues(map, floating)).isEqualTo(upTo(MANY));
    }

    /** go:many-nans-take-linear-time: chains must not grow with the number of NaN keys. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void nansSpreadOverAllChains(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        for (int n = 0; n < 10 * MANY; n++) {
            map.set(floating.nan(), n);
        }
        MapStats stats = map.stats();
        assertThat(stats.longestChain()).isLessThanOrEqualTo(8);
        assertThat(stats.overflowBuckets()).isLessThan(stats.buckets() / 2);
        assertThat(stats.sameSizeGrowths()).isZero();
        assertThat(nanValues(map, floating)).isEqualTo(upTo(10 * MANY));
    }

    /** go:removing-all-keys-keeps-nans. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void nansSurviveTheDeletionOfAllKeysAndClearRemovesThem(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        for (int n = 0; n < 100; n++) {
            map.put(floating.nan(), n);
            map.put(floating.key(n), n);
        }
        map.forEach((key, value) -> map.delete(key));
        assertThat(map.size()).isEqualTo(100);
        assertThat(nanValues(map, floating)).isEqualTo(upTo(100));

        map.clear();
        assertThat(map.isEmpty()).isTrue();
        assertThat(map.cursor().next()).isFalse();
        map.put(floating.key(1), 1);
        map.reserve(MANY);
        map.shrink();
        assertThat(b(map)).as("B after the last NaN is gone").isZero();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void aCursorRemovesAndOverwritesNansWhileTheMapGrows(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        for (int n = 0; n < MANY; n++) {
            map.put(floating.nan(), n);
        }
        int others = 0;
        BitSet produced = new BitSet();
        for (MemMapCursor<K, Integer> cursor = map.cursor(); cursor.next(); ) {
            if (Double.isNaN(floating.number().applyAsDouble(cursor.key()))) {
                int n = cursor.value();
                assertThat(produced.get(n))
                        .as("value %d was produced before", n)
                        .isFalse();
                produced.set(n);
                map.put(floating.key(others), others++);
                map.put(floating.key(others), others++);
                if (n % 2 == 0) {
                    cursor.remove();
                } else {
                    cursor.setValue(n + MANY);
                    assertThat(cursor.value()).isEqualTo(n + MANY);
                }
            }
        }
        map.check();
        assertThat(produced).isEqualTo(upTo(MANY));
        assertThat(map.size()).isEqualTo(MANY / 2 + others);
        assertThat(nanValues(map, floating).stream().boxed()).hasSize(MANY / 2).allMatch(n -> n > MANY && n % 2 == 1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void viewIteratorsRemoveAndOverwriteNans(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        for (int n = 0; n < 200; n++) {
            map.put(floating.nan(), n);
        }
        for (Iterator<Map.Entry<K, Integer>> entries = map.asMap().entrySet().iterator(); entries.hasNext(); ) {
            Map.Entry<K, Integer> entry = entries.next();
            if (entry.getValue() < 100) {
                entries.remove();
            } else {
                assertThat(entry.setValue(entry.getValue() - 100)).isEqualTo(entry.getValue() + 100);
            }
        }
        assertThat(map.size()).isEqualTo(100);
        assertThat(nanValues(map, floating)).isEqualTo(upTo(100));
        map.asMap().values().removeIf(value -> value >= 50);
        assertThat(nanValues(map, floating)).isEqualTo(upTo(50));
        map.asMap().keySet().removeIf(key -> true);
        assertThat(map.isEmpty()).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void removeAfterHasNextRemovesTheNanProducedLast(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        for (int n = 0; n < 200; n++) {
            map.put(floating.nan(), n);
        }
        BitSet kept = new BitSet();
        Iterator<Map.Entry<K, Integer>> entries = map.asMap().entrySet().iterator();
        for (boolean more = entries.hasNext(); more; ) {
            int n = entries.next().getValue();
            more = entries.hasNext();
            if (n % 3 == 0) {
                entries.remove();
            } else {
                kept.set(n);
            }
            for (int i = 0; i < 20; i++) {
                map.put(floating.key(20 * n + i), n); // so that the map grows
            }
        }
        map.check();
        assertThat(nanValues(map, floating)).isEqualTo(kept);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void aMapWithANanDoesNotShrink(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        fill(map, floating, MANY);
        map.put(floating.nan(), 0);
        int b = b(map);
        empty(map, floating, MANY);
        map.shrink();
        assertThat(b(map)).isEqualTo(b);
        assertThat(map.stats().shrinks()).isZero();
        assertThat(nanValues(map, floating)).isEqualTo(upTo(1));

        MemMapCursor<K, Integer> cursor = map.cursor();
        cursor.next();
        cursor.remove();
        fill(map, floating, 10);
        map.shrink();
        assertThat(b(map)).isLessThan(b);
        assertThat(map.size()).isEqualTo(10);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void nansAddedWhileTheMapHalvesAreKept(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        fill(map, floating, MANY);
        int n = 0;
        int removed = 0;
        while (removed < MANY - 20) {
            map.delete(floating.key(removed++));
            if ((map.state() & HmapLayout.SHRINKING) != 0) {
                map.put(floating.nan(), n++);
            }
        }
        assertThat(map.stats().shrinks()).isPositive();
        assertThat(map.isGrowing()).isFalse();
        map.check();
        assertThat(map.size()).isEqualTo(20 + n);
        assertThat(n).isPositive();
        assertThat(nanValues(map, floating)).isEqualTo(upTo(n));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("types")
    <K> void aCopyKeepsTheNans(Floating<K> floating) {
        MemMap<K, Integer> map = make(floating.type(), Type.INT);
        for (int n = 0; n < MANY; n++) {
            map.put(floating.nan(), n);
        }
        map.put(floating.key(-0.0), MANY);
        MemMap<K, Integer> copy = keep(map.copy(heap));
        assertThat(nanValues(copy, floating)).isEqualTo(upTo(MANY));
        assertStored(copy, floating, -0.0);
        assertThat(copy.size()).isEqualTo(MANY + 1);
        copy.reserve(10 * MANY);
        int b = b(copy);
        copy.shrink();
        assertThat(b(copy)).as("B of the copy, which has counted its NaN keys").isEqualTo(b);
    }

    @Test
    void everyBitPatternOfNanCountsAsNan() {
        MemMap<Double, Integer> doubles = make(Type.DOUBLE, Type.INT);
        for (long bits : new long[] {0x7FF0_0000_0000_0001L, 0x7FF8_0000_0000_0000L, 0xFFFF_FFFF_FFFF_FFFFL}) {
            doubles.put(Double.longBitsToDouble(bits), 1);
            doubles.put(Double.longBitsToDouble(bits), 1);
        }
        assertThat(doubles.size()).isEqualTo(6);
        MemMap<Float, Integer> floats = make(Type.FLOAT, Type.INT);
        for (int bits : new int[] {0x7F80_0001, 0x7FC0_0000, 0xFFFF_FFFF}) {
            floats.put(Float.intBitsToFloat(bits), 1);
            floats.put(Float.intBitsToFloat(bits), 1);
        }
        assertThat(floats.size()).isEqualTo(6);
    }

    // ---------------------------------------------------------------------------------------------

    private static <K> void fill(MemMap<K, Integer> map, Floating<K> floating, int count) {
        for (int n = 0; n < count; n++) {
            map.put(floating.key(n), n);
        }
    }

    private static <K> void empty(MemMap<K, Integer> map, Floating<K> floating, int count) {
        for (int n = 0; n < count; n++) {
            assertThat(map.delete(floating.key(n))).isTrue();
        }
    }

    /** Returns the values of the entries whose keys are NaN. Their values differ. */
    private static <K> BitSet nanValues(MemMap<K, Integer> map, Floating<K> floating) {
        BitSet values = new BitSet();
        for (MemMapCursor<K, Integer> cursor = map.cursor(); cursor.next(); ) {
            if (Double.isNaN(floating.number().applyAsDouble(cursor.key()))) {
                assertThat(values.get(cursor.value()))
                        .as("value %d was not produced before", cursor.value())
                        .isFalse();
                values.set(cursor.value());
            }
        }
        return values;
    }

    private static BitSet upTo(int end) {
        BitSet numbers = new BitSet();
        numbers.set(0, end);
        return numbers;
    }
}
