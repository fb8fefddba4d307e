package io.memmap.codec;

import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The encoded bytes of a key or a value on their way into a map or out of it. They are a part of an array. The array is the
 * holder's own, or the caller has lent it.
 */
public final class EncodedBytes {
    /** An array of its own that has grown beyond this is not kept for the next operation. */
    private static final int KEPT_BYTES = 64 << 10;

    private static final int CHARS = 128;
    /** Room for what lies in the slot of a bucket. */
    private static final int SMALL_BYTES = 128;
    /** The largest array of most JVMs. */
    public static final int MAX_BYTES = Integer.MAX_VALUE - 8;

    /** The first own array, which is kept, so that {@link #reset} allocates nothing. */
    private final byte[] small = new byte[SMALL_BYTES];

    private byte[] own = small;

    private char[] chars = {};

    public byte[] bytes = own;
    public int from;
    public int length;

    /** Returns room for a part of a string on its way to bytes. */
    public char[] chars() {
        if (chars.length == 0) {
            chars = new char[CHARS];
        }
        return chars;
    }

    /** Makes this many bytes of an own array the content and returns the array, from whose start they are to be written. */
    public byte[] own(int newLength) {
        if (own.length < newLength) {
            own = new byte[grown(newLength)];
        }
        bytes = own;
        from = 0;
        length = newLength;
        return own;
    }

    /** Makes the own array, with what is in it, this long and returns it. */
    public byte[] extend(int newLength) {
        if (own.length < newLength) {
            own = Arrays.copyOf(own, grown(newLength));
        }
        return own(newLength);
    }

    private int grown(int newLength) {
        return Math.max(newLength, (int) Math.min(2L * own.length, MAX_BYTES));
    }

    /** Makes a part of an array the content. */
    public void lend(byte[] array, int newFrom, int newLength) {
        bytes = array;
        from = newFrom;
        length = newLength;
    }

    /**
     * Copies what is lent, so that nobody else can change the content. A key that is written must be kept: its hash is used in
     * several steps, and callers' code or another thread may change the array between them.
     */
    @SuppressWarnings("ReferenceEquality") // which array it is, and not what is in it
    public void keep() {
        if (bytes != own) {
            byte[] lent = bytes;
            int lentFrom = from;
            System.arraycopy(lent, lentFrom, own(length), 0, length);
        }
    }

    /** Forgets what was lent and what is too large to keep. */
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
