package io.memmap.jcache;

import io.memmap.Type;

/**
 * The form in which a cache stores its keys or its values. The objects of the cache are turned into
 * stored objects, which a {@link Type} of memmap encodes.
 *
 * @param <T> the class of the cache's objects
 * @param <S> the class of the stored objects
 */
interface Form<T, S> {
    Type<S> type();

    /** Returns the stored object for an object of the cache. */
    S store(T object);

    /** Returns the object of the cache that a stored object stands for. */
    T load(S stored);

    /**
     * Stores the objects themselves.
     *
     * @param <T> the class of the objects
     */
    record Direct<T>(Type<T> type) implements Form<T, T> {
        @Override
        public T store(T object) {
            return object;
        }

        @Override
        public T load(T stored) {
            return stored;
        }
    }
}
