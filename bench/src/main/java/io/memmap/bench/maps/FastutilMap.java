package io.memmap.bench.maps;

import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;

/** fastutil's {@link Long2LongOpenHashMap}. */
final class FastutilMap implements LongMap {
    private final Long2LongOpenHashMap map;

    FastutilMap(int hint) {
        map = hint == 0 ? new Long2LongOpenHashMap() : new Long2LongOpenHashMap(hint);
    }

    @Override
    public void put(long key, long value) {
        map.put(key, value);
    }

    @Override
    public void putAll(long[] keys, int from, int to, long salt) {
        for (int i = from; i < to; i++) {
            map.put(keys[i], LongMap.value(keys[i], salt));
        }
    }

    @Override
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += map.get(keys[i]);
        }
        return sum;
    }

    @Override
    public long size() {
        return map.size();
    }

    @Override
    public void close() {}
}
