package io.memmap;

import io.memmap.memory.Mem;
import java.lang.foreign.MemorySegment;

/**
 * How the objects of a {@link Type} become bytes and back.
 *
 * @param <T> the objects
 */
interface Codec<T> {
    /** Encodes an object, for a map of this heap. What the caller's own code throws is passed on. */
    void encode(T object, Encoded to, NativeHeap heap);

    /** Returns what encoded bytes of a map of this heap mean: an object that has no part in them. */
    T decode(Encoded from, NativeHeap heap);

    /** As {@link #decode}, of bytes that are in the map's memory. */
    default T decodeAt(MemorySegment memory, long address, int length, NativeHeap heap) {
        try (Scratch scratch = Scratch.take()) {
            Mem.copyOut(memory, address, scratch.value.own(length), length);
            return decode(scratch.value, heap);
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
