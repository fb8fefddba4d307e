package io.memmap.stress;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The promises that memmap broke: their number, and texts for the first ten. Many threads may use
 * this class.
 */
final class Complaints {
    private static final int KEPT = 10;

    private final AtomicLong count = new AtomicLong();
    private final Queue<String> first = new ConcurrentLinkedQueue<>();

    void add(String complaint) {
        if (count.incrementAndGet() <= KEPT) {
            first.add(complaint);
        }
    }

    /** Adds an unexpected exception, and the place where it was thrown. */
    void add(String during, Throwable thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        add(during + ": " + thrown + (trace.length == 0 ? "" : " at " + trace[0]));
    }

    long count() {
        return count.get();
    }

    List<String> first() {
        return List.copyOf(first);
    }
}
