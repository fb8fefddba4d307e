package io.memmap.codec;

import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;

/**
 * Encodes objects to the bytes that a map stores, and decodes them. A codec uses neither maps nor
 * heaps. The codec of map handles is the exception: it is made for one heap.
 *
 * @param <T> the class of the objects
 */
public interface Codec<T> {
    /** Encodes an object. Passes on an exception that the caller's own code throws. */
    void encode(T object, EncodedBytes to);

    /** Returns the object that these bytes encode. The object keeps no reference to the bytes. */
    T decode(EncodedBytes from);

    /**
     * Does the same as {@link #decode} for bytes in the memory of a heap. Reads all of them before it
     * runs the caller's code, which may end the memory.
     */
    default T decodeAt(MemorySegment memory, long address, int length) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            Mem.copyOut(memory, address, buffers.value.own(length), length);
            return decode(buffers.value);
        }
    }

    /**
     * Appends the bytes of an object to others: those that {@link #encode} makes. Composite types
     * use it for their parts.
     */
    default void append(T object, EncodedBytes to) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encode(object, buffers.value);
            to.appendBytes(buffers.value.bytes, buffers.value.from, buffers.value.length);
        }
    }

    /** Reads the object that the next {@code length} bytes of a cursor encode. */
    default T read(ByteCursor from, int length) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            buffers.value.lend(from.bytes, from.take(length), length);
            return decode(buffers.value);
        }
    }

    /**
     * Returns whether this codec can encode an object of the type's class. If that class says too
     * little, as {@code List} does, the codec looks at the parts.
     */
    default boolean accepts(Object object) {
        return true;
    }

    /** Returns whether null is an object of the type. A map itself holds no null. */
    default boolean acceptsNull() {
        return false;
    }

    /** Sets the padding of an encoded object to zero. */
    default void clearPadding(MemorySegment object) {}

    /** Returns whether decoding runs the caller's code, which may throw or use the same map. */
    boolean runsCallersCode();

    /**
     * Returns whether the hash code of an object says nothing about its bytes, as is the case for
     * an array.
     */
    default boolean hashesIdentity() {
        return false;
    }

    /**
     * A codec that only appends objects to other bytes, and reads them from a cursor.
     *
     * @param <T> the class of the objects
     */
    interface Appending<T> extends Codec<T> {
        /** Returns the name of the type, for messages. */
        String type();

        @Override
        void append(T object, EncodedBytes to);

        @Override
        T read(ByteCursor from, int length);

        @Override
        default void encode(T object, EncodedBytes to) {
            to.own(0);
            append(object, to);
        }

        @Override
        default T decode(EncodedBytes from) {
            ByteCursor cursor = new ByteCursor(type(), from);
            T object = read(cursor, from.length);
            cursor.requireEnd();
            return object;
        }
    }

    /**
     * A codec whose objects are encoded as a word of 1, 2, 4 or 8 bytes. As a {@code long}, a word
     * of 1 or 2 bytes is zero-extended, and a word of 4 bytes is sign-extended.
     *
     * @param <T> the class of the objects
     */
    interface OfWord<T> extends Codec<T> {
        long toWord(T object);

        T fromWord(long word);
    }
}
