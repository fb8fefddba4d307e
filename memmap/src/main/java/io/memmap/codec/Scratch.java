package io.memmap.codec;

import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * The encoded key and value of one operation, and the value that it replaces. A thread keeps one, so that an operation
 * allocates none; an operation within an operation, from a caller's reader or writer, gets another.
 *
 * <p>The thread refers to its scratch weakly. A thread of a pool may outlive the class loader of this library, and whatever
 * it held strongly would keep the loader, with all of its classes, in memory. The price is one new scratch for a thread
 * after a garbage collection.
 *
 * <p>A thread that runs out of stack in {@link #close} leaves its scratch taken. Its operations then make a new one each time,
 * until the collector has cleared the reference.
 */
public final class Scratch implements AutoCloseable {
    private static final ThreadLocal<@Nullable WeakReference<Scratch>> OF_THREAD = new ThreadLocal<>();

    public final Encoded key = new Encoded();
    public final Encoded value = new Encoded();
    public final Encoded previous = new Encoded();
    /** The decoded {@link #previous}. */
    @Nullable
    public Object decoded;

    private boolean taken;

    private Scratch() {}

    public static Scratch take() {
        WeakReference<Scratch> kept = OF_THREAD.get();
        Scratch scratch = kept == null ? null : kept.get();
        if (scratch == null) {
            scratch = new Scratch();
            OF_THREAD.set(new WeakReference<>(scratch));
        } else if (scratch.taken) {
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
