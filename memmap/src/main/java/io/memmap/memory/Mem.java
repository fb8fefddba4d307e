package io.memmap.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The one place of this package that reads and writes memory: little-endian words at offsets of a segment. Unaligned
 * layouts spare the alignment check; every word of the heap's own tables is aligned all the same.
 */
final class Mem {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Up to here a loop of words zeroes faster than a call. */
    private static final long LOOP_BYTES = 256;

    private static final int ZEROS_BYTES = 4096;
    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[ZEROS_BYTES]);

    private Mem() {}

    static int getInt(MemorySegment memory, long offset) {
        return memory.get(INT, offset);
    }

    static void setInt(MemorySegment memory, long offset, int value) {
        memory.set(INT, offset, value);
    }

    static long getLong(MemorySegment memory, long offset) {
        return memory.get(LONG, offset);
    }

    static void setLong(MemorySegment memory, long offset, long value) {
        memory.set(LONG, offset, value);
    }

    static void addLong(MemorySegment memory, long offset, long delta) {
        memory.set(LONG, offset, memory.get(LONG, offset) + delta);
    }

    /** Zeroes {@code bytes}, a multiple of 8, without making a slice. */
    static void zero(MemorySegment memory, long offset, long bytes) {
        if (bytes <= LOOP_BYTES) {
            for (long end = offset + bytes; offset < end; offset += Long.BYTES) {
                memory.set(LONG, offset, 0L);
            }
            return;
        }
        while (bytes > 0) {
            long chunkBytes = Math.min(bytes, ZEROS_BYTES);
            MemorySegment.copy(ZEROS, 0, memory, offset, chunkBytes);
            offset += chunkBytes;
            bytes -= chunkBytes;
        }
    }
}
