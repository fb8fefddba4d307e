package io.memmap.bench.maps;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.stream.LongStream;

/**
 * Distinct random keys of 16 to 32 printable ASCII characters. They lie one after the other in one
 * array.
 */
public final class TextKeys {
    private static final int MIN_LENGTH = 16;
    private static final int MAX_LENGTH = 32;
    private static final int WORDS = MAX_LENGTH / Long.BYTES;
    private static final int FIRST_CHARACTER = '!';
    private static final int CHARACTERS = '~' - '!' + 1;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    /** The start of each key, and the end of the last one. */
    private final int[] starts;

    private TextKeys(byte[] bytes, int[] starts) {
        this.bytes = bytes;
        this.starts = starts;
    }

    /**
     * Returns the keys of {@code count} indices from {@code first} on. Different indices have
     * different keys.
     */
    public static TextKeys range(long first, int count) {
        byte[] bytes = new byte[Math.multiplyExact(count, MAX_LENGTH)];
        int[] starts = new int[count + 1];
        for (int i = 0; i < count; i++) {
            long random = (first + i) * (WORDS + 1);
            int length = MIN_LENGTH + (int) Long.remainderUnsigned(Keys.at(random), MAX_LENGTH - MIN_LENGTH + 1);
            for (int j = 0; j < length; j++) {
                long word = Keys.at(random + 1 + j / Long.BYTES);
                int number = (int) (word >>> (Byte.SIZE * (j % Long.BYTES))) & 0xFF;
                bytes[starts[i] + j] = (byte) (FIRST_CHARACTER + number % CHARACTERS);
            }
            starts[i + 1] = starts[i] + length;
        }
        return new TextKeys(bytes, starts);
    }

    /**
     * Returns all of these keys {@code rounds} times, each time in another random order. They lie
     * in memory in this order.
     */
    public TextKeys rounds(int rounds) {
        long[] order = Keys.rounds(LongStream.range(0, count()).toArray(), rounds);
        byte[] all = new byte[Math.multiplyExact(starts[count()], rounds)];
        int[] allStarts = new int[order.length + 1];
        for (int i = 0; i < order.length; i++) {
            int key = (int) order[i];
            System.arraycopy(bytes, starts[key], all, allStarts[i], length(key));
            allStarts[i + 1] = allStarts[i] + length(key);
        }
        return new TextKeys(all, allStarts);
    }

    /** Returns the number of keys. */
    public int count() {
        return starts.length - 1;
    }

    /** Returns the array of the keys. */
    public byte[] bytes() {
        return bytes;
    }

    /** Returns the start of a key. */
    public int start(int index) {
        return starts[index];
    }

    /** Returns the number of bytes of a key, which equals its number of characters. */
    public int length(int index) {
        return starts[index + 1] - starts[index];
    }

    /** Returns the number of bytes of all keys. */
    public long totalLength() {
        return starts[count()];
    }

    /** Returns the first eight bytes of a key. */
    long word(int index) {
        return (long) LONG.get(bytes, starts[index]);
    }

    /** Returns the keys as new strings, made in their order. */
    public String[] strings() {
        String[] strings = new String[count()];
        for (int i = 0; i < strings.length; i++) {
            strings[i] = new String(bytes, start(i), length(i), StandardCharsets.ISO_8859_1);
        }
        return strings;
    }
}
