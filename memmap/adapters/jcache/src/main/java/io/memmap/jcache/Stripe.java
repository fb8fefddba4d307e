package io.memmap.jcache;

import io.memmap.jcache.EventQueue.Batch;
import java.util.Collection;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The lock of some keys of a cache, and the events of these keys. A thread changes a key while it
 * holds the lock. Loaders, writers and entry processors run under it too. Listeners do not: they
 * run when the thread has released the lock, in the order of the changes.
 */
final class Stripe {
    private final ReentrantLock lock = new ReentrantLock();
    private final ThreadFactory threads;
    /** The events that wait; null before the first one. Guarded by {@link #lock}. */
    private @Nullable EventQueue events;
    /** What the thread that holds the lock has published; null if nothing. */
    private @Nullable Batch published;

    Stripe(ThreadFactory threads) {
        this.threads = threads;
    }

    void lock() {
        lock.lock();
    }

    boolean tryLock() {
        return lock.tryLock();
    }

    /** Adds an event of a key of this stripe. The thread holds the lock. */
    void publish(Event<?, ?> event) {
        Batch batch = published;
        if (batch == null) {
            batch = new Batch();
            published = batch;
        }
        batch.add(event);
    }

    /**
     * Releases the lock, and delivers the events that this thread has published. If the thread
     * still holds the lock for an outer operation, that operation delivers them. Waits for the
     * synchronous listeners. Throws the first exception of a listener, with the others as
     * suppressed.
     */
    void unlock() {
        release().run();
    }

    /** Releases the lock. Returns what delivers the events. */
    private Runnable release() {
        Batch batch = lock.getHoldCount() == 1 ? published : null;
        try {
            if (batch == null) {
                return () -> {};
            }
            published = null;
            EventQueue queue = events == null ? new EventQueue() : events;
            events = queue;
            queue.add(batch, threads);
            return () -> queue.deliver(batch);
        } finally {
            lock.unlock();
        }
    }

    /** Does the same as {@link #unlock} for several stripes: all are released before any delivery. */
    static void unlockAll(Collection<Stripe> stripes) {
        Throwable failure = null;
        for (Runnable delivery : stripes.stream().map(Stripe::release).toList()) {
            try {
                delivery.run();
            } catch (RuntimeException | Error e) {
                failure = Failures.add(failure, e);
            }
        }
        Failures.rethrow(failure);
    }
}
