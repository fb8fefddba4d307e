package io.memmap.bench.jmh;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Lookups of keys that are absent. */
public class Miss extends LongBenchmark {
    private FilledMap filled;

    @Setup
    public void fill() {
        polluteIfAsked();
        filled = FilledMap.missed(contender.open(size), size, keys);
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long miss() {
        int from = filled.nextChunk();
        return filled.map.sum(filled.stream, from, from + Chunks.CHUNK);
    }

    @TearDown
    public void close() {
        filled.close();
    }
}
