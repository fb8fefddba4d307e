package io.memmap;

/** Takes an entry of a {@link IntIntMap}. */
@FunctionalInterface
public interface IntIntConsumer {
    /**
     * Takes an entry.
     *
     * @param key the key
     * @param value the value
     */
    void accept(int key, int value);
}
