package io.memmap.bench.maps;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@link Map} from strings to byte arrays. */
final class BoxedTextMap extends OwnArraysTextMap {
    private final Map<String, byte[]> map;

    BoxedTextMap(Map<String, byte[]> map) {
        this.map = map;
    }

    @Override
    byte @Nullable [] get(String key) {
        return map.get(key);
    }

    @Override
    void set(String key, byte[] own) {
        map.put(key, own);
    }

    @Override
    public long size() {
        return map.size();
    }
}
