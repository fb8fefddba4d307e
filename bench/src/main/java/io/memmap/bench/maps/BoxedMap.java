package io.memmap.bench.maps;

import java.util.HashMap;

/** {@link HashMap} of boxed longs. */
final class BoxedMap implements LongMap {
    private final HashMap<Long, Long> map;

    BoxedMap(int hint) {
        map = hint == 0 ? new HashMap<>() : HashMap.newHashMap(hint);
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
            Long value = map.get(keys[i]);
            sum += value == null ? 0 : value;
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
