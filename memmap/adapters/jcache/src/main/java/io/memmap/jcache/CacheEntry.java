package io.memmap.jcache;

import javax.cache.Cache;

/**
 * An entry of a cache as it was at some moment.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
record CacheEntry<K, V>(K key, V value) implements Cache.Entry<K, V> {
    @Override
    public K getKey() {
        return key;
    }

    @Override
    public V getValue() {
        return value;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return unwrap(this, type);
    }

    /** Returns the object as one of the type, as {@code unwrap} of JCache demands. */
    static <T> T unwrap(Object object, Class<T> type) {
        if (!type.isInstance(object)) {
            throw new IllegalArgumentException("a " + object.getClass().getName() + " is not a " + type.getName());
        }
        return type.cast(object);
    }
}
