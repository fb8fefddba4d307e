package io.memmap.bench.maps;

/**
 * A map from long to long under measurement. The loops are inside, so that a call of this interface is made once for
 * many operations and the operation itself is a direct call; a JVM that measures loads one implementation only.
 */
public interface LongMap extends AutoCloseable {
    /** The value that {@link #putAll} gives a key: differs from 0 unless the key is the salt. */
    static long value(long key, long salt) {
        return key ^ salt;
    }

    /** Sets one value. */
    void put(long key, long value);

    /** Sets the values of {@code keys[from]} to {@code keys[to - 1]}. */
    void putAll(long[] keys, int from, int to, long salt);

    /** Returns the sum of the values of these keys; an absent one counts as 0. */
    long sum(long[] keys, int from, int to);

    /** Returns the number of entries. */
    long size();

    /** Gives the map's memory back, where that is the program's work. */
    @Override
    void close();
}
