package io.memmap;

/**
 * Receives the entries that a bounded {@link SyncMap} has removed by itself.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
@FunctionalInterface
public interface EvictionListener<K, V> {
    /**
     * Takes an entry that has been evicted. This method runs in the thread whose write evicted the
     * entry, after that write and outside of all locks. So it may use the map, and the key may be
     * in the map again by then. If it throws, it still receives the other evictions of that write.
     * {@link SyncMapBuilder#onEviction} says where the exception goes.
     *
     * @param key the key, decoded into a new object
     * @param value the value that the key had, decoded into a new object
     * @param cause why the entry was removed
     */
    void onEviction(K key, V value, EvictionCause cause);
}
