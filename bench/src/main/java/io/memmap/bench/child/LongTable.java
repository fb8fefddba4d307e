package io.memmap.bench.child;

import io.memmap.bench.maps.LongMap;

/** A map behind an interface, as programs hide one. */
interface LongTable {
    /** Returns the value of a key. */
    long get(long key);

    /** Sets the value of a key. */
    void put(long key, long value);

    /** Adds to the value of a key. */
    void add(long key, long delta);

    /** A table in a map. */
    record InMap(LongMap map) implements LongTable {
        @Override
        public long get(long key) {
            return map.get(key);
        }

        @Override
        public void put(long key, long value) {
            map.put(key, value);
        }

        @Override
        public void add(long key, long delta) {
            map.add(key, delta);
        }
    }
}
