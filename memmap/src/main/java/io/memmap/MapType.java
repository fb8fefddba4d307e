package io.memmap;

import io.memmap.format.ElementKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;

/**
 * The types of a map's keys and values. A map's header states them; Go keeps them in a type
 * descriptor.
 */
record MapType(Type<?> key, Type<?> value) {
    static final MapType LONG_TO_LONG = new MapType(Type.LONG, Type.LONG);
    static final MapType INT_TO_INT = new MapType(Type.INT, Type.INT);

    /** Returns the name of the type that the header at {@code hmap} states. */
    static String nameAt(MemorySegment memory, long hmap) {
        if (Mem.getLong(memory, hmap + HmapLayout.TYPE) != 0) {
            return MapHandle.text(memory, hmap + HmapLayout.TYPE);
        }
        return name(
                ElementKind.of(Mem.getByte(memory, hmap + HmapLayout.KEY_KIND)),
                ElementKind.of(Mem.getByte(memory, hmap + HmapLayout.VALUE_KIND)));
    }

    private static String name(Object key, Object value) {
        return "map[" + key + "]" + value;
    }

    /**
     * Returns the name that a header stores as text. It is empty if the kinds of key and value,
     * which the header stores as codes, say the same.
     */
    String text() {
        return toString().equals(name(key.kind(), value.kind())) ? "" : toString();
    }

    /** Returns the type's name as Go writes it: {@code map[long]long}. */
    @Override
    public String toString() {
        return name(key, value);
    }
}
