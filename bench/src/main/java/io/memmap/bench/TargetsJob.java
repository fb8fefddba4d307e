package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Measures everything that the project's targets are about, contenders interleaved: a round is one fork of every task and
 * one latency run of every contender, and every second round runs backwards. Rounds begin as long as the time allows.
 */
final class TargetsJob {
    /** What is measured, and for how long. */
    record Options(
            List<TargetTask> tasks,
            List<Contender> latencyContenders,
            int latencySize,
            List<Contender> memoryContenders,
            int memorySize,
            int rounds,
            double minutes,
            String command) {}

    private static final double NANOS_A_MINUTE = 60e9;

    private final Options options;
    private final JvmOptions jvm;
    private final ProgressLine line;
    private final LatencyJob latency;
    private final MemoryJob memory;
    private final TargetResults results = new TargetResults();
    private final List<String> failures = new ArrayList<>();
    private final Set<Object> failed = new HashSet<>();
    private final long startNanos = System.nanoTime();
    private final double loadAtStart = Machine.load();
    private final Schedule schedule;

    TargetsJob(Options options, JvmOptions jvm, Console console) {
        this.options = options;
        this.jvm = jvm;
        line = new ProgressLine(console);
        latency = new LatencyJob(jvm, options.latencySize());
        memory = new MemoryJob(jvm, options.memorySize());
        schedule = new Schedule(memoryWeight() + options.rounds() * roundWeight(), startNanos);
    }

    /** Runs all, passes the page on after each round, and returns what failed, a line each. */
    List<String> run(Consumer<String> page) {
        for (Contender contender : options.memoryContenders()) {
            step(
                    "memory, " + contender.title(),
                    contender,
                    memoryWeight(contender),
                    () -> memory.run(contender, step -> {}));
        }
        for (int round = 0; round < options.rounds() && (round == 0 || hasTimeForRound()); round++) {
            runRound(round);
            page.accept(render());
        }
        line.end("done in " + Text.digits((System.nanoTime() - startNanos) / NANOS_A_MINUTE) + " minutes");
        return failures;
    }

    private boolean hasTimeForRound() {
        long now = System.nanoTime();
        return now - startNanos + schedule.nanosFor(roundWeight(), now) <= options.minutes() * NANOS_A_MINUTE;
    }

    private void runRound(int round) {
        String prefix = "round " + (round + 1) + " of at most " + options.rounds() + ": ";
        for (TargetTask task : inTurn(options.tasks(), round)) {
            step(prefix + task.title(), task, weight(task), () -> results.add(task, JmhFork.run(task, jvm)));
        }
        for (Contender contender : inTurn(options.latencyContenders(), round)) {
            String title = "worst put, " + contender.title();
            step(prefix + title, title, latencyWeight(contender), () -> latency.run(contender, step -> {}));
        }
    }

    private static <T> List<T> inTurn(List<T> list, int round) {
        List<T> turned = new ArrayList<>(list);
        if (round % 2 == 1) {
            Collections.reverse(turned);
        }
        return turned;
    }

    /** A step that fails is told at the end and not tried again. */
    private void step(String title, Object key, double weight, Runnable work) {
        if (!failed.contains(key)) {
            line.show(schedule.describe(System.nanoTime()) + "; " + title);
            try {
                work.run();
            } catch (BenchException failure) {
                failed.add(key);
                failures.add(title + ": " + failure.line());
                line.end(title + " failed: " + failure.line());
            }
        }
        schedule.done(weight);
    }

    // Weights are guesses of seconds; only their proportions matter.

    private static double weight(TargetTask task) {
        double perEntry = task.contender() == Contender.JDK_HASHMAP ? 700e-9 : 200e-9;
        double jvmAndIterations = 2.2;
        return jvmAndIterations + task.size() * (perEntry + 50e-9);
    }

    private double latencyWeight(Contender contender) {
        return 2 + options.latencySize() * (contender == Contender.JDK_HASHMAP ? 1000e-9 : 300e-9);
    }

    private double memoryWeight(Contender contender) {
        return 1 + options.memorySize() * (contender == Contender.JDK_HASHMAP ? 1000e-9 : 400e-9);
    }

    private double memoryWeight() {
        return options.memoryContenders().stream()
                .mapToDouble(this::memoryWeight)
                .sum();
    }

    private double roundWeight() {
        return options.tasks().stream().mapToDouble(TargetsJob::weight).sum()
                + options.latencyContenders().stream()
                        .mapToDouble(this::latencyWeight)
                        .sum();
    }

    private String render() {
        StringBuilder page = new StringBuilder();
        page.append("# Measured ").append(LocalDate.now(ZoneOffset.UTC)).append("\n\n");
        page.append("- ").append(Machine.here().describe()).append('\n');
        page.append("- load average at the start ").append(load(loadAtStart));
        page.append(", at the end ").append(load(Machine.load())).append(" (this run makes about 1 of it)\n");
        page.append("- `").append(options.command()).append("`; every JVM with ");
        page.append(jvm.describe()).append('\n');
        page.append("- forks a figure: ").append(results.forks());
        page.append("; contenders in turn, every second round backwards; a fork's figure is the median of its"
                + " iterations, shown is the median (min..max) of the forks\n");
        page.append("- x: the median over that of the best primitive map in the Java heap (of its single lookups for"
                + " getAll); below 1 is faster\n");
        for (TargetTask.Operation operation : results.operations()) {
            page.append('\n').append(Markdown.table(results.header(operation), results.rows(operation)));
        }
        page.append("\n## Each put of a fill to ")
                .append(Text.count(options.latencySize()))
                .append(" entries\n\n");
        page.append(Markdown.table(LatencyJob.header(), latency.rows()));
        page.append("\n## Memory\n\nCommitted: as the heap counts it; of a map in the Java heap, what a full GC leaves."
                + " Resident: Rss of the heap's mappings.\n\n");
        page.append(Markdown.table(MemoryJob.header(), memory.rows()));
        if (!failures.isEmpty()) {
            page.append("\n## Failed\n\n");
            failures.forEach(failure -> page.append("- ").append(failure).append('\n'));
        }
        return page.toString();
    }

    private static String load(double average) {
        return average < 0 ? Text.NONE : String.format(Locale.ROOT, "%.1f", average);
    }
}
