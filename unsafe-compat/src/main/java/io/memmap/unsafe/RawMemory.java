package io.memmap.unsafe;

import java.lang.foreign.MemorySegment;

/** Memory as {@code sun.misc.Unsafe} has it: every address is as good as another. */
final class RawMemory extends UnsafeMemory {
    static final RawMemory INSTANCE = new RawMemory();

    @SuppressWarnings("restricted")
    private static final MemorySegment EVERYTHING = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private RawMemory() {}

    @Override
    MemorySegment memoryAt(long address, long bytes) {
        return EVERYTHING;
    }

    @Override
    long allocate(long bytes) {
        return CLibrary.malloc(roundUp(bytes));
    }

    @Override
    long reallocate(long address, long bytes) {
        return CLibrary.realloc(address, roundUp(bytes));
    }

    @Override
    void free(long address) {
        CLibrary.free(address);
    }

    /** As Unsafe does: whole words. */
    private static long roundUp(long bytes) {
        return bytes + ADDRESS_SIZE - 1 & -ADDRESS_SIZE;
    }
}
