package io.memmap.stress.pointers;

import java.lang.foreign.MemorySegment;

/** Memory by absolute address: what code has that keeps pointers instead of handles. */
interface Addresses {
    long getLong(long address);

    void putLong(long address, long value);

    byte getByte(long address);

    long allocate(long bytes);

    void free(long address);

    /** Says that accesses to this memory are meant. */
    void admit(MemorySegment memory);

    /** Says that those to the memory admitted at this address are meant no more. */
    void dismiss(long address);
}
