package io.memmap.bench.jmh;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KeyOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The common parts of the benchmarks of maps from long to long. */
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
            JvmArguments.YOUNG,
            JvmArguments.NATIVE,
            JvmArguments.UNSAFE,
            JvmArguments.DIRECT_MEMORY,
            JvmArguments.OPEN_LANG,
            JvmArguments.OPEN_REFLECT,
            JvmArguments.OPEN_BUFFERS,
            JvmArguments.EXPORT_CLEANERS,
            JvmArguments.EXPORT_BUFFERS,
            JvmArguments.EXPORT_COMPILER,
            JvmArguments.NO_ANALYTICS,
            JvmArguments.NO_LOG
        })
public abstract class LongBenchmark {
    /** JMH has no value that stands for all constants. */
    @Param
    Contender contender;

    @Param({"20000", "100000", "1000000", "10000000"})
    int size;

    @Param({"UNIFORM", "ZIPF", "SEQUENTIAL"})
    KeyOrder keys;

    /** Whether the JVM has used maps of every kind before. */
    @Param("false")
    boolean polluted;

    /** Must be called before anything else. */
    final void polluteIfAsked() {
        if (polluted) {
            Pollution.run();
        }
    }
}
