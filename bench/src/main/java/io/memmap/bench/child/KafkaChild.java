package io.memmap.bench.child;

import io.memmap.bench.maps.KafkaContender;
import io.memmap.bench.maps.KafkaStores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;

/** The program that measures the stores of one contender. It fails if a store has a wrong value. */
public final class KafkaChild {
    /** The figures that it reports: nanoseconds of one operation, or bytes. */
    public enum KafkaMetric {
        FILL("fill", "ns"),
        GET("get", "ns"),
        GET_PUT("get and put", "ns"),
        RESTORE("restore", "ns"),
        /** A range of {@link #RANGE_KEYS} entries. */
        RANGE("range of 100", "ns"),
        /** The first range, which makes an index if the store needs one. */
        FIRST_RANGE("first range", "ns"),
        WINDOW_GET_PUT("window, get and put", "ns"),
        /** The fetch of all windows of a key. */
        WINDOW_FETCH("fetch of 10 windows", "ns"),
        LONGEST_PAUSE("longest pause", "ns"),
        JAVA_HEAP("Java heap", "B"),
        /** What the process has grown by, with a Java heap that was resident before. */
        NATIVE("native memory", "B"),
        NATIVE_ORDERED("with order", "B");

        private final String title;
        private final String unit;

        KafkaMetric(String title, String unit) {
            this.title = title;
            this.unit = unit;
        }

        public String title() {
            return title;
        }

        public String unit() {
            return unit;
        }
    }

    /** The bytes of a key and its value. */
    public static final int PAYLOAD = 116;

    private static final int VALUE_BYTES = 100;
    private static final int RANGE_KEYS = 100;
    private static final int BATCHES = 9;
    /** Kafka restores so many records at a time, unless an application sets max.poll.records. */
    private static final int RECORDS_AT_A_TIME = 1000;

    private static final int RANGES_OF_OPERATIONS = 50;
    private static final int WINDOWS_OF_A_KEY = 10;
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final String TOPIC = "changelog";

    private final KafkaStores stores;
    private final Reporter report;
    private final int size;
    private final int operations;

    private KafkaChild(KafkaStores stores, Reporter report, int size, int operations) {
        this.stores = stores;
        this.report = report;
        this.size = size;
        this.operations = operations;
    }

    /**
     * Arguments: contender, entries, operations of a batch, directory for files, file of the log of the
     * garbage collector.
     */
    public static void main(String[] arguments) throws IOException {
        Reporter report = Reporter.toLauncher();
        try {
            new KafkaChild(
                            KafkaContender.valueOf(arguments[0]).open(Path.of(arguments[3])),
                            report,
                            Integer.parseInt(arguments[1]),
                            Integer.parseInt(arguments[2]))
                    .run(Path.of(arguments[4]));
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
        System.exit(0); // threads of Kafka's metrics may still run
    }

    private void run(Path log) throws IOException {
        long before = resident();
        KeyValueStore<Bytes, byte[]> store = stores.keyValue("entries");
        long start = System.nanoTime();
        for (int i = 0; i < size; i++) {
            store.put(key(i), value(i));
        }
        figure(KafkaMetric.FILL, (System.nanoTime() - start) / size);
        figure(KafkaMetric.GET, median(operations, i -> check(store.get(key(at(i))), at(i))));
        figure(KafkaMetric.GET_PUT, median(operations, i -> {
            check(store.get(key(at(i))), at(i));
            store.put(key(at(i)), value(at(i)));
        }));
        System.gc();
        figure(
                KafkaMetric.JAVA_HEAP,
                Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        figure(KafkaMetric.NATIVE, resident() - before);
        start = System.nanoTime();
        range(store, 0);
        figure(KafkaMetric.FIRST_RANGE, System.nanoTime() - start);
        figure(KafkaMetric.RANGE, median(Math.max(1, operations / RANGES_OF_OPERATIONS), i -> range(store, at(i))));
        figure(KafkaMetric.NATIVE_ORDERED, resident() - before);
        store.close();
        restore();
        windows();
        figure(
                KafkaMetric.LONGEST_PAUSE,
                GcLog.pauses(Files.readAllLines(log)).stream()
                        .mapToLong(GcLog.Pause::nanos)
                        .max()
                        .orElse(0));
    }

    /** Reads a range that begins with a key and has {@link #RANGE_KEYS} entries on average. */
    private void range(KeyValueStore<Bytes, byte[]> store, int number) {
        Bytes from = key(number);
        int count = 0;
        try (KeyValueIterator<Bytes, byte[]> entries = store.range(from, after(from))) {
            for (; entries.hasNext(); count++) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                if (count == 0) {
                    require(entry.key.equals(from));
                    check(entry.value, number);
                }
            }
        }
        require(count > 0);
    }

    /** Returns the key so far behind another one as some random keys are apart. */
    private Bytes after(Bytes key) {
        long first = ByteBuffer.wrap(key.get()).getLong();
        long last = first + Long.divideUnsigned(-1, size) * RANGE_KEYS;
        return Bytes.wrap(ByteBuffer.allocate(Long.BYTES)
                .putLong(Long.compareUnsigned(last, first) < 0 ? -1 : last)
                .array());
    }

    private void restore() {
        KafkaStores.Restored restored = stores.restored("restored");
        long nanos = 0;
        for (int first = 0; first < size; first += RECORDS_AT_A_TIME) {
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            for (int i = first; i < Math.min(size, first + RECORDS_AT_A_TIME); i++) {
                records.add(new ConsumerRecord<>(TOPIC, 0, i, key(i).get(), value(i)));
            }
            long start = System.nanoTime();
            restored.callback().restoreBatch(records);
            nanos += System.nanoTime() - start;
        }
        figure(KafkaMetric.RESTORE, nanos / size);
        for (int i = 0; i < Math.min(size, RECORDS_AT_A_TIME); i++) {
            check(restored.store().get(key(at(i))), at(i));
        }
        restored.store().close();
    }

    /** Fills a tenth of the entries into windows, counted up in the order of time. */
    private void windows() {
        WindowStore<Bytes, byte[]> store = stores.windows("windows", WINDOW);
        int keys = Math.max(1, size / WINDOWS_OF_A_KEY / WINDOWS_OF_A_KEY);
        for (int i = 0; i < keys * WINDOWS_OF_A_KEY; i++) {
            store.put(key(i % keys), value(i % keys), i / keys * WINDOW.toMillis());
        }
        long lastWindow = (WINDOWS_OF_A_KEY - 1) * WINDOW.toMillis();
        figure(KafkaMetric.WINDOW_GET_PUT, median(operations, i -> {
            int number = at(i) % keys;
            check(store.fetch(key(number), lastWindow), number);
            store.put(key(number), value(number), lastWindow);
        }));
        figure(KafkaMetric.WINDOW_FETCH, median(Math.max(1, operations / WINDOWS_OF_A_KEY), i -> {
            int number = at(i) % keys;
            int count = 0;
            try (WindowStoreIterator<byte[]> windows = store.fetch(key(number), 0, lastWindow)) {
                for (; windows.hasNext(); count++) {
                    check(windows.next().value, number);
                }
            }
            require(count == WINDOWS_OF_A_KEY);
        }));
        store.close();
    }

    /** Returns the time of one operation: the median of some batches of this many. */
    private static long median(int count, IntConsumer operation) {
        long[] nanos = new long[BATCHES];
        for (int batch = 0; batch < BATCHES; batch++) {
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                operation.accept(batch * count + i);
            }
            nanos[batch] = (System.nanoTime() - start) / count;
        }
        Arrays.sort(nanos);
        return nanos[BATCHES / 2];
    }

    /** Returns the number of the key of an operation, in random order. */
    private int at(int operation) {
        return (int) Long.remainderUnsigned(mix(operation), size);
    }

    private static Bytes key(int number) {
        return Bytes.wrap(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(mix(2L * number))
                .putLong(mix(2L * number + 1))
                .array());
    }

    private static byte[] value(int number) {
        return ByteBuffer.allocate(VALUE_BYTES)
                .putInt(VALUE_BYTES - Integer.BYTES, number)
                .array();
    }

    private static void check(byte[] value, int number) {
        require(value != null
                && value.length == VALUE_BYTES
                && ByteBuffer.wrap(value).getInt(VALUE_BYTES - Integer.BYTES) == number);
    }

    private static void require(boolean isRight) {
        if (!isRight) {
            throw new IllegalStateException("a store has a wrong value, so there are no figures");
        }
    }

    private static long mix(long number) {
        long mixed = (number + 1) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    private static long resident() {
        return ProcSelf.residentBytes().orElse(0);
    }

    private void figure(KafkaMetric metric, long value) {
        report.figure(metric.name(), value);
    }
}
