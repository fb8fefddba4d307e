package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.Part;
import io.memmap.format.Mem;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of an object from the {@linkplain Type.Encoder encoder} of a type. It writes them
 * into a buffer of the thread, which grows as needed. The map copies them from there into its
 * memory, once. {@link ByteReader} reads in the same way what each of these methods has written.
 *
 * <p>Numbers are little-endian. An object has at most 2,147,483,639 bytes.
 *
 * <p><b>Lifetime.</b> A writer works only on the thread, and during the call, that the map has
 * passed it to. So does the stream of {@link #asOutputStream}. Afterwards their methods throw
 * {@link IllegalStateException}.
 *
 * @see Type#of(String, Class, Type.Encoder, Type.Decoder)
 */
public final class ByteWriter {
    private final String type;
    private final EncodedBytes to;
    /** The number of bytes that {@link #to} held before this object. */
    private final int start;
    /** The thread that may use this writer; null when the encoder has returned. */
    @Nullable
    Thread owner = Thread.currentThread();

    ByteWriter(String type, EncodedBytes to) {
        this.type = type;
        this.to = to;
        this.start = to.length;
    }

    @SuppressWarnings("ReferenceEquality") // a thread equals only itself
    private EncodedBytes open() {
        if (owner != Thread.currentThread()) {
            throw notOpen("writer", owner);
        }
        return to;
    }

    static IllegalStateException notOpen(String what, @Nullable Thread owner) {
        return new IllegalStateException(
                owner == null
                        ? "this " + what + " is no longer in use: a codec must not keep it beyond the call"
                        : "this " + what + " belongs to the thread " + owner.getName() + ", not to "
                                + Thread.currentThread().getName());
    }

    /** Adds bytes behind the object's bytes; returns the index of the first. */
    private int append(int count) {
        EncodedBytes bytes = open();
        if (count > EncodedBytes.MAX_BYTES - bytes.length) {
            throw new IllegalArgumentException("an object of " + type + " must have at most " + EncodedBytes.MAX_BYTES
                    + " bytes: the encoder has written " + size() + " and adds " + count);
        }
        return bytes.append(count);
    }

    /**
     * Returns the number of bytes that have been written.
     *
     * @return the number
     */
    public int size() {
        return open().length - start;
    }

    /**
     * Writes the low 8 bits of a number.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter putByte(int value) {
        int at = append(Byte.BYTES);
        to.bytes[at] = (byte) value;
        return this;
    }

    /**
     * Writes a boolean in one byte.
     *
     * @param value the boolean
     * @return this writer
     */
    public ByteWriter putBoolean(boolean value) {
        return putByte(value ? 1 : 0);
    }

    /**
     * Writes the low 16 bits of a number.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter putShort(int value) {
        int at = append(Short.BYTES);
        Mem.setWord(to.bytes, at, Short.BYTES, value);
        return this;
    }

    /**
     * Writes a number in 4 bytes.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter putInt(int value) {
        int at = append(Integer.BYTES);
        Mem.setInt(to.bytes, at, value);
        return this;
    }

    /**
     * Writes a number in 8 bytes.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter putLong(long value) {
        int at = append(Long.BYTES);
        Mem.setLong(to.bytes, at, value);
        return this;
    }

    /**
     * Writes a floating-point number in 4 bytes. All NaNs get the same bytes. +0 and -0 do not.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter putFloat(float value) {
        return putInt(Float.floatToIntBits(value));
    }

    /**
     * Writes a floating-point number in 8 bytes. All NaNs get the same bytes. +0 and -0 do not.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter putDouble(double value) {
        return putLong(Double.doubleToLongBits(value));
    }

    /**
     * Writes a number in 1 to 5 bytes: 7 bits to a byte, the low ones first. It takes one byte from
     * 0 to 127, and five bytes if it is negative. Protocol Buffers calls it {@code uint32}.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter putVarInt(int value) {
        return putVarLong(value & 0xFFFF_FFFFL);
    }

    /**
     * Writes a number in 1 to 10 bytes: 7 bits to a byte, the low ones first. It takes one byte
     * from 0 to 127, and ten bytes if it is negative. Protocol Buffers calls it {@code uint64}.
     *
     * @param value the number
     * @return this writer
     */
    public ByteWriter putVarLong(long value) {
        open().appendVarLong(value);
        return this;
    }

    /**
     * Writes a string: the number of its bytes as {@link #putVarInt} does, and its bytes in UTF-8.
     *
     * @param value the string
     * @return this writer
     * @throws IllegalArgumentException if the string has an unpaired surrogate; the message says
     *     where
     */
    public ByteWriter putUtf8(String value) {
        return put(Type.UTF8, value);
    }

    /**
     * Writes the bytes of an array, without their number.
     *
     * @param source the array
     * @return this writer
     */
    public ByteWriter putBytes(byte[] source) {
        return putBytes(source, 0, source.length);
    }

    /**
     * Writes a part of an array, without its length.
     *
     * @param source the array
     * @param from the index of the first byte
     * @param length the number of bytes
     * @return this writer
     * @throws IndexOutOfBoundsException if the part is not in the array
     */
    public ByteWriter putBytes(byte[] source, int from, int length) {
        Objects.checkFromIndexSize(from, length, source.length);
        int at = append(length);
        System.arraycopy(source, from, to.bytes, at, length);
        return this;
    }

    /**
     * Writes the bytes of a buffer from its position to its limit, without their number. The
     * buffer's position moves to its limit.
     *
     * @param source the buffer
     * @return this writer
     */
    public ByteWriter putBytes(ByteBuffer source) {
        int length = source.remaining();
        int at = append(length);
        source.get(to.bytes, at, length);
        return this;
    }

    /**
     * Writes the bytes of a segment, without their number.
     *
     * @param source the segment
     * @return this writer
     */
    public ByteWriter putBytes(MemorySegment source) {
        long length = source.byteSize();
        int at = append((int) Math.min(length, Integer.MAX_VALUE)); // refuses what is too large
        try {
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, to.bytes, at, (int) length);
        } catch (RuntimeException e) { // the segment is closed, or another thread's
            to.length = at;
            throw e;
        }
        return this;
    }

    /**
     * Writes an object of another type. If its size varies, the number of its bytes comes first.
     *
     * @param <U> the class of the object
     * @param partType the type of the object; it contains no maps of a heap
     * @param object the object; null only if the type is {@link Type#nullable}
     * @return this writer
     */
    @SuppressWarnings("NullAway") // a null that its type does not take is refused first
    public <U> ByteWriter put(Type<U> partType, @Nullable U object) {
        Part<U> part = partType.part();
        part.requireObject(object, type);
        int before = open().length;
        try {
            part.append(object, to);
        } catch (Throwable e) {
            to.length = before; // the encoder may go on without the part
            throw e;
        }
        return this;
    }

    /**
     * Writes bytes through a buffer: adds {@code length} bytes to the object, and returns a buffer
     * over just these bytes, which are zero. A library that knows the size beforehand can fill them
     * directly. Fill the buffer before the next call of a method of this writer. What is written to
     * it later may be lost. The buffer lies in an array that serves for this object alone, so
     * nothing else can be changed through it. The price is a new array for each object.
     *
     * @param length the number of bytes
     * @return the buffer, with an accessible array
     * @throws IllegalArgumentException if the length is negative, or the object gets too large
     */
    public ByteBuffer putBuffer(int length) {
        if (length < 0) {
            throw new IllegalArgumentException("length must be 0 or more: " + length);
        }
        int at = append(length);
        to.giveAway();
        Arrays.fill(to.bytes, at, at + length, (byte) 0);
        return ByteBuffer.wrap(to.bytes, at, length).slice();
    }

    /**
     * Returns a stream that writes to this writer. Closing it or flushing it does nothing.
     *
     * @return the stream
     */
    public OutputStream asOutputStream() {
        Objects.requireNonNull(open());
        return new OutputStream() {
            @Override
            public void write(int value) {
                putByte(value);
            }

            @Override
            public void write(byte[] source, int from, int length) {
                putBytes(source, from, length);
            }
        };
    }
}
