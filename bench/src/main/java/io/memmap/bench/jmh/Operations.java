package io.memmap.bench.jmh;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Operations with keys that are present, and an iteration over all entries. */
public class Operations extends LongBenchmark {
    private FilledMap filled;
    private long salt;

    @Setup
    public void fill() {
        polluteIfAsked();
        filled = FilledMap.hit(contender.open(size), size, keys);
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long hit() {
        int from = filled.nextChunk();
        return filled.map.sum(filled.stream, from, from + Chunks.CHUNK);
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long overwrite() {
        int from = filled.nextChunk();
        filled.map.putAll(filled.stream, from, from + Chunks.CHUNK, ++salt);
        return salt;
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long add() {
        int from = filled.nextChunk();
        filled.map.addAll(filled.stream, from, from + Chunks.CHUNK, ++salt);
        return salt;
    }

    /** Removes a key and puts it again. The time is that of both together. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long replace() {
        int from = filled.nextChunk();
        filled.map.replaceAll(filled.stream, from, from + Chunks.CHUNK, ++salt);
        return salt;
    }

    /** Iterates over all entries. With {@code -opi} and the size, the time is that of an entry. */
    @Benchmark
    public long iterate() {
        return filled.map.sumOfAll();
    }

    @TearDown
    public void close() {
        filled.close();
    }
}
