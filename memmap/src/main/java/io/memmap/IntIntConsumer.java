package io.memmap;

/** A function that is called with entries of a {@link IntIntMap}. */
@FunctionalInterface
public interface IntIntConsumer {
    /**
     * Processes an entry.
     *
     * @param key the key
     * @param value the value
     */
    void accept(int key, int value);
}
