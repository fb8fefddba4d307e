package io.memmap.bench.maps;

import io.memmap.unsafe.UnsafeHeap;

/** Maps of strings as {@link MemmapBytesMap} on sun.misc.Unsafe: the same engine, with nothing checked. */
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
