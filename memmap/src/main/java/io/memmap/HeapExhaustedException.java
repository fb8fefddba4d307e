package io.memmap;

/**
 * A {@link NativeHeap} has no room for what was asked, or no memory could be reserved for a new one. The message tells how
 * much was asked, in use, committed and reserved. The heap is as it was before, and so is every map in it: it keeps its
 * entries and goes on to serve reads, removals and overwrites.
 */
public final class HeapExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    HeapExhaustedException(String message) {
        super(message);
    }

    HeapExhaustedException(String message, Throwable cause) {
        super(message, cause);
    }
}
