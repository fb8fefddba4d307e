package io.memmap;

import io.memmap.codec.EncodedBytes;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The entries that one operation has removed. Closing this object passes them to the listeners.
 * That is after the lock has been released. If the operation itself has failed, an exception of a
 * listener is added to its exception as suppressed.
 */
final class Evictions implements AutoCloseable {
    /** An entry that has been removed, as encoded bytes. */
    record Evicted(EncodedBytes key, EncodedBytes value, RemovalCause cause) {}

    /** Copies an entry that is about to be removed, for the listeners. */
    interface Copier {
        Evicted copy(long slot, RemovalCause cause);
    }

    /**
     * The error to throw in place of an OutOfMemoryError that occurred while the listener was
     * notified. The JVM may throw the same object again and again where there is no memory, and an
     * exception cannot suppress itself.
     */
    @SuppressWarnings("StaticAssignmentOfThrowable") // no memory for a new one
    private static final OutOfMemoryError NO_MEMORY =
            new OutOfMemoryError("Java heap space: no room to report an eviction");

    private final List<Consumer<Evicted>> listeners;
    private List<Evicted> entries = List.of();
    private @Nullable Throwable thrown;

    Evictions(List<Consumer<Evicted>> listeners) {
        this.listeners = listeners;
    }

    /** Takes the entries that an operation has removed. */
    void take(List<Evicted> evicted) {
        if (entries.isEmpty()) {
            entries = evicted;
        } else {
            entries.addAll(evicted);
        }
    }

    /**
     * Passes each entry that was taken to the listeners. An exception is kept until all entries have
     * been passed.
     */
    void notifyListeners() {
        for (Evicted entry : entries) {
            for (Consumer<Evicted> listener : listeners) {
                try {
                    listener.accept(entry);
                } catch (Throwable e) { // also an Error: the listeners must get the other entries
                    keep(e);
                }
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
     * Passes all entries to the listeners, and then throws the first exception that they threw, if
     * any.
     */
    @Override
    public void close() {
        notifyListeners();
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
