package io.memmap.bench.maps;

import java.util.Map;

/** A map of {@code java.util} with boxed longs. */
final class BoxedMap extends LongMap {
    private final Map<Long, Long> map;

    BoxedMap(Map<Long, Long> map) {
        this.map = map;
    }

    @Override
    public long get(long key) {
        Long value = map.get(key);
        return value == null ? 0 : value;
    }

    @Override
    public void put(long key, long value) {
        map.put(key, value);
    }

    @Override
    public void add(long key, long delta) {
        map.merge(key, delta, Long::sum);
    }

    @Override
    public void remove(long key) {
        map.remove(key);
    }

    @Override
    public long sumOfAll() {
        long sum = 0;
        for (long value : map.values()) {
            sum += value;
        }
        return sum;
    }

    @Override
    public void clear() {
        map.clear();
    }

    @Override
    public long size() {
        return map.size();
    }

    @Override
    public void close() {}
}
