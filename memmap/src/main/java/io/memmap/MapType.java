package io.memmap;

import io.memmap.memory.Mem;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** The type of a map, as its header states it: what Go keeps in the type descriptor. */
record MapType(ElementKind key, ElementKind value) {
    static final MapType LONG_TO_LONG = new MapType(ElementKind.LONG, ElementKind.LONG);
    static final MapType INT_TO_INT = new MapType(ElementKind.INT, ElementKind.INT);

    static MapType read(MemorySegment memory, long hmap) {
        return new MapType(
                ElementKind.of(Mem.getByte(memory, hmap + HmapLayout.KEY_KIND)),
                ElementKind.of(Mem.getByte(memory, hmap + HmapLayout.VALUE_KIND)));
    }

    int keyBytes() {
        return key.bytes();
    }

    int valueBytes() {
        return value.bytes();
    }

    /** As Go writes it: {@code map[long]long}. */
    @Override
    public String toString() {
        return ("map[" + key + "]" + value).toLowerCase(Locale.ROOT);
    }
}
