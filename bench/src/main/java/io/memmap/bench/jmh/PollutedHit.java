package io.memmap.bench.jmh;

import io.memmap.bench.maps.Contender;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** As {@link Hit} of LongLongMap, in a JVM that has used no other map, or many. */
public class PollutedHit extends ObjectBenchmark {
    @Param({"false", "true"})
    private boolean polluted;

    @Param("20000")
    private int size;

    private FilledMap filled;

    @Setup
    public void fill() {
        if (polluted) {
            Pollution.run();
        }
        filled = FilledMap.hit(Contender.MEMMAP_LINE, size);
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
