package io.memmap.bench.jmh;

import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.SharedContender;
import io.memmap.bench.maps.SharedMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

/**
 * Lookups and overwrites of keys that are present, by the number of threads that JMH is told. All
 * threads use the same stream of keys; each starts at another place.
 */
@State(Scope.Benchmark)
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
            JvmArguments.YOUNG,
            JvmArguments.NATIVE,
            JvmArguments.UNSAFE,
            JvmArguments.OPEN_LANG,
            JvmArguments.OPEN_REFLECT,
            JvmArguments.EXPORT_CLEANERS,
            JvmArguments.EXPORT_BUFFERS,
            JvmArguments.EXPORT_COMPILER,
            JvmArguments.NO_ANALYTICS,
            JvmArguments.NO_LOG
        })
public class Shared {
    private static final long SALT = 1;
    /** The number of operations of which some are writes. */
    private static final int CYCLE = 10;

    @Param({"SYNC_LONG_LONG", "PLAIN", "JDK_CONCURRENT", "CHRONICLE"})
    private SharedContender contender;

    @Param({"1000000", "10000000"})
    private int size;

    private SharedMap map;
    private long[] stream;
    private final AtomicInteger threads = new AtomicInteger();

    /** The place of a thread in the stream. */
    @State(Scope.Thread)
    public static class Walk {
        private Chunks chunks;
        private int start;

        @Setup
        public void begin(Shared shared) {
            int length = shared.stream.length;
            chunks = new Chunks(length);
            int step = length / Chunks.CHUNK / Runtime.getRuntime().availableProcessors() * Chunks.CHUNK;
            start = (int) ((long) step * shared.threads.getAndIncrement() % length);
        }

        int next(int length) {
            return (chunks.next() + start) % length;
        }
    }

    @Setup
    public void fill() {
        map = contender.make(size, size);
        long[] keys = Keys.range(0, size);
        for (long key : keys) {
            map.put(key, LongMap.value(key, SALT));
        }
        stream = Keys.rounds(keys, Chunks.rounds(size));
        long key = stream[0];
        if (map.size() != size || map.get(key) != LongMap.value(key, SALT)) {
            throw new IllegalStateException("the map holds " + map.size() + " entries; expected " + size);
        }
    }

    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long get(Walk walk) {
        int from = walk.next(stream.length);
        long sum = 0;
        for (int i = from; i < from + Chunks.CHUNK; i++) {
            sum += map.get(stream[i]);
        }
        return sum;
    }

    /** Nine lookups and a write. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long mixed90(Walk walk) {
        return mixed(walk.next(stream.length), 1);
    }

    /** One lookup for each write. */
    @Benchmark
    @OperationsPerInvocation(Chunks.CHUNK)
    public long mixed50(Walk walk) {
        return mixed(walk.next(stream.length), CYCLE / 2);
    }

    private long mixed(int from, int writes) {
        long sum = 0;
        for (int cycle = from; cycle < from + Chunks.CHUNK; cycle += CYCLE) {
            for (int i = cycle; i < cycle + writes; i++) {
                map.put(stream[i], LongMap.value(stream[i], SALT));
            }
            for (int i = cycle + writes; i < cycle + CYCLE; i++) {
                sum += map.get(stream[i]);
            }
        }
        return sum;
    }

    @TearDown
    public void close() {
        map.close();
    }
}
