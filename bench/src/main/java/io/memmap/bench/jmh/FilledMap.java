package io.memmap.bench.jmh;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;

/** A map that holds the keys of indices 0 to size - 1, and a stream of keys to ask it for. */
final class FilledMap implements AutoCloseable {
    static final long SALT = 0x5DEECE66DL;

    final LongMap map;
    final long[] stream;
    private final LongMaps maps;
    private final Chunks chunks;

    /** Sizes the map at once: a table that has not finished to grow would stay so while it is only read. */
    private FilledMap(LongMaps maps, int size, long firstOfStream) {
        int rounds = Chunks.rounds(size);
        this.maps = maps;
        map = maps.make(size);
        long[] keys = Keys.range(0, size);
        map.putAll(keys, 0, size, SALT);
        stream = firstOfStream == 0 ? Keys.rounds(keys, rounds) : Keys.range(firstOfStream, size * rounds);
        chunks = new Chunks(stream.length);
        check(size, firstOfStream == 0);
    }

    /** The stream is of all the map's keys, in another random order each time that they repeat. */
    static FilledMap hit(Contender contender, int size) {
        return hit(contender.open(), size);
    }

    /** The same in a map of these, which are closed with it. */
    static FilledMap hit(LongMaps maps, int size) {
        return new FilledMap(maps, size, 0);
    }

    /** The stream is of keys that the map does not hold. */
    static FilledMap missed(Contender contender, int size) {
        return missed(contender.open(), size);
    }

    /** The same in a map of these, which are closed with it. */
    static FilledMap missed(LongMaps maps, int size) {
        return new FilledMap(maps, size, size);
    }

    /** Returns where the next chunk of the stream begins. */
    int nextChunk() {
        return chunks.next();
    }

    @Override
    public void close() {
        map.close();
        maps.close();
    }

    private void check(int size, boolean present) {
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
