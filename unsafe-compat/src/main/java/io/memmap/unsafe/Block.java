package io.memmap.unsafe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Memory that {@link CheckedMemory} has handed out or admitted, until it is forgotten. */
final class Block {
    final MemorySegment memory;
    final Site made;
    /** Ends the memory; null if it was admitted. */
    private final @Nullable Arena arena;
    /** Null while the block is live. Guarded by the lock of its owner. */
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

    /** Returns whether the memory is still mapped: an arena of others may have closed. */
    boolean isMapped() {
        return memory.scope().isAlive();
    }

    /** Returns whether all of these bytes, 0 or more, are the block's. */
    boolean holds(long address, long bytes) {
        long offset = address - address();
        return offset >= 0 && bytes <= bytes() && offset <= bytes() - bytes;
    }

    boolean overlaps(long address, long bytes) {
        return address < address() + bytes() && address() < address + bytes;
    }

    /** Returns how many bytes lie between the address and the block; 0 within it and right behind it. */
    long distance(long address) {
        return address < address() ? address() - address : Math.max(address - address() - bytes(), 0);
    }

    /** Gives the memory back. No thread is within an access to it then, and none will be. */
    void end() {
        if (arena != null) {
            arena.close();
        }
    }

    /** The block's place and size and where it comes from. */
    @Override
    public String toString() {
        return "the block of " + bytes() + " bytes at " + hex(address()) + " (" + made.getMessage() + ")";
    }

    static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }
}
