package io.memmap.bench.child;

import io.memmap.bench.maps.OrderContender;
import io.memmap.bench.maps.OrderStore;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * The program that builds the ordered index of one map while a thread writes to the map. The thread
 * writes at a steady rate, first for a while before the build and then beside it.
 */
public final class OrderBuildChild {
    /** The figures of the build. */
    public enum BuildMetric {
        /** The time until the index is complete. */
        WALL,
        /** The CPU time of the thread that builds. */
        CPU
    }

    /** When writes are measured. */
    public enum Phase {
        ALONE,
        BESIDE;

        /** Returns the name of a figure of the writes in this phase. */
        public String figure(WriteMetric metric) {
            return name() + "." + metric.name();
        }
    }

    /** The figures of the writes, in nanoseconds. */
    public enum WriteMetric {
        P99_9,
        P99_99,
        TENTH_LONGEST,
        LONGEST,
        /** The longest time from the moment when a write was due to its end. */
        OVERDUE,
        /** The longest time between two looks at the clock while the thread waited until a write was due. */
        GAP
    }

    private static final int WRITE_INTERVAL_NANOS = 20_000;
    /** The writes before the build go on for this time for each entry. */
    private static final long ALONE_NANOS = 500;

    private OrderBuildChild() {}

    /** Arguments: contender, entries. */
    public static void main(String[] arguments) throws InterruptedException {
        Reporter report = Reporter.toLauncher();
        int size = Integer.parseInt(arguments[1]);
        try (OrderStore store = OrderContender.valueOf(arguments[0]).open()) {
            run(store, size, report);
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private static void run(OrderStore store, int size, Reporter report) throws InterruptedException {
        for (int i = 0; i < size; i++) {
            store.put(OrderChild.key(i), OrderChild.value(i));
        }
        System.gc();
        Writes alone = new Writes(store, size);
        long end = System.nanoTime() + size * ALONE_NANOS;
        alone.make(() -> System.nanoTime() < end);
        Writes beside = new Writes(store, size);
        AtomicBoolean isWriting = new AtomicBoolean();
        AtomicBoolean isBuilt = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().name("writer").start(() -> {
            isWriting.set(true);
            beside.make(() -> !isBuilt.get());
        });
        while (!isWriting.get()) {
            Thread.onSpinWait();
        }
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long cpu = threads.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        try {
            store.index();
        } finally {
            isBuilt.set(true);
        }
        report.figure(BuildMetric.WALL.name(), System.nanoTime() - start);
        report.figure(BuildMetric.CPU.name(), threads.getCurrentThreadCpuTime() - cpu);
        writer.join();
        alone.report(report, Phase.ALONE);
        beside.report(report, Phase.BESIDE);
    }

    /** Writes at a steady rate, and their times. */
    private static final class Writes {
        private final OrderStore store;
        private final int size;
        private final Latencies calls = new Latencies();
        private long overdue;
        private long gap;

        Writes(OrderStore store, int size) {
            this.store = store;
            this.size = size;
        }

        /** Overwrites a key, inserts one and removes it again, in turn, each when it is due. */
        void make(BooleanSupplier goesOn) {
            long due = System.nanoTime();
            for (int i = 0; goesOn.getAsBoolean() || i % 3 != 0; i++) {
                int number = i % 3 == 0 ? (int) (i * 7919L % size) : size + i - i % 3;
                byte[] key = OrderChild.key(number);
                byte[] value = OrderChild.value(number);
                long begun = awaitTime(due);
                if (i % 3 == 2) {
                    store.remove(key);
                } else {
                    store.put(key, value);
                }
                long ended = System.nanoTime();
                calls.record(ended - begun);
                overdue = Math.max(overdue, ended - due);
                due += WRITE_INTERVAL_NANOS;
            }
        }

        /** Waits until this time, and returns the time. */
        private long awaitTime(long due) {
            long now = System.nanoTime();
            while (now < due) {
                Thread.onSpinWait();
                long before = now;
                now = System.nanoTime();
                gap = Math.max(gap, now - before);
            }
            return now;
        }

        void report(Reporter report, Phase phase) {
            report.figure(phase.figure(WriteMetric.P99_9), calls.at(Latencies.Point.P99_9));
            report.figure(phase.figure(WriteMetric.P99_99), calls.at(Latencies.Point.P99_99));
            report.figure(phase.figure(WriteMetric.TENTH_LONGEST), calls.tenthLongest());
            report.figure(phase.figure(WriteMetric.LONGEST), calls.at(Latencies.Point.MAX));
            report.figure(phase.figure(WriteMetric.OVERDUE), overdue);
            report.figure(phase.figure(WriteMetric.GAP), gap);
        }
    }
}
