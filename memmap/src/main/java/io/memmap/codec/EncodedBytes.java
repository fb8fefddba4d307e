package io.memmap.codec;

import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Holds the encoded bytes of a key or a value on their way into a map or out of it. The bytes are a
 * range of an array. The array is the holder's own, or a caller has lent it.
 */
public final class EncodedBytes {
    /**
     * If the holder's own array has grown beyond this size, it is not kept for the next operation.
     */
    private static final int KEPT_BYTES = 64 << 10;

    private static final int CHARS = 128;
    /** Size of the holder's first array: enough for an object that lies in a slot. */
    private static final int SMALL_BYTES = 128;
    /** The length of the longest array on most JVMs. */
    public static final int MAX_BYTES = Integer.MAX_VALUE - 8;

    /** The holder's first array. It is kept so that {@link #reset} allocates nothing. */
    private final byte[] small = new byte[SMALL_BYTES];

    private byte[] own = small;

    private char[] chars = {};

    public byte[] bytes = own;
    public int from;
    public int length;

    /**
     * Returns an array that receives the chars of a string, part by part, while the string is
     * encoded.
     */
    public char[] chars() {
        if (chars.length == 0) {
            chars = new char[CHARS];
        }
        return chars;
    }

    /**
     * Makes the first {@code newLength} bytes of the holder's own array the content, and returns
     * the array. The caller writes the bytes from its start.
     */
    public byte[] own(int newLength) {
        if (own.length < newLength) {
            own = new byte[grown(newLength)];
        }
        bytes = own;
        from = 0;
        length = newLength;
        return own;
    }

    /** Does the same as {@link #own}, but keeps the bytes that the holder's own array contains. */
    public byte[] extend(int newLength) {
        if (own.length < newLength) {
            own = Arrays.copyOf(own, grown(newLength));
        }
        return own(newLength);
    }

    private int grown(int newLength) {
        return Math.max(newLength, (int) Math.min(2L * own.length, MAX_BYTES));
    }

    /** Makes a range of a lent array the content. */
    public void lend(byte[] array, int newFrom, int newLength) {
        bytes = array;
        from = newFrom;
        length = newLength;
    }

    /**
     * Copies the content to the holder's own array if it is lent, so that no other code can change
     * it. The key of a write must be kept: several steps use its hash, and between them callers'
     * code or another thread may change a lent array.
     */
    @SuppressWarnings("ReferenceEquality") // identity of the arrays is meant
    public void keep() {
        if (bytes != own) {
            byte[] lent = bytes;
            int lentFrom = from;
            System.arraycopy(lent, lentFrom, own(length), 0, length);
        }
    }

    /**
     * Drops the reference to a lent array, and the holder's own array if it is too large to keep.
     */
    public void reset() {
        if (own.length > KEPT_BYTES) {
            own = small;
        }
        bytes = own;
    }

    /** Copies the content into the memory of a heap. */
    public void copyTo(MemorySegment memory, long address) {
        Mem.copyIn(bytes, from, memory, address, length);
    }
}
