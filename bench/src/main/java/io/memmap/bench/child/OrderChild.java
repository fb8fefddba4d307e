package io.memmap.bench.child;

import io.memmap.bench.maps.OrderContender;
import io.memmap.bench.maps.OrderStore;
import java.util.Arrays;

/**
 * The program that measures one map with ordered keys. It fills the map, inserts new keys before and
 * after the index is built, reads ranges and prefixes, and replaces all keys one by one.
 */
public final class OrderChild {
    /** The figures that it reports, in nanoseconds unless said otherwise. */
    public enum OrderMetric {
        /** A new key, without an index. Only for maps that build their index later. */
        INSERT_PLAIN,
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
    public static void main(String[] arguments) {
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

    private void run(boolean buildsLater, int replaced) {
        for (int i = 0; i < size; i++) {
            store.put(key(i), value(i));
        }
        if (buildsLater) {
            figure(OrderMetric.INSERT_PLAIN, insert());
            store.index();
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
    static byte[] key(int number) {
        byte[] key = new byte[KEY_BYTES];
        putLong(key, 0, mix(2L * number + 1));
        putLong(key, Long.BYTES, mix(2L * number + 2));
        return key;
    }

    static byte[] value(int number) {
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
