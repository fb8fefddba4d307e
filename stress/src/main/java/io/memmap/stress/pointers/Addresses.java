package io.memmap.stress.pointers;

import java.lang.foreign.MemorySegment;

/**
 * Accesses to memory at absolute addresses, for code that keeps pointers instead of map objects.
 */
interface Addresses {
    long getLong(long address);

    void putLong(long address, long value);

    byte getByte(long address);

    long allocate(long bytes);

    void free(long address);

    /** Declares that accesses to this memory are allowed. */
    void admit(MemorySegment memory);

    /**
     * Declares that accesses to the memory that was admitted at this address are no longer allowed.
     */
    void dismiss(long address);
}
