package io.memmap.bench;

import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.SharedContender;
import io.memmap.bench.maps.SharedMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The JVM of one contender whose worst get is looked for: one thread fills a map from empty, through all its doublings, while
 * another times gets of what is there already, each from the end of the one before. Then the same with a loop that gets nothing.
 */
final class ReaderLatency {
    /** The distribution of the gets. */
    static final String GET = "get";
    /** The distribution of the same loop without a get. */
    static final String NO_OP = "noOp";
    /** The number of gets. */
    static final String GETS = "gets";

    private static final int PUTS_BETWEEN_NEWS = 256;
    private static final int WARM_UP_FILLS = 8;
    private static final int WARM_UP_SIZE = 250_000;
    private static final long SALT = 1;

    /** Keys of lower indices have been put. */
    private volatile int filled;

    private final SharedMap map;
    private final long[] keys;

    private ReaderLatency(SharedMap map, long[] keys) {
        this.map = map;
        this.keys = keys;
    }

    /** Arguments: contender, entries. */
    public static void main(String[] arguments) throws Exception {
        Report report = Report.toLauncher();
        SharedContender contender = SharedContender.valueOf(arguments[0]);
        int size = Integer.parseInt(arguments[1]);
        try {
            long[] keys = Keys.range(0, size);
            long[] fewKeys = Keys.range(0, Math.min(WARM_UP_SIZE, size));
            for (int i = 0; i < WARM_UP_FILLS; i++) {
                measure(contender, fewKeys, i % 2 == 0);
            }
            Latencies noOps = measure(contender, keys, false);
            System.gc();
            Latencies gets = measure(contender, keys, true);
            noOps.report(report, NO_OP);
            gets.report(report, GET);
            report.figure(GETS, gets.count());
        } catch (RuntimeException failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private static Latencies measure(SharedContender contender, long[] keys, boolean reads) throws Exception {
        try (SharedMap map = contender.make(0, keys.length)) {
            ReaderLatency latency = new ReaderLatency(map, keys);
            FutureTask<Void> writer = new FutureTask<>(latency::fill, null);
            Thread.ofPlatform().daemon().start(writer);
            Latencies latencies = new Latencies();
            while (latency.filled == 0) {
                Thread.onSpinWait();
            }
            for (int seen = latency.filled; seen < keys.length; seen = latency.filled) {
                latency.read(seen, latencies, reads);
            }
            writer.get();
            return latencies;
        }
    }

    private void fill() {
        for (int i = 0; i < keys.length; i++) {
            map.put(keys[i], LongMap.value(keys[i], SALT));
            if ((i + 1) % PUTS_BETWEEN_NEWS == 0) {
                filled = i + 1;
            }
        }
        filled = keys.length;
    }

    /** Times some gets of the first keys. */
    private void read(int seen, Latencies latencies, boolean reads) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long last = System.nanoTime();
        for (int i = 0; i < PUTS_BETWEEN_NEWS; i++) {
            long key = keys[random.nextInt(seen)];
            long expected = LongMap.value(key, SALT);
            long value = reads ? map.get(key) : expected;
            if (value != expected) {
                throw new IllegalStateException("key " + key + " has " + value + ", not " + expected);
            }
            long now = System.nanoTime();
            latencies.record(now - last);
            last = now;
        }
    }
}
