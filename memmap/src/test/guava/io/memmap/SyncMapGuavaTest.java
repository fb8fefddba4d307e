package io.memmap;

import com.google.common.collect.testing.ConcurrentMapTestSuiteBuilder;
import com.google.common.collect.testing.Helpers;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import com.google.common.collect.testing.testers.MapToStringTester;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import junit.framework.Test;
import junit.framework.TestSuite;

/**
 * Guava's conformance tests of {@link ConcurrentMap} on {@link SyncMap} and on the views of {@link
 * SyncLongLongMap} and {@link SyncLongStructMap}. These are left out, for these reasons:
 *
 * <ul>
 *   <li>FAILS_FAST_ON_CONCURRENT_MODIFICATION: the iterators are weakly consistent.
 *   <li>ALLOWS_NULL_KEYS, ALLOWS_NULL_VALUES, ALLOWS_ANY_NULL_QUERIES: null is neither a key nor a
 *       value, and no query takes it, as in {@link java.util.concurrent.ConcurrentHashMap}.
 *   <li>KNOWN_ORDER, and the test that toString has the order of an earlier iterator: each
 *       iterator has a new random order.
 *   <li>REJECTS_DUPLICATES_AT_CREATION: a map is always made empty.
 *   <li>SERIALIZABLE: the memory is outside the Java heap.
 *   <li>SUPPORTS_ADD: key, entry and value views do not support adding, as {@link Map} says.
 * </ul>
 */
public final class SyncMapGuavaTest {
    /** A struct that serves as a value. */
    private record Point(int x, double y, boolean set) {}

    /** Keys of several record classes. */
    private sealed interface Shape permits Square, Circle {}

    private record Square(long side) implements Shape {}

    private record Circle(String name, Integer radius) implements Shape {}

    /** A value with components that are objects. */
    private record Named(String name, List<String> tags) {}

    /** A record whose bytes are a struct of a SyncLongStructMap: segments have no equality. */
    private record Fix(long time, double north) {
        static final StructLayout LAYOUT = MemoryLayout.structLayout(
                ValueLayout.JAVA_LONG.withName("time"), ValueLayout.JAVA_DOUBLE.withName("north"));
    }

    private SyncMapGuavaTest() {}

    /** Returns what {@link SyncLongStructMap#asMap} returns, with records in place of segments. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // the bytes of the structs are those of the records
    private static ConcurrentMap<Long, Fix> mapOfFixes(NativeHeap heap) {
        Shards shards = SyncLongStructMap.make(heap, Fix.LAYOUT).shards;
        return new SyncMap<>(heap, Type.LONG, Type.record(Fix.class), shards, SyncMapOptions.none(), null);
    }

    /** Returns the suite that JUnit's vintage engine runs. */
    @SuppressWarnings("unchecked") // an array of generic objects can only be made unchecked
    public static Test suite() {
        TestSuite all = new TestSuite();
        all.addTest(suite(
                "SyncMap of strings to longs",
                new GuavaMapGenerator<>(
                        String[]::new,
                        Long[]::new,
                        heap -> SyncMap.make(heap, Type.UTF8, Type.LONG),
                        List.of(
                                Map.entry("one", 1L),
                                Map.entry("", 0L),
                                Map.entry("two \u2161", -2L),
                                Map.entry("a key longer than a word", Long.MAX_VALUE),
                                Map.entry("4", 4L)))));
        all.addTest(suite(
                "SyncMap of longs to strings",
                new GuavaMapGenerator<>(
                        Long[]::new,
                        String[]::new,
                        heap -> SyncMap.make(heap, Type.LONG, Type.UTF8),
                        List.of(
                                Map.entry(1L, "one"),
                                Map.entry(0L, ""),
                                Map.entry(-2L, "v".repeat(1000)),
                                Map.entry(Long.MIN_VALUE, "least"),
                                Map.entry(1L << 32, "\u2161")))));
        all.addTest(suite(
                "SyncMap of ints to records",
                new GuavaMapGenerator<>(
                        Integer[]::new,
                        Point[]::new,
                        heap -> SyncMap.make(heap, Type.INT, Type.record(Point.class)),
                        List.of(
                                Map.entry(1, new Point(1, 1.5, true)),
                                Map.entry(0, new Point(0, 0.0, false)),
                                Map.entry(-2, new Point(-2, Double.MAX_VALUE, true)),
                                Map.entry(3, new Point(3, -1, false)),
                                Map.entry(Integer.MAX_VALUE, new Point(Integer.MIN_VALUE, 1e-300, true))))));
        all.addTest(suite(
                "SyncMap of encoded objects to sets",
                new GuavaMapGenerator<TypeUnderTest.Order, Set<String>>(
                        TypeUnderTest.Order[]::new,
                        Set[]::new,
                        heap -> SyncMap.make(heap, TypeUnderTest.Order.TYPE, Type.set(Type.UTF8)),
                        List.of(
                                Map.entry(new TypeUnderTest.Order(1, "", List.of()), Set.of()),
                                Map.entry(new TypeUnderTest.Order(1, "a", List.of()), Set.of("")),
                                Map.entry(new TypeUnderTest.Order(1, "a", List.of(1)), Set.of("a", "b", "c")),
                                Map.entry(new TypeUnderTest.Order(2, "x".repeat(999), List.of(1)), Set.of("abc")),
                                Map.entry(
                                        new TypeUnderTest.Order(-1, "b", List.of(2)), Set.of("x".repeat(200), "y"))))));
        all.addTest(suite(
                "SyncMap of a sealed interface to records of objects",
                new GuavaMapGenerator<>(
                        Shape[]::new,
                        Named[]::new,
                        heap -> SyncMap.make(heap, Type.sealed(Shape.class), Type.record(Named.class)),
                        List.of(
                                Map.entry(new Square(1), new Named("one", List.of())),
                                Map.entry(new Circle("c", null), new Named("", List.of("a"))),
                                Map.entry(new Square(0), new Named("zw\u00f6lf", List.of("a", "b"))),
                                Map.entry(new Circle("", 7), new Named("one", List.of(""))),
                                Map.entry(new Circle("c", 0), new Named("x".repeat(500), List.of()))))));
        all.addTest(suite(
                "SyncLongLongMap.asMap",
                new GuavaMapGenerator<>(
                        Long[]::new,
                        Long[]::new,
                        heap -> SyncLongLongMap.make(heap).asMap(),
                        List.of(
                                Map.entry(1L, 10L),
                                Map.entry(0L, 0L),
                                Map.entry(-2L, Long.MIN_VALUE),
                                Map.entry(Long.MIN_VALUE, 7L),
                                Map.entry(1L << 32, -1L)))));
        all.addTest(suite(
                "SyncLongStructMap as a map of records",
                new GuavaMapGenerator<>(
                        Long[]::new,
                        Fix[]::new,
                        SyncMapGuavaTest::mapOfFixes,
                        List.of(
                                Map.entry(1L, new Fix(1, 2)),
                                Map.entry(0L, new Fix(0, 0)),
                                Map.entry(-2L, new Fix(-1, Double.MIN_VALUE)),
                                Map.entry(Long.MIN_VALUE, new Fix(3, 3.5)),
                                Map.entry(1L << 32, new Fix(Long.MAX_VALUE, -1))))));
        all.addTest(suite(
                "SyncMap of longs to strings with a listener, figures and times to live",
                new GuavaMapGenerator<>(
                        Long[]::new,
                        String[]::new,
                        heap -> SyncMap.builder(heap, Type.LONG, Type.UTF8)
                                .expireAfter(Expiry.eternal())
                                .onRemoval((key, value, cause) -> {})
                                .recordStats()
                                .make(),
                        List.of(
                                Map.entry(1L, "one"),
                                Map.entry(0L, ""),
                                Map.entry(-2L, "v".repeat(1000)),
                                Map.entry(Long.MIN_VALUE, "least"),
                                Map.entry(1L << 32, "\u2161")))));
        all.addTest(suite(
                "SyncMap of longs to strings within bounds",
                new GuavaMapGenerator<>(
                        Long[]::new,
                        String[]::new,
                        heap -> SyncMap.builder(heap, Type.LONG, Type.UTF8)
                                .maxEntries(1000)
                                .maxBytes(1 << 20)
                                .expireAfterWrite(Duration.ofDays(1))
                                .expireAfterAccess(Duration.ofDays(1))
                                .make(),
                        List.of(
                                Map.entry(1L, "one"),
                                Map.entry(2L, ""),
                                Map.entry(3L, "v".repeat(1000)),
                                Map.entry(4L, "four"),
                                Map.entry(5L, "five")))));
        return all;
    }

    private static <K, V> Test suite(String name, GuavaMapGenerator<K, V> generator) {
        return ConcurrentMapTestSuiteBuilder.using(generator)
                .named(name)
                .withFeatures(
                        CollectionSize.ANY, MapFeature.GENERAL_PURPOSE, CollectionFeature.SUPPORTS_ITERATOR_REMOVE)
                .suppressing(Helpers.getMethod(MapToStringTester.class, "testToString_formatting"))
                .withSetUp(generator::open)
                .withTearDown(generator::close)
                .createTestSuite();
    }
}
