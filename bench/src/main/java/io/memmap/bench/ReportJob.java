package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Measures everything, keeps the results of each step as it ends, and goes on where an earlier run of it was left. */
final class ReportJob extends RoundsJob {
    /** What is measured, and for how long. */
    record Plan(
            List<LongTask> tasks,
            List<ObjectTask> objectTasks,
            List<Contender> latencyContenders,
            int latencySize,
            int getsASecond,
            int latencySeconds,
            List<Contender> gcContenders,
            List<Gc> collectors,
            int gcSize,
            int gcMebibytes,
            int gcSeconds,
            List<Contender> memoryContenders,
            int memorySize,
            long windowBytes) {}

    private static final String EMPTY = "an empty map";

    /** A step of which each run gives results. */
    private record Run(String name, String command, double weight, int most, Consumer<Measured> work) {}

    private final Plan plan;
    private final JvmOptions jvm;
    private final Journal journal;
    private final ResultFile.Start start;
    private final List<String> leftOut = new ArrayList<>();
    private final Map<Run, Integer> doneBefore = new LinkedHashMap<>();
    private final Map<Run, Step> steps = new LinkedHashMap<>();

    ReportJob(
            Plan plan,
            JvmOptions jvm,
            Limits limits,
            Console console,
            Journal journal,
            ResultFile.Start start,
            Pattern only) {
        super(limits, jvm, console);
        this.plan = plan;
        this.jvm = jvm;
        this.journal = journal;
        this.start = start;
        List<Run> runs = new ArrayList<>();
        runs.add(windows());
        runs.addAll(forksOfTasks());
        runs.addAll(latencies());
        runs.addAll(collections());
        runs.addAll(memories());
        runs.removeIf(run -> !only.matcher(run.name()).find());
        for (Run run : runs) {
            doneBefore.put(run, journal.runsOf(run.name()));
            steps.put(run, new Step(run.name(), run.weight(), () -> {
                Measured measured = new Measured(run.name(), run.command());
                run.work().accept(measured);
                journal.add(measured);
            }));
        }
    }

    /** What has been measured so far. */
    ResultFile result() {
        return ResultFile.of(start, journal.runs(), leftOut, failures());
    }

    @Override
    List<Step> once() {
        return List.of();
    }

    @Override
    List<Step> round() {
        return List.copyOf(steps.values());
    }

    /** Those that have not had so many runs before. */
    @Override
    List<Step> round(int number) {
        List<Step> round = new ArrayList<>();
        steps.forEach((run, step) -> {
            if (number < run.most() && doneBefore.getOrDefault(run, 0) <= number) {
                round.add(step);
            }
        });
        return round;
    }

    @Override
    String forks() {
        return "";
    }

    @Override
    String yardstick() {
        return "";
    }

    @Override
    String tables() {
        return "";
    }

    /** The page in HTML. */
    @Override
    String render() {
        return new HtmlReport(result()).render();
    }

    private List<Run> forksOfTasks() {
        List<Run> runs = new ArrayList<>();
        long machineBytes = start.machine().memoryBytes();
        for (LongTask task : plan.tasks()) {
            var reason = task.tooLarge(jvm.heapBytes(), machineBytes);
            if (reason.isPresent()) {
                leftOut.add(task.title() + ": " + reason.get());
            } else {
                runs.add(fork(task, task.variant()));
            }
        }
        plan.objectTasks().forEach(task -> runs.add(fork(task, "")));
        return runs;
    }

    private Run fork(ForkTask task, String variant) {
        StringBuilder command =
                new StringBuilder("bench/run jmh ").append(task.operation().benchmark());
        task.parameters()
                .forEach((name, value) ->
                        command.append(" -p ").append(name).append('=').append(value));
        return new Run("jmh, " + task.title(), command.toString(), task.weight(), Integer.MAX_VALUE, measured -> {
            JmhFork.Cost cost = JmhFork.run(task, jvm);
            String operation = task.operation().title();
            String contender = task.contender().title();
            measured.add(new Subject("jmh", operation, contender, task.size(), variant, "time", "ns"), cost.nanos());
            if (task.countsAllocation()) {
                measured.add(
                        new Subject("jmh", operation, contender, task.size(), variant, "allocated", "B"), cost.bytes());
            }
        });
    }

    private List<Run> latencies() {
        int size = plan.latencySize();
        List<Run> runs = new ArrayList<>();
        for (Contender contender : plan.latencyContenders()) {
            String command = "bench/run latency --size " + size + " --contender " + contender;
            runs.add(new Run(
                    "latency of puts, " + contender.title(),
                    command,
                    3 + size * (contender.isOffHeapPeer() ? 3e-6 : 0.7e-6),
                    Integer.MAX_VALUE,
                    measured -> LatencyJob.puts(measured, jvm, contender, size)));
            runs.add(new Run(
                    "latency of gets beside a writer, " + contender.title(),
                    command + " --gets " + plan.getsASecond() + " --seconds " + plan.latencySeconds(),
                    4 + plan.latencySeconds() + size * (contender.isOffHeapPeer() ? 2e-6 : 0.5e-6),
                    Integer.MAX_VALUE,
                    measured -> LatencyJob.gets(
                            measured, jvm, contender, size, plan.getsASecond(), plan.latencySeconds())));
        }
        return runs;
    }

    private List<Run> collections() {
        List<Run> runs = new ArrayList<>();
        for (Gc gc : plan.collectors()) {
            runs.add(collection(gc, plan.gcContenders().getFirst(), EMPTY, 0));
            plan.gcContenders()
                    .forEach(contender -> runs.add(collection(gc, contender, contender.title(), plan.gcSize())));
        }
        return runs;
    }

    private Run collection(Gc gc, Contender contender, String title, int entries) {
        return new Run(
                "gc, " + gc + ", " + title,
                "bench/run gc --gc " + gc + " --contender " + contender + " --size " + entries + " --allocate "
                        + plan.gcMebibytes() + " --seconds " + plan.gcSeconds(),
                3 + plan.gcSeconds() + entries * (contender.isOffHeapPeer() ? 2e-6 : 0.7e-6),
                Integer.MAX_VALUE,
                measured -> GcJob.run(
                        measured,
                        jvm,
                        gc,
                        contender,
                        title,
                        plan.gcSize(),
                        entries,
                        plan.gcMebibytes(),
                        plan.gcSeconds()));
    }

    private List<Run> memories() {
        return plan.memoryContenders().stream()
                .map(contender -> new Run(
                        "memory, " + contender.title(),
                        "bench/run memory --size " + plan.memorySize() + " --contender " + contender,
                        2 + plan.memorySize() * (contender.isOffHeapPeer() ? 3e-6 : 0.8e-6),
                        1,
                        measured -> MemoryJob.growth(measured, jvm, contender, plan.memorySize())))
                .toList();
    }

    private Run windows() {
        Path file = Path.of(System.getProperty("java.home"), "lib", "modules");
        String limit = Long.toString(plan.windowBytes());
        return new Run("windows", "bench/run --limit " + limit, 10 + plan.windowBytes() * 5e-6, 1, measured -> {
            for (CountContender contender : CountContender.values()) {
                try {
                    Path gcLog = Files.createTempFile("bench", ".gc");
                    try {
                        Figures figures = jvm.newJvm()
                                .option(GcLog.option(gcLog.toString()))
                                .run(
                                        CountChild.class,
                                        List.of(contender.name(), file.toString(), limit, gcLog.toString()),
                                        progress -> {})
                                .figuresOf(contender.title());
                        figures.all()
                                .forEach((name, value) -> measured.add(
                                        new Subject(
                                                "windows",
                                                "count",
                                                contender.title(),
                                                plan.windowBytes(),
                                                "",
                                                name,
                                                ""),
                                        value));
                    } finally {
                        Files.deleteIfExists(gcLog);
                    }
                } catch (IOException failed) {
                    throw new BenchException("cannot keep the log of a collector: " + failed);
                }
            }
        });
    }
}
