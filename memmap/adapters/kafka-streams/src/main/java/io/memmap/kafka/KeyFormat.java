package io.memmap.kafka;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.utils.Bytes;

/**
 * The bytes of an entry's key in a window or session store: the record's key, a time of 8 bytes,
 * and a number that tells entries of one key and time apart. Numbers lie with the highest byte
 * first, and are not negative, so keys with one record key are ordered by time and number. A key in
 * the changelog has the same bytes.
 */
enum KeyFormat {
    /** The time is the start of the window. The number of 4 bytes counts duplicates. */
    WINDOW(Integer.BYTES, Integer.MAX_VALUE),
    /** The time is the end of the session. The number of 8 bytes is its start. */
    SESSION(Long.BYTES, Long.MAX_VALUE);

    private final int numberBytes;
    private final long maxNumber;

    KeyFormat(int numberBytes, long maxNumber) {
        this.numberBytes = numberBytes;
        this.maxNumber = maxNumber;
    }

    byte[] bytes(Bytes key, long time, long number) {
        return bytes(key.get(), key.get().length, time, number);
    }

    private byte[] bytes(byte[] key, int length, long time, long number) {
        ByteBuffer to = ByteBuffer.allocate(length + Long.BYTES + numberBytes);
        to.put(key, 0, length).putLong(time);
        return (numberBytes == Integer.BYTES ? to.putInt((int) number) : to.putLong(number)).array();
    }

    private int keyLength(byte[] bytes) {
        return bytes.length - Long.BYTES - numberBytes;
    }

    Bytes key(byte[] bytes) {
        return Bytes.wrap(Arrays.copyOf(bytes, keyLength(bytes)));
    }

    long time(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong(keyLength(bytes));
    }

    long number(byte[] bytes) {
        int at = bytes.length - numberBytes;
        return numberBytes == Integer.BYTES
                ? ByteBuffer.wrap(bytes).getInt(at)
                : ByteBuffer.wrap(bytes).getLong(at);
    }

    boolean hasKey(byte[] bytes, Bytes key) {
        return Arrays.equals(bytes, 0, keyLength(bytes), key.get(), 0, key.get().length);
    }

    /** Compares the record's key in these bytes with another. */
    int compareKey(byte[] bytes, Bytes key) {
        return Arrays.compareUnsigned(bytes, 0, keyLength(bytes), key.get(), 0, key.get().length);
    }

    /** Returns the first bytes that a key of this record key and a time from {@code from} on has. */
    byte[] first(Bytes key, long from) {
        return bytes(key, from, 0);
    }

    /** Returns the last bytes that a key of this record key and a time up to {@code to} has. */
    byte[] last(Bytes key, long to) {
        return bytes(key, to, maxNumber);
    }

    /**
     * Returns bytes that are not less than those of any key with a record key up to {@code key} and
     * a time up to {@code to}. The record key is {@code key}, or it is a part from the start of it,
     * or it differs from it in a byte that is less. In the last case its bytes are less than
     * {@code key}. So the largest bytes are those of {@code key} or of a part of it, with the time
     * {@code to}. Those of a part can be the largest only if the time is not less than the bytes
     * that follow the part.
     */
    byte[] lastOfUpTo(Bytes key, long to) {
        byte[] largest = last(key, to);
        for (int length = 0; length < key.get().length; length++) {
            if (Byte.toUnsignedInt(key.get()[length]) <= (int) (to >>> 56)) {
                byte[] ofPart = bytes(key.get(), length, to, maxNumber);
                if (Arrays.compareUnsigned(ofPart, largest) > 0) {
                    largest = ofPart;
                }
            }
        }
        return largest;
    }
}
