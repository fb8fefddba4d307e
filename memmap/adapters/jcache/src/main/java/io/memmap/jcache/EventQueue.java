package io.memmap.jcache;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The events of a {@link Stripe} that wait for listeners. They are added under the stripe's lock
 * and delivered without it. A thread that has added some delivers the queue in its order, until its
 * own are done. Those for asynchronous listeners wait in another queue, for a thread of their own.
 */
final class EventQueue {
    /** The events of one operation. */
    static final class Batch {
        private final List<Event<?, ?>> events = new ArrayList<>();
        /** Whether the synchronous listeners have all events. Guarded by {@link #deliveries}. */
        private boolean delivered;

        private @Nullable Throwable failure;

        void add(Event<?, ?> event) {
            events.add(event);
        }
    }

    private final ReentrantLock deliveries = new ReentrantLock();
    private final Queue<Batch> synchronous = new ConcurrentLinkedQueue<>();

    /** Guarded by itself, as is {@link #isDelivering}. */
    private final ArrayDeque<Batch> asynchronous = new ArrayDeque<>();

    private boolean isDelivering;

    /** Adds events, under the stripe's lock. {@code threads} makes the thread of asynchronous listeners. */
    void add(Batch batch, ThreadFactory threads) {
        synchronous.add(batch);
        if (batch.events.stream().noneMatch(Event::isForAsynchronous)) {
            return;
        }
        synchronized (asynchronous) {
            asynchronous.add(batch);
            if (!isDelivering) {
                isDelivering = true;
                threads.newThread(this::deliverAsynchronous).start();
            }
        }
    }

    /**
     * Waits until the synchronous listeners have had these events, without the stripe's lock.
     * Throws the first exception of a listener, with the others as suppressed.
     */
    void deliver(Batch batch) {
        deliveries.lock();
        try {
            while (!batch.delivered) {
                Batch next = synchronous.remove();
                for (Event<?, ?> event : next.events) {
                    next.failure = Failures.add(next.failure, event.deliver(true));
                }
                next.delivered = true;
            }
        } finally {
            deliveries.unlock();
        }
        Failures.rethrow(batch.failure);
    }

    private void deliverAsynchronous() {
        try {
            for (Batch next = nextAsynchronous(); next != null; next = nextAsynchronous()) {
                for (Event<?, ?> event : next.events) {
                    Failures.log("an asynchronous listener of a cache", event.deliver(false));
                }
            }
        } catch (RuntimeException | Error e) { // a logger's, say: the next event starts another thread
            synchronized (asynchronous) {
                isDelivering = false;
            }
            throw e;
        }
    }

    private @Nullable Batch nextAsynchronous() {
        synchronized (asynchronous) {
            Batch next = asynchronous.poll();
            isDelivering = next != null;
            return next;
        }
    }
}
