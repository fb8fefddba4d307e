package io.memmap.unsafe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A block of memory that {@link CheckedMemory} has allocated or admitted. An admitted block is
 * memory that another owner allocated.
 */
final class Block {
    final MemorySegment memory;
    final Site made;
    /** The arena that frees the memory when it closes; null if the block was admitted. */
    private final @Nullable Arena arena;
    /**
     * Where the block was freed; null while it is live. Guarded by the lock of the {@link
     * CheckedMemory}.
     */
    @Nullable
    Site freed;

    Block(MemorySegment memory, @Nullable Arena arena) {
        this.memory = memory;
        this.arena = arena;
        this.made = new Site(arena == null ? "admitted" : "allocated");
    }

    long address() {
        return memory.address();
    }

    long bytes() {
        return memory.byteSize();
    }

    boolean isAdmitted() {
        return arena == null;
    }

    /** Returns whether the memory is still mapped. It is not if its arena has closed. */
    boolean isMapped() {
        return memory.scope().isAlive();
    }

    /** Returns whether all of these bytes, 0 or more, lie within the block. */
    boolean holds(long address, long bytes) {
        long offset = address - address();
        return offset >= 0 && bytes <= bytes() && offset <= bytes() - bytes;
    }

    boolean overlaps(long address, long bytes) {
        return address < address() + bytes() && address() < address + bytes;
    }

    /**
     * Returns the number of bytes between the address and the block. It is 0 for an address within
     * the block or directly behind it.
     */
    long distance(long address) {
        return address < address() ? address() - address : Math.max(address - address() - bytes(), 0);
    }

    /**
     * Frees the memory. When this returns, no thread is in an access to it, and later accesses
     * fail.
     */
    void end() {
        if (arena != null) {
            arena.close();
        }
    }

    /** Returns the block's size, its address, and where it was allocated. */
    @Override
    public String toString() {
        return "the block of " + bytes() + " bytes at " + hex(address()) + " (" + made.getMessage() + ")";
    }

    static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
