package io.memmap.bench.maps;

import org.eclipse.collections.impl.map.mutable.primitive.LongLongHashMap;

/** Eclipse Collections' {@link LongLongHashMap}. */
final class EclipseMap implements LongMap {
    private final LongLongHashMap map;

    EclipseMap(int hint) {
        map = hint == 0 ? new LongLongHashMap() : new LongLongHashMap(hint);
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
