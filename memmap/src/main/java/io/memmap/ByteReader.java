package io.memmap;

import io.memmap.codec.ByteCursor;
import io.memmap.codec.EncodedBytes;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gives the bytes of an object to the {@linkplain Type.Decoder decoder} of a type. The map has
 * copied them once, out of its memory into a buffer of the thread. Each method reads what the
 * method of {@link ByteWriter} with the same name has written. The decoder must read all bytes.
 *
 * <p>All methods that read throw {@link IllegalStateException} if fewer bytes are left than they
 * need. The message names the type and the sizes. Numbers are little-endian.
 *
 * <p><b>Lifetime.</b> A reader works only on the thread, and during the call, that the map has
 * passed it to. So does the stream of {@link #asInputStream}. Afterwards their methods throw
 * {@link IllegalStateException}.
 *
 * @see Type#of(String, Class, Type.Encoder, Type.Decoder)
 */
public final class ByteReader {
    private final ByteCursor from;
    /** The holder of the bytes; null if they are a part of another object. */
    private final @Nullable EncodedBytes holder;
    /** Whether the array with the bytes has been given away. */
    private boolean isGiven;
    /** The thread that may use this reader; null when the decoder has returned. */
    @Nullable
    Thread owner = Thread.currentThread();

    ByteReader(ByteCursor from, @Nullable EncodedBytes holder) {
        this.from = from;
        this.holder = holder;
    }

    @SuppressWarnings("ReferenceEquality") // a thread equals only itself
    private ByteCursor open() {
        if (owner != Thread.currentThread()) {
            throw ByteWriter.notOpen("reader", owner);
        }
        return from;
    }

    /**
     * Returns the number of bytes that have not been read.
     *
     * @return the number
     */
    public int remaining() {
        return open().remaining();
    }

    /**
     * Reads a byte.
     *
     * @return the byte, as a number with a sign
     */
    public byte getByte() {
        return (byte) open().readByte();
    }

    /**
     * Reads a boolean, one byte.
     *
     * @return whether the byte is not 0
     */
    public boolean getBoolean() {
        return open().readByte() != 0;
    }

    /**
     * Reads a number of 2 bytes.
     *
     * @return the number, with its sign
     */
    public short getShort() {
        return (short) open().readShort();
    }

    /**
     * Reads a number of 4 bytes.
     *
     * @return the number
     */
    public int getInt() {
        return open().readInt();
    }

    /**
     * Reads a number of 8 bytes.
     *
     * @return the number
     */
    public long getLong() {
        return open().readLong();
    }

    /**
     * Reads a floating-point number of 4 bytes.
     *
     * @return the number
     */
    public float getFloat() {
        return Float.intBitsToFloat(open().readInt());
    }

    /**
     * Reads a floating-point number of 8 bytes.
     *
     * @return the number
     */
    public double getDouble() {
        return Double.longBitsToDouble(open().readLong());
    }

    /**
     * Reads a number that {@link ByteWriter#putVarInt} has written.
     *
     * @return the number
     */
    public int getVarInt() {
        return (int) open().readVarLong();
    }

    /**
     * Reads a number that {@link ByteWriter#putVarLong} has written.
     *
     * @return the number
     */
    public long getVarLong() {
        return open().readVarLong();
    }

    /**
     * Reads a string that {@link ByteWriter#putUtf8} has written.
     *
     * @return the string
     */
    public String getUtf8() {
        return get(Type.UTF8);
    }

    /**
     * Reads bytes into a new array.
     *
     * @param length the number of bytes
     * @return the bytes
     * @throws IllegalArgumentException if the length is negative
     */
    public byte[] getBytes(int length) {
        requireLength(length);
        return open().readBytes(length);
    }

    /**
     * Reads bytes into a part of an array.
     *
     * @param target the array
     * @param index the index in the array of the first byte
     * @param length the number of bytes
     * @throws IndexOutOfBoundsException if the part is not in the array
     */
    public void getBytes(byte[] target, int index, int length) {
        Objects.checkFromIndexSize(index, length, target.length);
        ByteCursor cursor = open();
        System.arraycopy(cursor.bytes, cursor.take(length), target, index, length);
    }

    /**
     * Reads an object that {@link ByteWriter#put} has written.
     *
     * @param <U> the class of the object
     * @param partType the type of the object
     * @return the object; null only if the type is {@link Type#nullable}
     */
    public <U> U get(Type<U> partType) {
        ByteCursor cursor = open();
        return partType.part().read(cursor);
    }

    /**
     * Reads bytes as a buffer over just these bytes. The caller may keep the buffer and write to
     * it, as the library does not use its array again. So the next object needs a new array. The
     * bytes are copied only if there are few of them, or if the map needs the array itself, as an
     * iterator does.
     *
     * @param length the number of bytes; {@link #remaining} for all
     * @return the buffer, with an accessible array
     * @throws IllegalArgumentException if the length is negative
     */
    public ByteBuffer getBuffer(int length) {
        requireLength(length);
        ByteCursor cursor = open();
        int at = cursor.take(length);
        isGiven |= holder != null && holder.tryGiveAway();
        if (isGiven) {
            return ByteBuffer.wrap(cursor.bytes, at, length).slice();
        }
        return ByteBuffer.wrap(Arrays.copyOfRange(cursor.bytes, at, at + length));
    }

    private static void requireLength(int length) {
        if (length < 0) {
            throw new IllegalArgumentException("length must be 0 or more: " + length);
        }
    }

    /**
     * Returns a stream of the bytes that have not been read. What is read from the stream counts as
     * read from this reader. Closing the stream does nothing.
     *
     * @return the stream
     */
    public InputStream asInputStream() {
        Objects.requireNonNull(open());
        return new InputStream() {
            @Override
            public int read() {
                return remaining() == 0 ? -1 : getByte() & 0xff;
            }

            @Override
            public int read(byte[] target, int index, int length) {
                Objects.checkFromIndexSize(index, length, target.length);
                int count = Math.min(length, remaining());
                if (count == 0 && length > 0) {
                    return -1;
                }
                getBytes(target, index, count);
                return count;
            }

            @Override
            public long skip(long count) {
                int skipped = (int) Math.clamp(count, 0L, remaining());
                open().take(skipped);
                return skipped;
            }

            @Override
            public int available() {
                return remaining();
            }
        };
    }
}
