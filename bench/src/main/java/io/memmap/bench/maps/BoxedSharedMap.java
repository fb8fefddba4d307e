package io.memmap.bench.maps;

import java.util.concurrent.ConcurrentHashMap;

/** {@link ConcurrentHashMap} of boxed longs. */
final class BoxedSharedMap implements SharedMap {
    private final ConcurrentHashMap<Long, Long> map;

    BoxedSharedMap(int hint) {
        map = new ConcurrentHashMap<>(Math.max(16, hint));
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
    public long size() {
        return map.mappingCount();
    }
}
