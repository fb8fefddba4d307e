package io.memmap.bench.maps;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;

/** {@link HashMap} of strings to byte arrays of their own. A range of bytes is made a string. */
final class BoxedTextMap extends TextMap {
    private final HashMap<String, byte[]> map;

    BoxedTextMap(int hint) {
        map = hint == 0 ? new HashMap<>() : HashMap.newHashMap(hint);
    }

    private static String key(byte[] bytes, int from, int length) {
        return new String(bytes, from, length, StandardCharsets.UTF_8);
    }

    @Override
    void put(String key) {
        map.put(key, value.clone());
    }

    @Override
    boolean copy(byte[] bytes, int from, int length) {
        byte[] found = map.get(key(bytes, from, length));
        if (found == null) {
            return false;
        }
        System.arraycopy(found, 0, value, 0, found.length);
        return true;
    }

    @Override
    long digest(String key) {
        byte[] found = map.get(key);
        return found == null ? 0 : TextValues.digest(found);
    }

    @Override
    boolean update(byte[] bytes, int from, int length, long word) {
        byte[] found = map.get(key(bytes, from, length));
        if (found == null) {
            return false;
        }
        TextValues.setFirstWord(found, word);
        return true;
    }

    @Override
    public long size() {
        return map.size();
    }

    @Override
    public void close() {}
}
