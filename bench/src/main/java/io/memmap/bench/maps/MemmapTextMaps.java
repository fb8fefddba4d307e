package io.memmap.bench.maps;

import io.memmap.NativeHeap;

/** Maps of strings in one heap. */
final class MemmapTextMaps implements TextMaps {
    /** Makes a map with room for a number of entries. */
    interface Maker {
        TextMap make(NativeHeap heap, int hint);
    }

    private final NativeHeap heap;
    private final Maker maker;

    MemmapTextMaps(Maker maker) {
        this(NativeHeap.ofConfined(), maker);
    }

    /** Makes maps in a heap that closes with this object. */
    MemmapTextMaps(NativeHeap heap, Maker maker) {
        this.heap = heap;
        this.maker = maker;
    }

    @Override
    public TextMap make(int hint, int limit) {
        return maker.make(heap, hint);
    }

    @Override
    public void close() {
        heap.close();
    }
}
