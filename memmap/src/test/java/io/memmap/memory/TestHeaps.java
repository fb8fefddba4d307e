package io.memmap.memory;

import java.lang.foreign.Arena;

/** Allocators without a heap around them. */
final class TestHeaps {
    static final long CAPACITY = 8L << 20;

    private TestHeaps() {}

    static BlockAllocator small(Arena arena) {
        return new BlockAllocator(Reservation.of(arena, CAPACITY, false, true));
    }

    static BlockAllocator huge(Arena arena) {
        return new BlockAllocator(Reservation.of(arena, 32L << 20, true, true));
    }
}
