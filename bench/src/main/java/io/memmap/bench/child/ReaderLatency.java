package io.memmap.bench.child;

import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.SharedContender;
import io.memmap.bench.maps.SharedMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The program that measures gets while another thread fills the map from empty, through all its
 * doublings. A get begins when the get before it ends. The program then times a loop without a get,
 * and an {@link ArrayLoop}, in the same way.
 */
public final class ReaderLatency {
    /** The distribution of the gets. */
    public static final String GET = "get";
    /** The distribution of the same loop without a get. */
    public static final String NO_OP = "noOp";
    /** The distribution of the same loop over an array. */
    public static final String ARRAY = "array";
    /** The number of gets. */
    static final String GETS = "gets";

    /** The loops that are timed. */
    private enum Loop {
        NO_OP,
        ARRAY,
        GET
    }

    private static final int PUTS_BETWEEN_NEWS = 256;
    private static final int WARM_UP_FILLS = 4;
    private static final int WARM_UP_SIZE = 250_000;
    private static final long SALT = 1;

    /** All keys with a lower index are in the map. */
    private volatile int filled;

    private final SharedMap map;
    private final long[] keys;
    private final ArrayLoop array;
    /** Written so that the compiler cannot remove the reads. */
    long read;

    private ReaderLatency(SharedMap map, long[] keys, ArrayLoop array) {
        this.map = map;
        this.keys = keys;
        this.array = array;
    }

    /** Arguments: contender, entries. */
    public static void main(String[] arguments) throws Exception {
        Reporter report = Reporter.toLauncher();
        SharedContender contender = SharedContender.valueOf(arguments[0]);
        int size = Integer.parseInt(arguments[1]);
        try {
            long[] keys = Keys.range(0, size);
            long[] fewKeys = Keys.range(0, Math.min(WARM_UP_SIZE, size));
            for (int i = 0; i < WARM_UP_FILLS; i++) {
                for (Loop loop : Loop.values()) {
                    measure(contender, fewKeys, loop);
                }
            }
            Latencies noOps = measure(contender, keys, Loop.NO_OP);
            Latencies ofArray = measure(contender, keys, Loop.ARRAY);
            System.gc();
            Latencies gets = measure(contender, keys, Loop.GET);
            noOps.report(report, NO_OP);
            ofArray.report(report, ARRAY);
            gets.report(report, GET);
            report.figure(GETS, gets.count());
        } catch (RuntimeException failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private static Latencies measure(SharedContender contender, long[] keys, Loop loop) throws Exception {
        try (SharedMap map = contender.make(0, keys.length)) {
            ReaderLatency latency = new ReaderLatency(map, keys, new ArrayLoop(loop == Loop.ARRAY ? keys.length : 1));
            FutureTask<Void> writer = new FutureTask<>(latency::fill, null);
            Thread.ofPlatform().daemon().start(writer);
            Latencies latencies = new Latencies();
            while (latency.filled == 0) {
                Thread.onSpinWait();
            }
            for (int seen = latency.filled; seen < keys.length; seen = latency.filled) {
                latency.run(loop, seen, latencies);
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

    /** Times some operations on the keys below {@code seen}. */
    private void run(Loop loop, int seen, Latencies latencies) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long last = System.nanoTime();
        for (int i = 0; i < PUTS_BETWEEN_NEWS; i++) {
            long key = keys[random.nextInt(seen)];
            long expected = LongMap.value(key, SALT);
            switch (loop) {
                case NO_OP -> read ^= expected;
                case ARRAY -> read ^= array.step(key);
                case GET -> {
                    long value = map.get(key);
                    if (value != expected) {
                        throw new IllegalStateException("key " + key + " has " + value + ", not " + expected);
                    }
                }
            }
            long now = System.nanoTime();
            latencies.record(now - last);
            last = now;
        }
    }
}
