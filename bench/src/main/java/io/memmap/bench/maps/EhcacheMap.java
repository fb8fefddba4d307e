package io.memmap.bench.maps;

import org.ehcache.Cache;

/** Ehcache's off-heap store. */
final class EhcacheMap extends LongMap {
    /**
     * The bytes of an entry while the table of its segment grows, with reserve for uneven segments.
     */
    private static final long BYTES_AN_ENTRY = 320;

    private final EhcacheStore<Long, Long> store;
    private final Cache<Long, Long> map;

    EhcacheMap(int limit) {
        store = new EhcacheStore<>(Long.class, Long.class, limit * BYTES_AN_ENTRY);
        map = store.map;
    }

    @Override
    public long get(long key) {
        Long value = map.get(key);
        return value == null ? 0 : value;
    }

    @Override
    public void put(long key, long value) {
        map.put(key, value);
    }

    @Override
    public void add(long key, long delta) {
        map.put(key, get(key) + delta);
    }

    @Override
    public void remove(long key) {
        map.remove(key);
    }

    @Override
    public long sumOfAll() {
        long sum = 0;
        for (Cache.Entry<Long, Long> entry : map) {
            sum += entry.getValue();
        }
        return sum;
    }

    @Override
    public void clear() {
        map.clear();
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
