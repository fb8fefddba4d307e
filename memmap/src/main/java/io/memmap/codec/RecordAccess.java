package io.memmap.codec;

import java.lang.foreign.MemorySegment;

/**
 * Reads and writes the records of one class. {@link RecordAccessMaker} makes a class of its own for each, so that the JIT compiler
 * sees through to the record's constructor and accessors.
 */
public interface RecordAccess {
    /** Returns the record whose struct is at an address. All of it is read before a constructor, the caller's code, runs. */
    Object read(MemorySegment memory, long address) throws Throwable;

    /** Returns the record whose struct is at an index. */
    Object read(byte[] bytes, int index) throws Throwable;

    /** Writes a record's struct at the start, but for its padding. */
    void write(byte[] bytes, Object record) throws Throwable;
}
