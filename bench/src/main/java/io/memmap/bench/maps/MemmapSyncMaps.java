package io.memmap.bench.maps;

import io.memmap.NativeHeap;

/** {@link io.memmap.SyncLongLongMap}s in one shared heap. */
final class MemmapSyncMaps implements LongMaps {
    private final NativeHeap heap = NativeHeap.ofShared();

    @Override
    public LongMap make(int hint) {
        return new MemmapSyncMap(heap, hint);
    }

    @Override
    public void close() {
        heap.close();
    }
}
