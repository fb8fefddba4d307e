package io.memmap.bench.maps;

import com.carrotsearch.hppc.ObjectObjectHashMap;
import org.jspecify.annotations.Nullable;

/** HPPC's {@link ObjectObjectHashMap}. */
final class HppcTextMap extends OwnArraysTextMap {
    private final ObjectObjectHashMap<String, byte[]> map;

    HppcTextMap(int hint) {
        map = hint == 0 ? new ObjectObjectHashMap<>() : new ObjectObjectHashMap<>(hint);
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
