package io.memmap.bench.maps;

import io.memmap.unsafe.UnsafeGeometry;
import io.memmap.unsafe.UnsafeHeap;
import io.memmap.unsafe.UnsafeLongLongMap;

/** Makes maps on sun.misc.Unsafe: the same engine as {@link MemmapMaps}, without checks. */
final class UnsafeTwinMaps implements LongMaps {
    private final UnsafeHeap heap = UnsafeHeap.ofConfined();
    private final UnsafeGeometry geometry;

    UnsafeTwinMaps(UnsafeGeometry geometry) {
        this.geometry = geometry;
    }

    @Override
    public UnsafeTwinMap make(int hint) {
        return new UnsafeTwinMap(
                UnsafeLongLongMap.builder(heap).geometry(geometry).hint(hint).make());
    }

    @Override
    public void close() {
        heap.close();
    }
}
