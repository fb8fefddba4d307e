package io.memmap.bench.maps;

import io.memmap.unsafe.UnsafeHeap;

/**
 * Makes maps of strings on sun.misc.Unsafe: the same engine as {@link MemmapBytesMap}, without
 * checks.
 */
final class UnsafeTwinTextMaps implements TextMaps {
    private final UnsafeHeap heap = UnsafeHeap.ofConfined();

    @Override
    public TextMap make(int hint, int limit) {
        return new UnsafeTwinTextMap(heap, hint);
    }

    @Override
    public void close() {
        heap.close();
    }
}
