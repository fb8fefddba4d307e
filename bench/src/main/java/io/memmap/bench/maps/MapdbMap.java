package io.memmap.bench.maps;

import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

/** MapDB's {@link HTreeMap} in direct buffers. */
final class MapdbMap extends LongMap {
    private final DB database = DBMaker.memoryDirectDB().make();
    private final HTreeMap<Long, Long> map =
            database.hashMap("bench", Serializer.LONG, Serializer.LONG).create();

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
        for (Long value : map.getValues()) {
            sum += value == null ? 0 : value;
        }
        return sum;
    }

    @Override
    public void clear() {
        map.clear();
    }

    @Override
    public long size() {
        return map.sizeLong();
    }

    @Override
    public void close() {
        database.close();
    }
}
