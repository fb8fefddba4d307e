package io.memmap.bench.maps;

import io.memmap.NativeHeap;

/** {@link io.memmap.SyncLongLongMap}s in one shared heap. */
final class SyncMaps implements LongMaps {
    private final NativeHeap heap = NativeHeap.ofShared();

    @Override
    public LongMap make(int hint) {
        return new SyncMap(heap, hint);
    }

    @Override
    public void close() {
        heap.close();
    }
}
