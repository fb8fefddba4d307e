package io.memmap.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The one class that reads and writes a heap's bytes: little-endian numbers at offsets of a segment, whatever the
 * machine's order. The layouts are unaligned, which spares a check at each access; bytes and shorts are read unsigned.
 */
public final class Mem {
    public static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Up to here a loop of words zeroes faster than a call. */
    private static final long LOOP_BYTES = 256;

    private static final int ZEROS_BYTES = 4096;
    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[ZEROS_BYTES]).asReadOnly();

    private Mem() {}

    public static int getByte(MemorySegment memory, long offset) {
        return memory.get(BYTE, offset) & 0xff;
    }

    public static void setByte(MemorySegment memory, long offset, int value) {
        memory.set(BYTE, offset, (byte) value);
    }

    public static int getShort(MemorySegment memory, long offset) {
        return memory.get(SHORT, offset) & 0xffff;
    }

    public static void setShort(MemorySegment memory, long offset, int value) {
        memory.set(SHORT, offset, (short) value);
    }

    public static int getInt(MemorySegment memory, long offset) {
        return memory.get(INT, offset);
    }

    public static void setInt(MemorySegment memory, long offset, int value) {
        memory.set(INT, offset, value);
    }

    public static long getLong(MemorySegment memory, long offset) {
        return memory.get(LONG, offset);
    }

    public static void setLong(MemorySegment memory, long offset, long value) {
        memory.set(LONG, offset, value);
    }

    public static void addLong(MemorySegment memory, long offset, long delta) {
        memory.set(LONG, offset, memory.get(LONG, offset) + delta);
    }

    /** Zeroes bytes without making a slice. */
    public static void zero(MemorySegment memory, long offset, long bytes) {
        if (bytes > LOOP_BYTES) {
            zeroByCopy(memory, offset, bytes);
            return;
        }
        int words = (int) (bytes >>> 3);
        for (int word = 0; word < words; word++) {
            memory.set(LONG, offset + ((long) word << 3), 0L);
        }
        for (long rest = bytes & -Long.BYTES; rest < bytes; rest++) {
            memory.set(BYTE, offset + rest, (byte) 0);
        }
    }

    /** Copies the few bytes of a key or value, by words, between places that do not overlap. */
    public static void copySmall(MemorySegment memory, long from, long to, long bytes) {
        long done = 0;
        for (; done <= bytes - Long.BYTES; done += Long.BYTES) {
            memory.set(LONG, to + done, memory.get(LONG, from + done));
        }
        for (; done < bytes; done++) {
            memory.set(BYTE, to + done, memory.get(BYTE, from + done));
        }
    }

    private static void zeroByCopy(MemorySegment memory, long offset, long bytes) {
        long end = offset + bytes;
        while (offset < end) {
            long chunkBytes = Math.min(end - offset, ZEROS_BYTES);
            MemorySegment.copy(ZEROS, 0, memory, offset, chunkBytes);
            offset += chunkBytes;
        }
    }
}
