package io.memmap;

import io.memmap.format.Mem;

/** A table whose keys and values are 32-bit integers. It corresponds to Go's fast32. */
abstract class IntTable extends IntegerTable {
    /** The nil map of this type. */
    IntTable(MapType type) {
        super(type);
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    IntTable(NativeHeap heap, long hmap, MapType type) {
        super(heap, hmap, type);
    }

    @Override
    final long load(long address) {
        return Mem.getInt(mem, address);
    }

    @Override
    final void store(long address, long value) {
        Mem.setInt(mem, address, (int) value);
    }

    @Override
    final long keyBits() {
        return 0xFFFF_FFFFL;
    }

    @Override
    final int pairBytes() {
        return 2 * Integer.BYTES;
    }
}
