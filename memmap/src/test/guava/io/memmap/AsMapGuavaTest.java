package io.memmap;

import com.google.common.collect.testing.Helpers;
import com.google.common.collect.testing.MapTestSuiteBuilder;
import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestMapGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import com.google.common.collect.testing.testers.MapToStringTester;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import junit.framework.Test;
import junit.framework.TestSuite;

/**
 * Guava's conformance tests of {@link Map} on the views of maps. Each suite has about 900 tests.
 * These are left out, for these reasons:
 *
 * <ul>
 *   <li>FAILS_FAST_ON_CONCURRENT_MODIFICATION: a map may be changed during a loop, as in Go.
 *   <li>KNOWN_ORDER, and the test that toString has the order of an earlier iterator: each
 *       iterator has a new random order, as in Go.
 *   <li>ALLOWS_NULL_KEYS, ALLOWS_NULL_VALUES: null is neither a key nor a value.
 *   <li>REJECTS_DUPLICATES_AT_CREATION: a map is always made empty.
 *   <li>SERIALIZABLE: a view shows memory outside the Java heap.
 *   <li>SUPPORTS_ADD: key, entry and value views do not support adding, as {@link Map} says.
 *   <li>Keys and values that are a NaN or a zero: their equality is Go's and not that of {@link
 *       Double}. {@link FloatKeyTest} tests them.
 * </ul>
 */
public final class AsMapGuavaTest {
    /** A value type with a reader and a writer of its own. */
    private record Pair(int a, long b) {
        static final Type<Pair> TYPE = Type.of(
                MemoryLayout.structLayout(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, MemoryLayout.paddingLayout(4)),
                segment -> new Pair(segment.get(ValueLayout.JAVA_INT, 8), segment.get(ValueLayout.JAVA_LONG, 0)),
                (segment, pair) -> {
                    segment.set(ValueLayout.JAVA_LONG, 0, pair.b);
                    segment.set(ValueLayout.JAVA_INT, 8, pair.a);
                });
    }

    /** Keys of several record classes. */
    private sealed interface Shape permits Square, Circle {}

    private record Square(long side) implements Shape {}

    private record Circle(String name, Integer radius) implements Shape {}

    /** A value with components that are objects. */
    private record Named(String name, List<String> tags) {}
    /** A record whose bytes are a struct of a LongStructMap: segments themselves have no equality. */
    private record Fix(long time, double north) {
        static final StructLayout LAYOUT = MemoryLayout.structLayout(
                ValueLayout.JAVA_LONG.withName("time"), ValueLayout.JAVA_DOUBLE.withName("north"));
    }

    /** The heap of the maps whose values are maps. The sample values outlive a single test. */
    private static final NativeHeap NESTED =
            NativeHeap.builder().arena(Arena.ofAuto()).maxBytes(64L << 20).open();

    private AsMapGuavaTest() {}

    /** Returns the suite that JUnit's vintage engine runs. */
    @SuppressWarnings("unchecked") // an array of generic objects can only be made unchecked
    public static Test suite() {
        TestSuite all = new TestSuite();
        for (Geometry geometry : Geometry.values()) {
            all.addTest(new Suite<>(Long[]::new, Long[]::new)
                    .withEntries(1L, 10L, -2L, 20L, 0L, 0L, Long.MAX_VALUE, 1L, 5L, -5L)
                    .of(
                            "LongLongMap.asMap " + geometry,
                            heap -> LongLongMap.builder(heap)
                                    .geometry(geometry)
                                    .make()
                                    .asMap()));
            all.addTest(new Suite<>(Integer[]::new, Integer[]::new)
                    .withEntries(1, 10, -2, 20, 0, 0, Integer.MAX_VALUE, 1, 5, -5)
                    .of(
                            "IntIntMap.asMap " + geometry,
                            heap -> IntIntMap.builder(heap)
                                    .geometry(geometry)
                                    .make()
                                    .asMap()));
        }
        for (Geometry geometry : BucketGeometries.ALL) {
            all.addTest(new Suite<>(String[]::new, Long[]::new)
                    .withEntries("one", 1L, "", 0L, "zwölf", 12L, "😀", -1L, "x".repeat(500), Long.MIN_VALUE)
                    .of(geometry, Type.UTF8, Type.LONG));
            all.addTest(new Suite<>(Long[]::new, String[]::new)
                    .withEntries(1L, "one", 0L, "", 12L, "zwölf", -1L, "😀", Long.MIN_VALUE, "x".repeat(500))
                    .of(geometry, Type.LONG, Type.UTF8));
            all.addTest(new Suite<>(UUID[]::new, Pair[]::new)
                    .withEntries(
                            new UUID(0, 0),
                            new Pair(1, 2),
                            new UUID(0, 1),
                            new Pair(0, 0),
                            new UUID(1, 0),
                            new Pair(-1, Long.MIN_VALUE),
                            new UUID(-1, -1),
                            new Pair(1, 3),
                            new UUID(Long.MAX_VALUE, 7),
                            new Pair(2, 2))
                    .of(geometry, Type.UUID, Pair.TYPE));
            all.addTest(new Suite<>(Long[]::new, Fix[]::new)
                    .withEntries(
                            1L,
                            new Fix(1, 2),
                            0L,
                            new Fix(0, 0),
                            -1L,
                            new Fix(-1, Double.MIN_VALUE),
                            Long.MIN_VALUE,
                            new Fix(3, 3.5),
                            7L,
                            new Fix(Long.MAX_VALUE, -1))
                    .of(
                            "LongStructMap as a map of records " + geometry,
                            heap -> MemMap.at(
                                            heap,
                                            LongStructMap.builder(heap, Fix.LAYOUT)
                                                    .geometry(geometry)
                                                    .make()
                                                    .pointer(),
                                            Type.LONG,
                                            Type.record(Fix.class))
                                    .asMap()));
            all.addTest(new Suite<>(Double[]::new, Double[]::new)
                    .withEntries(
                            1.5,
                            -1.5,
                            Double.MIN_VALUE,
                            Double.MAX_VALUE,
                            Double.NEGATIVE_INFINITY,
                            1.0,
                            1e300,
                            Double.POSITIVE_INFINITY,
                            -1.0,
                            2.5)
                    .of(geometry, Type.DOUBLE, Type.DOUBLE));
            all.addTest(new Suite<List<String>, TypeUnderTest.Order>(List[]::new, TypeUnderTest.Order[]::new)
                    .withEntries(
                            List.of(),
                            new TypeUnderTest.Order(1, "", List.of()),
                            List.of(""),
                            new TypeUnderTest.Order(1, "a", List.of()),
                            List.of("a", "b"),
                            new TypeUnderTest.Order(1, "a", List.of(1, 2)),
                            List.of("ab"),
                            new TypeUnderTest.Order(2, "x".repeat(999), List.of(3)),
                            List.of("ä".repeat(500)),
                            new TypeUnderTest.Order(-1, "b", List.of(-1)))
                    .of(geometry, Type.list(Type.UTF8), TypeUnderTest.Order.TYPE));
            all.addTest(new Suite<>(Shape[]::new, Named[]::new)
                    .withEntries(
                            new Square(1),
                            new Named("one", List.of()),
                            new Circle("c", null),
                            new Named("", List.of("a")),
                            new Square(0),
                            new Named("zwölf", List.of("a", "b")),
                            new Circle("", 7),
                            new Named("one", List.of("")),
                            new Circle("c", 0),
                            new Named("x".repeat(500), List.of()))
                    .of(geometry, Type.sealed(Shape.class), Type.record(Named.class)));
            all.addTest(nested(geometry));
        }
        all.addTest(new Suite<LocalDate, Optional<Long>>(LocalDate[]::new, Optional[]::new)
                .withEntries(
                        LocalDate.MIN,
                        Optional.empty(),
                        LocalDate.EPOCH,
                        Optional.of(0L),
                        LocalDate.of(2026, 11, 29),
                        Optional.of(1L),
                        LocalDate.of(1969, 12, 31),
                        Optional.of(-1L),
                        LocalDate.MAX,
                        Optional.of(Long.MIN_VALUE))
                .of(Geometry.LINE, Type.LOCAL_DATE, Type.optional(Type.LONG)));
        return all;
    }

    @SuppressWarnings("unchecked") // an array of generic maps can only be made unchecked
    private static Test nested(Geometry geometry) {
        Object[] entries = new Object[2 * Suite.SAMPLES];
        for (int i = 0; i < Suite.SAMPLES; i++) {
            MemMap<String, Integer> inner = MemMap.make(NESTED, Type.UTF8, Type.INT);
            inner.put("number", i);
            entries[2 * i] = "key " + i;
            entries[2 * i + 1] = inner;
        }
        return new Suite<String, MemMap<String, Integer>>(String[]::new, MemMap[]::new)
                .withEntries(entries)
                .of(
                        "MemMap.asMap of utf8 to map[utf8]int " + geometry,
                        heap -> MemMap.builder(NESTED, Type.UTF8, Type.map(Type.UTF8, Type.INT))
                                .geometry(geometry)
                                .make()
                                .asMap());
    }

    /** The suite for one type of map. It makes the maps in a heap that lives as long as a test. */
    private static final class Suite<K, V> implements TestMapGenerator<K, V> {
        private static final int SAMPLES = 5;

        private final IntFunction<K[]> keyArray;
        private final IntFunction<V[]> valueArray;
        private final List<Map.Entry<K, V>> samples = new ArrayList<>();
        private Function<NativeHeap, Map<K, V>> make;
        private NativeHeap heap;

        Suite(IntFunction<K[]> keyArray, IntFunction<V[]> valueArray) {
            this.keyArray = keyArray;
            this.valueArray = valueArray;
        }

        /** Takes keys and values alternately. */
        @SuppressWarnings("unchecked") // the arrays refuse objects of other types
        Suite<K, V> withEntries(Object... keysAndValues) {
            K[] keys = keyArray.apply(SAMPLES);
            V[] values = valueArray.apply(SAMPLES);
            for (int i = 0; i < SAMPLES; i++) {
                keys[i] = (K) keysAndValues[2 * i];
                values[i] = (V) keysAndValues[2 * i + 1];
                samples.add(Map.entry(keys[i], values[i]));
            }
            return this;
        }

        /** The name has no parentheses, which JUnit takes for a part of its own. */
        Test of(Geometry geometry, Type<K> keyType, Type<V> valueType) {
            String types = (keyType + " to " + valueType).replace('(', '[').replace(')', ']');
            return of(
                    "MemMap.asMap of " + types + " " + geometry,
                    inHeap -> MemMap.builder(inHeap, keyType, valueType)
                            .geometry(geometry)
                            .make()
                            .asMap());
        }

        Test of(String name, Function<NativeHeap, Map<K, V>> maker) {
            make = maker;
            return MapTestSuiteBuilder.using(this)
                    .named(name)
                    .withFeatures(
                            CollectionSize.ANY,
                            MapFeature.GENERAL_PURPOSE,
                            MapFeature.ALLOWS_ANY_NULL_QUERIES,
                            CollectionFeature.SUPPORTS_ITERATOR_REMOVE)
                    .suppressing(Helpers.getMethod(MapToStringTester.class, "testToString_formatting"))
                    .withSetUp(this::open)
                    .withTearDown(this::close)
                    .createTestSuite();
        }

        private void open() {
            heap = NativeHeap.builder().maxBytes(4L << 20).open();
        }

        private void close() {
            heap.check();
            heap.close();
        }

        @Override
        public SampleElements<Map.Entry<K, V>> samples() {
            return new SampleElements<>(samples.get(0), samples.get(1), samples.get(2), samples.get(3), samples.get(4));
        }

        @Override
        public Map<K, V> create(Object... entries) {
            Map<K, V> map = make.apply(heap);
            for (Object object : entries) {
                @SuppressWarnings("unchecked")
                Map.Entry<K, V> entry = (Map.Entry<K, V>) object;
                map.put(entry.getKey(), entry.getValue());
            }
            return map;
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public Map.Entry<K, V>[] createArray(int length) {
            return new Map.Entry[length];
        }

        @Override
        public K[] createKeyArray(int length) {
            return keyArray.apply(length);
        }

        @Override
        public V[] createValueArray(int length) {
            return valueArray.apply(length);
        }

        @Override
        public Iterable<Map.Entry<K, V>> order(List<Map.Entry<K, V>> insertionOrder) {
            return insertionOrder;
        }
    }
}
