package io.memmap.bench.jmh;

import io.memmap.bench.maps.KeyOrder;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;

/** A map with the keys of the indices 0 to size - 1, and a stream of keys to look up. */
final class FilledMap {
    static final long SALT = 0x5DEECE66DL;

    final LongMap map;
    final long[] stream;
    private final LongMaps maps;
    private final int size;
    private final Chunks chunks;

    /**
     * Makes the map with its final size. A table that still grows would not finish while the map is
     * only read.
     */
    private FilledMap(LongMaps maps, int size, KeyOrder order, boolean present) {
        int rounds = Chunks.rounds(size);
        this.maps = maps;
        this.size = size;
        map = maps.make(size);
        long[] keys = order.range(0, size);
        map.putAll(keys, 0, size, SALT);
        stream = present ? order.stream(keys, rounds) : order.range(size, size * rounds);
        chunks = new Chunks(stream.length);
        check(present);
    }

    /** Makes a map whose stream has its keys, in their order. Closing it also closes the maps. */
    static FilledMap hit(LongMaps maps, int size, KeyOrder order) {
        return new FilledMap(maps, size, order, true);
    }

    /** Makes a map whose stream has keys that it does not hold. Closing it also closes the maps. */
    static FilledMap missed(LongMaps maps, int size, KeyOrder order) {
        return new FilledMap(maps, size, order, false);
    }

    /** Returns the start of the next chunk of the stream. */
    int nextChunk() {
        return chunks.next();
    }

    /** Throws an IllegalStateException if the number of entries has changed. */
    void close() {
        long entries = map.size();
        map.close();
        maps.close();
        if (entries != size) {
            throw new IllegalStateException("the map holds " + entries + " entries; expected " + size);
        }
    }

    private void check(boolean present) {
        long expected = 0;
        for (int i = 0; present && i < Chunks.CHUNK; i++) {
            expected += LongMap.value(stream[i], SALT);
        }
        long sum = map.sum(stream, 0, Chunks.CHUNK);
        if (map.size() != size || sum != expected) {
            throw new IllegalStateException(
                    "the map holds " + map.size() + " entries, sum " + sum + "; expected " + size + ", " + expected);
        }
    }
}
