package io.memmap.bench.maps;

/** Makes maps of one kind, one at a time, and owns the memory in which they live. */
public interface LongMaps extends AutoCloseable {
    /**
     * Makes an empty map.
     *
     * @param hint the number of entries to make room for; 0 for the default size
     */
    LongMap make(int hint);

    /** Closes the memory of the maps. */
    @Override
    void close();

    /** Returns a maker of maps that need no other memory. */
    interface Alone extends LongMaps {
        @Override
        default void close() {}
    }
}
