package io.memmap.stress;

import io.memmap.MapStats;

/**
 * A map from small numbers to {@link Stamp}s. Implementations choose how they store a stamp. No
 * stamp is 0.
 */
interface StampMap {
    String name();

    /**
     * Returns the stamp of a key; 0 if the key is absent, {@link Stamp#TORN} if the value was never
     * put.
     */
    long get(int key);

    /** Puts a stamp and returns the old one; 0 if the key was absent. */
    long put(int key, long stamp);

    /**
     * Puts a stamp if the key is absent. Returns 0 if it did, and otherwise the stamp that the key
     * has.
     */
    long putIfAbsent(int key, long stamp);

    boolean replace(int key, long expected, long stamp);

    boolean remove(int key, long expected);

    /** Passes every key and its stamp to an action. */
    void forEach(Action action);

    MapStats stats();

    void check();

    void free();

    /** Takes a key and its stamp. */
    interface Action {
        void accept(int key, long stamp);
    }
}
