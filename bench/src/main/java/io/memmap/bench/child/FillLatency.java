package io.memmap.bench.child;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
import io.memmap.bench.result.FigureNames;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The program that measures the latency of puts: it fills a map from empty and times every put. It
 * also times gets from the full map, a loop without a map operation, and an {@link ArrayLoop}. A
 * put begins when the put before it ends. If puts have a rate, a put begins at its intended time,
 * so that a stall counts for every put that it delays.
 */
public final class FillLatency {
    /** The distribution of the puts. */
    public static final String PUT = "put";
    /** The distribution of gets of all keys from the full map. */
    public static final String GET = "get";
    /** The distribution of the same loop without a map operation. */
    public static final String NO_OP = "noOp";
    /** The distribution of the same loop over an array. */
    public static final String ARRAY = "array";
    /** The time of the whole fill. */
    public static final String NANOS = "nanos";

    /** The curve of the distribution of the loop without a map operation. */
    public static final String NO_OP_PERCENTILES = "noOpPercentiles";

    private static final int CHUNK = 10_000;
    private static final int WARM_UP_FILLS = 8;
    private static final int WARM_UP_SIZE = 250_000;
    private static final long SALT = 1;

    private final LongMaps maps;
    private final double nanosBetween;
    private long start;
    /** Written so that the compiler cannot remove the reads. */
    long seen;

    private FillLatency(LongMaps maps, int putsASecond) {
        this.maps = maps;
        nanosBetween = putsASecond == 0 ? 0 : 1e9 / putsASecond;
    }

    /** Arguments: contender, entries, puts a second. A rate of 0 means as many as possible. */
    public static void main(String[] arguments) {
        Reporter report = Reporter.toLauncher();
        int size = Integer.parseInt(arguments[1]);
        try (LongMaps maps = Contender.valueOf(arguments[0]).open(size)) {
            new FillLatency(maps, Integer.parseInt(arguments[2])).run(Keys.range(0, size), report);
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private void run(long[] keys, Reporter report) {
        long[] fewKeys = Keys.range(0, Math.min(WARM_UP_SIZE, keys.length));
        for (int i = 0; i < WARM_UP_FILLS; i++) {
            try (LongMap map = fill(fewKeys, new Latencies(), (entries, now) -> {})) {
                getAll(map, fewKeys, new Latencies());
            }
            doNothing(fewKeys, new Latencies(), null);
            doNothing(fewKeys, new Latencies(), new ArrayLoop(fewKeys.length));
        }
        Latencies noOps = new Latencies();
        doNothing(keys, noOps, null);
        noOps.report(report, NO_OP);
        noOps.reportCurve(report, NO_OP_PERCENTILES);
        Latencies ofArray = new Latencies();
        doNothing(keys, ofArray, new ArrayLoop(keys.length));
        ofArray.report(report, ARRAY);
        System.gc();
        Latencies puts = new Latencies();
        List<long[]> worst = new ArrayList<>(keys.length / CHUNK + 1);
        try (Ticker ticker = new Ticker(report, keys.length);
                LongMap map = fill(keys, puts, (entries, now) -> {
                    ticker.at(entries, entries);
                    worst.add(new long[] {(now - start) / 1000, puts.takeLongest()});
                })) {
            report.figure(NANOS, System.nanoTime() - start);
            if (map.size() != keys.length) {
                throw new IllegalStateException("the map holds " + map.size() + " entries; expected " + keys.length);
            }
            if (nanosBetween == 0) {
                Latencies gets = new Latencies();
                getAll(map, keys, gets);
                gets.report(report, GET);
            }
        }
        worst.forEach(point -> report.point(FigureNames.WORST, point[0], point[1]));
        puts.report(report, PUT);
        puts.reportCurve(report, FigureNames.PERCENTILES);
    }

    /** Is called after each {@link #CHUNK} of operations. */
    private interface Watcher {
        void chunkEnded(long entries, long nanoTime);
    }

    private LongMap fill(long[] keys, Latencies latencies, Watcher watcher) {
        LongMap map = maps.make(0);
        start = System.nanoTime();
        long last = start;
        for (int from = 0; from < keys.length; from += CHUNK) {
            last = putChunk(map, keys, from, Math.min(from + CHUNK, keys.length), latencies, last);
            watcher.chunkEnded(from, last);
        }
        return map;
    }

    private long putChunk(LongMap map, long[] keys, int from, int to, Latencies latencies, long before) {
        long last = before;
        for (int i = from; i < to; i++) {
            long begin = begin(i, last);
            map.put(keys[i], LongMap.value(keys[i], SALT));
            last = System.nanoTime();
            latencies.record(last - begin);
        }
        return last;
    }

    private void getAll(LongMap map, long[] keys, Latencies latencies) {
        long last = System.nanoTime();
        for (int from = 0; from < keys.length; from += CHUNK) {
            last = getChunk(map, keys, from, Math.min(from + CHUNK, keys.length), latencies, last);
        }
    }

    private long getChunk(LongMap map, long[] keys, int from, int to, Latencies latencies, long before) {
        long last = before;
        for (int i = from; i < to; i++) {
            long begin = last;
            seen ^= map.get(keys[i]);
            last = System.nanoTime();
            latencies.record(last - begin);
        }
        return last;
    }

    /** Runs the loop without a put. If there is an array, each step reads the array. */
    private void doNothing(long[] keys, Latencies latencies, @Nullable ArrayLoop array) {
        start = System.nanoTime();
        long last = start;
        for (int from = 0; from < keys.length; from += CHUNK) {
            int to = Math.min(from + CHUNK, keys.length);
            last = array == null
                    ? nothingChunk(keys, from, to, latencies, last)
                    : arrayChunk(array, keys, from, to, latencies, last);
        }
    }

    private long nothingChunk(long[] keys, int from, int to, Latencies latencies, long before) {
        long last = before;
        for (int i = from; i < to; i++) {
            long begin = begin(i, last);
            seen ^= LongMap.value(keys[i], SALT);
            last = System.nanoTime();
            latencies.record(last - begin);
        }
        return last;
    }

    private long arrayChunk(ArrayLoop array, long[] keys, int from, int to, Latencies latencies, long before) {
        long last = before;
        for (int i = from; i < to; i++) {
            long begin = begin(i, last);
            seen ^= array.step(keys[i]);
            last = System.nanoTime();
            latencies.record(last - begin);
        }
        return last;
    }

    /**
     * Returns the time at which an operation begins. Waits for that time first if there is a rate.
     */
    private long begin(int index, long last) {
        if (nanosBetween == 0) {
            return last;
        }
        long intended = start + (long) (index * nanosBetween);
        while (System.nanoTime() < intended) {
            Thread.onSpinWait();
        }
        return intended;
    }
}
