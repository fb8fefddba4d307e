package io.memmap.bench.jmh;

import io.memmap.bench.maps.TextContender;
import io.memmap.bench.maps.TextKeys;
import io.memmap.bench.maps.TextMap;
import io.memmap.bench.maps.TextMaps;
import io.memmap.bench.maps.TextValues;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Lookups and updates of strings that are present, each once in a round. The strings are other
 * objects than those that were put. From the second round on they have cached their hash codes.
 */
public class TextGet extends ObjectBenchmark {
    private static final long SALT = 1;

    /** JMH has no value that stands for all constants. */
    @Param
    private TextContender contender;

    @Param("1000000")
    private int size;

    private TextMaps maps;
    private TextMap map;
    private TextKeys stream;
    private String[] strings;
    private Chunks chunks;
    private long word;

    @Setup
    public void fill() {
        int rounds = Chunks.rounds(size);
        TextKeys keys = TextKeys.range(0, size);
        maps = contender.open();
        map = maps.make(size, size);
        map.putAll(keys, keys.strings(), 0, size, SALT);
        stream = keys.rounds(rounds);
        strings = stream.strings();
        chunks = new Chunks(stream.count());
        check();
    }

    private void check() {
        long expected = 0;
        byte[] value = new byte[TextValues.BYTES];
        for (int i = 0; i < Chunks.CHUNK; i++) {
            TextValues.write(value, stream, i, SALT);
            expected += TextValues.digest(value);
        }
        long byRange = map.sumByRange(stream, 0, Chunks.CHUNK);
        long byString = map.sumByString(strings, 0, Chunks.CHUNK);
        if (map.size() != size || byRange != expected || byString != expected) {
            throw new IllegalStateException("the map holds " + map.size() + " entries, sums " + byRange + " and "
                    + byString + "; expected " + size + ", " + expected);
        }
    }

    /** Looks keys up by a range of bytes and copies their values. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long byRange() {
        int from = chunks.next();
        return map.sumByRange(stream, from, from + Chunks.CHUNK);
    }

    /** Looks keys up by a String and gets their values as objects. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long byString() {
        int from = chunks.next();
        return map.sumByString(strings, from, from + Chunks.CHUNK);
    }

    /** Changes eight bytes of a value. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long update() {
        int from = chunks.next();
        return map.updateAll(stream, from, from + Chunks.CHUNK, ++word);
    }

    @TearDown
    public void close() {
        map.close();
        maps.close();
    }
}
