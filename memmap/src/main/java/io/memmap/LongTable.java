package io.memmap;

import io.memmap.format.Mem;

/** A table whose keys and values are 64-bit integers. It corresponds to Go's fast64. */
abstract class LongTable extends IntegerTable {
    /** The nil map of this type. */
    LongTable(MapType type) {
        super(type);
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    LongTable(NativeHeap heap, long hmap, MapType type) {
        super(heap, hmap, type);
    }

    @Override
    final long load(long address) {
        return Mem.getLong(mem, address);
    }

    @Override
    final void store(long address, long value) {
        Mem.setLong(mem, address, value);
    }

    @Override
    final long keyBits() {
        return -1;
    }

    @Override
    final int pairBytes() {
        return 2 * Long.BYTES;
    }
}
