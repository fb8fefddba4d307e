package io.memmap.bench.job;

import io.memmap.bench.child.ChildOutcome;
import io.memmap.bench.child.CountContender;
import io.memmap.bench.child.Gc;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KafkaContender;
import io.memmap.bench.maps.RestartContender;
import io.memmap.bench.result.Journal;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Noise;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Bytes;
import io.memmap.bench.text.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Measures everything and keeps the results of each step when it ends. It continues where an
 * earlier run was interrupted. {@link Rank} decides what comes first if the time is short.
 */
public final class ReportJob extends RoundsJob {
    private static final String EMPTY = "an empty map";
    private static final double SECONDS_A_MINUTE = 60;

    /**
     * A measurement. Each of its runs measures it once more.
     *
     * @param weight a guess of its seconds
     * @param most the largest number of runs that is useful
     */
    private record Measurement(
            String name, String command, Rank rank, double weight, int most, Consumer<Measured> work) {
        Measurement(String name, String command, Rank rank, double weight, Consumer<Measured> work) {
            this(name, command, rank, weight, Integer.MAX_VALUE, work);
        }
    }

    private final ReportPlan plan;
    private final List<NativeContender> natives;
    private final List<String> cannotBeBuilt;
    private final JvmSettings jvm;
    private final Journal journal;
    private final ResultFile.Start start;
    private final Function<ResultFile, String> page;
    private final double minutes;
    private final List<String> tooLarge = new ArrayList<>();
    /** The most important measurement first. */
    private final Map<Measurement, Step> steps = new LinkedHashMap<>();

    /**
     * Plans the measurements. The minutes of the budget are those of all runs of this report
     * together.
     */
    public ReportJob(
            ReportPlan plan,
            List<NativeContender> natives,
            List<String> cannotBeBuilt,
            JvmSettings jvm,
            TimeBudget budget,
            Console console,
            Journal journal,
            ResultFile.Start start,
            Pattern only,
            Function<ResultFile, String> page) {
        super(
                new TimeBudget(
                        budget.rounds(), budget.minutes() - journal.seconds() / SECONDS_A_MINUTE, budget.command()),
                jvm,
                console);
        this.plan = plan;
        this.natives = natives;
        this.cannotBeBuilt = cannotBeBuilt;
        this.jvm = jvm;
        this.journal = journal;
        this.start = start;
        this.page = page;
        minutes = budget.minutes();
        List<Measurement> runs = new ArrayList<>();
        runs.add(windows());
        runs.addAll(forksOfTasks());
        runs.addAll(shapes());
        runs.addAll(nativeRuns());
        runs.addAll(latencies());
        runs.addAll(collections());
        runs.addAll(memories());
        runs.addAll(stores());
        runs.addAll(restarts());
        runs.removeIf(run -> !only.matcher(run.name()).find());
        // The sort is stable: contenders of one comparison stay together.
        runs.sort(Comparator.comparing(Measurement::rank));
        runs.forEach(run -> steps.put(run, new Step(run.name(), run.weight(), () -> measure(run))));
    }

    /** Whether the plan is empty. */
    public boolean isEmpty() {
        return steps.isEmpty();
    }

    private void measure(Measurement run) {
        Noise before = Noise.now();
        long startNanos = System.nanoTime();
        Measured measured = new Measured(run.name(), run.command());
        run.work().accept(measured);
        journal.add(measured.ended(before, (System.nanoTime() - startNanos) / 1e9));
    }

    /** Returns the result so far. */
    public ResultFile result() {
        List<String> leftOut = new ArrayList<>(cannotBeBuilt);
        leftOut.addAll(tooLarge);
        Map<String, Integer> untimely = new TreeMap<>();
        for (Measurement run : steps.keySet()) {
            if (journal.runsOf(run.name()) == 0 && !hasFailed(run.name())) {
                untimely.merge(run.name().split(",", -1)[0], 1, Integer::sum);
            }
        }
        untimely.forEach((part, count) -> leftOut.add(
                part + ": " + count + " more measurements: " + Text.digits(minutes) + " minutes were not enough"));
        return ResultFile.of(start, journal.runs(), leftOut, failures());
    }

    private boolean hasFailed(String name) {
        return failures().stream().anyMatch(failure -> failure.contains(name));
    }

    // --------------------------------------------------------------------------- how time is spent

    @Override
    List<Step> once() {
        return List.of();
    }

    @Override
    List<Step> round() {
        return List.copyOf(steps.values());
    }

    @Override
    double expectedWeight(int rounds, double secondsLeft) {
        double all = 0;
        for (Measurement run : steps.keySet()) {
            all += hasFailed(run.name())
                    ? 0
                    : run.weight() * Math.max(0, Math.min(run.most(), rounds) - journal.runsOf(run.name()));
        }
        return Math.min(all, Math.max(1, secondsLeft) / secondsAWeight());
    }

    /**
     * Does not subtract from what was expected at the beginning: how many measurements the time is
     * enough for is known only from the pace of those that have ended.
     */
    @Override
    double weightLeft(int rounds, double done, double secondsLeft) {
        return expectedWeight(rounds, secondsLeft);
    }

    /**
     * Returns the measurements that fit into the time, of those that have fewest runs. The first
     * rank gets a second run before others get their first.
     */
    @Override
    List<Step> round(int number, double secondsLeft) {
        List<Step> round = new ArrayList<>();
        double left = secondsLeft;
        for (Map.Entry<Measurement, Step> each : steps.entrySet()) {
            Measurement run = each.getKey();
            if (number < run.most() && journal.runsOf(run.name()) <= number) {
                boolean twice = number == 0 && run.rank() == Rank.FIRST && run.most() > 1;
                double cost = guess(run) * (twice ? 2 : 1);
                if (cost <= left) {
                    left -= cost;
                    round.add(each.getValue());
                }
            }
        }
        return round;
    }

    /**
     * Reverses the order only within a rank, so that a lack of time affects the less important
     * measurements.
     */
    @Override
    List<Step> inTurn(List<Step> round, int number) {
        Map<Step, Rank> ranks = new HashMap<>();
        steps.forEach((run, step) -> ranks.put(step, run.rank()));
        List<Step> turned = super.inTurn(round, number);
        turned.sort(Comparator.comparing(ranks::get));
        return turned;
    }

    @Override
    boolean isDue(Step step, double secondsLeft) {
        return step.weight() * secondsAWeight() <= secondsLeft;
    }

    /**
     * Returns a guess of the seconds of a run: the mean of its earlier runs. If there are none, its
     * weight and the pace of the other runs decide.
     */
    private double guess(Measurement run) {
        double before = journal.secondsOf(run.name());
        return before > 0 ? before : run.weight() * secondsAWeight();
    }

    private double secondsAWeight() {
        double seconds = 0;
        double weight = 0;
        for (Measurement run : steps.keySet()) {
            double before = journal.secondsOf(run.name());
            seconds += before;
            weight += before > 0 ? run.weight() : 0;
        }
        return weight == 0 ? 1 : seconds / weight;
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

    /** Returns the page of the result so far. */
    @Override
    String render() {
        return page.apply(result());
    }

    // ---------------------------------------------------------------------------- what is measured

    private Measurement windows() {
        Path file = Path.of(System.getProperty("java.home"), "lib", "modules");
        CountJob.Options options = new CountJob.Options(file, plan.windowBytes(), jvm.gc(), jvm.heapBytes(), null);
        String command = "bench/run --limit " + plan.windowBytes() + " --gc " + jvm.gc() + " --heap " + jvm.heapBytes();
        return new Measurement("windows", command, Rank.FIRST, 8 + plan.windowBytes() * 1.3e-6, 1, measured -> {
            Map<CountContender, ChildOutcome> outcomes = new EnumMap<>(CountContender.class);
            for (CountContender contender : CountContender.values()) {
                outcomes.put(contender, CountJob.run(options, contender, progress -> {}));
            }
            List<String> failed = CountJob.failures(outcomes);
            if (!failed.isEmpty()) {
                throw new BenchException(String.join("; ", failed));
            }
            outcomes.forEach((contender, outcome) -> outcome.figures()
                    .all()
                    .forEach((name, value) -> measured.add(
                            new Subject("windows", "count", contender.title(), plan.windowBytes(), "", name, ""),
                            value)));
        });
    }

    private List<Measurement> forksOfTasks() {
        List<Measurement> runs = new ArrayList<>();
        long machineBytes = start.machine().memoryBytes();
        for (LongTask task : plan.tasks()) {
            task.tooLarge(jvm.heapBytes(), machineBytes)
                    .ifPresentOrElse(
                            reason -> tooLarge.add(task.title() + ": " + reason),
                            () -> runs.add(fork(task, task.variant(), Rank.of(task))));
        }
        plan.objects().forEach(task -> runs.add(fork(task, "", Rank.of(task))));
        return runs;
    }

    private List<Measurement> shapes() {
        List<Measurement> runs = new ArrayList<>();
        for (ShapeTask task : plan.shapes()) {
            LongTask.tooLarge(
                            task.contender(),
                            task.size(),
                            jvm.heapBytes(),
                            start.machine().memoryBytes())
                    .ifPresentOrElse(
                            reason -> tooLarge.add(task.title() + ": " + reason),
                            () -> runs.add(new Measurement(
                                    task.title(),
                                    task.command(jvm),
                                    Rank.of(task),
                                    task.weight(),
                                    measured -> task.run(measured, jvm))));
        }
        return runs;
    }

    private Measurement fork(ForkTask task, String variant, Rank rank) {
        return new Measurement(
                "operations, " + task.title(), JmhFork.command(task, jvm), rank, task.weight(), measured -> {
                    JmhFork.Cost cost = JmhFork.run(task, jvm);
                    Subject subject = new Subject(
                            "operations",
                            task.operation().title(),
                            task.contender().title(),
                            task.size(),
                            variant,
                            "time",
                            "ns");
                    measured.add(subject, cost.nanos());
                    if (task.countsAllocation()) {
                        measured.add(subject.ofFigure("allocated", "B"), cost.bytes());
                    }
                });
    }

    private List<Measurement> nativeRuns() {
        List<Measurement> runs = new ArrayList<>();
        for (NativeContender contender : natives) {
            for (int size : plan.nativeSizes()) {
                Rank rank = size < 1_000_000 ? Rank.THIRD : Rank.FIRST;
                runs.add(run(contender, NativePart.TIME, rank, size, 8 + 2e-6 * size, contender::times));
            }
            int puts = plan.latency().size();
            runs.add(run(contender, NativePart.LATENCY, Rank.SECOND, puts, 2 + 0.5e-6 * puts, contender::latency));
            int held = plan.memory().size();
            runs.add(run(contender, NativePart.MEMORY, Rank.THIRD, held, 1 + 1e-6 * held, contender::memory));
            ReportPlan.Pressure load = plan.pressure();
            contender
                    .pressures(jvm.heapBytes(), load.size(), load.mebibytes(), load.seconds())
                    .forEach(pressure -> runs.add(new Measurement(
                            "gc, " + pressure.collector() + ", " + pressure.title(),
                            NativePart.GC.command(load.size()) + " --allocate "
                                    + load.mebibytes() + " --seconds " + load.seconds()
                                    + jvm.asOptionsOfAnyCollector(),
                            pressure.isByDefault() ? Rank.SECOND : Rank.LAST,
                            2 + load.seconds() + 1e-6 * load.size(),
                            pressure.work())));
        }
        return runs;
    }

    private interface Sized {
        void measure(Measured measured, int size);
    }

    private static Measurement run(
            NativeContender contender, NativePart part, Rank rank, int size, double weight, Sized work) {
        int most = part == NativePart.MEMORY ? 1 : Integer.MAX_VALUE;
        String name = part.title() + ", " + Text.count(size) + " entries, " + contender.title();
        return new Measurement(name, part.command(size), rank, weight, most, measured -> work.measure(measured, size));
    }

    private List<Measurement> latencies() {
        ReportPlan.Latency latency = plan.latency();
        int size = latency.size();
        List<Measurement> runs = new ArrayList<>();
        for (Contender contender : latency.contenders()) {
            String command = "bench/run latency --size " + size + " --contender " + contender + jvm.asOptions();
            double fill = size * (contender.isOffHeapPeer() ? 3e-6 : 0.7e-6);
            runs.add(new Measurement(
                    "latency, puts, " + contender.title(),
                    command,
                    Rank.ofPuts(contender),
                    3 + 2 * fill,
                    measured -> LatencyJob.puts(measured, jvm, contender, size, 0, progress -> {})));
            int puts = latency.putsASecond();
            runs.add(new Measurement(
                    "latency, puts at a rate, " + contender.title(),
                    command + " --puts " + puts,
                    Rank.ofPutsAtARate(contender),
                    6 + fill + 2.0 * size / puts,
                    measured -> LatencyJob.puts(measured, jvm, contender, size, puts, progress -> {})));
            int gets = latency.getsASecond();
            runs.add(new Measurement(
                    "latency, gets beside a writer, " + contender.title(),
                    command + " --gets " + gets + " --seconds " + latency.seconds(),
                    Rank.ofGets(contender),
                    3 + 2 * latency.seconds() + fill,
                    measured -> LatencyJob.gets(measured, jvm, contender, size, gets, latency.seconds())));
        }
        return runs;
    }

    private List<Measurement> collections() {
        ReportPlan.Pressure load = plan.pressure();
        List<Measurement> runs = new ArrayList<>();
        for (Gc gc : load.collectors()) {
            runs.add(collection(gc, load.contenders().getFirst(), EMPTY, 0));
            load.contenders().forEach(each -> runs.add(collection(gc, each, each.title(), load.size())));
        }
        return runs;
    }

    private Measurement collection(Gc gc, Contender contender, String title, int entries) {
        ReportPlan.Pressure load = plan.pressure();
        return new Measurement(
                "gc, " + gc + ", " + title,
                "bench/run gc --gc " + gc + " --contender " + contender + " --size " + entries + " --allocate "
                        + load.mebibytes() + " --seconds " + load.seconds() + jvm.asOptionsOfAnyCollector(),
                Rank.ofPressure(gc, contender),
                8 + load.seconds() + entries * (contender.isOffHeapPeer() ? 2e-6 : 0.5e-6),
                measured -> GcJob.run(
                        measured, jvm, gc, contender, title, load.size(), entries, load.mebibytes(), load.seconds()));
    }

    private List<Measurement> memories() {
        int size = plan.memory().size();
        return plan.memory().contenders().stream()
                .map(contender -> new Measurement(
                        "memory, " + contender.title(),
                        "bench/run memory --size " + size + " --contender " + contender + jvm.asOptions(),
                        Rank.ofMemory(contender),
                        2 + size * (contender.isOffHeapPeer() ? 3e-6 : 0.8e-6),
                        1,
                        measured -> MemoryJob.growth(measured, jvm, contender, size)))
                .toList();
    }

    private List<Measurement> stores() {
        List<Measurement> runs = new ArrayList<>();
        for (ReportPlan.Stores stores : plan.stores()) {
            JvmSettings with = jvm.withAtMost(stores.mostJavaHeap());
            for (KafkaContender contender : KafkaContender.values()) {
                String name = KafkaJob.PART + ", " + Text.count(stores.size()) + " entries, " + contender.title();
                if (contender.fits(stores.size(), with.heapBytes())) {
                    runs.add(new Measurement(
                            name,
                            "bench/run kafka --size " + stores.size() + " --forks 1 --contender " + contender
                                    + with.asOptions(),
                            Rank.THIRD,
                            5 + stores.size() * (contender.isRocks() ? 20e-6 : 4e-6),
                            measured -> KafkaJob.run(measured, with, contender, stores.size())));
                } else {
                    tooLarge.add(name + ": a Java heap of " + Bytes.format(with.heapBytes()) + " is too small");
                }
            }
        }
        return runs;
    }

    private List<Measurement> restarts() {
        List<Measurement> runs = new ArrayList<>();
        for (RestartJob.Entries entries : plan.restarts()) {
            String command = "bench/run restart --size " + (entries.ofTexts() ? 0 : entries.count()) + " --strings "
                    + (entries.ofTexts() ? entries.count() : 0) + " --forks 1 --contender ";
            for (RestartContender contender : RestartContender.values()) {
                runs.add(new Measurement(
                        RestartJob.PART + ", " + entries.title() + ", " + contender.title(),
                        command + contender + jvm.asOptions(),
                        Rank.THIRD,
                        3 + entries.count() * 5e-6,
                        measured -> RestartJob.restarts(measured, jvm, contender, entries)));
            }
            if (!entries.ofTexts()) {
                runs.add(new Measurement(
                        RestartJob.PART + ", operations on " + entries.title(),
                        command + RestartContender.MEMMAP + jvm.asOptions(),
                        Rank.THIRD,
                        2 + entries.count() * 3e-6,
                        measured -> RestartJob.operations(measured, jvm, entries.count())));
            }
        }
        return runs;
    }
}
