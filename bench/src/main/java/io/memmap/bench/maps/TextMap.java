package io.memmap.bench.maps;

import java.util.OptionalLong;

/**
 * A map from strings to 100 bytes that is measured. The loops are in this class. A JVM loads only
 * one subclass, so that the operations in the loops are direct calls.
 */
public abstract class TextMap implements AutoCloseable {
    /** The value that was read, or the value to put. */
    final byte[] value = new byte[TextValues.BYTES];

    /** Sets the value of a key to a copy of {@link #value}. */
    abstract void put(String key);

    /**
     * Copies the value of a key to {@link #value}. The key is a range of bytes. Returns whether the
     * key is present.
     */
    abstract boolean copy(byte[] bytes, int from, int length);

    /**
     * Gets the value of a key as an object of the type that the map returns. Returns its digest; 0
     * if the key is absent.
     */
    abstract long digest(String key);

    /**
     * Changes the first word of the value of a key. The key is a range of bytes. Returns whether
     * the key is present.
     */
    abstract boolean update(byte[] bytes, int from, int length, long word);

    /** Returns the number of entries. */
    public abstract long size();

    /**
     * Returns the bytes outside the Java heap that the entries need; empty if the map does not
     * report them.
     */
    public OptionalLong usedBytes() {
        return OptionalLong.empty();
    }

    /**
     * Returns the bytes outside the Java heap that the map has taken; empty if it does not report
     * them.
     */
    public OptionalLong committedBytes() {
        return OptionalLong.empty();
    }

    /** Frees the memory of the map, if the program must do so. */
    @Override
    public abstract void close();

    /**
     * Sets the values of the keys {@code from} to {@code to - 1}. The caller passes their strings
     * too.
     */
    public void putAll(TextKeys keys, String[] strings, int from, int to, long salt) {
        for (int i = from; i < to; i++) {
            TextValues.write(value, keys, i, salt);
            put(strings[i]);
        }
    }

    /** Looks keys up by their bytes and returns the sum of the digests of the values. */
    public long sumByRange(TextKeys keys, int from, int to) {
        byte[] bytes = keys.bytes();
        long sum = 0;
        for (int i = from; i < to; i++) {
            if (copy(bytes, keys.start(i), keys.length(i))) {
                sum += TextValues.digest(value);
            }
        }
        return sum;
    }

    /** Looks keys up and returns the sum of the digests of the values. */
    public long sumByString(String[] keys, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += digest(keys[i]);
        }
        return sum;
    }

    /** Changes a word of the value of each key. Returns how many keys are present. */
    public long updateAll(TextKeys keys, int from, int to, long word) {
        byte[] bytes = keys.bytes();
        long updated = 0;
        for (int i = from; i < to; i++) {
            updated += update(bytes, keys.start(i), keys.length(i), word) ? 1 : 0;
        }
        return updated;
    }

    /** Returns a copy of the value of a key. The key is a range of bytes. */
    final byte[] valueOf(TextKeys keys, int index) {
        if (!copy(keys.bytes(), keys.start(index), keys.length(index))) {
            throw new IllegalStateException("the map does not hold key number " + index);
        }
        return value.clone();
    }
}
