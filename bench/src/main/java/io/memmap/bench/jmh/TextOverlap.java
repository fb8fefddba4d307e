package io.memmap.bench.jmh;

import io.memmap.bench.maps.TextContender;
import io.memmap.bench.maps.TextKeys;
import io.memmap.bench.maps.TextMap;
import io.memmap.bench.maps.TextMaps;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The same lookups of strings in loops that let the CPU overlap them or not. They show whether a
 * lookup is short enough for two of them to wait for memory at the same time.
 */
public class TextOverlap extends ObjectBenchmark {
    private static final long SALT = 1;

    @Param({"MEMMAP_BYTES", "JDK_HASHMAP"})
    private TextContender contender;

    @Param("1000000")
    private int size;

    private TextMaps maps;
    private TextMap map;
    private TextKeys stream;
    private String[] strings;
    private Chunks chunks;

    @Setup
    public void fill() {
        TextKeys keys = TextKeys.range(0, size);
        maps = contender.open();
        map = maps.make(size, size);
        map.putAll(keys, keys.strings(), 0, size, SALT);
        stream = keys.rounds(Chunks.rounds(size));
        strings = stream.strings();
        chunks = new Chunks(stream.count());
        long sum = map.sumByRange(stream, 0, Chunks.CHUNK);
        if (sum != map.sumByRangeInTurn(stream, 0, Chunks.CHUNK) || sum != map.sumByBatch(strings, 0, Chunks.CHUNK)) {
            throw new IllegalStateException("the loops find different values");
        }
    }

    /** Looks keys up by a range of bytes. No lookup depends on the one before. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long free() {
        int from = chunks.next();
        return map.sumByRange(stream, from, from + Chunks.CHUNK);
    }

    /** Does the same with thirty more instructions for each key. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long longer() {
        int from = chunks.next();
        return map.sumByRangeLonger(stream, from, from + Chunks.CHUNK);
    }

    /** Does the same as {@link #free}, but the value of each lookup tells which key is next. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long inTurn() {
        int from = chunks.next();
        return map.sumByRangeInTurn(stream, from, from + Chunks.CHUNK);
    }

    /** Looks keys up by strings, many at once if the map can. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long batch() {
        int from = chunks.next();
        return map.sumByBatch(strings, from, from + Chunks.CHUNK);
    }

    @TearDown
    public void close() {
        map.close();
        maps.close();
    }
}
