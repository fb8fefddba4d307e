package io.memmap.codec;

import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;

/**
 * Turns objects into the bytes that a map stores, and back. A codec knows neither maps nor heaps. The codec of handles of maps
 * is the exception; it is made for one heap.
 *
 * @param <T> the objects
 */
public interface Codec<T> {
    /** Encodes an object. What the caller's own code throws is passed on. */
    void encode(T object, EncodedBytes to);

    /** Returns the object that these bytes stand for. The object keeps no reference to them. */
    T decode(EncodedBytes from);

    /** Does the same as {@link #decode} for bytes that lie in the memory of a heap. */
    default T decodeAt(MemorySegment memory, long address, int length) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            Mem.copyOut(memory, address, buffers.value.own(length), length);
            return decode(buffers.value);
        }
    }

    /** Zeroes those bytes of an encoded object that mean nothing. */
    default void clearPadding(MemorySegment object) {}

    /** Whether encoding or decoding runs code of the caller's, which may throw, or use the very map. */
    boolean runsCallersCode();

    /**
     * A codec whose objects are a word of 1, 2, 4 or 8 bytes: of 1 and 2 bytes zero-extended, of 4 sign-extended.
     *
     * @param <T> the objects
     */
    interface OfWord<T> extends Codec<T> {
        long toWord(T object);

        T fromWord(long word);
    }
}
