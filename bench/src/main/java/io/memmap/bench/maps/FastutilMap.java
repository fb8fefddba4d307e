package io.memmap.bench.maps;

import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongIterator;

/** fastutil's {@link Long2LongOpenHashMap}. */
final class FastutilMap extends LongMap {
    private final Long2LongOpenHashMap map;

    FastutilMap(int hint) {
        map = hint == 0 ? new Long2LongOpenHashMap() : new Long2LongOpenHashMap(hint);
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
        for (LongIterator values = map.values().iterator(); values.hasNext(); ) {
            sum += values.nextLong();
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
