package io.memmap.bench;

import io.memmap.bench.jmh.JvmArguments;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs one {@link TargetTask} in one fork of JMH. The fork's figure is the median of its iterations, which a stall of the
 * machine in some of them does not move; nor does a pause of the garbage collector, to the good of boxed maps.
 */
final class JmhFork {
    private static final TimeValue WARM_UP = TimeValue.milliseconds(300);
    private static final TimeValue ITERATION = TimeValue.milliseconds(120);
    private static final int ITERATIONS = 5;
    /** Entries that the measured fills of a fork have together, if more than one fill has room in them. */
    private static final int FILLED_ENTRIES = 3_000_000;

    private static final int MOST_FILLS = 9;

    private JmhFork() {}

    /** Returns nanoseconds an operation: the median of the fork's iterations. */
    static double run(TargetTask task, JvmOptions jvm) {
        List<String> arguments = new ArrayList<>(jvm.arguments());
        arguments.add(JvmArguments.UNSAFE);
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(task.operation().pattern())
                .param("contender", task.contender().name())
                .param("size", Integer.toString(task.size()))
                .jvmArgs(arguments.toArray(String[]::new))
                .forks(1)
                .timeUnit(TimeUnit.NANOSECONDS)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        if (task.operation().isFill()) {
            options.operationsPerInvocation(task.size())
                    .measurementIterations(Math.clamp(FILLED_ENTRIES / task.size(), 1, MOST_FILLS));
        } else {
            options.warmupIterations(1)
                    .warmupTime(WARM_UP)
                    .measurementIterations(ITERATIONS)
                    .measurementTime(ITERATION);
        }
        try {
            Samples iterations = new Samples();
            for (RunResult run : new Runner(options.build()).run()) {
                for (BenchmarkResult fork : run.getBenchmarkResults()) {
                    for (IterationResult iteration : fork.getIterationResults()) {
                        iterations.add(iteration.getPrimaryResult().getScore());
                    }
                }
            }
            if (iterations.count() == 0) {
                throw new BenchException("JMH measured nothing");
            }
            return iterations.median();
        } catch (RunnerException failed) {
            throw new BenchException(
                    String.valueOf(failed.getMessage()).lines().findFirst().orElse("JMH failed"));
        }
    }
}
