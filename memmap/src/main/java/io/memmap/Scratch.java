package io.memmap;

import io.memmap.memory.StackReserve;
import org.jspecify.annotations.Nullable;

/**
 * The encoded key and value of one operation, and the value that it replaces. A thread keeps one, so that an operation
 * allocates none; an operation within an operation, from a caller's reader or writer, gets another.
 */
final class Scratch implements AutoCloseable {
    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    final Encoded key = new Encoded();
    final Encoded value = new Encoded();
    final Encoded previous = new Encoded();
    /** The decoded {@link #previous}. */
    @Nullable Object decoded;

    private boolean taken;

    private Scratch() {}

    /** Begins an operation: claims the stack for it. */
    static Scratch take() {
        StackReserve.claim();
        return takeInside();
    }

    /** As {@link #take}, within an operation that has claimed its stack. */
    static Scratch takeInside() {
        Scratch scratch = OF_THREAD.get();
        if (scratch.taken) {
            scratch = new Scratch();
        }
        scratch.taken = true;
        return scratch;
    }

    @Override
    public void close() {
        key.reset();
        value.reset();
        previous.reset();
        decoded = null;
        taken = false;
    }
}
