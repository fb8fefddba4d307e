package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
import java.util.ArrayList;
import java.util.List;

/**
 * The JVM of one contender whose worst put is looked for: fills a map from empty, each put timed from the end of the one
 * before, and times a loop that puts nothing in the same way.
 */
final class FillLatency {
    /** The distribution of the puts. */
    static final String PUT = "put";
    /** The distribution of the same loop without a put. */
    static final String NO_OP = "noOp";
    /** The time of the whole fill. */
    static final String NANOS = "nanos";

    /** The curve of the distribution of puts. */
    static final String PERCENTILES = "percentiles";
    /** The curve of the worst put of each {@link #CHUNK}: microseconds from the start, and nanoseconds. */
    static final String WORST = "worst";

    private static final int CHUNK = 10_000;
    private static final int WARM_UP_FILLS = 8;
    private static final int WARM_UP_SIZE = 250_000;
    private static final long SALT = 1;

    private FillLatency() {}

    /** Arguments: contender, entries. */
    public static void main(String[] arguments) {
        Report report = Report.toLauncher();
        int size = Integer.parseInt(arguments[1]);
        try (LongMaps maps = Contender.valueOf(arguments[0]).open(size)) {
            run(maps, Keys.range(0, size), report);
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private static void run(LongMaps maps, long[] keys, Report report) {
        long[] fewKeys = Keys.range(0, Math.min(WARM_UP_SIZE, keys.length));
        for (int i = 0; i < WARM_UP_FILLS; i++) {
            fill(maps, fewKeys, new Latencies(), (entries, now) -> {}).close();
            doNothing(fewKeys, new Latencies());
        }
        Latencies noOps = new Latencies();
        doNothing(keys, noOps);
        noOps.report(report, NO_OP);
        System.gc();
        Latencies puts = new Latencies();
        long start = System.nanoTime();
        List<long[]> worst = new ArrayList<>(keys.length / CHUNK + 1);
        try (Ticker ticker = new Ticker(report, keys.length);
                LongMap map = fill(maps, keys, puts, (entries, now) -> {
                    ticker.at(entries, entries);
                    worst.add(new long[] {(now - start) / 1000, puts.takeLongest()});
                })) {
            report.figure(NANOS, System.nanoTime() - start);
            if (map.size() != keys.length) {
                throw new IllegalStateException("the map holds " + map.size() + " entries of " + keys.length);
            }
        }
        worst.forEach(point -> report.point(WORST, point[0], point[1]));
        puts.report(report, PUT);
        puts.reportCurve(report, PERCENTILES);
    }

    /** Is told after each {@link #CHUNK}. */
    private interface Watcher {
        void chunkEnded(long entries, long nanoTime);
    }

    private static LongMap fill(LongMaps maps, long[] keys, Latencies latencies, Watcher watcher) {
        LongMap map = maps.make(0);
        long last = System.nanoTime();
        for (int from = 0; from < keys.length; from += CHUNK) {
            last = putChunk(map, keys, from, Math.min(from + CHUNK, keys.length), latencies, last);
            watcher.chunkEnded(from, last);
        }
        return map;
    }

    private static long putChunk(LongMap map, long[] keys, int from, int to, Latencies latencies, long before) {
        long last = before;
        for (int i = from; i < to; i++) {
            map.put(keys[i], LongMap.value(keys[i], SALT));
            long now = System.nanoTime();
            latencies.record(now - last);
            last = now;
        }
        return last;
    }

    private static void doNothing(long[] keys, Latencies latencies) {
        long last = System.nanoTime();
        for (int from = 0; from < keys.length; from += CHUNK) {
            last = nothingChunk(keys, from, Math.min(from + CHUNK, keys.length), latencies, last);
        }
    }

    private static long nothingChunk(long[] keys, int from, int to, Latencies latencies, long before) {
        long last = before;
        for (int i = from; i < to; i++) {
            seen ^= LongMap.value(keys[i], SALT);
            long now = System.nanoTime();
            latencies.record(now - last);
            last = now;
        }
        return last;
    }

    /** Keeps the compiler from leaving the keys unread. */
    static long seen;
}
