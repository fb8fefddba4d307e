package io.memmap.bench.maps;

import org.eclipse.collections.impl.map.mutable.primitive.LongLongHashMap;

/** Eclipse Collections' {@link LongLongHashMap}. */
final class EclipseMap extends LongMap {
    private final LongLongHashMap map;

    EclipseMap(int hint) {
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
        map.addToValue(key, delta);
    }

    @Override
    public void remove(long key) {
        map.removeKey(key);
    }

    @Override
    public long sumOfAll() {
        return map.sum();
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
