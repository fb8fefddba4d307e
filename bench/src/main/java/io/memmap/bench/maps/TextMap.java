package io.memmap.bench.maps;

import java.util.OptionalLong;

/**
 * A map from strings to 100 bytes under measurement. The loops are here; a JVM that measures loads one subclass only, so
 * that the operations in them are direct calls.
 */
public abstract class TextMap implements AutoCloseable {
    /** The value that was read, or that is to be put. */
    final byte[] value = new byte[TextValues.BYTES];

    /** Sets the value of a key to a copy of {@link #value}. */
    abstract void put(String key);

    /** Copies the value of a key, given as a range of bytes, to {@link #value}; returns whether it is there. */
    abstract boolean copy(byte[] bytes, int from, int length);

    /** Gets the value of a key, as an object of the map's own kind, and returns its digest; 0 if it is absent. */
    abstract long digest(String key);

    /** Changes the first word of the value of a key, given as a range of bytes; returns whether it is there. */
    abstract boolean update(byte[] bytes, int from, int length, long word);

    /** Returns the number of entries. */
    public abstract long size();

    /** Returns the bytes outside the Java heap that entries need, where the map tells. */
    public OptionalLong usedBytes() {
        return OptionalLong.empty();
    }

    /** Returns the bytes outside the Java heap that the map has taken, where it tells. */
    public OptionalLong committedBytes() {
        return OptionalLong.empty();
    }

    /** Gives the map's memory back, where that is the program's work. */
    @Override
    public abstract void close();

    /** Sets the values of the keys {@code from} to {@code to - 1}, whose strings are given too. */
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

    /** Changes a word of the value of each key and returns how many keys are there. */
    public long updateAll(TextKeys keys, int from, int to, long word) {
        byte[] bytes = keys.bytes();
        long updated = 0;
        for (int i = from; i < to; i++) {
            updated += update(bytes, keys.start(i), keys.length(i), word) ? 1 : 0;
        }
        return updated;
    }

    /** Returns a copy of the value of a key, by its bytes. */
    final byte[] valueOf(TextKeys keys, int index) {
        if (!copy(keys.bytes(), keys.start(index), keys.length(index))) {
            throw new IllegalStateException("absent: key " + index);
        }
        return value.clone();
    }
}
