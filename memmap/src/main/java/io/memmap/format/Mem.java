package io.memmap.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The one class that reads and writes a heap's bytes, and those of arrays on their way in or out: little-endian numbers at
 * offsets, whatever the machine's order. The layouts are unaligned, which spares a check at each access; bytes and shorts are
 * read unsigned.
 *
 * <p>C2 does not inline a method of this class, or any other, where the profile had one call in 118 or fewer
 * (MinInlineFrequencyRatio), and does not look again when they become many. Where a program's phases do that, as first it fills a
 * map and then overwrites, the lookup of integer keys and the typed maps use a segment's own methods, which are inlined
 * everywhere, with the layouts from here.
 */
public final class Mem {
    public static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Up to here a loop of words zeroes faster than a call. */
    private static final long LOOP_BYTES = 256;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int ZEROS_BYTES = 4096;
    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[ZEROS_BYTES]).asReadOnly();

    private static final VarHandle ALIGNED_LONGS =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private Mem() {}

    /** Sets a time at a multiple of 8 unless a later one is there, among threads that all do it so. */
    public static void advanceTime(MemorySegment memory, long offset, long nanos) {
        long before = (long) ALIGNED_LONGS.getVolatile(memory, offset);
        while (nanos - before > 0 && !ALIGNED_LONGS.compareAndSet(memory, offset, before, nanos)) {
            before = (long) ALIGNED_LONGS.getVolatile(memory, offset);
        }
    }

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

    /** Returns a word of 1, 2, 4 or 8 bytes: of 1 and 2 zero-extended, of 4 sign-extended. */
    public static long getWord(MemorySegment memory, long offset, int bytes) {
        return switch (bytes) {
            case Long.BYTES -> getLong(memory, offset);
            case Integer.BYTES -> getInt(memory, offset);
            case Short.BYTES -> getShort(memory, offset);
            default -> getByte(memory, offset);
        };
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

    /** Copies bytes of an array in. */
    public static void copyIn(byte[] from, int index, MemorySegment memory, long offset, int bytes) {
        if (bytes > LOOP_BYTES) {
            MemorySegment.copy(from, index, memory, BYTE, offset, bytes);
            return;
        }
        int done = 0;
        for (; done <= bytes - Long.BYTES; done += Long.BYTES) {
            memory.set(LONG, offset + done, (long) LONGS.get(from, index + done));
        }
        for (; done < bytes; done++) {
            memory.set(BYTE, offset + done, from[index + done]);
        }
    }

    /** Copies bytes out to the start of an array. */
    public static void copyOut(MemorySegment memory, long offset, byte[] to, int bytes) {
        copyOut(memory, offset, to, 0, bytes);
    }

    /** Copies bytes out to an array. */
    public static void copyOut(MemorySegment memory, long offset, byte[] to, int index, int bytes) {
        if (bytes > LOOP_BYTES) {
            MemorySegment.copy(memory, BYTE, offset, to, index, bytes);
            return;
        }
        int done = 0;
        for (; done <= bytes - Long.BYTES; done += Long.BYTES) {
            LONGS.set(to, index + done, memory.get(LONG, offset + done));
        }
        for (; done < bytes; done++) {
            to[index + done] = memory.get(BYTE, offset + done);
        }
    }

    /** Copies bytes of a segment of the caller's in. */
    public static void copyIn(MemorySegment source, long from, MemorySegment memory, long offset, long bytes) {
        MemorySegment.copy(source, from, memory, offset, bytes);
    }

    /** Copies bytes out to a segment of the caller's. */
    public static void copyOut(MemorySegment memory, long offset, MemorySegment target, long to, long bytes) {
        MemorySegment.copy(memory, offset, target, to, bytes);
    }

    /**
     * Returns whether bytes are those of an array; some of eight or more may be compared twice. The last word is a step of the
     * loop like the others, so that this is little code: C2 would make three loops of one with a fixed step.
     */
    public static boolean equalBytes(MemorySegment memory, long offset, byte[] array, int index, int bytes) {
        int last = bytes - Long.BYTES;
        if (last >= 0) {
            int done = 0;
            while (memory.get(LONG, offset + done) == (long) LONGS.get(array, index + done)) {
                if (done == last) {
                    return true;
                }
                done = Math.min(done + Long.BYTES, last);
            }
            return false;
        }
        for (int done = 0; done < bytes; done++) {
            if (memory.get(BYTE, offset + done) != array[index + done]) {
                return false;
            }
        }
        return true;
    }

    /** Returns eight bytes of an array. */
    public static long getLong(byte[] array, int index) {
        return (long) LONGS.get(array, index);
    }

    /** Returns a word of 1, 2, 4 or 8 bytes of an array, extended as that of a segment. */
    public static long getWord(byte[] array, int index, int bytes) {
        return switch (bytes) {
            case Long.BYTES -> getLong(array, index);
            case Integer.BYTES -> getInt(array, index);
            case Short.BYTES -> (array[index] & 0xff) | (array[index + 1] & 0xff) << 8;
            default -> array[index] & 0xff;
        };
    }

    /** Writes the low 1, 2, 4 or 8 bytes of a word. */
    public static void setWord(byte[] array, int index, int bytes, long word) {
        switch (bytes) {
            case Long.BYTES -> setLong(array, index, word);
            case Integer.BYTES -> setInt(array, index, (int) word);
            case Short.BYTES -> {
                array[index] = (byte) word;
                array[index + 1] = (byte) (word >> 8);
            }
            default -> array[index] = (byte) word;
        }
    }

    public static void setLong(byte[] array, int index, long value) {
        LONGS.set(array, index, value);
    }

    public static int getInt(byte[] array, int index) {
        return (int) INTS.get(array, index);
    }

    public static void setInt(byte[] array, int index, int value) {
        INTS.set(array, index, value);
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
