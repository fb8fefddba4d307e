package io.memmap.codec;

import io.memmap.format.Mem;
import java.util.Arrays;

/**
 * Reads the bytes of an encoded object, one part after the other. It reads nothing beyond them,
 * even if they are not what a codec has written: {@code update} lets callers change bytes.
 */
public final class ByteCursor {
    /** The name of the object's type, for messages. */
    public final String type;

    public final byte[] bytes;

    private final int start;
    private int at;
    private int end;

    /** Makes a cursor over the content of {@code object}, which must not change meanwhile. */
    public ByteCursor(String type, EncodedBytes object) {
        this(type, object.bytes, object.from, object.length);
    }

    public ByteCursor(String type, byte[] bytes, int from, int length) {
        this.type = type;
        this.bytes = bytes;
        start = from;
        at = from;
        end = from + length;
    }

    /** Returns the number of bytes that have not been read. */
    public int remaining() {
        return end - at;
    }

    /** Passes over {@code count} bytes, and returns the index of the first in {@link #bytes}. */
    public int take(int count) {
        int from = at;
        if (count < 0 || count > end - from) {
            throw tooShort(count);
        }
        at = from + count;
        return from;
    }

    private IllegalStateException tooShort(int count) {
        return new IllegalStateException("the bytes of a " + type + " end at " + (end - start) + ", but " + count
                + " more are to be read at " + (at - start) + ": its decoder must read what its encoder has written,"
                + " and both must be those that the map was written with");
    }

    /** Throws if bytes are left over. */
    public void requireEnd() {
        if (at != end) {
            throw new IllegalStateException("the decoder of a " + type + " has read " + (at - start)
                    + " bytes, but the object has " + (end - start)
                    + ": the decoder must read all that the encoder has written,"
                    + " and both must be those that the map was written with");
        }
    }

    /**
     * Restricts the cursor to the next {@code count} bytes. Returns what to pass to {@link #leave}.
     */
    public int enter(int count) {
        if (count < 0 || count > end - at) {
            throw tooShort(count);
        }
        int outer = end;
        end = at + count;
        return outer;
    }

    /** Ends a restriction. All of its bytes must have been read. */
    public void leave(int outer) {
        requireEnd();
        end = outer;
    }

    public int readByte() {
        return bytes[take(1)];
    }

    public int readShort() {
        return (short) Mem.getWord(bytes, take(Short.BYTES), Short.BYTES);
    }

    public int readInt() {
        return Mem.getInt(bytes, take(Integer.BYTES));
    }

    public long readLong() {
        return Mem.getLong(bytes, take(Long.BYTES));
    }

    public byte[] readBytes(int count) {
        int from = take(count);
        return Arrays.copyOfRange(bytes, from, from + count);
    }

    /** Reads a number that {@link EncodedBytes#appendVarLong} has written. */
    public long readVarLong() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = bytes[take(1)];
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("the bytes of a " + type + " have no varint before " + (at - start)
                + ": a varint has at most 10 bytes; its decoder must read what its encoder has written");
    }

    /** Reads a varint that counts bytes or parts. Each of the parts has at least this many bytes. */
    public int readCount(int leastBytes) {
        long count = readVarLong();
        if (count < 0 || count > Integer.MAX_VALUE || count * leastBytes > end - at) {
            throw new IllegalStateException("the bytes of a " + type + " say at " + (at - start) + " that "
                    + Long.toUnsignedString(count) + " parts of at least " + leastBytes + " bytes follow, but only "
                    + (end - at) + " bytes are left: its decoder must read what its encoder has written");
        }
        return (int) count;
    }
}
