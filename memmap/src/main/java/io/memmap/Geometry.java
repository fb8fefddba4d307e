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
    LINE(BucketLayout.LINE);

    /** The geometry of a map whose builder sets none: the faster one in {@code bench/results}. */
    static final Geometry DEFAULT = LINE;

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
        return code == GO.code ? GO : LINE;
    }
}
