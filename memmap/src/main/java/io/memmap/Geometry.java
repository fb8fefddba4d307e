package io.memmap;

import io.memmap.format.BucketLayout;

/**
 * How the slots of a bucket are laid out. Chosen when a map is made and kept in its header; no operation's result
 * depends on it.
 */
public enum Geometry {
    /**
     * Go's bucket, field for field: {@code tophash[8]}, eight keys, eight values, overflow pointer. For long to long 144
     * bytes. The states of a map of this geometry agree with those of Go 1.23 to the bit.
     */
    GO(BucketLayout.GO),
    /**
     * A bucket of whole cache lines: {@code tophash[8]}, overflow pointer, then key-value pairs side by side, as many (up
     * to 8) as waste the fewest bytes. For long to long 7 pairs in 128 bytes; for int to int 6 pairs in 64.
     */
    LINE(BucketLayout.LINE);

    /** The geometry of a map whose builder names none: the faster one in {@code bench/results}. */
    static final Geometry DEFAULT = LINE;

    private final int code;

    Geometry(int code) {
        this.code = code;
    }

    /** What stands for this geometry in a map's header. */
    int code() {
        return code;
    }

    /** Returns the geometry that this code in a header stands for. */
    static Geometry of(int code) {
        return code == GO.code ? GO : LINE;
    }
}
