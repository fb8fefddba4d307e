package io.memmap;

import io.memmap.format.ElementKind;
import org.jspecify.annotations.Nullable;

/**
 * An object map whose keys are of {@link Type#INT}, with operations that take the keys as
 * {@code int}, without boxing. It is a view of the map, so both have the same entries. The
 * operations behave as those of the map do, with the same errors and the same rule for threads. In
 * a map with an {@link Expiry} they box the key, since the expiry is asked with it.
 *
 * <pre>{@code
 * MemMap<Integer, String> names = MemMap.make(heap, Type.INT, Type.UTF8);
 * IntKeyMap<String> byId = IntKeyMap.of(names); // made once
 * byId.put(7, "seven");
 * }</pre>
 *
 * @param <V> the type of the values
 * @see MemMap
 * @see SyncMap
 */
public final class IntKeyMap<V> {
    private final WordKeys<V> keys;

    private IntKeyMap(WordKeys<V> keys) {
        this.keys = keys;
    }

    /**
     * Returns this view of a map.
     *
     * @param <V> the type of the values
     * @param map the map
     * @return operations on the same map
     * @throws IllegalArgumentException if the keys are of another type that also reads as
     *     {@link Integer}, such as one made by {@link Type#of}
     */
    public static <V> IntKeyMap<V> of(MemMap<Integer, V> map) {
        return new IntKeyMap<>(WordKeys.of(map, ElementKind.INT));
    }

    /**
     * Returns this view of a map for many threads.
     *
     * @param <V> the type of the values
     * @param map the map
     * @return operations on the same map
     * @throws IllegalArgumentException if the keys are of another type that also reads as
     *     {@link Integer}, such as one made by {@link Type#of}
     */
    public static <V> IntKeyMap<V> of(SyncMap<Integer, V> map) {
        return new IntKeyMap<>(WordKeys.of(map, ElementKind.INT));
    }

    /**
     * Returns the value of a key.
     *
     * @param key the key
     * @return the value, newly decoded; null if the key is absent
     */
    public @Nullable V get(int key) {
        return keys.get(key);
    }

    /**
     * Returns the value of a key, or another value if the key is absent.
     *
     * @param key the key
     * @param defaultValue returned if the key is absent
     * @return the key's value or {@code defaultValue}
     */
    public V getOrDefault(int key, V defaultValue) {
        V value = keys.get(key);
        return value == null ? defaultValue : value;
    }

    /**
     * Returns whether a key is present.
     *
     * @param key the key
     * @return true if the key is present
     */
    public boolean containsKey(int key) {
        return keys.containsKey(key);
    }

    /**
     * Sets the value of a key.
     *
     * @param key the key
     * @param value the value
     * @return the previous value; null if the key was absent
     * @throws HeapExhaustedException if the heap has no room; the map is unchanged
     */
    public @Nullable V put(int key, V value) {
        return keys.put(key, value);
    }

    /**
     * Sets the value of a key without decoding the previous value.
     *
     * @param key the key
     * @param value the value
     * @throws HeapExhaustedException if the heap has no room; the map is unchanged
     */
    public void set(int key, V value) {
        keys.set(key, value);
    }

    /**
     * Removes a key.
     *
     * @param key the key
     * @return the value that the key had; null if the key was absent
     */
    public @Nullable V remove(int key) {
        return keys.remove(key);
    }

    /**
     * Removes a key without decoding its value.
     *
     * @param key the key
     * @return whether the key was present
     */
    public boolean delete(int key) {
        return keys.delete(key);
    }
}
