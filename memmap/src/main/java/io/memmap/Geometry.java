package io.memmap;

import io.memmap.format.BucketLayout;

/**
 * A layout of the slots in a bucket. It is chosen when a map is made and is stored in the map's
 * header. The results of operations do not depend on it.
 *
 * <p>A bucket is a group of slots, each for one entry. It has a tophash byte for each slot, taken
 * from the top 8 bits of the hash of the slot's key. Small numbers mark slots without an entry. The
 * overflow pointer leads to another bucket with further entries.
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
     * the same size. There are no buckets in Go's sense: a lookup goes to one slot and looks at its
     * neighbours. It is the fastest geometry. A page splits in place when the map grows, so that a
     * growth needs no second array. Half of the slots are used at most, or up to 11/16 if {@link
     * MapBuilder#maxLoad} says so.
     */
    PAGE(BucketLayout.PAGE);

    // The geometries of maps whose builders set none are the fastest ones in bench/results.
    /** The geometry of a map of objects whose builder sets none. */
    static final Geometry DEFAULT = LINE;
    /** The geometry of a map from integers to integers whose builder sets none. */
    static final Geometry OF_INTEGERS = PAGE;

    private final int code;

    Geometry(int code) {
        this.code = code;
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
