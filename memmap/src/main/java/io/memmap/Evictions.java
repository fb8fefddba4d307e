package io.memmap;

import io.memmap.codec.EncodedBytes;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The evictions of one operation. Closing this object passes them to the listener. That is after
 * the lock has been released. If the operation itself has failed, an exception of the listener is
 * added to its exception as suppressed.
 */
final class Evictions implements AutoCloseable {
    /** An evicted entry, as encoded bytes. */
    record Evicted(EncodedBytes key, EncodedBytes value, EvictionCause cause) {}

    /** Copies an entry that is about to be removed, for the listener. */
    interface Copier {
        Evicted copy(long slot, EvictionCause cause);
    }

    /**
     * The error to throw in place of an OutOfMemoryError that occurred while the listener was
     * notified. The JVM may throw the same object again and again where there is no memory, and an
     * exception cannot suppress itself.
     */
    @SuppressWarnings("StaticAssignmentOfThrowable") // no memory for a new one
    private static final OutOfMemoryError NO_MEMORY =
            new OutOfMemoryError("Java heap space: no room to report an eviction");

    private final Consumer<Evicted> listener;
    private List<Evicted> entries = List.of();
    private @Nullable Throwable thrown;

    Evictions(Consumer<Evicted> listener) {
        this.listener = listener;
    }

    /** Takes the entries that an operation has evicted. */
    void take(List<Evicted> evicted) {
        entries = evicted;
    }

    /**
     * Passes each entry that was taken to the listener. An exception is kept until all entries have
     * been passed.
     */
    void notifyListener() {
        for (Evicted entry : entries) {
            try {
                listener.accept(entry);
            } catch (Throwable e) { // also an Error: the listener must get the other entries
                keep(e);
            }
        }
        entries = List.of();
    }

    @SuppressWarnings("ReferenceEquality") // an exception cannot suppress itself
    private void keep(Throwable e) {
        Throwable first = thrown;
        if (first == null) {
            thrown = e;
        } else if (first != e) {
            first.addSuppressed(e);
        }
    }

    /**
     * Passes all entries to the listener, and then throws the first exception that it threw, if
     * any.
     */
    @Override
    public void close() {
        notifyListener();
        rethrow(thrown instanceof OutOfMemoryError ? NO_MEMORY : thrown);
    }

    /**
     * Throws again what a caller's code has thrown, without wrapping it; does nothing for null.
     */
    static void rethrow(@Nullable Throwable thrown) {
        if (thrown != null) {
            Evictions.<RuntimeException>sneak(thrown);
        }
    }

    @SuppressWarnings("unchecked") // a checked exception is thrown unwrapped
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
