package io.memmap.bench.jmh;

import io.memmap.bench.maps.TextContender;
import io.memmap.bench.maps.TextKeys;
import io.memmap.bench.maps.TextMap;
import io.memmap.bench.maps.TextMaps;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Fills a new map with strings whose hash codes are not cached yet, from its creation to its last
 * key.
 */
@BenchmarkMode(Mode.SingleShotTime)
@Warmup(iterations = 0)
@Measurement(iterations = 2)
public class TextFill extends ObjectBenchmark {
    private static final int WARM_UP_SIZE = 100_000;
    private static final long SALT = 1;

    /** JMH has no value that stands for all constants. */
    @Param
    private TextContender contender;

    @Param("1000000")
    private int size;

    private TextKeys keys;
    private String[] strings;
    private TextMaps maps;
    private @Nullable TextMap map;

    @Setup
    public void open() {
        keys = TextKeys.range(0, size);
        maps = contender.open();
        int warmUpSize = Math.min(WARM_UP_SIZE, size);
        for (long start = System.nanoTime(); System.nanoTime() - start < Fill.WARM_UP.toNanos(); ) {
            strings = keys.strings();
            fill(warmUpSize).close();
        }
    }

    /** Collects garbage, so that no fill pays for the garbage of the fill before it. */
    @Setup(Level.Iteration)
    public void collect() {
        map = null;
        strings = keys.strings();
        System.gc();
    }

    @Benchmark
    public TextMap fill() {
        return fill(size);
    }

    private TextMap fill(int entries) {
        TextMap filled = maps.make(0, entries);
        filled.putAll(keys, strings, 0, entries, SALT);
        map = filled;
        return filled;
    }

    @TearDown(Level.Iteration)
    public void close() {
        TextMap filled = Objects.requireNonNull(map);
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
