package io.memmap.stress.pointers;

import io.memmap.unsafe.CheckedMemory;
import io.memmap.unsafe.UnsafeMemory;
import java.lang.foreign.MemorySegment;

/**
 * Accesses through UnsafeMemory in its checked mode. It refuses accesses outside the blocks that it
 * allocated or admitted.
 */
final class CheckedAddresses implements Addresses {
    private final CheckedMemory memory = UnsafeMemory.checked();

    @Override
    public long getLong(long address) {
        return memory.getLong(address);
    }

    @Override
    public void putLong(long address, long value) {
        memory.putLong(address, value);
    }

    @Override
    public byte getByte(long address) {
        return memory.getByte(address);
    }

    @Override
    public long allocate(long bytes) {
        return memory.allocateMemory(bytes);
    }

    @Override
    public void free(long address) {
        memory.freeMemory(address);
    }

    @Override
    public void admit(MemorySegment segment) {
        memory.admit(segment);
    }

    @Override
    public void dismiss(long address) {
        memory.dismiss(address);
    }
}
