package io.memmap.bench.maps;

/** Makes {@link TextMap}s of one kind, one at a time, and holds what they live in. */
public interface TextMaps extends AutoCloseable {
    /**
     * Makes an empty map.
     *
     * @param hint entries that it is sized for; 0 for the size that it has by default
     * @param limit the most entries that it will ever hold, for those that must be told
     */
    TextMap make(int hint, int limit);

    /** Closes what the maps lived in. */
    @Override
    default void close() {}
}
