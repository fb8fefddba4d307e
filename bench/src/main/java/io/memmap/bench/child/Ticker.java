package io.memmap.bench.child;

import java.util.concurrent.locks.LockSupport;

/**
 * Reports the progress of a measured loop from a thread of its own, so that the loop never waits
 * for the launcher.
 */
final class Ticker implements AutoCloseable {
    private static final long INTERVAL_NANOS = 250_000_000;

    private final Reporter report;
    private final long total;
    private final Thread thread;
    private volatile long done;
    private volatile long entries;
    private volatile boolean closed;

    Ticker(Reporter report, long total) {
        this.report = report;
        this.total = total;
        this.thread = Thread.ofPlatform().name("ticker").daemon().start(this::run);
    }

    /** Stores the progress. A loop calls this every few thousand steps. */
    void at(long steps, long entriesNow) {
        done = steps;
        entries = entriesNow;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (!closed) {
            report.send(new Message.Progress(done, total, entries));
            LockSupport.parkNanos(INTERVAL_NANOS);
        }
    }
}
