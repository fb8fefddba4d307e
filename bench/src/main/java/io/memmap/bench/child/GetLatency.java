package io.memmap.bench.child;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
import io.memmap.bench.result.FigureNames;
import java.util.ArrayList;
import java.util.List;

/**
 * The program that measures the latency of gets beside a writer. Gets begin at intended times, at a
 * fixed rate. A latency runs from the intended time to the end, so that a stall counts for every
 * get that it delays. The writer removes and inserts keys at the same rate: in its own thread if
 * the map is for many threads, else in the same thread between the gets.
 */
public final class GetLatency {
    /** The distribution of the gets. */
    public static final String GET = "get";

    private static final int WINDOW_NANOS = 10_000_000;
    private static final int WARM_UP_SECONDS = 1;
    private static final long SALT = 1;

    private final LongMap map;
    private final long[] keys;
    private final boolean ownWriter;
    private final long intervalNanos;
    private volatile boolean stopped;
    /** Written so that the compiler cannot remove the gets. */
    long seen;

    private GetLatency(LongMap map, long[] keys, boolean ownWriter, int perSecond) {
        this.map = map;
        this.keys = keys;
        this.ownWriter = ownWriter;
        intervalNanos = 1_000_000_000L / perSecond;
    }

    /** Arguments: contender, entries, gets a second, seconds. */
    public static void main(String[] arguments) throws InterruptedException {
        Reporter report = Reporter.toLauncher();
        Contender contender = Contender.valueOf(arguments[0]);
        int size = Integer.parseInt(arguments[1]);
        try (LongMaps maps = contender.open(size);
                LongMap map = maps.make(size)) {
            long[] keys = Keys.range(0, size);
            map.putAll(keys, 0, size, SALT);
            new GetLatency(map, keys, contender.isShared(), Integer.parseInt(arguments[2]))
                    .run(Integer.parseInt(arguments[3]), report);
        } catch (RuntimeException | LinkageError failed) {
            report.send(new Message.Failure(failed.toString()));
            System.exit(1);
        }
    }

    private void run(int seconds, Reporter report) throws InterruptedException {
        Thread writer = Thread.ofPlatform().name("writer").daemon().unstarted(this::write);
        if (ownWriter) {
            writer.start();
        }
        loop(WARM_UP_SECONDS, true, new Latencies());
        Latencies noOps = new Latencies();
        loop(seconds, false, noOps);
        System.gc();
        Latencies gets = new Latencies();
        List<long[]> worst = loop(seconds, true, gets);
        stopped = true;
        writer.join();
        noOps.report(report, FillLatency.NO_OP);
        gets.report(report, GET);
        gets.reportCurve(report, FigureNames.PERCENTILES);
        worst.forEach(point -> report.point(FigureNames.WORST, point[0], point[1]));
    }

    /** Returns the worst get of each window: microseconds from the start, and nanoseconds. */
    private List<long[]> loop(int seconds, boolean gets, Latencies latencies) {
        List<long[]> worst = new ArrayList<>();
        long start = System.nanoTime();
        long end = start + seconds * 1_000_000_000L;
        long windowEnd = start + WINDOW_NANOS;
        int index = 0;
        for (long intended = start; intended < end; intended += intervalNanos) {
            while (System.nanoTime() < intended) {
                Thread.onSpinWait();
            }
            index = (int) ((index + 7919L) % keys.length);
            if (gets) {
                seen ^= map.get(keys[index]);
            }
            long now = System.nanoTime();
            latencies.record(now - intended);
            if (now >= windowEnd) {
                worst.add(new long[] {(now - start) / 1000, latencies.takeLongest()});
                windowEnd = now + WINDOW_NANOS;
            }
            if (gets && !ownWriter) {
                replace(keys[keys.length - 1 - index]);
            }
        }
        return worst;
    }

    private void write() {
        long intended = System.nanoTime();
        for (int i = 0; !stopped; i = (int) ((i + 7919L) % keys.length)) {
            replace(keys[i]);
            intended += intervalNanos;
            while (System.nanoTime() < intended && !stopped) {
                Thread.onSpinWait();
            }
        }
    }

    private void replace(long key) {
        map.remove(key);
        map.put(key, LongMap.value(key, SALT));
    }
}
