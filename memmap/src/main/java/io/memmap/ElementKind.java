package io.memmap;

/** What the keys or the values of a map are. Its code stands in the map's header. */
enum ElementKind {
    /** A 64-bit integer. */
    LONG(1, 8),
    /** A 32-bit integer. */
    INT(2, 4);

    private final int code;
    private final int bytes;

    ElementKind(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    int code() {
        return code;
    }

    int bytes() {
        return bytes;
    }

    static ElementKind of(int code) {
        for (ElementKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new IllegalStateException("unknown element kind in a map's header: " + code);
    }
}
