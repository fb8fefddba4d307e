package io.memmap.bench.maps;

import org.agrona.collections.Hashing;
import org.agrona.collections.Long2LongHashMap;

/** Agrona's {@link Long2LongHashMap}, which answers 0 for an absent key, and so cannot hold the value 0. */
final class AgronaMap implements LongMap {
    private final Long2LongHashMap map;

    AgronaMap(int hint) {
        map = hint == 0
                ? new Long2LongHashMap(0)
                : new Long2LongHashMap((int) (hint / Hashing.DEFAULT_LOAD_FACTOR) + 1, Hashing.DEFAULT_LOAD_FACTOR, 0);
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
