package io.memmap;

/** Takes an entry of a {@link LongLongMap}. */
@FunctionalInterface
public interface LongLongConsumer {
    /**
     * Takes an entry.
     *
     * @param key the key
     * @param value the value
     */
    void accept(long key, long value);
}
