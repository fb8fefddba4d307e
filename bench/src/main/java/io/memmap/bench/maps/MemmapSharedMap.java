package io.memmap.bench.maps;

import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;

/** {@link SyncLongLongMap}. */
final class MemmapSharedMap implements SharedMap {
    private final NativeHeap heap = NativeHeap.ofShared();
    private final SyncLongLongMap map;

    MemmapSharedMap(int hint) {
        map = SyncLongLongMap.make(heap, hint);
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
    public long size() {
        return map.size();
    }

    @Override
    public void close() {
        heap.close();
    }
}
