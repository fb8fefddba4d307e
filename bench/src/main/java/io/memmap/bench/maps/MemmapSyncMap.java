package io.memmap.bench.maps;

import io.memmap.LongLongConsumer;
import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;

/** {@link SyncLongLongMap}. */
final class MemmapSyncMap extends LongMap {
    private final SyncLongLongMap map;
    private final Sum sum = new Sum();

    MemmapSyncMap(NativeHeap heap, int hint) {
        map = SyncLongLongMap.make(heap, hint);
    }

    private static final class Sum implements LongLongConsumer {
        private long total;

        @Override
        public void accept(long key, long value) {
            total += value;
        }
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
        sum.total = 0;
        map.forEach(sum);
        return sum.total;
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
