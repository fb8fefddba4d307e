package io.memmap.bench.maps;

import io.memmap.unsafe.UnsafeLongLongCursor;
import io.memmap.unsafe.UnsafeLongLongMap;

/** {@link UnsafeLongLongMap}: what {@link MemmapMap} is, with nothing checked. */
final class UnsafeTwinMap implements WalkedMap {
    private final UnsafeLongLongMap map;
    private UnsafeLongLongCursor cursor;

    UnsafeTwinMap(UnsafeLongLongMap map) {
        this.map = map;
        cursor = map.cursor();
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
    public long walk(int entries) {
        long sum = 0;
        for (int i = 0; i < entries; i++) {
            while (!cursor.next()) {
                cursor = map.cursor();
            }
            sum += cursor.key() + cursor.value();
        }
        return sum;
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
