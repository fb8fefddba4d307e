package io.memmap.bench.maps;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@link Map} in the Java heap of strings to byte arrays of their own, which an update changes where they are. */
final class BoxedTextMap extends StringMap {
    private final Map<String, byte[]> map;

    BoxedTextMap(Map<String, byte[]> map) {
        this.map = map;
    }

    @Override
    byte @Nullable [] get(String key) {
        return map.get(key);
    }

    @Override
    void put(String key) {
        map.put(key, value.clone());
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
