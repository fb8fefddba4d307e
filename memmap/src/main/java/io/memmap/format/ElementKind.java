package io.memmap.format;

import java.util.Locale;

/** The kind of a map's keys or values. Its code is stored in the map's header. */
public enum ElementKind {
    LONG(1),
    INT(2),
    SHORT(3),
    BYTE(4),
    CHAR(5),
    BOOLEAN(6),
    FLOAT(7),
    DOUBLE(8),
    UUID(9),
    INSTANT(10),
    /** A string in UTF-8, of any length. */
    UTF8(11),
    /** A sequence of bytes, of any length. */
    BYTES(12),
    /** Fields at fixed offsets. */
    STRUCT(13),
    /** A pointer to another map, and the identity word that shows whether that map still lives. */
    MAP(14),
    /** A bare pointer. */
    POINTER(15),
    /** A sequence of bytes, of any length, with a meaning that only a caller's code knows. */
    CODEC(16),
    /** The number of a constant of an enum, in the order of its declaration. */
    ENUM(17),
    LOCAL_DATE(18),
    LOCAL_DATE_TIME(19),
    DURATION(20),
    BIG_INTEGER(21),
    BIG_DECIMAL(22),
    BOOLEANS(23),
    SHORTS(24),
    CHARS(25),
    INTS(26),
    LONGS(27),
    FLOATS(28),
    DOUBLES(29),
    LIST(30),
    SET(31),
    /** Keys and values of one of Java's maps. */
    MAP_OF(32),
    OPTIONAL(33),
    NULLABLE(34),
    /** The components of a record that varies in size. */
    RECORD(35),
    /** One of the records that implement a sealed interface. */
    SEALED(36);

    private static final ElementKind[] KINDS = values();

    private final int code;

    ElementKind(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    public static ElementKind of(int code) {
        if (!isKnown(code)) {
            throw new IllegalStateException("unknown element kind in a map's header: " + code);
        }
        return KINDS[code - 1];
    }

    /** Returns whether there is a kind with this code. The codes are 1, 2, 3 and so on. */
    public static boolean isKnown(int code) {
        return code >= 1 && code <= KINDS.length;
    }

    /** Returns the kind's name as it appears in the name of a type. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
