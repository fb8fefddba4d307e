package io.memmap;

import com.google.common.collect.testing.Helpers;
import com.google.common.collect.testing.MapTestSuiteBuilder;
import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestMapGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import com.google.common.collect.testing.testers.MapToStringTester;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongFunction;
import junit.framework.Test;
import junit.framework.TestSuite;

/**
 * Guava's conformance tests of {@link Map} on the maps' views, some 3,500 of them. What is left out, and why:
 *
 * <ul>
 *   <li>KNOWN_ORDER, and the test that toString has the order of an iterator made before: the order is random anew for each
 *       iterator, as in Go.
 *   <li>ALLOWS_NULL_KEYS, ALLOWS_NULL_VALUES: there is no null in a long.
 *   <li>REJECTS_DUPLICATES_AT_CREATION: a map is made empty.
 *   <li>SERIALIZABLE: a view is of memory outside the Java heap.
 *   <li>SUPPORTS_ADD: key, entry and value views take no additions, as {@link Map} says.
 * </ul>
 */
public final class AsMapGuavaTest {
    private AsMapGuavaTest() {}

    /** What the vintage engine runs. */
    public static Test suite() {
        TestSuite all = new TestSuite();
        for (Geometry geometry : Geometry.values()) {
            all.addTest(suite(
                    "LongLongMap.asMap " + geometry,
                    Long[]::new,
                    number -> number,
                    heap -> LongLongMap.builder(heap).geometry(geometry).make().asMap()));
            all.addTest(suite(
                    "IntIntMap.asMap " + geometry,
                    Integer[]::new,
                    number -> (int) number,
                    heap -> IntIntMap.builder(heap).geometry(geometry).make().asMap()));
        }
        return all;
    }

    private static <N> Test suite(
            String name, IntFunction<N[]> array, LongFunction<N> box, Function<NativeHeap, Map<N, N>> make) {
        Generator<N> generator = new Generator<>(array, box, make);
        return MapTestSuiteBuilder.using(generator)
                .named(name)
                .withFeatures(
                        CollectionSize.ANY,
                        MapFeature.GENERAL_PURPOSE,
                        MapFeature.ALLOWS_ANY_NULL_QUERIES,
                        MapFeature.FAILS_FAST_ON_CONCURRENT_MODIFICATION,
                        CollectionFeature.SUPPORTS_ITERATOR_REMOVE)
                .suppressing(Helpers.getMethod(MapToStringTester.class, "testToString_formatting"))
                .withSetUp(generator::open)
                .withTearDown(generator::close)
                .createTestSuite();
    }

    /** Makes maps on a heap that lives as long as a test. */
    private static final class Generator<N> implements TestMapGenerator<N, N> {
        private final IntFunction<N[]> array;
        private final LongFunction<N> box;
        private final Function<NativeHeap, Map<N, N>> make;
        private NativeHeap heap;

        Generator(IntFunction<N[]> array, LongFunction<N> box, Function<NativeHeap, Map<N, N>> make) {
            this.array = array;
            this.box = box;
            this.make = make;
        }

        void open() {
            heap = NativeHeap.builder().maxBytes(4L << 20).open();
        }

        void close() {
            heap.check();
            heap.close();
        }

        @Override
        public SampleElements<Map.Entry<N, N>> samples() {
            return new SampleElements<>(
                    entry(1, 10), entry(-2, 20), entry(0, 0), entry(Integer.MAX_VALUE, 1), entry(5, -5));
        }

        private Map.Entry<N, N> entry(long key, long value) {
            return Map.entry(box.apply(key), box.apply(value));
        }

        @Override
        public Map<N, N> create(Object... entries) {
            Map<N, N> map = make.apply(heap);
            for (Object object : entries) {
                @SuppressWarnings("unchecked")
                Map.Entry<N, N> entry = (Map.Entry<N, N>) object;
                map.put(entry.getKey(), entry.getValue());
            }
            return map;
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        public Map.Entry<N, N>[] createArray(int length) {
            return new Map.Entry[length];
        }

        @Override
        public N[] createKeyArray(int length) {
            return array.apply(length);
        }

        @Override
        public N[] createValueArray(int length) {
            return array.apply(length);
        }

        @Override
        public Iterable<Map.Entry<N, N>> order(List<Map.Entry<N, N>> insertionOrder) {
            return insertionOrder;
        }
    }
}
