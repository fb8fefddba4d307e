package io.memmap.bench.job;

import io.memmap.bench.child.ChildOutcome;
import io.memmap.bench.child.Figures;
import io.memmap.bench.child.Latencies;
import io.memmap.bench.child.ReaderLatency;
import io.memmap.bench.console.Console;
import io.memmap.bench.job.SharedTask.Operation;
import io.memmap.bench.maps.SharedContender;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.Samples;
import io.memmap.bench.text.Markdown;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Measures maps with one thread and with two. A round is one fork of every task, and the latency of
 * a reader beside a fill.
 */
public final class ThreadsJob extends RoundsJob {
    /** The tasks, and the time for them. The two sizes are those of the targets. */
    public record Options(List<SharedTask> tasks, int small, int large, int latencySize, TimeBudget budget) {}

    private static final List<SharedContender> READERS =
            List.of(SharedContender.SYNC_LONG_LONG, SharedContender.JDK_CONCURRENT);
    private static final double MOST_TAIL_NANOS = 20_000;

    private final Options options;
    private final JvmSettings jvm;
    private final ForkResults nanos = ForkResults.ofNanos();
    private final Map<SharedContender, Map<Latencies.Point, Samples>> gets = new EnumMap<>(SharedContender.class);
    private final Map<Latencies.Point, Samples> noOps = new EnumMap<>(Latencies.Point.class);
    private final Map<Latencies.Point, Samples> ofArrays = new EnumMap<>(Latencies.Point.class);

    public ThreadsJob(Options options, JvmSettings jvm, Console console) {
        super(options.budget(), jvm, console);
        this.options = options;
        this.jvm = jvm;
    }

    @Override
    List<Step> once() {
        return List.of();
    }

    @Override
    List<Step> round() {
        List<Step> steps = new ArrayList<>(forksOf(options.tasks(), nanos, ForkResults.ofBytes()));
        for (SharedContender contender : READERS) {
            steps.add(new Step(
                    "get beside a fill, " + contender.title(),
                    3 + options.latencySize() * 1e-6,
                    () -> runLatency(contender)));
        }
        return steps;
    }

    private void runLatency(SharedContender contender) {
        ChildOutcome outcome = jvm.newJvm()
                .run(
                        ReaderLatency.class,
                        List.of(contender.name(), Integer.toString(options.latencySize())),
                        step -> {});
        Figures figures = outcome.figuresOf(contender.title());
        for (Latencies.Point point : Latencies.Point.values()) {
            Map<Latencies.Point, Samples> own =
                    gets.computeIfAbsent(contender, absent -> new EnumMap<>(Latencies.Point.class));
            add(own, point, figures.get(point.figure(ReaderLatency.GET)));
            add(noOps, point, figures.get(point.figure(ReaderLatency.NO_OP)));
            add(ofArrays, point, figures.get(point.figure(ReaderLatency.ARRAY)));
        }
    }

    private static void add(Map<Latencies.Point, Samples> samples, Latencies.Point point, OptionalLong nanos) {
        if (nanos.isPresent()) {
            samples.computeIfAbsent(point, absent -> new Samples()).add((double) nanos.getAsLong());
        }
    }

    @Override
    String forks() {
        return nanos.forks();
    }

    @Override
    String yardstick() {
        return "that of ConcurrentHashMap";
    }

    @Override
    String tables() {
        return """

                Keys are random longs that are present. A put overwrites. With two threads, a figure is the time of an operation \
                on each of them.
                """
                + nanos.render()
                + "\n## Each get while another thread fills the map to " + Text.count(options.latencySize())
                + " entries from empty\n\n"
                + "The loops also run beside a fill. For each get, one reads a chain of four dependent words in an"
                + " array of the size of the map; the other reads nothing.\n\n"
                + Markdown.table(latencyHeader(), latencyRows())
                + "\n## Targets\n\n"
                + Markdown.table(List.of("target", "wanted", "measured", ""), targets());
    }

    private static List<String> latencyHeader() {
        List<String> header = new ArrayList<>(List.of("each get beside a fill"));
        for (Latencies.Point point : Latencies.Point.values()) {
            header.add(point.title());
        }
        return header;
    }

    private List<List<String>> latencyRows() {
        List<List<String>> rows = new ArrayList<>();
        gets.forEach((contender, samples) -> rows.add(latencyRow(contender.title(), samples)));
        rows.add(latencyRow(FigureNames.ARRAY_LOOP, ofArrays));
        rows.add(latencyRow(FigureNames.NO_OP_LOOP, noOps));
        return rows;
    }

    private static List<String> latencyRow(String title, Map<Latencies.Point, Samples> samples) {
        List<String> row = new ArrayList<>(List.of(title));
        for (Latencies.Point point : Latencies.Point.values()) {
            row.add(samples.getOrDefault(point, new Samples()).format(Text::nanos));
        }
        return row;
    }

    // --------------------------------------------------------------------------------- the targets

    private List<List<String>> targets() {
        int small = options.small();
        int large = options.large();
        SharedContender sync = SharedContender.SYNC_LONG_LONG;
        SharedContender jdk = SharedContender.JDK_CONCURRENT;
        double tail = gets.getOrDefault(sync, Map.of())
                .getOrDefault(Latencies.Point.P99_99, new Samples())
                .median();
        List<List<String>> rows = new ArrayList<>();
        rows.add(atMost(
                "get at " + Text.count(small) + " over LongLongMap's",
                1.25,
                median(Operation.GET_1, sync, small) / median(Operation.GET_1, SharedContender.PLAIN, small)));
        rows.add(atLeast(
                "2 readers over 1 at " + Text.count(small),
                1.8,
                2 * median(Operation.GET_1, sync, small) / median(Operation.GET_2, sync, small)));
        rows.add(faster(Operation.GET_1, jdk, large, 1.5));
        rows.add(faster(Operation.GET_2, jdk, large, 1.5));
        rows.add(faster(Operation.MIXED90_1, jdk, large, 1.5));
        rows.add(faster(Operation.MIXED90_2, jdk, large, 1.5));
        rows.add(faster(Operation.MIXED50_1, jdk, large, 1.2));
        rows.add(faster(Operation.MIXED50_2, jdk, large, 1.2));
        rows.add(faster(Operation.MIXED90_2, SharedContender.CHRONICLE, small, 4));
        rows.add(List.of(
                "p99.99 of a get beside a fill, " + sync.title(),
                "at most " + Text.nanos(MOST_TAIL_NANOS),
                Double.isNaN(tail) ? Text.NONE : Text.nanos(tail),
                verdict(tail, tail <= MOST_TAIL_NANOS)));
        return rows;
    }

    /** Returns the row of a target: how many times as fast as another contender. */
    private List<String> faster(Operation operation, SharedContender other, int size, double wanted) {
        return atLeast(
                operation.title() + " at " + Text.count(size) + ", against " + other.title(),
                wanted,
                median(operation, other, size) / median(operation, SharedContender.SYNC_LONG_LONG, size));
    }

    private static List<String> atMost(String target, double wanted, double measured) {
        return row(target, "at most " + Text.digits(wanted) + "x", measured, measured <= wanted);
    }

    private static List<String> atLeast(String target, double wanted, double measured) {
        return row(target, "at least " + Text.digits(wanted) + "x", measured, measured >= wanted);
    }

    private static List<String> row(String target, String wanted, double measured, boolean reached) {
        String shown = Double.isNaN(measured) ? Text.NONE : Text.digits(measured) + "x";
        return List.of(target, wanted, shown, verdict(measured, reached));
    }

    private static String verdict(double measured, boolean reached) {
        return Double.isNaN(measured) ? "not measured" : reached ? "reached" : "missed";
    }

    private double median(Operation operation, SharedContender contender, int size) {
        OptionalDouble median = nanos.median(new SharedTask(operation, contender, size));
        return median.orElse(Double.NaN);
    }
}
