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

    /** Whether the content is used again after it has been decoded. */
    private boolean pinned;

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
     * Adds {@code count} bytes behind the content, and returns the index of the first in
     * {@link #bytes}. The caller writes all of them: the array may contain bytes of earlier
     * operations. The content must begin at the array's start, as after {@link #own}.
     */
    public int append(int count) {
        int at = length;
        int end = at + count; // negative if it is too large
        if (end < 0 || end > bytes.length) {
            grow(count);
        }
        length = end;
        return at;
    }

    /** Makes room for more bytes behind the content. */
    @SuppressWarnings("ReferenceEquality") // identity of the arrays is meant
    private void grow(int count) {
        if (count > MAX_BYTES - length) {
            throw new IllegalArgumentException("an object must have at most " + MAX_BYTES + " bytes: it has " + length
                    + " already, and " + count + " more are to be added");
        }
        int needed = length + count;
        byte[] larger = new byte[Math.max(needed, (int) Math.min(2L * bytes.length, MAX_BYTES))];
        System.arraycopy(bytes, 0, larger, 0, length);
        if (bytes == own) {
            own = larger;
        }
        bytes = larger;
    }

    public void appendByte(int value) {
        int at = append(1);
        bytes[at] = (byte) value;
    }

    public void appendShort(int value) {
        int at = append(Short.BYTES);
        Mem.setWord(bytes, at, Short.BYTES, value);
    }

    public void appendInt(int value) {
        int at = append(Integer.BYTES);
        Mem.setInt(bytes, at, value);
    }

    public void appendLong(long value) {
        int at = append(Long.BYTES);
        Mem.setLong(bytes, at, value);
    }

    public void appendBytes(byte[] source, int sourceFrom, int count) {
        int at = append(count);
        System.arraycopy(source, sourceFrom, bytes, at, count);
    }

    /**
     * Appends a number as a varint: 7 bits to a byte, the low ones first. The top bit of a byte
     * says whether another byte follows. The number counts as one without a sign.
     */
    public void appendVarLong(long value) {
        int at = append(varLongBytes(value));
        setVarLong(at, value);
    }

    private void setVarLong(int index, long value) {
        int at = index;
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at] = (byte) rest;
    }

    private static int varLongBytes(long value) {
        return (Long.SIZE + 6 - Long.numberOfLeadingZeros(value | 1)) / 7;
    }

    /**
     * Begins a run: bytes with their number in front of them. Returns the place to pass to
     * {@link #endRun} when the bytes have been appended.
     */
    public int beginRun() {
        return append(1);
    }

    /**
     * Ends the run that begins at {@code place}: writes its length, as a varint, in front of it.
     */
    public void endRun(int place) {
        int start = place + 1;
        int count = length - start;
        int more = varLongBytes(count) - 1;
        if (more > 0) {
            append(more);
            System.arraycopy(bytes, start, bytes, start + more, count);
        }
        setVarLong(place, count);
    }

    /**
     * Gives away the array that the content is being written to, so that a caller's code can write
     * to it and keep it. From then on the array counts as lent. The content must begin at the
     * array's start, as after {@link #own}.
     */
    @SuppressWarnings("ReferenceEquality") // identity of the arrays is meant
    public void giveAway() {
        if (bytes == small) {
            bytes = Arrays.copyOf(bytes, length);
        } else if (bytes == own) {
            own = small;
        }
    }

    /**
     * Gives away the array that the content lies in, so that a caller's code can write to it and
     * keep it. Returns false, and gives nothing away, if other code needs the array.
     */
    @SuppressWarnings("ReferenceEquality") // identity of the arrays is meant
    public boolean tryGiveAway() {
        if (pinned || bytes != own || bytes == small) {
            return false;
        }
        own = small;
        return true;
    }

    /** Keeps the content from being given away until the next {@link #reset}. */
    public void pin() {
        pinned = true;
    }

    /**
     * Drops the reference to a lent array, and the holder's own array if it is too large to keep.
     */
    public void reset() {
        if (own.length > KEPT_BYTES) {
            own = small;
        }
        bytes = own;
        pinned = false;
    }

    /** Copies the content into the memory of a heap. */
    public void copyTo(MemorySegment memory, long address) {
        Mem.copyIn(bytes, from, memory, address, length);
    }
}
