package io.memmap.stress;

import io.memmap.NativeHeap;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * A heap, and its arena if the heap does not own it.
 *
 * @param arena the arena that must be closed; null if the heap has its own, or if the arena cannot
 *     be closed
 */
record Place(NativeHeap heap, @Nullable Arena arena) {
    private static final long HEAP_BYTES = 4L << 20;

    static Place shared(boolean own) {
        return own ? new Place(builder().shared().open(), null) : in(Arena.ofShared());
    }

    static Place confined(boolean own) {
        return own ? new Place(builder().confined().open(), null) : in(Arena.ofConfined());
    }

    static Place automatic() {
        return new Place(builder().arena(Arena.ofAuto()).open(), null);
    }

    private static Place in(Arena arena) {
        return new Place(builder().arena(arena).open(), arena);
    }

    private static NativeHeap.Builder builder() {
        return NativeHeap.builder().maxBytes(HEAP_BYTES);
    }

    /** Ends the memory, and closes the heap once more, which must do nothing. */
    void end() {
        if (arena != null) {
            arena.close();
        }
        heap.close();
        heap.close();
    }
}
