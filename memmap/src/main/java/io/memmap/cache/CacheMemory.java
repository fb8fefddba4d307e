package io.memmap.cache;

import java.lang.foreign.MemorySegment;

/** The memory that the parts of a cache policy live in. It is charged to the table that the policy bounds. */
public interface CacheMemory {
    /** Returns the memory of the heap. The offsets of all blocks are offsets into it. */
    MemorySegment memory();

    /** Takes a zeroed block, all of it committed; returns 0 if there is no room. */
    long take(long bytes);

    /** Takes a zeroed block of which only what {@link #commit} names is committed; returns 0 if there is no room. */
    long reserve(long bytes);

    /** Gives a block back. */
    void giveBack(long block);

    /** Says that these bytes of a reserved block are about to be written. */
    void commit(long offset, long bytes);

    /** Gives a part of a reserved block back to the operating system. */
    void release(long from, long to);

    /** Returns what a block of this size really holds. */
    long usableSize(long bytes);

    /** Returns what to throw if there is no room for so many bytes. */
    RuntimeException exhausted(long bytes);
}
