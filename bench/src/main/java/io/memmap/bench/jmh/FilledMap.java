package io.memmap.bench.jmh;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;

/** A map that holds the keys of indices 0 to size - 1, and a stream of keys to ask it for. */
final class FilledMap implements AutoCloseable {
    /**
     * The least length of a stream. One of 20,000 keys that repeats is learnt by the branch predictor of a Zen 4: HPPC
     * answers it in 1.7 ns a key.
     */
    private static final int MIN_STREAM = 1_000_000;

    /** Keys an invocation: long enough that the harness does not count, and a divisor of all sizes. */
    static final int CHUNK = 10_000;

    static final long SALT = 0x5DEECE66DL;

    final LongMap map;
    final long[] stream;
    private final LongMaps maps;
    private int next;

    /** Sizes the map at once: a table that has not finished to grow would stay so while it is only read. */
    private FilledMap(Contender contender, int size, long firstOfStream) {
        if (size % CHUNK != 0) {
            throw new IllegalArgumentException("size must be a multiple of " + CHUNK + ": " + size);
        }
        maps = contender.open();
        map = maps.make(size);
        long[] keys = Keys.range(0, size);
        map.putAll(keys, 0, size, SALT);
        int length = Math.max(size, MIN_STREAM / size * size);
        stream = firstOfStream == 0 ? Keys.rounds(keys, length / size) : Keys.range(firstOfStream, length);
        check(size, firstOfStream == 0);
    }

    /** The stream is of all the map's keys, in another random order each time that they repeat. */
    static FilledMap hit(Contender contender, int size) {
        return new FilledMap(contender, size, 0);
    }

    /** The stream is of keys that the map does not hold. */
    static FilledMap missed(Contender contender, int size) {
        return new FilledMap(contender, size, size);
    }

    /** Returns where the next chunk of the stream begins. */
    int nextChunk() {
        int from = next;
        next = from + CHUNK == stream.length ? 0 : from + CHUNK;
        return from;
    }

    @Override
    public void close() {
        map.close();
        maps.close();
    }

    private void check(int size, boolean present) {
        long expected = 0;
        for (int i = 0; present && i < CHUNK; i++) {
            expected += LongMap.value(stream[i], SALT);
        }
        long sum = map.sum(stream, 0, CHUNK);
        if (map.size() != size || sum != expected) {
            throw new IllegalStateException(
                    "the map holds " + map.size() + " entries, sum " + sum + "; expected " + size + ", " + expected);
        }
    }
}
