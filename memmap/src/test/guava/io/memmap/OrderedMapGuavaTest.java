package io.memmap;

import com.google.common.collect.testing.NavigableMapTestSuiteBuilder;
import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestSortedMapGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import junit.framework.Test;
import junit.framework.TestSuite;

/**
 * Guava's conformance tests of {@link NavigableMap} on the ordered views of maps, also on submaps and
 * on descending ones. These are left out, for these reasons:
 *
 * <ul>
 *   <li>FAILS_FAST_ON_CONCURRENT_MODIFICATION: a map may be changed during a loop.
 *   <li>ALLOWS_NULL_KEYS, ALLOWS_NULL_VALUES, ALLOWS_ANY_NULL_QUERIES: null is neither a key nor a
 *       value, and no query takes it, as in {@link java.util.concurrent.ConcurrentSkipListMap}.
 *   <li>REJECTS_DUPLICATES_AT_CREATION: a map is always made empty.
 *   <li>SERIALIZABLE: a view shows memory outside the Java heap.
 *   <li>SUPPORTS_ADD: key, entry and value views do not support adding, as {@link Map} says.
 *   <li>Keys that are byte arrays, which have no equality of their own.
 * </ul>
 */
public final class OrderedMapGuavaTest {
    private static final int MAPS_IN_A_HEAP = 500;

    private OrderedMapGuavaTest() {}

    /** Returns the suite that JUnit's vintage engine runs. */
    public static Test suite() {
        TestSuite all = new TestSuite();
        all.addTest(new Generator<>(
                        heap -> MemMap.make(heap, Type.LONG, Type.UTF8).ordered(),
                        Long[]::new,
                        String[]::new,
                        List.of(-900L, -800L, -2L, -1L, 0L, 3L, 1L << 40, Long.MAX_VALUE - 1, Long.MAX_VALUE),
                        List.of("a", "b", "", "one", "v".repeat(500), "\u2161", "x", "y", "z"))
                .suite("MemMap of longs"));
        all.addTest(new Generator<>(
                        heap -> SyncMap.builder(heap, Type.UTF8, Type.LONG)
                                .shards(4)
                                .make()
                                .ordered(),
                        String[]::new,
                        Long[]::new,
                        List.of(
                                "",
                                "\0",
                                "!! b",
                                "one",
                                "two \u00e9",
                                "two \uff61",
                                "two \ud83d\ude00",
                                "~~ a",
                                "~~ b"),
                        List.of(7L, 8L, 1L, 2L, Long.MIN_VALUE, 0L, 5L, 9L, 10L))
                .suite("SyncMap of strings"));
        return all;
    }

    /** Makes maps from entries. The keys are in ascending order: two below the samples, five, two above. */
    private static final class Generator<K, V> implements TestSortedMapGenerator<K, V> {
        private final Function<NativeHeap, NavigableMap<K, V>> maker;
        private final IntFunction<K[]> keyArray;
        private final IntFunction<V[]> valueArray;
        private final Comparator<? super K> order;
        private final List<Map.Entry<K, V>> entries = new ArrayList<>();
        /** The suites of submaps call no set-up and no tear-down, so maps share heaps. */
        private NativeHeap heap = open();

        /** The heap of the maps before those of {@link #heap}, which a test may still use. */
        private NativeHeap before = open();

        private int made;

        Generator(
                Function<NativeHeap, NavigableMap<K, V>> maker,
                IntFunction<K[]> keyArray,
                IntFunction<V[]> valueArray,
                List<K> keys,
                List<V> values) {
            this.maker = maker;
            this.keyArray = keyArray;
            this.valueArray = valueArray;
            order = make().comparator();
            List<K> sorted = new ArrayList<>(keys);
            sorted.sort(order);
            for (int i = 0; i < sorted.size(); i++) {
                entries.add(Map.entry(sorted.get(i), values.get(i)));
            }
        }

        Test suite(String name) {
            return NavigableMapTestSuiteBuilder.using(this)
                    .named("ordered " + name)
                    .withFeatures(
                            CollectionSize.ANY,
                            MapFeature.GENERAL_PURPOSE,
                            CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                            CollectionFeature.KNOWN_ORDER)
                    .createTestSuite();
        }

        private NavigableMap<K, V> make() {
            if (made++ % MAPS_IN_A_HEAP == 0) {
                before.check();
                before.close();
                before = heap;
                heap = open();
            }
            return maker.apply(heap);
        }

        private static NativeHeap open() {
            return NativeHeap.builder().shared().maxBytes(64L << 20).open();
        }

        @Override
        public SampleElements<Map.Entry<K, V>> samples() {
            return new SampleElements<>(entries.get(2), entries.get(3), entries.get(4), entries.get(5), entries.get(6));
        }

        @Override
        @SuppressWarnings("unchecked") // the entries have these types
        public SortedMap<K, V> create(Object... elements) {
            NavigableMap<K, V> map = make();
            for (Object element : elements) {
                Map.Entry<K, V> entry = (Map.Entry<K, V>) element;
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
            List<Map.Entry<K, V>> sorted = new ArrayList<>(insertionOrder);
            sorted.sort(Map.Entry.comparingByKey(order));
            return sorted;
        }

        @Override
        public Map.Entry<K, V> belowSamplesLesser() {
            return entries.get(0);
        }

        @Override
        public Map.Entry<K, V> belowSamplesGreater() {
            return entries.get(1);
        }

        @Override
        public Map.Entry<K, V> aboveSamplesLesser() {
            return entries.get(7);
        }

        @Override
        public Map.Entry<K, V> aboveSamplesGreater() {
            return entries.get(8);
        }
    }
}
