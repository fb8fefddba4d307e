package io.memmap.bench.jmh;

import io.memmap.bench.maps.MemmapMap;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Lookups and overwrites of keys that are present, 64 at a time. Only some contenders have such
 * operations.
 */
public class Batches extends LongBenchmark {
    private static final int BATCH = 64;

    private final long[] batch = new long[BATCH];
    private final long[] values = new long[BATCH];
    private FilledMap filled;
    private MemmapMap map;
    private long salt;

    @Setup
    public void fill() {
        if (!contender.isBatched()) {
            throw new IllegalArgumentException("this contender has no operations on many keys at a time: " + contender);
        }
        polluteIfAsked();
        filled = FilledMap.hit(contender.open(size), size, keys);
        map = (MemmapMap) filled.map;
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long getAll() {
        int from = filled.nextChunk();
        return map.sumBatched(filled.stream, from, from + Chunks.CHUNK, batch, values);
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long putAll() {
        int from = filled.nextChunk();
        map.putBatched(filled.stream, from, from + Chunks.CHUNK, ++salt, batch, values);
        return salt;
    }

    @TearDown
    public void close() {
        filled.close();
    }
}
