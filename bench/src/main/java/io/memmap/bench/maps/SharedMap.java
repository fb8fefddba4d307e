package io.memmap.bench.maps;

/**
 * A map from long to long that several threads use at once. A JVM that measures loads one
 * implementation.
 */
public interface SharedMap extends AutoCloseable {
    /** Returns the value of a key; 0 if it is absent. */
    long get(long key);

    /** Sets the value of a key. */
    void put(long key, long value);

    /** Returns the number of entries. */
    long size();

    /** Frees the memory of the map, if the program must do so. */
    @Override
    default void close() {}
}
