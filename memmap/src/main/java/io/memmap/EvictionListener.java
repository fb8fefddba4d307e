package io.memmap;

/**
 * Is told of the entries that a bounded {@link SyncMap} has removed by itself.
 *
 * @param <K> the keys
 * @param <V> the values
 */
@FunctionalInterface
public interface EvictionListener<K, V> {
    /**
     * Takes an entry that is in the map no more. Runs under no lock, in the thread whose write has evicted the entry, once that
     * write is done; so it may use the map, and by then the key may be in it again. What it throws does not keep it from being
     * told of the other evictions of that write; {@link SyncMap.Builder#onEviction} tells who gets it.
     *
     * @param key the key, decoded anew
     * @param value the value that it had, decoded anew
     * @param cause why it was removed
     */
    void onEviction(K key, V value, EvictionCause cause);
}
