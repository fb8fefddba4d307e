package io.memmap;

import io.memmap.format.ElementKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;

/** The type of a map, as its header states it: what Go keeps in the type descriptor. */
record MapType(Type<?> key, Type<?> value) {
    static final MapType LONG_TO_LONG = new MapType(Type.LONG, Type.LONG);
    static final MapType INT_TO_INT = new MapType(Type.INT, Type.INT);

    /** Returns the name of the type that the header at {@code hmap} states. */
    static String nameAt(MemorySegment memory, long hmap) {
        if (Mem.getLong(memory, hmap + HmapLayout.TYPE) != 0) {
            return Hmap.text(memory, hmap + HmapLayout.TYPE);
        }
        return name(
                ElementKind.of(Mem.getByte(memory, hmap + HmapLayout.KEY_KIND)),
                ElementKind.of(Mem.getByte(memory, hmap + HmapLayout.VALUE_KIND)));
    }

    private static String name(Object key, Object value) {
        return "map[" + key + "]" + value;
    }

    /** Returns what a header must say in words: the name, unless the kinds of key and value say it all. */
    String text() {
        return toString().equals(name(key.kind(), value.kind())) ? "" : toString();
    }

    /** As Go writes it: {@code map[long]long}. */
    @Override
    public String toString() {
        return name(key, value);
    }
}
