package io.memmap.cache;

import java.lang.foreign.MemorySegment;

/**
 * The memory of the parts of a cache policy, the rules by which a bounded map evicts entries. The
 * memory is charged to the table that the policy bounds.
 */
public interface CacheMemory {
    /** Returns the segment of the heap. The offsets of all blocks are offsets into it. */
    MemorySegment memory();

    /**
     * Allocates a zeroed block that counts as committed; returns its offset, or 0 if there is no
     * room.
     */
    long take(long bytes);

    /**
     * Allocates a zeroed block in which only the bytes that {@link #commit} names count as
     * committed; returns its offset, or 0 if there is no room.
     */
    long reserve(long bytes);

    /** Frees a block. */
    void giveBack(long block);

    /** Announces that these bytes of a reserved block are about to be written. */
    void commit(long offset, long bytes);

    /** Gives a part of a reserved block back to the operating system. */
    void release(long from, long to);

    /** Returns the size that a block of this many bytes really has. */
    long usableSize(long bytes);

    /** Returns the exception to throw if there is no room for this many bytes. */
    RuntimeException exhausted(long bytes);
}
