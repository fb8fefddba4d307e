package io.memmap.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads and writes the bytes of a heap. No other class does so. It also accesses the bytes of
 * arrays that are copied in or out. All numbers are little-endian, whatever the machine's order.
 * The layouts are unaligned, which saves a check at each access. Bytes and shorts are read as
 * unsigned numbers.
 *
 * <p>C2 does not inline a method, of this class or any other, at a call site that the profile shows
 * was reached by one call in 118 or fewer (MinInlineFrequencyRatio). It does not look again when
 * the calls become many. A program whose phases differ meets this limit, for example if it first
 * fills a map and then overwrites. Therefore the lookup of keys that are words and the typed maps use a
 * segment's own methods, which are inlined everywhere, with the layouts from this class.
 */
public final class Mem {
    public static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The most bytes that a loop of words zeroes or copies in faster than a call. */
    private static final long LOOP_BYTES = 256;
    /**
     * The same for a copy to an array. A copy that follows a lookup waits for memory. A call has
     * fewer instructions, so the CPU can begin the next lookup meanwhile.
     */
    private static final long LOOP_BYTES_OUT = 32;

    /** A word of a segment, for atomic accesses. */
    static final VarHandle WORD =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int ZEROS_BYTES = 4096;
    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[ZEROS_BYTES]).asReadOnly();

    private static final VarHandle ALIGNED_LONGS =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private static final long ADDRESS_BITS = (1L << 56) - 1;

    /**
     * The memory of the process, where an offset is an address. It has no bounds and no lifetime, and
     * C2 leaves the checks of both out. So who reads from it must know that the address is inside a
     * memory that cannot end meanwhile. It is empty if this program may not make such a segment.
     */
    public static final MemorySegment EVERYTHING = everything();

    /** A random number that a word of a map practically never equals. */
    public static final long UNLIKELY = 0x7A3D_91E6_0C58_B24FL;

    private Mem() {}

    /**
     * Returns an address below 2^56, which all are. This tells C2 that accesses near the address are
     * within the bounds of {@link #EVERYTHING}, so that it leaves the checks out.
     */
    public static long address(long address) {
        return address & ADDRESS_BITS;
    }

    @SuppressWarnings("restricted") // the address is checked by those who use it
    private static MemorySegment everything() {
        try {
            return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
        } catch (IllegalCallerException denied) {
            return MemorySegment.NULL;
        }
    }

    /**
     * Uses a word, so that the compiler does not drop the loads that it was made from. Such loads
     * are made only to bring memory into the CPU's cache.
     */
    public static void keep(long word) {
        if (word == UNLIKELY) {
            Thread.onSpinWait();
        }
    }

    /**
     * Sets the time at this offset, a multiple of 8, unless a later time is already there. Several
     * threads may do this at once if all use this method.
     */
    public static void advanceTime(MemorySegment memory, long offset, long nanos) {
        long before = (long) ALIGNED_LONGS.getVolatile(memory, offset);
        while (nanos - before > 0 && !ALIGNED_LONGS.compareAndSet(memory, offset, before, nanos)) {
            before = (long) ALIGNED_LONGS.getVolatile(memory, offset);
        }
    }

    /** Replaces the long at this offset, a multiple of 8, atomically if it has the expected value. */
    public static void replaceLong(MemorySegment memory, long offset, long expected, long value) {
        ALIGNED_LONGS.compareAndSet(memory, offset, expected, value);
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

    /**
     * Returns a word of 1, 2, 4 or 8 bytes. A word of 1 or 2 bytes is zero-extended, a word of 4
     * bytes is sign-extended.
     */
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

    /** Reads a word that other threads may write, at an offset that is a multiple of 8. */
    public static long getVolatile(MemorySegment memory, long offset) {
        return (long) WORD.getVolatile(memory, offset);
    }

    public static void setVolatile(MemorySegment memory, long offset, long value) {
        WORD.setVolatile(memory, offset, value);
    }

    /** Writes a word if it has the expected value. Returns whether it had. */
    public static boolean compareAndSet(MemorySegment memory, long offset, long expected, long value) {
        return WORD.compareAndSet(memory, offset, expected, value);
    }

    /** Zeroes bytes without creating a slice. */
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

    /**
     * Copies the few bytes of a key or value, by words. The source and the target must not overlap.
     */
    public static void copySmall(MemorySegment memory, long from, long to, long bytes) {
        long done = 0;
        for (; done <= bytes - Long.BYTES; done += Long.BYTES) {
            memory.set(LONG, to + done, memory.get(LONG, from + done));
        }
        for (; done < bytes; done++) {
            memory.set(BYTE, to + done, memory.get(BYTE, from + done));
        }
    }

    /** Copies bytes within the memory. The source and the target may overlap. */
    public static void move(MemorySegment memory, long from, long to, long bytes) {
        MemorySegment.copy(memory, from, memory, to, bytes);
    }

    /**
     * Copies bytes from an array into the memory. One, two, four or eight bytes are one store, so they
     * are never copied in part.
     */
    public static void copyIn(byte[] from, int index, MemorySegment memory, long offset, int bytes) {
        if (bytes > LOOP_BYTES) {
            MemorySegment.copy(from, index, memory, BYTE, offset, bytes);
            return;
        }
        int done = 0;
        for (; done <= bytes - Long.BYTES; done += Long.BYTES) {
            memory.set(LONG, offset + done, (long) LONGS.get(from, index + done));
        }
        int rest = bytes - done;
        if ((rest & Integer.BYTES) != 0) {
            memory.set(INT, offset + done, (int) INTS.get(from, index + done));
            done += Integer.BYTES;
        }
        if ((rest & Short.BYTES) != 0) {
            memory.set(SHORT, offset + done, (short) ((from[index + done] & 0xff) | from[index + done + 1] << 8));
            done += Short.BYTES;
        }
        if ((rest & 1) != 0) {
            memory.set(BYTE, offset + done, from[index + done]);
        }
    }

    /** Copies bytes from the memory to the start of an array. */
    public static void copyOut(MemorySegment memory, long offset, byte[] to, int bytes) {
        copyOut(memory, offset, to, 0, bytes);
    }

    /** Copies bytes from the memory to an array. */
    public static void copyOut(MemorySegment memory, long offset, byte[] to, int index, int bytes) {
        if (bytes > LOOP_BYTES_OUT) {
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

    /** Copies bytes from the memory of one heap to that of another. */
    public static void copyAcross(MemorySegment memory, long from, MemorySegment mem, long to, long bytes) {
        MemorySegment.copy(memory, from, mem, to, bytes);
    }

    /** Copies bytes from the caller's segment into the memory. */
    public static void copyIn(MemorySegment source, long from, MemorySegment memory, long offset, long bytes) {
        MemorySegment.copy(source, from, memory, offset, bytes);
    }

    /** Copies bytes from the memory to the caller's segment. */
    public static void copyOut(MemorySegment memory, long offset, MemorySegment target, long to, long bytes) {
        MemorySegment.copy(memory, offset, target, to, bytes);
    }

    /**
     * Returns whether bytes equal those of an array. If there are eight or more, some may be
     * compared twice. The last word is a step of the loop like the others, which keeps the code
     * small: with a fixed step, C2 would split the loop in three.
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

    /**
     * Returns the first bytes of an object of at most 16 bytes: the first word, or if there are less
     * than eight bytes, the first four or one. Together with {@link #tail} this tells the bytes of
     * two objects of one length apart.
     */
    public static long head(byte[] array, int index, int bytes) {
        if (bytes >= Long.BYTES) {
            return getLong(array, index);
        }
        return bytes >= Integer.BYTES ? getInt(array, index) : bytes > 0 ? array[index] : 0;
    }

    /** Does the same for an object in the memory. */
    public static long head(MemorySegment memory, long offset, int bytes) {
        if (bytes >= Long.BYTES) {
            return getLong(memory, offset);
        }
        return bytes >= Integer.BYTES ? getInt(memory, offset) : bytes > 0 ? memory.get(BYTE, offset) : 0;
    }

    /**
     * Returns the last bytes of an object of at most 16 bytes: the last word, or if there are less
     * than eight bytes, the last four, or the middle and the last one.
     */
    public static long tail(byte[] array, int index, int bytes) {
        if (bytes >= Long.BYTES) {
            return getLong(array, index + bytes - Long.BYTES);
        }
        if (bytes >= Integer.BYTES) {
            return getInt(array, index + bytes - Integer.BYTES);
        }
        return bytes > 0 ? (array[index + (bytes >> 1)] << Byte.SIZE) | (array[index + bytes - 1] & 0xff) : 0;
    }

    /** Does the same for an object in the memory. */
    public static long tail(MemorySegment memory, long offset, int bytes) {
        if (bytes >= Long.BYTES) {
            return getLong(memory, offset + bytes - Long.BYTES);
        }
        if (bytes >= Integer.BYTES) {
            return getInt(memory, offset + bytes - Integer.BYTES);
        }
        return bytes > 0
                ? (memory.get(BYTE, offset + (bytes >> 1)) << Byte.SIZE) | (memory.get(BYTE, offset + bytes - 1) & 0xff)
                : 0;
    }

    /**
     * Compares bytes with those of an array, as unsigned numbers. If one run of bytes begins with the
     * other, the longer one is greater.
     */
    public static int compareBytes(MemorySegment memory, long offset, int bytes, byte[] array, int index, int length) {
        int common = Math.min(bytes, length);
        int done = 0;
        for (; done <= common - Long.BYTES; done += Long.BYTES) {
            long a = memory.get(LONG, offset + done);
            long b = (long) LONGS.get(array, index + done);
            if (a != b) {
                return Long.compareUnsigned(Long.reverseBytes(a), Long.reverseBytes(b));
            }
        }
        for (; done < common; done++) {
            int difference = (memory.get(BYTE, offset + done) & 0xff) - (array[index + done] & 0xff);
            if (difference != 0) {
                return difference;
            }
        }
        return bytes - length;
    }

    /** Returns eight bytes of an array as a number. */
    public static long getLong(byte[] array, int index) {
        return (long) LONGS.get(array, index);
    }

    /** Returns a word of 1, 2, 4 or 8 bytes of an array, extended like a word of a segment. */
    public static long getWord(byte[] array, int index, int bytes) {
        return switch (bytes) {
            case Long.BYTES -> getLong(array, index);
            case Integer.BYTES -> getInt(array, index);
            case Short.BYTES -> (array[index] & 0xff) | (array[index + 1] & 0xff) << 8;
            default -> array[index] & 0xff;
        };
    }

    /** Writes the low 1, 2, 4 or 8 bytes of a word to an array. */
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
