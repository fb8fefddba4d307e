package io.memmap.bench.maps;

/**
 * A map from long to long that is measured. The loops are in this class. A JVM loads only one
 * subclass, so that the operations in the loops are direct calls. An absent key has the value 0.
 */
public abstract class LongMap implements AutoCloseable {
    /**
     * Returns the value that {@link #putAll} gives a key. It is 0 only if the key equals the salt.
     */
    public static long value(long key, long salt) {
        return key ^ salt;
    }

    /** Returns the value of a key. */
    public abstract long get(long key);

    /** Sets one value. */
    public abstract void put(long key, long value);

    /** Adds to the value of a key, with a single call if the map has one. */
    public abstract void add(long key, long delta);

    /** Removes a key if it is present. */
    public abstract void remove(long key);

    /** Returns the sum of all values by an iteration over the entries. */
    public abstract long sumOfAll();

    /** Removes all entries. */
    public abstract void clear();

    /** Returns the number of entries. Maps that do not count them iterate over all. */
    public abstract long size();

    /** Frees the memory of the map, if the program must do so. */
    @Override
    public abstract void close();

    /** Sets the values of {@code keys[from]} to {@code keys[to - 1]}. */
    public void putAll(long[] keys, int from, int to, long salt) {
        for (int i = from; i < to; i++) {
            put(keys[i], value(keys[i], salt));
        }
    }

    /** Returns the sum of the values of these keys. */
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += get(keys[i]);
        }
        return sum;
    }

    /** Adds to the values of these keys. */
    public void addAll(long[] keys, int from, int to, long delta) {
        for (int i = from; i < to; i++) {
            add(keys[i], delta);
        }
    }

    /** Removes each of these keys and puts it again. */
    public void replaceAll(long[] keys, int from, int to, long salt) {
        for (int i = from; i < to; i++) {
            remove(keys[i]);
            put(keys[i], value(keys[i], salt));
        }
    }

    /** Removes these keys. */
    public void removeAll(long[] keys, int from, int to) {
        for (int i = from; i < to; i++) {
            remove(keys[i]);
        }
    }
}
