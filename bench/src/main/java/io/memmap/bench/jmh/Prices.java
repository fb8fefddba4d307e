package io.memmap.bench.jmh;

import io.memmap.bench.maps.KeyOrder;
import io.memmap.bench.maps.PriceContender;
import io.memmap.bench.maps.TextKeys;
import io.memmap.bench.maps.TextMap;
import io.memmap.bench.maps.TextMaps;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The cost of memory checks: the same operations of the same engine, on memory of each sort of
 * arena and without a check.
 */
public class Prices extends ObjectBenchmark {
    private static final long SALT = 1;

    @Param({"FFM_CONFINED", "FFM_SHARED", "FFM_GLOBAL", "UNSAFE"})
    private PriceContender contender;

    @Param({"20000", "1000000", "10000000"})
    private int size;

    /** A map of longs, and a stream of keys that it holds. */
    @State(Scope.Thread)
    public static class Present {
        private FilledMap filled;
        private long salt;

        @Setup
        public void fill(Prices prices) {
            filled = FilledMap.hit(prices.contender.openLongs(), prices.size, KeyOrder.UNIFORM);
        }

        @TearDown
        public void close() {
            filled.close();
        }
    }

    /** A map of longs, and a stream of keys that it does not hold. */
    @State(Scope.Thread)
    public static class Absent {
        private FilledMap filled;

        @Setup
        public void fill(Prices prices) {
            filled = FilledMap.missed(prices.contender.openLongs(), prices.size, KeyOrder.UNIFORM);
        }

        @TearDown
        public void close() {
            filled.close();
        }
    }

    /** A map from strings to 100 bytes, and a stream of keys that it holds. */
    @State(Scope.Thread)
    public static class Texts {
        private TextMaps maps;
        private TextMap map;
        private TextKeys stream;
        private Chunks chunks;

        @Setup
        public void fill(Prices prices) {
            int size = prices.size;
            TextKeys keys = TextKeys.range(0, size);
            maps = prices.contender.openTexts();
            map = maps.make(size, size);
            map.putAll(keys, keys.strings(), 0, size, SALT);
            stream = keys.rounds(Chunks.rounds(size));
            chunks = new Chunks(stream.count());
            if (map.size() != size || map.sumByRange(stream, 0, 1) == 0) {
                throw new IllegalStateException("the map holds " + map.size() + " entries; expected " + size);
            }
        }

        @TearDown
        public void close() {
            map.close();
            maps.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long hit(Present present) {
        int from = present.filled.nextChunk();
        return present.filled.map.sum(present.filled.stream, from, from + Chunks.CHUNK);
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long miss(Absent absent) {
        int from = absent.filled.nextChunk();
        return absent.filled.map.sum(absent.filled.stream, from, from + Chunks.CHUNK);
    }

    /** Puts keys that are present. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long put(Present present) {
        int from = present.filled.nextChunk();
        present.filled.map.putAll(present.filled.stream, from, from + Chunks.CHUNK, ++present.salt);
        return present.salt;
    }

    /** Iterates over all entries. With {@code -opi} and the size, the time is that of an entry. */
    @Benchmark
    public long iterate(Present present) {
        return present.filled.map.sumOfAll();
    }

    /** Looks keys up by a range of bytes and copies their values. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long text(Texts texts) {
        int from = texts.chunks.next();
        return texts.map.sumByRange(texts.stream, from, from + Chunks.CHUNK);
    }
}
