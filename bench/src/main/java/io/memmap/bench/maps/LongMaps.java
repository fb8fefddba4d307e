package io.memmap.bench.maps;

/** Makes maps of one kind, one at a time, and holds what they live in. */
public interface LongMaps extends AutoCloseable {
    /** Makes an empty map, sized for {@code hint} entries; 0 for the size that it has by default. */
    LongMap make(int hint);

    /** Closes what the maps lived in. */
    @Override
    void close();

    /** Makes maps that need nothing else to live in. */
    interface Alone extends LongMaps {
        @Override
        default void close() {}
    }
}
