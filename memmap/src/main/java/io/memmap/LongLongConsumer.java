package io.memmap;

/** A function that is called with entries of a {@link LongLongMap}. */
@FunctionalInterface
public interface LongLongConsumer {
    /**
     * Processes an entry.
     *
     * @param key the key
     * @param value the value
     */
    void accept(long key, long value);
}
