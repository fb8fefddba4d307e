package io.memmap.unsafe;

import java.lang.foreign.MemorySegment;

/** Memory without checks, as in {@code sun.misc.Unsafe}. It accepts every address. */
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

    /** Rounds a size up to whole words, as Unsafe does. */
    private static long roundUp(long bytes) {
        return bytes + ADDRESS_SIZE - 1 & -ADDRESS_SIZE;
    }
}
