package io.memmap.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The common parts of the benchmarks of maps of objects. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 500, timeUnit = TimeUnit.MILLISECONDS)
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
            JvmArguments.OPEN_BUFFERS,
            JvmArguments.DIRECT_MEMORY,
            JvmArguments.EXPORT_CLEANERS,
            JvmArguments.EXPORT_BUFFERS,
            JvmArguments.EXPORT_COMPILER,
            JvmArguments.NO_ANALYTICS,
            JvmArguments.NO_LOG
        })
public abstract class ObjectBenchmark {}
