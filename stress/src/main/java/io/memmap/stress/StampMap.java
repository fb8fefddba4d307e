package io.memmap.stress;

import io.memmap.MapStats;

/** A map of small numbers to {@link Stamp}s, in whatever form it keeps them; no stamp is 0. */
interface StampMap {
    String name();

    /** Returns the stamp of a key; 0 if it is absent, {@link Stamp#TORN} if what is there was never put. */
    long get(int key);

    /** Returns the stamp before. */
    long put(int key, long stamp);

    /** Returns the stamp that was there, 0 if this one has been put. */
    long putIfAbsent(int key, long stamp);

    boolean replace(int key, long expected, long stamp);

    boolean remove(int key, long expected);

    /** Passes every key with its stamp. */
    void forEach(Action action);

    MapStats stats();

    void check();

    void free();

    /** Takes a key and its stamp. */
    interface Action {
        void accept(int key, long stamp);
    }
}
