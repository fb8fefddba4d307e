package io.memmap.stress;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Broken promises: how many, and the first few in words. For many threads. */
final class Complaints {
    private static final int KEPT = 10;

    private final AtomicLong count = new AtomicLong();
    private final Queue<String> first = new ConcurrentLinkedQueue<>();

    void add(String complaint) {
        if (count.incrementAndGet() <= KEPT) {
            first.add(complaint);
        }
    }

    /** Adds an exception that has no place here, with where it comes from. */
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
