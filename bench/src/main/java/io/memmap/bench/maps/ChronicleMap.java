package io.memmap.bench.maps;

import net.openhft.chronicle.map.ChronicleMapBuilder;

/** Chronicle Map. It must know its size from the start. */
final class ChronicleMap extends LongMap {
    private final net.openhft.chronicle.map.ChronicleMap<Long, Long> map;

    ChronicleMap(int entries) {
        map = ChronicleMapBuilder.of(Long.class, Long.class)
                .name("bench")
                .entries(entries)
                .putReturnsNull(true)
                .removeReturnsNull(true)
                .create();
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
        for (long value : map.values()) {
            sum += value;
        }
        return sum;
    }

    @Override
    public void clear() {
        map.clear();
    }

    @Override
    public long size() {
        return map.longSize();
    }

    @Override
    public void close() {
        map.close();
    }
}
