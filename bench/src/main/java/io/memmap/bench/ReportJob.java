package io.memmap.bench;

import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.Contender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;

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
    private static final String GROWING_HEAP = "-XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20";

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
            String only) {
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
        runs.removeIf(run -> !run.name().contains(only));
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
        List<Run> runs = new ArrayList<>();
        for (Contender contender : plan.latencyContenders()) {
            String size = Integer.toString(plan.latencySize());
            runs.add(new Run(
                    "latency of puts, " + contender.title(),
                    "bench/run latency --size " + size + " --contender " + contender,
                    3 + plan.latencySize() * (contender.isOffHeapPeer() ? 3e-6 : 0.7e-6),
                    Integer.MAX_VALUE,
                    measured -> latency(
                            measured,
                            contender,
                            FillLatency.class,
                            FillLatency.PUT,
                            "put while growing",
                            List.of(size))));
            List<String> arguments =
                    List.of(size, Integer.toString(plan.getsASecond()), Integer.toString(plan.latencySeconds()));
            runs.add(new Run(
                    "latency of gets beside a writer, " + contender.title(),
                    "bench/run latency --size " + size + " --gets " + plan.getsASecond() + " --seconds "
                            + plan.latencySeconds() + " --contender " + contender,
                    4 + plan.latencySeconds() + plan.latencySize() * (contender.isOffHeapPeer() ? 2e-6 : 0.5e-6),
                    Integer.MAX_VALUE,
                    measured -> latency(
                            measured,
                            contender,
                            GetLatency.class,
                            GetLatency.GET,
                            contender.isShared() ? "get beside a writing thread" : "get between writes",
                            arguments)));
        }
        return runs;
    }

    private void latency(
            Measured measured,
            Contender contender,
            Class<?> main,
            String distribution,
            String operation,
            List<String> arguments) {
        Figures figures = figures(contender, main, arguments, newJvm(contender));
        for (Latencies.Point point : Latencies.Point.values()) {
            measured.add(
                    latencySubject(operation, contender.title(), point.title()),
                    number(figures, point.figure(distribution)));
            measured.add(
                    latencySubject(operation, HtmlReport.NO_OP, point.title()),
                    number(figures, point.figure(FillLatency.NO_OP)));
        }
        measured.add(Curve.of(
                latencySubject(operation, contender.title(), FillLatency.PERCENTILES),
                figures.curve(FillLatency.PERCENTILES),
                1e-3,
                1));
        measured.add(Curve.of(
                latencySubject(operation, contender.title(), FillLatency.WORST),
                thinned(figures.curve(FillLatency.WORST)),
                1e-6,
                1));
    }

    private Subject latencySubject(String operation, String contender, String figure) {
        return new Subject("latency", operation, contender, plan.latencySize(), "", figure, "ns");
    }

    /** At most 250 points, each the worst of those that it stands for. */
    private static List<Message.Point> thinned(List<Message.Point> points) {
        int each = (points.size() + 249) / 250;
        List<Message.Point> thinned = new ArrayList<>();
        for (int from = 0; from < points.size(); from += Math.max(1, each)) {
            long worst = points.subList(from, Math.min(points.size(), from + each)).stream()
                    .mapToLong(Message.Point::y)
                    .max()
                    .orElse(0);
            thinned.add(
                    new Message.Point(points.get(from).curve(), points.get(from).x(), worst));
        }
        return thinned;
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
        List<String> arguments = List.of(
                Integer.toString(entries), Integer.toString(plan.gcMebibytes()), Integer.toString(plan.gcSeconds()));
        return new Run(
                "gc, " + gc + ", " + title,
                "bench/run gc --gc " + gc + " --contender " + contender + " --size " + entries + " --allocate "
                        + plan.gcMebibytes() + " --seconds " + plan.gcSeconds(),
                3 + plan.gcSeconds() + entries * (contender.isOffHeapPeer() ? 2e-6 : 0.7e-6),
                Integer.MAX_VALUE,
                measured -> GcJob.run(measured, jvm, gc, contender, title, plan.gcSize(), arguments));
    }

    private List<Run> memories() {
        return plan.memoryContenders().stream()
                .map(contender -> new Run(
                        "memory, " + contender.title(),
                        "bench/run memory --size " + plan.memorySize() + " --contender " + contender,
                        2 + plan.memorySize() * (contender.isOffHeapPeer() ? 3e-6 : 0.8e-6),
                        1,
                        measured -> memory(measured, contender)))
                .toList();
    }

    private void memory(Measured measured, Contender contender) {
        ChildJvm child = withArguments(contender, jvm.growingJvm());
        List.of(GROWING_HEAP.split(" ", -1)).forEach(child::option);
        Figures figures = figures(contender, GrowthMemory.class, List.of(Integer.toString(plan.memorySize())), child);
        for (GrowthMemory.Moment moment : GrowthMemory.Moment.values()) {
            measured.add(
                    new Subject("memory", moment.title(), contender.title(), plan.memorySize(), "", "resident", "B"),
                    number(figures, moment.name()));
        }
        measured.add(Curve.of(
                new Subject("memory", "growth", contender.title(), plan.memorySize(), "", "resident", "B"),
                figures.curve(GrowthMemory.GROWTH),
                1,
                1));
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

    private ChildJvm newJvm(Contender contender) {
        return withArguments(contender, jvm.newJvm());
    }

    static ChildJvm withArguments(Contender contender, ChildJvm child) {
        JvmArguments.of(contender).forEach(child::option);
        return child;
    }

    private static Figures figures(Contender contender, Class<?> main, List<String> arguments, ChildJvm child) {
        List<String> all = new ArrayList<>(List.of(contender.name()));
        all.addAll(arguments);
        return child.run(main, all, progress -> {}).figuresOf(contender.title());
    }

    static double number(Figures figures, String name) {
        OptionalLong value = figures.get(name);
        return value.isPresent() ? value.getAsLong() : Double.NaN;
    }
}
