package io.memmap.codec;

import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one operation: its encoded key, its encoded value, and the value that it replaces.
 * A thread keeps its buffers, so an operation allocates none. An operation that begins inside
 * another one, from a caller's reader or writer, gets new buffers.
 *
 * <p>The thread refers to its buffers weakly. The thread of a pool may outlive the class loader of
 * this library. A strong reference would keep the loader, with all of its classes, in memory. The
 * price is that a thread makes new buffers after a garbage collection.
 *
 * <p>If a thread runs out of stack in {@link #close}, its buffers stay marked as taken. Its
 * operations then make new buffers each time, until the collector has cleared the reference.
 */
public final class OperationBuffers implements AutoCloseable {
    private static final ThreadLocal<@Nullable WeakReference<OperationBuffers>> OF_THREAD = new ThreadLocal<>();

    public final EncodedBytes key = new EncodedBytes();
    public final EncodedBytes value = new EncodedBytes();
    public final EncodedBytes previous = new EncodedBytes();
    /** The object decoded from {@link #previous}. */
    @Nullable
    public Object decoded;

    private boolean taken;

    private OperationBuffers() {}

    public static OperationBuffers take() {
        WeakReference<OperationBuffers> kept = OF_THREAD.get();
        OperationBuffers buffers = kept == null ? null : kept.get();
        if (buffers == null) {
            buffers = new OperationBuffers();
            OF_THREAD.set(new WeakReference<>(buffers));
        } else if (buffers.taken) {
            buffers = new OperationBuffers();
        }
        buffers.taken = true;
        return buffers;
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
