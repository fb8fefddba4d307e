package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.format.ElementKind;
import io.memmap.format.Mem;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The order of the keys of a type. Keys are compared in their <em>ordered form</em>: bytes that
 * compare as unsigned numbers, the first byte first, as the keys do. The ordered form of a string or
 * a byte array is its encoded form. The ordered form of an integer is a long, the highest byte
 * first, with its sign bit flipped.
 */
final class KeyOrder {
    private final ElementKind kind;
    /** Whether the keys are strings or byte arrays, which lie outside the slots. */
    final boolean hasRuns;

    private KeyOrder(ElementKind kind) {
        this.kind = kind;
        hasRuns = kind == ElementKind.UTF8 || kind == ElementKind.BYTES;
    }

    static boolean has(Type<?> keyType) {
        return switch (keyType.kind()) {
            case UTF8, BYTES, LONG, INT, SHORT, BYTE, CHAR -> true;
            default -> false;
        };
    }

    /**
     * Returns the order of a type of keys.
     *
     * @throws UnsupportedOperationException if the type has none
     */
    static KeyOrder of(Type<?> keyType) {
        if (!has(keyType)) {
            throw new UnsupportedOperationException("a map with keys of type " + keyType
                    + " cannot be ordered: the keys must be of Type.UTF8, BYTES, LONG, INT, SHORT, BYTE or CHAR");
        }
        return new KeyOrder(keyType.kind());
    }

    /** Returns the comparator of the keys as objects. */
    @SuppressWarnings("unchecked") // the kind of a type names the class of its objects
    <K> Comparator<K> comparator() {
        return (Comparator<K>)
                switch (kind) {
                    case UTF8 -> CODE_POINTS;
                    case BYTES -> UNSIGNED_BYTES;
                    default -> Comparator.<Long>naturalOrder();
                };
    }

    private static final Comparator<byte[]> UNSIGNED_BYTES = Arrays::compareUnsigned;
    private static final Comparator<String> CODE_POINTS = KeyOrder::compareCodePoints;

    /** Compares strings by their code points, which is how their UTF-8 bytes compare. */
    private static int compareCodePoints(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // A surrogate stands for a code point above all chars that are none.
                boolean both = Character.isSurrogate(x) == Character.isSurrogate(y);
                return both ? Character.compare(x, y) : Character.isSurrogate(x) ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /**
     * Returns the ordered form of an encoded key: the key itself, or {@code room} with the ordered
     * form.
     */
    EncodedBytes toOrdered(EncodedBytes key, EncodedBytes room) {
        if (hasRuns) {
            return key;
        }
        setNumber(room, number(Mem.getWord(key.bytes, key.from, key.length)));
        return room;
    }

    /** Does the opposite of {@link #toOrdered}. */
    EncodedBytes toEncoded(EncodedBytes ordered, int keyBytes, EncodedBytes room) {
        if (hasRuns) {
            return ordered;
        }
        Mem.setWord(room.own(keyBytes), 0, keyBytes, number(ordered));
        return room;
    }

    /** Returns the number that the word of an integer stands for. */
    long number(long word) {
        return switch (kind) {
            case SHORT -> (short) word;
            case BYTE -> (byte) word;
            default -> word;
        };
    }

    /** Returns the number whose ordered form this is. */
    static long number(EncodedBytes ordered) {
        return Long.reverseBytes(Mem.getLong(ordered.bytes, ordered.from)) ^ Long.MIN_VALUE;
    }

    /** Makes the ordered form of a number the content of {@code to}. */
    static void setNumber(EncodedBytes to, long number) {
        Mem.setLong(to.own(Long.BYTES), 0, Long.reverseBytes(number ^ Long.MIN_VALUE));
    }
}
