package io.memmap.bench.maps;

import com.carrotsearch.hppc.LongLongHashMap;
import com.carrotsearch.hppc.cursors.LongLongCursor;

/** HPPC's {@link LongLongHashMap}. */
final class HppcMap extends LongMap {
    private final LongLongHashMap map;

    HppcMap(int hint) {
        map = hint == 0 ? new LongLongHashMap() : new LongLongHashMap(hint);
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
        map.addTo(key, delta);
    }

    @Override
    public void remove(long key) {
        map.remove(key);
    }

    @Override
    public long sumOfAll() {
        long sum = 0;
        for (LongLongCursor entry : map) {
            sum += entry.value;
        }
        return sum;
    }

    @Override
    public void clear() {
        map.release();
    }

    @Override
    public long size() {
        return map.size();
    }

    @Override
    public void close() {}
}
