package io.memmap.bench.maps;

/** Makes {@link TextMap}s of one kind, one at a time, and owns the memory in which they live. */
public interface TextMaps extends AutoCloseable {
    /**
     * Makes an empty map.
     *
     * @param hint the number of entries to make room for; 0 for the default size
     * @param limit the largest number of entries, for contenders that must know it
     */
    TextMap make(int hint, int limit);

    /** Closes the memory of the maps. */
    @Override
    default void close() {}
}
