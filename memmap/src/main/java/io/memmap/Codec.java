package io.memmap;

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
