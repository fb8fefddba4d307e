package io.memmap;

import io.memmap.format.BucketLayout;
import io.memmap.format.ElementKind;

/**
 * A layout of a map's array. It is chosen when a map is made and is stored in the map's header. The
 * results of operations do not depend on it. Speed and memory do.
 *
 * <p>A slot has room for one entry. In {@link #GO} and {@link #LINE} a bucket is a group of slots.
 * It has a tophash byte for each slot, taken from the top 8 bits of the hash of the slot's key.
 * Small numbers mark slots without an entry. The overflow pointer leads to another bucket with
 * further entries. {@link #PAGE} has no buckets.
 */
public enum Geometry {
    /**
     * Go's bucket, field for field: {@code tophash[8]}, eight keys, eight values, overflow pointer.
     * A bucket of a long-to-long map has 144 bytes. The state of a map with this geometry agrees
     * with that of a map in Go 1.23, bit for bit.
     */
    GO(BucketLayout.GO),
    /**
     * A bucket of whole cache lines: {@code tophash[8]}, overflow pointer, then key-value pairs.
     * The number of pairs, at most 8, is the one that wastes the fewest bytes. A bucket of a
     * long-to-long map has 7 pairs in 128 bytes; one of an int-to-int map has 6 pairs in 64 bytes.
     */
    LINE(BucketLayout.LINE),
    /**
     * A flat array of key-value pairs in pages of 4096 bytes, for maps from integers to integers of
     * the same size, and for maps from long to structs, or to records of a fixed size, of at most 56
     * bytes. A pair with a struct takes 16, 32 or 64 bytes. It has neither buckets nor overflow
     * chains: a lookup goes to one slot and looks at its neighbours. When the map grows, its pages split in place if there is free address space
     * behind the array. Then the growth needs no second array. At most half of the slots are full,
     * or up to 11/16 if {@link MapBuilder#maxLoad} says so. If the heap has no room for a growth,
     * the pages may fill up, and further entries go to one block that all pages share.
     */
    PAGE(BucketLayout.PAGE);

    // The geometries of maps whose builders set none are the fastest ones in bench/results.
    /** The geometry of most maps of objects whose builders set none ({@link #ofObjects}). */
    static final Geometry DEFAULT = LINE;
    /** The geometry of a map from integers to integers whose builder sets none. */
    static final Geometry OF_INTEGERS = PAGE;

    private final int code;

    Geometry(int code) {
        this.code = code;
    }

    /**
     * Returns the geometry of a map of objects of this type whose builder sets none. Only a map for
     * which it is {@link #PAGE} may have that geometry.
     */
    static Geometry ofObjects(MapType type) {
        Type<?> value = type.value();
        boolean isSmallStruct = value.kind() == ElementKind.STRUCT
                && value.isInline()
                && value.slotBytes() <= BucketLayout.MAX_PAGE_VALUE_BYTES;
        return isSmallStruct && type.key().kind() == ElementKind.LONG ? PAGE : DEFAULT;
    }

    /**
     * Returns this geometry if maps of this type, which have another one by default, can have it.
     * Only maps that are paged by default can be.
     */
    Geometry requireFor(MapType type, Geometry byDefault) {
        if (this == PAGE && byDefault != PAGE) {
            throw new IllegalArgumentException("geometry must be LINE or GO for a " + type + ": " + this
                    + " is for LongLongMap, IntIntMap, and maps from long to structs of at most "
                    + BucketLayout.MAX_PAGE_VALUE_BYTES + " bytes");
        }
        return this;
    }

    /** Returns the number that represents this geometry in a map's header. */
    int code() {
        return code;
    }

    /** Returns the geometry that this number represents in a map's header. */
    static Geometry of(int code) {
        return code == GO.code ? GO : code == LINE.code ? LINE : PAGE;
    }
}
