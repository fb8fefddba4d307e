package io.memmap.bench.job;

import io.memmap.bench.console.BenchException;
import io.memmap.bench.result.Samples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.profile.LinuxPerfNormProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs one {@link ForkTask} in one fork of JMH. The figure of a fork is the median of its
 * iterations, so that a stall of the machine in a few iterations does not change it. A pause of the
 * garbage collector does not change it either, which favours boxed maps.
 */
public final class JmhFork {
    private static final String WARM_UP = "300ms";
    private static final String ITERATION = "120ms";
    private static final String ITERATIONS = "5";
    /**
     * The number of entries that all measured fills of a fork have together, if they are small
     * enough for more than one fill.
     */
    private static final int FILLED_ENTRIES = 3_000_000;

    private static final int MOST_FILLS = 9;

    /** Matches arguments that a shell takes without quotes. */
    private static final Pattern PLAIN = Pattern.compile("[-\\w.=]+");

    /** The name that the profiler gives to the allocated bytes of an operation. */
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    private static final String INSTRUCTIONS = "instructions:u";

    private JmhFork() {}

    /**
     * The cost of an operation: the medians of the iterations of a fork.
     *
     * @param bytes the bytes allocated in the Java heap; NaN if not counted
     * @param instructions the retired instructions; NaN if not counted
     */
    public record Cost(double nanos, double bytes, double instructions) {}

    /** Whether perf is installed and can count instructions. */
    public static boolean hasCounters() {
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

    /** Returns the command that runs the same fork and prints its figure. */
    static String command(ForkTask task, JvmSettings jvm) {
        return "bench/run jmh "
                + arguments(task, jvm).stream()
                        .map(argument -> PLAIN.matcher(argument).matches() ? argument : "'" + argument + "'")
                        .collect(Collectors.joining(" "));
    }

    /** Returns the arguments for the command line of JMH. */
    private static List<String> arguments(ForkTask task, JvmSettings jvm) {
        List<String> arguments = new ArrayList<>(List.of(task.operation().pattern()));
        new TreeMap<>(task.parameters()).forEach((name, value) -> arguments.addAll(List.of("-p", name + "=" + value)));
        if (task.operation().isFill()) {
            arguments.addAll(List.of("-i", Integer.toString(Math.clamp(FILLED_ENTRIES / task.size(), 1, MOST_FILLS))));
        } else {
            arguments.addAll(List.of("-wi", Integer.toString(task.warmUpIterations()), "-w", WARM_UP));
            arguments.addAll(List.of("-i", ITERATIONS, "-r", ITERATION));
        }
        if (task.operation().isOfAll()) {
            arguments.addAll(List.of("-opi", Integer.toString(task.size())));
        }
        arguments.addAll(List.of("-f", "1", "-t", Integer.toString(task.threads()), "-tu", "ns", "-jvmArgs"));
        arguments.add(Stream.concat(jvm.arguments().stream(), task.jvmArguments().stream())
                .collect(Collectors.joining(" ")));
        return arguments;
    }

    private static Options parse(List<String> arguments) {
        try {
            return new CommandLineOptions(arguments.toArray(String[]::new));
        } catch (CommandLineOptionException wrong) {
            throw new IllegalArgumentException(String.join(" ", arguments), wrong);
        }
    }

    public static Cost run(ForkTask task, JvmSettings jvm) {
        return run(task, jvm, false);
    }

    /**
     * Runs a fork.
     *
     * @param counters whether to use the event counters of the machine
     */
    public static Cost run(ForkTask task, JvmSettings jvm, boolean counters) {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .parent(parse(arguments(task, jvm)))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
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

    /**
     * Returns a secondary figure. The results of JMH have a raw type that only inference can name.
     */
    private static <R> OptionalDouble secondary(Map<String, R> results, String figure, ToDoubleFunction<R> score) {
        return results.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(figure))
                .mapToDouble(entry -> score.applyAsDouble(entry.getValue()))
                .findFirst();
    }
}
