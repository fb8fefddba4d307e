package io.memmap.bench.maps;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;

/** A {@link LongLongMap} in a shared heap, like the map that it is compared with. */
final class MemmapPlainMap implements SharedMap {
    private final NativeHeap heap = NativeHeap.ofShared();
    private final LongLongMap map;

    MemmapPlainMap(int hint) {
        map = LongLongMap.make(heap, hint);
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
