package io.memmap.bench.job;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Replays traces on a bounded SyncMap and on Caffeine. Both may hold the same number of entries. A
 * key that is missed is put.
 */
public final class CacheJob {
    /** The number of points by which the hit rate of the map may be below Caffeine's. */
    static final double ALLOWED_POINTS = 2;

    private static final long HEAP_BYTES = 1L << 30;

    /** The result of a trace at one size. */
    public record Result(
            int size, CacheTrace trace, double caffeine, double memmap, double caffeineNanos, double memmapNanos) {
        /** Returns the hit rate of the map minus that of Caffeine, in points. */
        double points() {
            return memmap - caffeine;
        }

        public boolean isWithin() {
            return points() >= -ALLOWED_POINTS;
        }
    }

    private record Replay(double hitPercent, double nanos) {}

    private interface Lookup {
        /** Returns whether the key is present; puts it if it is absent. */
        boolean hit(long key);
    }

    private final List<Integer> sizes;
    private final int length;

    /**
     * Makes a job.
     *
     * @param sizes the numbers of entries of the caches
     * @param length the number of keys of a trace
     */
    public CacheJob(List<Integer> sizes, int length) {
        this.sizes = sizes;
        this.length = length;
    }

    public List<Result> run(Consumer<String> progress) {
        List<Result> results = new ArrayList<>();
        for (int size : sizes) {
            for (CacheTrace trace : CacheTrace.values()) {
                progress.accept("size " + Text.count(size) + ", " + trace.title());
                long[] keys = trace.keys(size, length);
                Replay caffeine = caffeine(keys, size);
                Replay memmap = memmap(keys, size);
                results.add(new Result(
                        size, trace, caffeine.hitPercent(), memmap.hitPercent(), caffeine.nanos(), memmap.nanos()));
            }
        }
        return results;
    }

    /**
     * Replays on Caffeine. It does its maintenance in the calling thread, so that its hit rate
     * hardly depends on the machine.
     */
    private static Replay caffeine(long[] keys, int size) {
        Cache<Long, Long> cache =
                Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
        return replay(keys, key -> {
            boolean hit = cache.getIfPresent(key) != null;
            if (!hit) {
                cache.put(key, key);
            }
            return hit;
        });
    }

    private static Replay memmap(long[] keys, int size) {
        try (NativeHeap heap =
                NativeHeap.builder().shared().maxBytes(HEAP_BYTES).open()) {
            SyncMap<Long, Long> map =
                    SyncMap.builder(heap, Type.LONG, Type.LONG).maxEntries(size).make();
            return replay(keys, key -> {
                boolean hit = map.get(key) != null;
                if (!hit) {
                    map.put(key, key);
                }
                return hit;
            });
        }
    }

    private static Replay replay(long[] keys, Lookup cache) {
        long start = System.nanoTime();
        long hits = 0;
        for (long key : keys) {
            hits += cache.hit(key) ? 1 : 0;
        }
        double nanos = System.nanoTime() - start;
        return new Replay(100.0 * hits / keys.length, nanos / keys.length);
    }

    public static List<String> header() {
        return List.of(
                "trace", "entries", "Caffeine, % hits", "memmap, % hits", "points", "Caffeine, ns", "memmap, ns");
    }

    public static List<String> row(Result result) {
        return List.of(
                result.trace().title(),
                Text.count(result.size()),
                String.format(Locale.ROOT, "%.2f", result.caffeine()),
                String.format(Locale.ROOT, "%.2f", result.memmap()),
                String.format(Locale.ROOT, "%+.2f", result.points()),
                Text.digits(result.caffeineNanos()),
                Text.digits(result.memmapNanos()));
    }

    /** Returns a sentence that says whether the map keeps up. */
    public static String verdict(List<Result> results) {
        long within = results.stream().filter(Result::isWithin).count();
        double worst = results.stream().mapToDouble(Result::points).min().orElse(0);
        double sum = results.stream().mapToDouble(Result::points).sum();
        return String.format(
                Locale.ROOT,
                "%d of %d hit rates are at most %.0f points below Caffeine's; the worst is %+.2f, the mean %+.2f.",
                within,
                results.size(),
                ALLOWED_POINTS,
                worst,
                sum / Math.max(1, results.size()));
    }
}
