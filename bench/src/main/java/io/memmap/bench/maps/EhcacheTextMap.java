package io.memmap.bench.maps;

import org.jspecify.annotations.Nullable;

/** Ehcache's off-heap store from strings to byte arrays. */
final class EhcacheTextMap extends StringMap {
    /**
     * The bytes of an entry while the table of its segment grows, with reserve for uneven segments.
     */
    private static final long BYTES_AN_ENTRY = 700;

    private final EhcacheStore<String, byte[]> store;

    EhcacheTextMap(int limit) {
        store = new EhcacheStore<>(String.class, byte[].class, limit * BYTES_AN_ENTRY);
    }

    @Override
    byte @Nullable [] get(String key) {
        return store.map.get(key);
    }

    @Override
    void put(String key) {
        store.map.put(key, value);
    }

    @Override
    public long size() {
        return store.size();
    }

    @Override
    public void close() {
        store.close();
    }
}
