package io.memmap.unsafe;

import java.util.List;

/**
 * A block of {@link CheckedMemory} that nobody has freed yet.
 *
 * @param address where it begins
 * @param bytes its size, as it was asked for
 * @param thread the name of the thread that allocated or admitted it
 * @param site the stack of that, the caller of UnsafeMemory first, at most 16 frames
 */
public record LiveBlock(long address, long bytes, String thread, List<StackTraceElement> site) {
    /** Takes a copy of the stack. */
    public LiveBlock {
        site = List.copyOf(site);
    }
}
