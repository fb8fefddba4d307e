package io.memmap.bench.child;

import io.memmap.bench.maps.OrderContender;
import io.memmap.bench.maps.OrderStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * The program that builds the ordered index of a map while a thread writes to the map. The thread
 * writes at a steady rate, first for a while before the build and then beside it. Each further build
 * is that of a new map with the same entries.
 */
public final class OrderBuildChild {
    /** The figures of the build. */
    public enum BuildMetric {
        /** The time until the index is complete. */
        WALL,
        /** The CPU time of the thread that builds. */
        CPU,
        /** The time that the host has taken from the machine's CPUs during the build. */
        STOLEN
    }

    /** Whether the JVM has built an index before. */
    public enum Warmth {
        COLD,
        WARM;

        /** Returns the name of a figure of the build. */
        public String figure(BuildMetric metric) {
            return name() + "." + metric.name();
        }

        /** Returns the name of a figure of the writes before the build or beside it. */
        public String figure(Phase phase, WriteMetric metric) {
            return name() + "." + phase.name() + "." + metric.name();
        }
    }

    /** When writes are measured. */
    public enum Phase {
        ALONE,
        BESIDE
    }

    /** The figures of the writes, in nanoseconds. */
    public enum WriteMetric {
        P99_9,
        P99_99,
        TENTH_LONGEST,
        LONGEST,
        /** The longest write, less the time for which its thread was ready to run and had no CPU. */
        LONGEST_LESS_WAITS,
        /** The number of writes that took more than a millisecond, less such times. */
        OVER_MILLISECOND,
        /**
         * The longest write, less the waits of both threads: also less the time for which the thread that
         * builds had no CPU while the writing thread was blocked. The builder may have had the lock then, so
         * this is the least that the map itself has caused.
         */
        LONGEST_LESS_ALL_WAITS,
        /** The longest time from the moment when a write was due to its end. */
        OVERDUE,
        /** The longest time between two looks at the clock while the thread waited until a write was due. */
        GAP,
        /** The longest gap, less the time for which the thread was ready to run and had no CPU. */
        GAP_LESS_WAITS
    }

    private static final int WRITE_INTERVAL_NANOS = 20_000;
    /** A write or a gap that is shorter than this counts whole: it is not worth a look at the waits in it. */
    private static final int SHORT_NANOS = 20_000;

    private static final int MILLISECOND = 1_000_000;
    /** The writes before the build go on for this time for each entry. */
    private static final long ALONE_NANOS = 500;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private OrderBuildChild() {}

    /** Arguments: contender, entries, builds. Reports the first build and the last one. */
    public static void main(String[] arguments) throws InterruptedException, IOException {
        Reporter report = Reporter.toLauncher();
        int size = Integer.parseInt(arguments[1]);
        int builds = Integer.parseInt(arguments[2]);
        try (CpuWaits waits = CpuWaits.ofThisThread()) {
            for (int i = 0; i < builds; i++) {
                try (OrderStore store = OrderContender.valueOf(arguments[0]).open()) {
                    // A figure replaces the one of the same name, so the last of the warm builds counts.
                    run(store, size, waits, i == 0 ? Warmth.COLD : Warmth.WARM, report);
                }
            }
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private static void run(OrderStore store, int size, CpuWaits waits, Warmth warmth, Reporter report)
            throws InterruptedException {
        for (int i = 0; i < size; i++) {
            store.put(OrderChild.key(i), OrderChild.value(i));
        }
        System.gc();
        Writes alone = new Writes(store, size, waits);
        long end = System.nanoTime() + size * ALONE_NANOS;
        alone.make(() -> System.nanoTime() < end);
        Writes beside = new Writes(store, size, waits);
        AtomicBoolean isWriting = new AtomicBoolean();
        AtomicBoolean isBuilt = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().name("writer").start(() -> {
            isWriting.set(true);
            beside.make(() -> !isBuilt.get());
        });
        while (!isWriting.get()) {
            Thread.onSpinWait();
        }
        OptionalLong stolen = ProcSelf.stolenNanos();
        long cpu = THREADS.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        try {
            store.index();
        } finally {
            isBuilt.set(true);
        }
        report.figure(warmth.figure(BuildMetric.WALL), System.nanoTime() - start);
        report.figure(warmth.figure(BuildMetric.CPU), THREADS.getCurrentThreadCpuTime() - cpu);
        stolen.ifPresent(before -> report.figure(
                warmth.figure(BuildMetric.STOLEN), ProcSelf.stolenNanos().orElse(before) - before));
        writer.join();
        alone.report(report, warmth, Phase.ALONE);
        beside.report(report, warmth, Phase.BESIDE);
    }

    /** Writes at a steady rate, and their times. */
    private static final class Writes {
        private final OrderStore store;
        private final int size;
        private final CpuWaits builder;
        private final Latencies calls = new Latencies();
        private long overdue;
        private long gap;
        private boolean isCounted;
        private long callLessWaits;
        private long overMillisecond;
        private long callLessAllWaits;
        private long gapLessWaits;

        /** Makes none yet. The builder's waits for a CPU are read by the thread that writes. */
        Writes(OrderStore store, int size, CpuWaits builder) {
            this.store = store;
            this.size = size;
            this.builder = builder;
        }

        /** Overwrites a key, inserts one and removes it again, in turn, each when it is due. */
        void make(BooleanSupplier goesOn) {
            try (CpuWaits own = CpuWaits.ofThisThread()) {
                isCounted = own.isCounted();
                make(goesOn, own);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        private void make(BooleanSupplier goesOn, CpuWaits own) {
            long due = System.nanoTime();
            for (int i = 0; goesOn.getAsBoolean() || i % 3 != 0; i++) {
                int number = i % 3 == 0 ? (int) (i * 7919L % size) : size + i - i % 3;
                byte[] key = OrderChild.key(number);
                byte[] value = OrderChild.value(number);
                awaitTime(due, own);
                long before = System.nanoTime();
                long waited = own.nanos();
                long builderWaited = builder.nanos();
                long cpu = THREADS.getCurrentThreadCpuTime();
                long begun = System.nanoTime();
                if (i % 3 == 2) {
                    store.remove(key);
                } else {
                    store.put(key, value);
                }
                long call = System.nanoTime() - begun;
                calls.record(call);
                overdue = Math.max(overdue, begun + call - due);
                due += WRITE_INTERVAL_NANOS;
                long lessWaits = call;
                long lessAllWaits = call;
                if (call >= SHORT_NANOS) {
                    cpu = THREADS.getCurrentThreadCpuTime() - cpu;
                    builderWaited = builder.nanos() - builderWaited;
                    waited = own.nanos() - waited;
                    // Some of the waits may have been before or behind the call: they are in the whole time, too.
                    lessWaits = Math.min(call, System.nanoTime() - before - waited);
                    lessAllWaits = Math.max(Math.min(lessWaits, cpu), lessWaits - builderWaited);
                }
                callLessWaits = Math.max(callLessWaits, lessWaits);
                overMillisecond += lessWaits > MILLISECOND ? 1 : 0;
                callLessAllWaits = Math.max(callLessAllWaits, lessAllWaits);
            }
        }

        /** Waits until this time. */
        private void awaitTime(long due, CpuWaits own) {
            long waited = own.nanos();
            long now = System.nanoTime();
            while (now < due) {
                long waitedBefore = waited;
                waited = own.nanos();
                long before = now;
                now = System.nanoTime();
                long length = now - before;
                gap = Math.max(gap, length);
                long lessWaits = length < SHORT_NANOS ? length : length - (own.nanos() - waitedBefore);
                gapLessWaits = Math.max(gapLessWaits, lessWaits);
            }
        }

        void report(Reporter report, Warmth warmth, Phase phase) {
            report.figure(warmth.figure(phase, WriteMetric.P99_9), calls.at(Latencies.Point.P99_9));
            report.figure(warmth.figure(phase, WriteMetric.P99_99), calls.at(Latencies.Point.P99_99));
            report.figure(warmth.figure(phase, WriteMetric.TENTH_LONGEST), calls.tenthLongest());
            report.figure(warmth.figure(phase, WriteMetric.LONGEST), calls.at(Latencies.Point.MAX));
            report.figure(warmth.figure(phase, WriteMetric.OVERDUE), overdue);
            report.figure(warmth.figure(phase, WriteMetric.GAP), gap);
            if (isCounted) {
                report.figure(warmth.figure(phase, WriteMetric.LONGEST_LESS_WAITS), callLessWaits);
                report.figure(warmth.figure(phase, WriteMetric.OVER_MILLISECOND), overMillisecond);
                report.figure(warmth.figure(phase, WriteMetric.GAP_LESS_WAITS), gapLessWaits);
                if (phase == Phase.BESIDE) {
                    report.figure(warmth.figure(phase, WriteMetric.LONGEST_LESS_ALL_WAITS), callLessAllWaits);
                }
            }
        }
    }
}
