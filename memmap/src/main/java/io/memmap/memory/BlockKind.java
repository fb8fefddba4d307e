package io.memmap.memory;

/** What a block of the heap is used for; bytes and blocks are counted for each kind apart. */
public enum BlockKind {
    /** A map's header. */
    HEADER,
    /** A map's bucket array. */
    BUCKET,
    /** An overflow bucket. */
    OVERFLOW,
    /** Bytes of a user, or of a key or value that lies outside its bucket. */
    BLOB;

    static final int COUNT = values().length;

    private static final BlockKind[] ALL = values();

    static BlockKind of(int ordinal) {
        return ALL[ordinal];
    }
}
