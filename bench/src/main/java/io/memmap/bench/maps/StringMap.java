package io.memmap.bench.maps;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A map with String keys. A range of bytes is converted to a String, and an update is a get and a
 * put.
 */
abstract class StringMap extends TextMap {
    /** Returns the value of a key: the array of the map, or a copy. */
    abstract byte @Nullable [] get(String key);

    static String key(byte[] bytes, int from, int length) {
        return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }

    private boolean copyOf(String key) {
        byte[] found = get(key);
        if (found == null) {
            return false;
        }
        System.arraycopy(found, 0, value, 0, found.length);
        return true;
    }

    @Override
    boolean copy(byte[] bytes, int from, int length) {
        return copyOf(key(bytes, from, length));
    }

    @Override
    long digest(String key) {
        byte[] found = get(key);
        return found == null ? 0 : TextValues.digest(found);
    }

    @Override
    boolean update(byte[] bytes, int from, int length, long word) {
        String key = key(bytes, from, length);
        if (!copyOf(key)) {
            return false;
        }
        TextValues.setFirstWord(value, word);
        put(key);
        return true;
    }
}
