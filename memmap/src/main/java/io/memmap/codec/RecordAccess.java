package io.memmap.codec;

import java.lang.foreign.MemorySegment;

/**
 * Reads and writes the records of one class. {@link RecordAccessMaker} generates one class for each
 * record class, so that the JIT compiler can inline the record's constructor and accessors.
 */
public interface RecordAccess {
    /**
     * Returns the record whose struct is at an address. Reads the whole struct before it calls a
     * constructor, which is the caller's code.
     */
    Object read(MemorySegment memory, long address) throws Throwable;

    /** Returns the record whose struct is at an index of the array. */
    Object read(byte[] bytes, int index) throws Throwable;

    /** Writes a record's struct at an index of the array. Leaves the padding as it is. */
    void write(byte[] bytes, int index, Object record) throws Throwable;
}
