package io.memmap.bench.maps;

import org.agrona.collections.Hashing;
import org.agrona.collections.Long2LongHashMap;

/** Agrona's {@link Long2LongHashMap}. It cannot store the value 0. */
final class AgronaMap extends LongMap {
    private final Long2LongHashMap map;

    AgronaMap(int hint) {
        map = hint == 0
                ? new Long2LongHashMap(0)
                : new Long2LongHashMap((int) (hint / Hashing.DEFAULT_LOAD_FACTOR) + 1, Hashing.DEFAULT_LOAD_FACTOR, 0);
    }

    @Override
    public long get(long key) {
        return map.get(key);
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
        for (Long2LongHashMap.ValueIterator values = map.values().iterator(); values.hasNext(); ) {
            sum += values.nextValue();
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
