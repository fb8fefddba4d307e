package io.memmap.bench.maps;

/** A map from long to long that several threads use at once. A JVM that measures loads one implementation only. */
public interface SharedMap extends AutoCloseable {
    /** Returns the value of a key; 0 if it is absent. */
    long get(long key);

    /** Sets the value of a key. */
    void put(long key, long value);

    /** Returns the number of entries. */
    long size();

    /** Gives the map's memory back, where that is the program's work. */
    @Override
    default void close() {}
}
