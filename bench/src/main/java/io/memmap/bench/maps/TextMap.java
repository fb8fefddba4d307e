package io.memmap.bench.maps;

import java.util.OptionalLong;

/**
 * A map from strings to 100 bytes that is measured. The loops are in this class. A JVM loads only
 * one subclass, so that the operations in the loops are direct calls.
 */
public abstract class TextMap implements AutoCloseable {
    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

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

    /**
     * Does the same as {@link #sumByRange}, but no lookup can begin before the one before has ended:
     * the value tells which key is next.
     */
    public long sumByRangeInTurn(TextKeys keys, int from, int to) {
        byte[] bytes = keys.bytes();
        long sum = 0;
        int distance = 0;
        for (int i = from; i < to; i++) {
            int key = i + distance;
            if (copy(bytes, keys.start(key), keys.length(key))) {
                sum += TextValues.digest(value);
                distance = TextValues.nothing(value);
            }
        }
        return sum;
    }

    /**
     * Does the same as {@link #sumByRange}, and thirty more instructions for each key, on which
     * nothing waits.
     */
    public long sumByRangeLonger(TextKeys keys, int from, int to) {
        byte[] bytes = keys.bytes();
        long sum = 0;
        long noise = 0;
        for (int i = from; i < to; i++) {
            if (copy(bytes, keys.start(i), keys.length(i))) {
                sum += TextValues.digest(value);
            }
            noise += thirtyInstructions(i);
        }
        return sum + (noise == 1 ? 1 : 0);
    }

    /** Ten steps of a rotation, a product and a sum. */
    private static long thirtyInstructions(long seed) {
        long x = seed;
        x = Long.rotateLeft(x, 7) * MULTIPLIER + 1;
        x = Long.rotateLeft(x, 7) * MULTIPLIER + 2;
        x = Long.rotateLeft(x, 7) * MULTIPLIER + 3;
        x = Long.rotateLeft(x, 7) * MULTIPLIER + 4;
        x = Long.rotateLeft(x, 7) * MULTIPLIER + 5;
        x = Long.rotateLeft(x, 7) * MULTIPLIER + 6;
        x = Long.rotateLeft(x, 7) * MULTIPLIER + 7;
        x = Long.rotateLeft(x, 7) * MULTIPLIER + 8;
        x = Long.rotateLeft(x, 7) * MULTIPLIER + 9;
        return Long.rotateLeft(x, 7) * MULTIPLIER + 10;
    }

    /**
     * Looks keys up and returns the sum of the digests of the values. A map that can look many keys
     * up at once does so.
     */
    public long sumByBatch(String[] keys, int from, int to) {
        return sumByString(keys, from, to);
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
