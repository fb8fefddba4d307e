package io.memmap.bench.maps;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The values of {@link TextMap}s: 100 bytes that depend on the key and on a salt. */
public final class TextValues {
    /** The length of every value. */
    public static final int BYTES = 100;

    private static final int LAST_WORD = BYTES - Long.BYTES;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private TextValues() {}

    /** Writes a key's value. */
    public static void write(byte[] value, TextKeys keys, int index, long salt) {
        long word = keys.word(index) ^ salt;
        for (int offset = 0; offset < LAST_WORD; offset += Long.BYTES) {
            LONG.set(value, offset, word + offset);
        }
        LONG.set(value, LAST_WORD, word + LAST_WORD);
    }

    /** Returns a number that depends on a value's first and last word. */
    public static long digest(byte[] value) {
        return (long) LONG.get(value, 0) + 31 * (long) LONG.get(value, LAST_WORD);
    }

    /** Returns 0, which a compiler cannot know: the difference of two words of a value, less its known part. */
    static int nothing(byte[] value) {
        return (int)
                ((long) LONG.get(value, LAST_WORD) - (long) LONG.get(value, Long.BYTES) - (LAST_WORD - Long.BYTES));
    }

    static long digest(MemorySegment value) {
        return value.get(WORD, 0) + 31 * value.get(WORD, LAST_WORD);
    }

    /** Changes a value's first word. */
    public static void setFirstWord(byte[] value, long word) {
        LONG.set(value, 0, word);
    }

    static void setFirstWord(MemorySegment value, long word) {
        value.set(WORD, 0, word);
    }
}
