package io.memmap.bench.jmh;

import io.memmap.bench.maps.Contender;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Lookups of keys that are present, each once a round. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 1, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
        value = 5,
        jvmArgs = {
            JvmArguments.COLLECTOR,
            JvmArguments.HEAP,
            JvmArguments.INITIAL_HEAP,
            JvmArguments.NATIVE,
            JvmArguments.UNSAFE
        })
public class Hit {
    @Param({
        "MEMMAP_LINE",
        "MEMMAP_LINE_HUGE",
        "MEMMAP_GO",
        "MEMMAP_GO_HUGE",
        "UNSAFE_LINE",
        "UNSAFE_GO",
        "FASTUTIL",
        "AGRONA",
        "HPPC",
        "ECLIPSE",
        "JDK_HASHMAP"
    })
    private Contender contender;

    @Param({"20000", "100000", "1000000", "10000000"})
    private int size;

    private FilledMap filled;

    @Setup
    public void fill() {
        filled = FilledMap.hit(contender, size);
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long hit() {
        int from = filled.nextChunk();
        return filled.map.sum(filled.stream, from, from + Chunks.CHUNK);
    }

    @TearDown
    public void close() {
        filled.close();
    }
}
