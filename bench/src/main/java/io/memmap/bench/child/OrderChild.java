package io.memmap.bench.child;

import io.memmap.bench.maps.OrderContender;
import io.memmap.bench.maps.OrderStore;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * The program that measures one map with ordered keys. It fills the map, inserts new keys before and
 * after the index is built, reads ranges and prefixes, and replaces all keys one by one.
 */
public final class OrderChild {
    /** The figures that it reports, in nanoseconds unless said otherwise. */
    public enum OrderMetric {
        /** A new key, without an index. Only for maps that build their index later. */
        INSERT_PLAIN,
        /** The time until the index is complete, with a thread that writes beside. */
        BUILD,
        /** The time of a write without a build beside: that of 999 in 1,000, and the longest. */
        WRITE_ALONE_999,
        WRITE_ALONE,
        /** The same during the build. */
        WRITE_DURING_BUILD_999,
        WRITE_DURING_BUILD,
        /** The longest time from the moment when a write was due to its end, without and during the build. */
        DUE_ALONE,
        DUE_DURING_BUILD,
        /** Bytes of the index: after its build, and after all keys have been replaced. */
        BYTES_FRESH,
        BYTES_CHURNED,
        /** A new key, with the index. */
        INSERT,
        RANGE,
        PREFIX,
        /** The removal of one key and the insertion of another. */
        CHURN,
        RANGE_CHURNED,
        /** A sum of bytes of the entries that some ranges and prefixes had. */
        DIGEST
    }

    private static final int KEY_BYTES = 16;
    private static final int VALUE_BYTES = 32;
    private static final int PREFIX_BYTES = 2;
    private static final int BATCHES = 9;
    private static final int INSERT_PASSES = 3;
    private static final int WRITE_INTERVAL_NANOS = 20_000;
    private static final long ALONE_NANOS = 1_000_000_000L;

    private final OrderStore store;
    private final Reporter report;
    private final int size;
    private final int rangeKeys;
    private final int rangesInABatch;
    /** The number of the oldest key. Keys have numbers; those of the map are {@code size} in a row. */
    private int first;
    /** Written so that the compiler cannot remove the reads. */
    long seen;

    private OrderChild(OrderStore store, Reporter report, int size, int rangeKeys, int rangesInABatch) {
        this.store = store;
        this.report = report;
        this.size = size;
        this.rangeKeys = rangeKeys;
        this.rangesInABatch = rangesInABatch;
    }

    /** Arguments: contender, entries, keys of a range, ranges in a batch, keys to replace. */
    public static void main(String[] arguments) throws InterruptedException {
        Reporter report = Reporter.toLauncher();
        OrderContender contender = OrderContender.valueOf(arguments[0]);
        try (OrderStore store = contender.open()) {
            new OrderChild(
                            store,
                            report,
                            Integer.parseInt(arguments[1]),
                            Integer.parseInt(arguments[2]),
                            Integer.parseInt(arguments[3]))
                    .run(contender.isMemmap(), Integer.parseInt(arguments[4]));
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private void run(boolean buildsLater, int replaced) throws InterruptedException {
        for (int i = 0; i < size; i++) {
            store.put(key(i), value(i));
        }
        if (buildsLater) {
            figure(OrderMetric.INSERT_PLAIN, insert());
            System.gc();
            build();
            figure(OrderMetric.BYTES_FRESH, store.indexBytes());
        } else {
            store.index();
        }
        figure(OrderMetric.INSERT, insert());
        if (!buildsLater) {
            store.index();
        }
        long digest = 0;
        for (int i = 0; i < rangesInABatch; i++) { // warms the code up, too
            digest = 31 * digest + range(i) + 7 * prefix(i);
        }
        figure(OrderMetric.DIGEST, digest);
        figure(OrderMetric.RANGE, median(true));
        figure(OrderMetric.PREFIX, median(false));
        if (replaced > 0) {
            figure(OrderMetric.CHURN, churn(replaced));
            if (buildsLater) {
                figure(OrderMetric.BYTES_CHURNED, store.indexBytes());
            }
            figure(OrderMetric.RANGE_CHURNED, median(true));
        }
    }

    /** Inserts new keys, a tenth of the map, and removes them. Returns the fastest of some passes. */
    private long insert() {
        int count = Math.max(1, size / 10);
        long fastest = Long.MAX_VALUE;
        for (int pass = 0; pass < INSERT_PASSES; pass++) {
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                store.put(key(first + size + i), value(i));
            }
            fastest = Math.min(fastest, (System.nanoTime() - start) / count);
            for (int i = 0; i < count; i++) {
                store.remove(key(first + size + i));
            }
        }
        return fastest;
    }

    /** Builds the index. A thread writes at a steady rate, first without the build and then beside it. */
    private void build() throws InterruptedException {
        Writes alone = new Writes();
        long end = System.nanoTime() + ALONE_NANOS;
        write(alone, () -> System.nanoTime() < end);
        Writes beside = new Writes();
        AtomicBoolean isWriting = new AtomicBoolean();
        AtomicBoolean isBuilt = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().name("writer").start(() -> {
            isWriting.set(true);
            write(beside, () -> !isBuilt.get());
        });
        while (!isWriting.get()) {
            Thread.onSpinWait();
        }
        long start = System.nanoTime();
        try {
            store.index();
        } finally {
            isBuilt.set(true);
        }
        figure(OrderMetric.BUILD, System.nanoTime() - start);
        writer.join();
        figure(OrderMetric.WRITE_ALONE_999, alone.calls.at(Latencies.Point.P99_9));
        figure(OrderMetric.WRITE_ALONE, alone.calls.at(Latencies.Point.MAX));
        figure(OrderMetric.WRITE_DURING_BUILD_999, beside.calls.at(Latencies.Point.P99_9));
        figure(OrderMetric.WRITE_DURING_BUILD, beside.calls.at(Latencies.Point.MAX));
        figure(OrderMetric.DUE_ALONE, alone.due.at(Latencies.Point.MAX));
        figure(OrderMetric.DUE_DURING_BUILD, beside.due.at(Latencies.Point.MAX));
    }

    /** Writes at a steady rate: the times of the calls, and the times since the calls were due. */
    private static final class Writes {
        final Latencies calls = new Latencies();
        final Latencies due = new Latencies();
    }

    /** Overwrites a key, inserts one and removes it again, in turn, each when it is due. */
    private void write(Writes writes, BooleanSupplier goesOn) {
        long intended = System.nanoTime();
        for (int i = 0; goesOn.getAsBoolean() || i % 3 != 0; i++) {
            while (System.nanoTime() < intended) {
                Thread.onSpinWait();
            }
            int number = i % 3 == 0 ? (int) (i * 7919L % size) : size + i - i % 3;
            byte[] key = key(number);
            byte[] value = value(number);
            long begun = System.nanoTime();
            if (i % 3 == 2) {
                store.remove(key);
            } else {
                store.put(key, value);
            }
            long ended = System.nanoTime();
            writes.calls.record(ended - begun);
            writes.due.record(ended - intended);
            intended += WRITE_INTERVAL_NANOS;
        }
    }

    private long median(boolean isRange) {
        long[] nanos = new long[BATCHES];
        for (int batch = 0; batch < BATCHES; batch++) {
            long start = System.nanoTime();
            for (int i = 0; i < rangesInABatch; i++) {
                int number = batch * rangesInABatch + i;
                seen += isRange ? range(number) : prefix(number);
            }
            nanos[batch] = (System.nanoTime() - start) / rangesInABatch;
        }
        Arrays.sort(nanos);
        return nanos[BATCHES / 2];
    }

    private long range(int number) {
        return store.range(key(first + (int) (number * 7919L % size)), rangeKeys);
    }

    private long prefix(int number) {
        return store.prefix(Arrays.copyOf(key(first + (int) (number * 6007L % size)), PREFIX_BYTES));
    }

    /** Removes the oldest key and inserts a new one, this many times. Returns the time of one. */
    private long churn(int count) {
        long start = System.nanoTime();
        for (int i = 0; i < count; i++, first++) {
            store.remove(key(first));
            store.put(key(first + size), value(i));
        }
        return (System.nanoTime() - start) / count;
    }

    private void figure(OrderMetric figure, long value) {
        report.figure(figure.name(), value);
    }

    /** Returns the key with this number: bytes that look random, and are the same in all JVMs. */
    private static byte[] key(int number) {
        byte[] key = new byte[KEY_BYTES];
        putLong(key, 0, mix(2L * number + 1));
        putLong(key, Long.BYTES, mix(2L * number + 2));
        return key;
    }

    private static byte[] value(int number) {
        byte[] value = new byte[VALUE_BYTES];
        putLong(value, 0, number % 100);
        return value;
    }

    private static void putLong(byte[] bytes, int at, long word) {
        for (int i = 0; i < Long.BYTES; i++) {
            bytes[at + i] = (byte) (word >>> (Byte.SIZE * i));
        }
    }

    private static long mix(long number) {
        long mixed = number * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
