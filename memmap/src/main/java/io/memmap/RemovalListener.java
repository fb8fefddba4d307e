package io.memmap;

/**
 * Receives entries that have left a {@link SyncMap}: {@link SyncMapBuilder#onEviction} and
 * {@link SyncMapBuilder#onRemoval}.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
@FunctionalInterface
public interface RemovalListener<K, V> {
    /**
     * Takes an entry that has been removed. This method runs in the thread whose write removed the
     * entry, after that write and outside of all locks. So it may use the map, and the key may be
     * in the map again by then. If it throws, it still receives the other entries that the write
     * removed. {@link SyncMapBuilder#onEviction} says where the exception goes.
     *
     * @param key the key, decoded into a new object
     * @param value the value that the key had, decoded into a new object
     * @param cause why the entry was removed
     */
    void onRemoval(K key, V value, RemovalCause cause);
}
