package io.memmap.bench.jmh;

import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
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

/**
 * Fills of a new map, from the making of it to its last key. The score is the time of a whole fill; with {@code -opi}
 * and the size it is that of an entry.
 */
@BenchmarkMode(Mode.SingleShotTime)
@Warmup(iterations = 0)
@Measurement(iterations = 2)
public class Fill extends LongBenchmark {
    /** Puts before the first measured fill, in smaller maps: enough for the compiler. */
    private static final int WARM_UP_PUTS = 2_000_000;

    private static final int WARM_UP_SIZE = 200_000;
    private static final long SALT = 1;

    private long[] entries;
    private LongMaps maps;
    private @Nullable LongMap map;

    @Setup
    public void open() {
        polluteIfAsked();
        entries = keys.range(0, size);
        maps = contender.open(size);
        int warmUpSize = Math.min(WARM_UP_SIZE, size);
        for (int puts = 0; puts < WARM_UP_PUTS; puts += warmUpSize) {
            fill(0, warmUpSize).close();
        }
    }

    /** No fill pays for the garbage of the one before. */
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
            throw new IllegalStateException("the map holds " + filled.size() + " entries of " + size);
        }
        filled.close();
    }

    @TearDown
    public void closeAll() {
        maps.close();
    }
}
