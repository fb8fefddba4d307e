package io.memmap.format;

/** What a block of the heap is used for; bytes and blocks are counted for each kind apart. */
public enum BlockKind {
    /** A map's header. */
    HEADER(0),
    /** A map's bucket array. */
    BUCKET(1),
    /** A map's overflow bucket. */
    OVERFLOW(2),
    /** Bytes of a user, or of a key or value that lies outside its bucket. */
    BLOB(3);

    public static final int COUNT = 4;

    /** What stands for the kind in a heap's tables. */
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
            default -> throw new IllegalArgumentException("kind must be 0..3: " + code);
        };
    }
}
