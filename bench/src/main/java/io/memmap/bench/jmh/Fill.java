package io.memmap.bench.jmh;

import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Fills a new map, from its creation to its last key. The score is the time of a whole fill; with
 * {@code -opi} and the size it is the time of an entry.
 */
@BenchmarkMode(Mode.SingleShotTime)
@Warmup(iterations = 0)
@Measurement(iterations = 2)
public class Fill extends LongBenchmark {
    /**
     * The time for which smaller maps are filled before the first measured fill, so that the
     * compiler has finished.
     */
    static final Duration WARM_UP = Duration.ofMillis(1500);

    private static final int WARM_UP_SIZE = 200_000;
    private static final long SALT = 1;

    private long[] entries;
    private LongMaps maps;
    private @Nullable LongMap map;

    @Setup
    public void open(BenchmarkParams benchmark) {
        polluteIfAsked();
        entries = keys.range(0, size);
        maps = contender.open(size);
        int warmUpSize = Math.min(WARM_UP_SIZE, size);
        int hint = benchmark.getBenchmark().endsWith("Presized") ? warmUpSize : 0;
        for (long start = System.nanoTime(); System.nanoTime() - start < WARM_UP.toNanos(); ) {
            fill(hint, warmUpSize).close();
        }
    }

    /** Collects garbage, so that no fill pays for the garbage of the fill before it. */
    @Setup(Level.Iteration)
    public void collect() {
        map = null;
        System.gc();
    }

    @Benchmark
    public LongMap fill() {
        return fill(0, size);
    }

    @Benchmark
    public LongMap fillPresized() {
        return fill(size, size);
    }

    private LongMap fill(int hint, int count) {
        LongMap filled = maps.make(hint);
        filled.putAll(entries, 0, count, SALT);
        map = filled;
        return filled;
    }

    @TearDown(Level.Iteration)
    public void close() {
        LongMap filled = Objects.requireNonNull(map);
        if (filled.size() != size) {
            throw new IllegalStateException("the map holds " + filled.size() + " entries; expected " + size);
        }
        filled.close();
    }

    @TearDown
    public void closeAll() {
        maps.close();
    }
}
