package io.memmap;

import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestMapGenerator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Makes the maps of Guava's suites, on a heap that lives as long as a test.
 *
 * @param <K> the keys
 * @param <V> the values
 */
final class HeapMaps<K, V> implements TestMapGenerator<K, V> {
    private final IntFunction<K[]> keyArray;
    private final IntFunction<V[]> valueArray;
    private final List<Map.Entry<K, V>> samples;
    private final Function<NativeHeap, Map<K, V>> make;
    private NativeHeap heap;

    /** Takes five different samples. */
    HeapMaps(
            IntFunction<K[]> keyArray,
            IntFunction<V[]> valueArray,
            Function<NativeHeap, Map<K, V>> make,
            List<Map.Entry<K, V>> samples) {
        this.keyArray = keyArray;
        this.valueArray = valueArray;
        this.make = make;
        this.samples = samples;
    }

    void open() {
        heap = NativeHeap.builder().shared().maxBytes(4L << 20).open();
    }

    void close() {
        heap.check();
        heap.close();
    }

    @Override
    public SampleElements<Map.Entry<K, V>> samples() {
        return new SampleElements<>(samples.get(0), samples.get(1), samples.get(2), samples.get(3), samples.get(4));
    }

    @Override
    @SuppressWarnings("unchecked") // they are samples
    public Map<K, V> create(Object... entries) {
        Map<K, V> map = make.apply(heap);
        for (Object entry : entries) {
            map.put(((Map.Entry<K, V>) entry).getKey(), ((Map.Entry<K, V>) entry).getValue());
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
