package io.memmap.bench.maps;

import io.memmap.Geometry;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;

/** {@link LongLongMap}s of one geometry in one heap. */
public final class MemmapMaps implements LongMaps {
    private final NativeHeap heap;
    private final Geometry geometry;

    /** Makes maps in a heap that closes with this object. */
    MemmapMaps(Geometry geometry, NativeHeap heap) {
        this.geometry = geometry;
        this.heap = heap;
    }

    @Override
    public MemmapMap make(int hint) {
        return new MemmapMap(
                LongLongMap.builder(heap).geometry(geometry).hint(hint).make());
    }

    public Geometry geometry() {
        return geometry;
    }

    /** Returns the heap of the maps. */
    public NativeHeap heap() {
        return heap;
    }

    @Override
    public void close() {
        heap.close();
    }
}
