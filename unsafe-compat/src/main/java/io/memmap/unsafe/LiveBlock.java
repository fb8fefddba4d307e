package io.memmap.unsafe;

import java.util.List;

/**
 * A block of {@link CheckedMemory} that has not been freed.
 *
 * @param address the address of its first byte
 * @param bytes the size that the caller asked for
 * @param thread the name of the thread that allocated or admitted it
 * @param site the stack of that call: at most 16 frames, the caller of UnsafeMemory first
 */
public record LiveBlock(long address, long bytes, String thread, List<StackTraceElement> site) {
    /** Copies the list of frames. */
    public LiveBlock {
        site = List.copyOf(site);
    }
}
