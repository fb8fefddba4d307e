package io.memmap.bench.maps;

import io.memmap.unsafe.UnsafeLongLongCursor;
import io.memmap.unsafe.UnsafeLongLongMap;

/** An {@link UnsafeLongLongMap}: the counterpart of {@link MemmapMap} without checks. */
final class UnsafeTwinMap extends LongMap {
    private final UnsafeLongLongMap map;

    UnsafeTwinMap(UnsafeLongLongMap map) {
        this.map = map;
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
        map.add(key, delta);
    }

    @Override
    public void remove(long key) {
        map.remove(key);
    }

    @Override
    public long sumOfAll() {
        long sum = 0;
        for (UnsafeLongLongCursor cursor = map.cursor(); cursor.next(); ) {
            sum += cursor.value();
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
    public void close() {
        map.free();
    }
}
