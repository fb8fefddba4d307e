package io.memmap.bench.jmh;

import io.memmap.bench.maps.KeyOrder;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;

/** A map that holds the keys of indices 0 to size - 1, and a stream of keys to ask it for. */
final class FilledMap {
    static final long SALT = 0x5DEECE66DL;

    final LongMap map;
    final long[] stream;
    private final LongMaps maps;
    private final int size;
    private final Chunks chunks;

    /** Sizes the map at once: a table that has not finished to grow would stay so while it is only read. */
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

    /** The stream is of the map's keys, in their order. The maps are closed with it. */
    static FilledMap hit(LongMaps maps, int size, KeyOrder order) {
        return new FilledMap(maps, size, order, true);
    }

    /** The stream is of keys that the map does not hold. The maps are closed with it. */
    static FilledMap missed(LongMaps maps, int size, KeyOrder order) {
        return new FilledMap(maps, size, order, false);
    }

    /** Returns where the next chunk of the stream begins. */
    int nextChunk() {
        return chunks.next();
    }

    /** Throws an IllegalStateException if the map does not hold as many entries as at first. */
    void close() {
        long entries = map.size();
        map.close();
        maps.close();
        if (entries != size) {
            throw new IllegalStateException("the map holds " + entries + " entries of " + size);
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
