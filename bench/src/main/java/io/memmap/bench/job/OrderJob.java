package io.memmap.bench.job;

import io.memmap.bench.child.Figures;
import io.memmap.bench.child.OrderBuildChild;
import io.memmap.bench.child.OrderBuildChild.BuildMetric;
import io.memmap.bench.child.OrderBuildChild.Phase;
import io.memmap.bench.child.OrderBuildChild.Warmth;
import io.memmap.bench.child.OrderBuildChild.WriteMetric;
import io.memmap.bench.child.OrderChild;
import io.memmap.bench.child.OrderChild.OrderMetric;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.maps.OrderContender;
import io.memmap.bench.result.Samples;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Measures maps with ordered keys, each in a new JVM, in turn. */
public final class OrderJob {
    private static final int RANGE_KEYS = 100;
    private static final int RANGES_IN_A_BATCH = 2500;
    private static final int QUICK_RANGES_IN_A_BATCH = 1000;

    /** The number of JVMs in a fork that build indexes of each of memmap's maps. */
    private static final int JVMS = 3;

    /** The number of builds in each of them if nothing else is measured. The notes and the help name it, too. */
    private static final int BUILDS = 3;

    private static final List<OrderContender> MEMMAPS = List.of(OrderContender.MEMMAP_1, OrderContender.MEMMAP_16);

    private static final String REPLACED = "Replaced: each key has been removed and another one added. Bytes are those"
            + " of the index, without the map.";

    private static final String COLD_NOTE = """
        Cold: the JVM is new, and this is its first build. It compiles the code of the build meanwhile. Its
        compiler runs in threads that take the CPUs from the thread that builds and from the one that writes.
        """;

    private static final String WARM_NOTE = """
        Warm: the same JVM has built two indexes before, each of a new map with the same entries, and has
        compiled nearly all of the code. It has its own writes with no build to compare with.
        """;

    private static final String STOLEN_NOTE = """
        Stolen: the time that the host of a virtual machine took from its CPUs during the build. Linux counts
        it in ticks of 10 ms and adds up all CPUs.
        """;

    private static final List<String> NOTES = List.of(
            "Writes: one thread makes 50,000 a second, for a while before a build and then beside it. The time",
            "of a write is that of the call. Overdue: the longest time from the moment when a write was due, so one",
            "slow write counts for those behind it, too. Gap: the longest time in which the thread did not run, or",
            "was stopped by the JVM, while it only waited until its next write was due.");

    private static final List<String> WAIT_NOTES = List.of(
            "Less waits: without the time for which the writing thread was ready to run and had no CPU, because other",
            "threads ran. Linux counts that time. Over 1 ms: the number of writes that took longer, less waits. Less",
            "the builder's waits: also without the time for which the thread that builds had no CPU while the writing",
            "thread was blocked. The builder may have had the map's lock then, or not. So the longest wait that the",
            "map itself caused is between the two figures.");

    private static final String NO_WAITS = "Longest writes less waits for a CPU: no figures, as this system has no"
            + " /proc/thread-self/schedstat that counts them.";

    /** A column of the table: its title, and its figure in a unit; bytes are those of one key. */
    private record Column(String title, OrderMetric metric, String unit) {}

    private static final List<Column> TIMES = List.of(
            new Column("range", OrderMetric.RANGE, "ns"),
            new Column("prefix", OrderMetric.PREFIX, "ns"),
            new Column("range, replaced", OrderMetric.RANGE_CHURNED, "ns"),
            new Column("new key", OrderMetric.INSERT, "ns"),
            new Column("without index", OrderMetric.INSERT_PLAIN, "ns"),
            new Column("remove and add", OrderMetric.CHURN, "ns"));

    private static final List<Column> INDEX = List.of(
            new Column("bytes a key", OrderMetric.BYTES_FRESH, "bytes"),
            new Column("bytes a key, replaced", OrderMetric.BYTES_CHURNED, "bytes"));

    private static final Map<WriteMetric, String> WRITES = new EnumMap<>(Map.of(
            WriteMetric.P99_9, "p99.9",
            WriteMetric.P99_99, "p99.99",
            WriteMetric.TENTH_LONGEST, "tenth longest",
            WriteMetric.LONGEST, "longest",
            WriteMetric.OVERDUE, "overdue",
            WriteMetric.GAP, "gap"));

    private static final Map<WriteMetric, String> WAITS = new EnumMap<>(Map.of(
            WriteMetric.LONGEST, "longest",
            WriteMetric.LONGEST_LESS_WAITS, "less waits",
            WriteMetric.OVER_MILLISECOND, "over 1 ms",
            WriteMetric.LONGEST_LESS_ALL_WAITS, "less the builder's waits",
            WriteMetric.GAP, "gap",
            WriteMetric.GAP_LESS_WAITS, "gap, less waits"));

    private final JvmSettings jvm;
    private final int size;
    private final boolean isQuick;
    private final boolean isOfBuilds;
    private final Map<OrderContender, Map<OrderMetric, Samples>> samples = new EnumMap<>(OrderContender.class);
    private final Map<OrderContender, Map<String, Samples>> builds = new EnumMap<>(OrderContender.class);

    /**
     * Makes a job. If it is quick, keys are replaced in memmap's maps only. If it is of builds, nothing
     * but the builds is measured, in a new JVM and in a warm one.
     */
    public OrderJob(JvmSettings jvm, int size, boolean isQuick, boolean isOfBuilds) {
        this.jvm = jvm;
        this.size = size;
        this.isQuick = isQuick;
        this.isOfBuilds = isOfBuilds;
    }

    /**
     * Runs the contenders this many times and prints the medians. Throws a BenchException if a
     * contender fails, or if two of them read different entries.
     */
    public void run(int forks, Console console) {
        ProgressLine line = new ProgressLine(console);
        for (int fork = 0; fork < forks; fork++) {
            if (!isOfBuilds) {
                runAll(line);
            }
            for (int i = 0; i < JVMS; i++) {
                for (OrderContender contender : MEMMAPS) {
                    line.show(contender.title() + ", build");
                    build(contender);
                }
            }
        }
        line.end("done");
        console.out().print(render());
        console.out().flush();
    }

    private void runAll(ProgressLine line) {
        Map<OrderContender, Figures> outcomes = new EnumMap<>(OrderContender.class);
        for (OrderContender contender : OrderContender.values()) {
            line.show(contender.title());
            outcomes.put(contender, run(contender));
        }
        requireSameEntries(outcomes);
    }

    private Figures run(OrderContender contender) {
        List<String> arguments = List.of(
                contender.name(),
                Integer.toString(size),
                Integer.toString(RANGE_KEYS),
                Integer.toString(isQuick ? QUICK_RANGES_IN_A_BATCH : RANGES_IN_A_BATCH),
                Integer.toString(isQuick && !contender.isMemmap() ? 0 : size));
        Figures figures =
                jvm.newJvm().run(OrderChild.class, arguments, progress -> {}).figuresOf(contender.title());
        for (OrderMetric metric : OrderMetric.values()) {
            figures.get(metric.name())
                    .ifPresent(value -> samplesOf(contender, metric).add((double) value));
        }
        return figures;
    }

    private void build(OrderContender contender) {
        List<String> arguments =
                List.of(contender.name(), Integer.toString(size), Integer.toString(isOfBuilds ? BUILDS : 1));
        Figures figures = jvm.newJvm()
                .run(OrderBuildChild.class, arguments, progress -> {})
                .figuresOf(contender.title());
        figures.all().forEach((name, value) -> buildSamples(contender, name).add((double) value));
    }

    private Samples buildSamples(OrderContender contender, String figure) {
        return builds.computeIfAbsent(contender, absent -> new HashMap<>())
                .computeIfAbsent(figure, absent -> new Samples());
    }

    static void requireSameEntries(Map<OrderContender, Figures> outcomes) {
        OptionalLong expected = OptionalLong.empty();
        for (Map.Entry<OrderContender, Figures> outcome : outcomes.entrySet()) {
            OptionalLong digest = outcome.getValue().get(OrderMetric.DIGEST.name());
            if (digest.isEmpty() || (expected.isPresent() && !digest.equals(expected))) {
                throw new BenchException(outcome.getKey().title()
                        + " read other entries than the contenders before it, so there are no figures");
            }
            expected = digest;
        }
    }

    private Samples samplesOf(OrderContender contender, OrderMetric metric) {
        return samples.computeIfAbsent(contender, absent -> new EnumMap<>(OrderMetric.class))
                .computeIfAbsent(metric, absent -> new Samples());
    }

    private String render() {
        StringBuilder text = new StringBuilder();
        text.append(Text.count(size)).append(" entries, keys of 16 random bytes, values of 32 bytes; a range has ");
        text.append(RANGE_KEYS).append(" keys; ").append(jvm.describe()).append("\n\n");
        if (!isOfBuilds) {
            text.append(table(TIMES, List.of(OrderContender.values()))).append('\n');
            text.append(table(INDEX, MEMMAPS)).append('\n');
            text.append(REPLACED).append("\n\n");
        }
        text.append(buildTable()).append('\n');
        text.append(COLD_NOTE + (isOfBuilds ? WARM_NOTE : "") + STOLEN_NOTE).append('\n');
        text.append(writeTable(WRITES)).append('\n');
        NOTES.forEach(note -> text.append(note).append('\n'));
        text.append('\n');
        if (hasWaits()) {
            text.append(writeTable(WAITS)).append('\n');
            WAIT_NOTES.forEach(note -> text.append(note).append('\n'));
        } else {
            text.append(NO_WAITS).append('\n');
        }
        return text.toString();
    }

    private String table(List<Column> columns, List<OrderContender> contenders) {
        List<String> header = new ArrayList<>(List.of("map"));
        columns.forEach(column -> header.add(column.title()));
        TextTable table = new TextTable(header);
        for (OrderContender contender : contenders) {
            List<String> row = new ArrayList<>(List.of(contender.title()));
            for (Column column : columns) {
                double keys = column.unit().equals("bytes") ? size : 1;
                row.add(samplesOf(contender, column.metric())
                        .format(value -> Text.figure(value / keys, column.unit())));
            }
            table.row(row);
        }
        return table.render();
    }

    private String buildTable() {
        TextTable table = new TextTable(List.of("map", "build", "its CPU time", "stolen"));
        for (OrderContender contender : MEMMAPS) {
            for (Warmth warmth : warmths()) {
                List<String> row = new ArrayList<>(List.of(contender.title() + title(warmth)));
                for (BuildMetric metric : BuildMetric.values()) {
                    row.add(buildSamples(contender, warmth.figure(metric)).format("ns"));
                }
                table.row(row);
            }
        }
        return table.render();
    }

    private String writeTable(Map<WriteMetric, String> titles) {
        List<String> header = new ArrayList<>(List.of("writes"));
        header.addAll(titles.values());
        TextTable table = new TextTable(header);
        for (OrderContender contender : MEMMAPS) {
            for (Warmth warmth : warmths()) {
                for (Phase phase : Phase.values()) {
                    String title = phase == Phase.ALONE ? ", no build" : ", beside a build";
                    List<String> row = new ArrayList<>(List.of(contender.title() + title + title(warmth)));
                    for (WriteMetric metric : titles.keySet()) {
                        row.add(buildSamples(contender, warmth.figure(phase, metric))
                                .format(metric == WriteMetric.OVER_MILLISECOND ? "" : "ns"));
                    }
                    table.row(row);
                }
            }
        }
        return table.render();
    }

    private List<Warmth> warmths() {
        return isOfBuilds ? List.of(Warmth.COLD, Warmth.WARM) : List.of(Warmth.COLD);
    }

    private static String title(Warmth warmth) {
        return warmth == Warmth.COLD ? ", cold" : ", warm";
    }

    /** Whether the system counts the time for which a thread waits for a CPU. */
    private boolean hasWaits() {
        String figure = Warmth.COLD.figure(Phase.BESIDE, WriteMetric.LONGEST_LESS_WAITS);
        return MEMMAPS.stream()
                .allMatch(contender -> buildSamples(contender, figure).count() > 0);
    }
}
