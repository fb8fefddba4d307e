package io.memmap.bench.jmh;

import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongRecords;
import io.memmap.bench.maps.RecordContender;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Lookups of longs that are present, each once in a round. The values are records of three longs.
 */
public class RecordGet extends ObjectBenchmark {
    /** JMH has no value that stands for all constants. */
    @Param
    private RecordContender contender;

    @Param({"20000", "1000000"})
    private int size;

    private LongRecords records;
    private long[] stream;
    private Chunks chunks;

    @Setup
    public void fill() {
        int rounds = Chunks.rounds(size);
        long[] keys = Keys.range(0, size);
        records = contender.of(keys);
        stream = Keys.rounds(keys, rounds);
        chunks = new Chunks(stream.length);
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long get() {
        int from = chunks.next();
        return records.sum(stream, from, from + Chunks.CHUNK);
    }

    @TearDown
    public void close() {
        records.close();
    }
}
