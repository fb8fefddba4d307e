package io.memmap.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.profile.LinuxPerfNormProfiler;
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
 * Runs one {@link ForkTask} in one fork of JMH. The fork's figure is the median of its iterations, which a stall of the
 * machine in some of them does not move; nor does a pause of the garbage collector, to the good of boxed maps.
 */
final class JmhFork {
    private static final TimeValue WARM_UP = TimeValue.milliseconds(300);
    private static final TimeValue ITERATION = TimeValue.milliseconds(120);
    private static final int ITERATIONS = 5;
    /** Entries that the measured fills of a fork have together, if more than one fill has room in them. */
    private static final int FILLED_ENTRIES = 3_000_000;

    private static final int MOST_FILLS = 9;

    /** How the profiler calls the bytes an operation. */
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    private static final String INSTRUCTIONS = "instructions:u";

    private JmhFork() {}

    /**
     * What an operation costs: the medians of the fork's iterations.
     *
     * @param bytes allocated in the Java heap; NaN if that was not counted
     * @param instructions retired; NaN if they were not counted
     */
    record Cost(double nanos, double bytes, double instructions) {}

    /** Whether perf is here and counts instructions. */
    static boolean hasCounters() {
        try {
            Process perf = new ProcessBuilder("perf", "stat", "-x", ",", "-e", "instructions:u", "true")
                    .redirectErrorStream(true)
                    .start();
            String out = new String(perf.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return perf.waitFor() == 0 && out.lines().anyMatch(line -> line.matches("\\d+,.*instructions.*"));
        } catch (IOException noPerf) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    static Cost run(ForkTask task, JvmOptions jvm) {
        return run(task, jvm, false);
    }

    /** Runs a fork, with the machine's counters of events if they are asked for. */
    static Cost run(ForkTask task, JvmOptions jvm, boolean counters) {
        List<String> arguments = new ArrayList<>(jvm.arguments());
        arguments.addAll(task.jvmArguments());
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(task.operation().pattern())
                .jvmArgs(arguments.toArray(String[]::new))
                .forks(1)
                .threads(task.threads())
                .timeUnit(TimeUnit.NANOSECONDS)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        task.parameters().forEach(options::param);
        if (task.operation().isOfAll()) {
            options.operationsPerInvocation(task.size());
        }
        if (task.operation().isFill()) {
            options.measurementIterations(Math.clamp(FILLED_ENTRIES / task.size(), 1, MOST_FILLS));
        } else {
            options.warmupIterations(task.warmUpIterations())
                    .warmupTime(WARM_UP)
                    .measurementIterations(ITERATIONS)
                    .measurementTime(ITERATION);
        }
        if (task.countsAllocation()) {
            options.addProfiler(GCProfiler.class);
        }
        if (counters) {
            options.addProfiler(LinuxPerfNormProfiler.class, "events=instructions:u");
        }
        try {
            Samples instructions = new Samples();
            Samples nanos = new Samples();
            Samples bytes = new Samples();
            for (RunResult run : new Runner(options.build()).run()) {
                for (BenchmarkResult fork : run.getBenchmarkResults()) {
                    secondary(fork.getSecondaryResults(), INSTRUCTIONS, result -> result.getScore())
                            .ifPresent(instructions::add);
                    for (IterationResult iteration : fork.getIterationResults()) {
                        nanos.add(iteration.getPrimaryResult().getScore());
                        secondary(iteration.getSecondaryResults(), ALLOCATED, result -> result.getScore())
                                .ifPresent(bytes::add);
                    }
                }
            }
            if (nanos.count() == 0) {
                throw new BenchException("JMH measured nothing");
            }
            return new Cost(nanos.median(), bytes.median(), instructions.median());
        } catch (RunnerException failed) {
            throw new BenchException(
                    String.valueOf(failed.getMessage()).lines().findFirst().orElse("JMH failed"));
        }
    }

    /** JMH's results are of a raw type, which only inference can name. */
    private static <R> OptionalDouble secondary(Map<String, R> results, String figure, ToDoubleFunction<R> score) {
        return results.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(figure))
                .mapToDouble(entry -> score.applyAsDouble(entry.getValue()))
                .findFirst();
    }
}
