package io.memmap.format;

/** The use of a block of the heap. Bytes and blocks are counted separately for each kind. */
public enum BlockKind {
    /** A map's header. */
    HEADER(0),
    /** A map's bucket array. */
    BUCKET(1),
    /** A map's overflow bucket. */
    OVERFLOW(2),
    /** Bytes that the user allocated. */
    BLOB(3),
    /** Bytes of a map: keys and values outside their buckets, its name, the nodes of a bounded map. */
    ENTRY(4),
    /** The header or a node of a map's ordered index. */
    ORDER(5);

    public static final int COUNT = 6;

    /** The number of the kind in a heap's tables. */
    public final int code;

    BlockKind(int code) {
        this.code = code;
    }

    public static BlockKind of(int code) {
        return switch (code) {
            case 0 -> HEADER;
            case 1 -> BUCKET;
            case 2 -> OVERFLOW;
            case 3 -> BLOB;
            case 4 -> ENTRY;
            case 5 -> ORDER;
            default -> throw new IllegalArgumentException("kind must be 0..5: " + code);
        };
    }
}
