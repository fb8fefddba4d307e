package io.memmap.bench.maps;

import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;

/** Chronicle Map of boxed longs, for which it has special marshallers. */
final class ChronicleLongMap implements SharedMap {
    private final ChronicleMap<Long, Long> map;

    ChronicleLongMap(int entries) {
        map = ChronicleMapBuilder.of(Long.class, Long.class)
                .name("bench")
                .entries(entries)
                .putReturnsNull(true)
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
    public long size() {
        return map.longSize();
    }

    @Override
    public void close() {
        map.close();
    }
}
