package io.memmap.bench.job;

import io.memmap.bench.child.ChildOutcome;
import io.memmap.bench.child.Figures;
import io.memmap.bench.child.Latencies.Point;
import io.memmap.bench.child.RestartChild;
import io.memmap.bench.child.RestartChild.Phase;
import io.memmap.bench.child.RestartChild.RestartMetric;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.maps.RestartContender;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Samples;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Measures how soon a map is there again after a restart, and how long its snapshots take. Each
 * opening is that of a new JVM. The contenders take turns.
 */
public final class RestartJob {
    /** The part of the subjects of the figures. */
    public static final String PART = "restart";

    private static final Path IN_MEMORY = Path.of("/dev/shm");

    private static final List<String> NOTES = List.of(
            "First get: from before the opening until behind the first get, in a JVM that has just started, without"
                    + " the",
            "start of the JVM. Warm: the same in a JVM that has opened and closed the file before. After a kill: the"
                    + " last",
            "process had the file open when it ended. Refill: the time to fill a new map, from one process.");

    private static final List<String> SNAPSHOT_NOTES = List.of(
            "Snapshots: of a map of memmap in memory with 16 shards. First: the first snapshot of a JVM. Later: the",
            "median of three more, each written when the file before has been deleted. Plain file: the time to write a",
            "file of as many bytes, in pieces of 1 MiB, until the disk has it. Each snapshot takes turns with one. A",
            "thread makes 50,000 puts a second, for a while before the snapshots and then beside them.");

    /** The figures of a map in a file. */
    private enum Column {
        FIRST_GET("first get"),
        NEXT_GETS("next 1,000"),
        FROM_DISK("from disk"),
        WARM("warm"),
        AFTER_KILL("after a kill"),
        REFILL("refill");

        final String title;

        Column(String title) {
            this.title = title;
        }
    }

    /** The figures of operations. */
    private enum Operation {
        FILL("fill", RestartMetric.FILL_ONE),
        OVERWRITE("overwrite", RestartMetric.OVERWRITE_ONE),
        GET("get", RestartMetric.GET_ONE);

        final String title;
        final RestartMetric metric;

        Operation(String title, RestartMetric metric) {
            this.title = title;
            this.metric = metric;
        }
    }

    /** The figures of snapshots. */
    private enum SnapshotFigure {
        FIRST("first", RestartMetric.FIRST_SNAPSHOT.name()),
        FIRST_PLAIN("plain file", RestartMetric.FIRST_PLAIN_FILE.name()),
        LATER("later", RestartMetric.LATER_SNAPSHOT.name()),
        LATER_PLAIN("plain file", RestartMetric.LATER_PLAIN_FILE.name()),
        BYTES("file", RestartMetric.SNAPSHOT_BYTES.name()),
        LONGEST("longest put", RestartMetric.PUT_BESIDE.figure(Point.MAX)),
        P99_9("p99.9", RestartMetric.PUT_BESIDE.figure(Point.P99_9)),
        LONGEST_ALONE("longest put before", RestartMetric.PUT_ALONE.figure(Point.MAX)),
        P99_9_ALONE("p99.9 before", RestartMetric.PUT_ALONE.figure(Point.P99_9));

        final String title;
        final String figure;

        SnapshotFigure(String title, String figure) {
            this.title = title;
            this.figure = figure;
        }

        String format(Samples samples) {
            return this == BYTES ? Text.figure(samples.median(), "B") : samples.format("ns");
        }
    }

    /** The entries of a map; not longs but strings if so. */
    public record Entries(boolean ofTexts, int count) {
        String kind() {
            return ofTexts ? "strings" : "longs";
        }

        String title() {
            return Text.count(count) + " " + kind();
        }
    }

    private final JvmSettings jvm;
    private final List<RestartContender> contenders;
    private final List<Entries> sizes;
    private final Path parent;
    private final TreeSet<String> remarks = new TreeSet<>();
    private boolean dropsPages = true;

    /** The figures of all maps with these entries. */
    private final class Table {
        final Entries entries;
        final Map<RestartContender, Map<Column, Samples>> samples = new EnumMap<>(RestartContender.class);

        Table(Entries entries) {
            this.entries = entries;
            contenders.forEach(contender -> samples.put(contender, new EnumMap<>(Column.class)));
        }

        Samples of(RestartContender contender, Column column) {
            return samples.getOrDefault(contender, Map.of()).getOrDefault(column, new Samples());
        }

        void add(RestartContender contender, Column column, Figures figures, RestartMetric metric) {
            Objects.requireNonNull(samples.get(contender))
                    .computeIfAbsent(column, absent -> new Samples())
                    .add(figures.number(metric.name()));
        }

        String render() {
            List<String> header = new ArrayList<>(List.of(entries.title()));
            for (Column column : Column.values()) {
                header.add(column.title);
            }
            TextTable table = new TextTable(header);
            for (RestartContender contender : contenders) {
                List<String> row = new ArrayList<>(List.of(contender.title()));
                for (Column column : Column.values()) {
                    row.add(of(contender, column).format("ns"));
                }
                table.row(row);
            }
            return table.render();
        }
    }

    /** Makes a job with files in a new directory in this one. */
    public RestartJob(JvmSettings jvm, List<RestartContender> contenders, List<Entries> sizes, Path parent) {
        this.jvm = jvm;
        this.contenders = contenders;
        this.sizes = sizes;
        this.parent = parent;
    }

    /** Opens each file this many times, and prints the medians. Throws a BenchException if memmap fails. */
    public void run(int forks, int speedEntries, Console console) {
        ProgressLine line = new ProgressLine(console);
        StringBuilder text = new StringBuilder();
        inDirectory(parent, directory -> {
            for (Entries entries : sizes) {
                text.append(measure(entries, directory, forks, line::show).render())
                        .append('\n');
            }
            text.append(renderSpeed(speedEntries, place(directory), speed(speedEntries, forks, directory, line::show)))
                    .append('\n');
        });
        NOTES.forEach(note -> text.append(note).append('\n'));
        for (Entries entries : sizes) {
            if (!entries.ofTexts() && contenders.contains(RestartContender.MEMMAP)) {
                text.append('\n').append(snapshots(entries, forks, line::show)).append('\n');
                SNAPSHOT_NOTES.forEach(note -> text.append(note).append('\n'));
            }
        }
        line.end("done");
        remarks.forEach(remark -> text.append(remark).append('\n'));
        text.append("Files in ")
                .append(parent)
                .append("; ")
                .append(jvm.describe())
                .append('\n');
        console.out().print(text);
        console.out().flush();
    }

    /** Fills one map, and opens its file once in each way. A way in which it does not open has no figure. */
    static void restarts(Measured measured, JvmSettings jvm, RestartContender contender, Entries entries) {
        RestartJob job = new RestartJob(jvm, List.of(contender), List.of(entries), temporary());
        inDirectory(job.parent, directory -> {
            Table table = job.measure(entries, directory, 1, progress -> {});
            Map<Column, Samples> found = Objects.requireNonNull(table.samples.get(contender));
            if (found.isEmpty()) {
                throw new BenchException(String.join("; ", job.remarks));
            }
            found.forEach((column, samples) -> measured.add(
                    subject(column.title, contender.title(), entries.count(), entries.kind()), samples.median()));
        });
    }

    /** Measures operations of memmap on a map of longs in memory, and in a file. */
    static void operations(Measured measured, JvmSettings jvm, int entries) {
        RestartJob job = new RestartJob(jvm, List.of(), List.of(), temporary());
        inDirectory(
                job.parent,
                directory -> job.speed(entries, 1, directory, progress -> {}).forEach((inFile, all) -> {
                    String contender = RestartContender.MEMMAP.title() + " " + where(inFile, place(directory));
                    all.forEach((operation, samples) -> measured.add(
                            subject(operation.title, contender, entries, FigureNames.OPERATIONS), samples.median()));
                }));
    }

    private static Subject subject(String operation, String contender, int size, String variant) {
        return new Subject(PART, operation, contender, size, variant, "time", "ns");
    }

    /** The directory for temporary files. */
    public static Path temporary() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    private interface Work {
        void run(Path directory) throws IOException;
    }

    private static void inDirectory(Path parent, Work work) {
        try {
            Path directory = Files.createTempDirectory(parent, "memmap-restart");
            try {
                work.run(directory);
            } finally {
                delete(directory);
            }
        } catch (IOException failed) {
            throw new BenchException("cannot write to " + parent, failed);
        }
    }

    private Table measure(Entries entries, Path directory, int forks, Consumer<String> progress) throws IOException {
        Table table = new Table(entries);
        List<RestartContender> able = new ArrayList<>();
        for (RestartContender contender : contenders) {
            progress.accept(entries.title() + ": filling " + contender.title());
            ChildOutcome outcome = run(contender, entries, file(directory, contender), Phase.FILL);
            if (!isFailure(outcome, contender, "cannot be filled")) {
                able.add(contender);
                table.add(contender, Column.REFILL, outcome.figures(), RestartMetric.FILL);
            }
        }
        for (int fork = 0; fork < forks; fork++) {
            for (RestartContender contender : able) {
                progress.accept(
                        entries.title() + ": opening " + contender.title() + ", " + (fork + 1) + " of " + forks);
                Path file = file(directory, contender);
                open(table, contender, file, "does not open").ifPresent(figures -> {
                    table.add(contender, Column.FIRST_GET, figures, RestartMetric.FIRST_GET);
                    table.add(contender, Column.NEXT_GETS, figures, RestartMetric.NEXT_GETS);
                    table.add(contender, Column.WARM, figures, RestartMetric.WARM_FIRST_GET);
                });
                if (dropsPages) {
                    drop(file);
                }
                if (dropsPages) {
                    open(table, contender, file, "does not open")
                            .ifPresent(figures ->
                                    table.add(contender, Column.FROM_DISK, figures, RestartMetric.FIRST_GET));
                }
                run(contender, entries, file, Phase.LEAVE);
                open(table, contender, file, "does not open the file after a kill")
                        .ifPresent(
                                figures -> table.add(contender, Column.AFTER_KILL, figures, RestartMetric.FIRST_GET));
            }
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        return table;
    }

    private Optional<Figures> open(Table table, RestartContender contender, Path file, String failing) {
        ChildOutcome outcome = run(contender, table.entries, file, Phase.OPEN);
        return isFailure(outcome, contender, failing) ? Optional.empty() : Optional.of(outcome.figures());
    }

    private boolean isFailure(ChildOutcome outcome, RestartContender contender, String what) {
        if (contender == RestartContender.MEMMAP) {
            outcome.figuresOf(contender.title()); // throws if it has failed
        }
        outcome.failure().ifPresent(reason -> remarks.add(contender.title() + " " + what + ": " + reason));
        return outcome.failure().isPresent();
    }

    private ChildOutcome run(RestartContender contender, Entries entries, Path file, Phase phase) {
        List<String> arguments = List.of(
                contender.name(),
                Boolean.toString(entries.ofTexts()),
                Integer.toString(entries.count()),
                file.toString(),
                phase.name());
        return jvm.newJvm().optionsOf(contender.contender()).run(RestartChild.class, arguments, progress -> {});
    }

    private static Path file(Path directory, RestartContender contender) {
        return directory.resolve(contender.name());
    }

    private void drop(Path file) throws IOException {
        PageCache.drop(file);
        long left = PageCache.bytes(file).orElse(Long.MAX_VALUE);
        if (left > Files.size(file) / 100) {
            dropsPages = false;
            remarks.add("From disk was not measured: the kernel did not drop the pages of a file in " + parent
                    + ", or dd or fincore is missing.");
        }
    }

    private static Path place(Path directory) {
        return Files.isWritable(IN_MEMORY) ? IN_MEMORY : directory;
    }

    private static String where(boolean inFile, Path place) {
        return inFile ? "in a file in " + place : "in memory";
    }

    /** Measures operations on a map in no file, and on one in a file in memory. */
    private Map<Boolean, Map<Operation, Samples>> speed(
            int entries, int forks, Path directory, Consumer<String> progress) throws IOException {
        Path file = Files.createTempFile(place(directory), "memmap-restart", ".heap");
        Map<Boolean, Map<Operation, Samples>> speeds = new TreeMap<>();
        for (int fork = 0; fork < forks; fork++) {
            for (boolean inFile : new boolean[] {false, true}) {
                progress.accept("operations " + (inFile ? "in a file" : "in memory"));
                Files.deleteIfExists(file);
                List<String> arguments = List.of(
                        RestartContender.MEMMAP.name(),
                        "false",
                        Integer.toString(entries),
                        inFile ? file.toString() : "",
                        Phase.SPEED.name());
                Figures figures = jvm.newJvm()
                        .optionsOf(RestartContender.MEMMAP.contender())
                        .run(RestartChild.class, arguments, ignored -> {})
                        .figuresOf("memmap");
                Map<Operation, Samples> samples =
                        speeds.computeIfAbsent(inFile, absent -> new EnumMap<>(Operation.class));
                for (Operation operation : Operation.values()) {
                    samples.computeIfAbsent(operation, absent -> new Samples())
                            .add(figures.number(operation.metric.name()));
                }
            }
        }
        Files.deleteIfExists(file);
        return speeds;
    }

    private static String renderSpeed(int entries, Path place, Map<Boolean, Map<Operation, Samples>> speeds) {
        List<String> header = new ArrayList<>(List.of(Text.count(entries) + " longs"));
        List<String> ratios = new ArrayList<>(List.of("in a file, times"));
        for (Operation operation : Operation.values()) {
            header.add(operation.title);
            ratios.add(Text.ratio(of(speeds, true, operation).median()
                    / of(speeds, false, operation).median()));
        }
        TextTable table = new TextTable(header);
        for (boolean inFile : new boolean[] {false, true}) {
            List<String> row = new ArrayList<>(List.of(where(inFile, place)));
            for (Operation operation : Operation.values()) {
                row.add(of(speeds, inFile, operation).format("ns"));
            }
            table.row(row);
        }
        table.row(ratios);
        return table.render();
    }

    private static Samples of(Map<Boolean, Map<Operation, Samples>> speeds, boolean inFile, Operation operation) {
        return speeds.getOrDefault(inFile, Map.of()).getOrDefault(operation, new Samples());
    }

    /** Measures snapshots in each place, and returns a table. */
    private String snapshots(Entries entries, int forks, Consumer<String> progress) {
        Map<String, Map<SnapshotFigure, Samples>> rows = new LinkedHashMap<>();
        for (int fork = 0; fork < forks; fork++) {
            for (Path place : new LinkedHashSet<>(List.of(parent, place(parent)))) {
                String row = "in " + place;
                progress.accept("snapshots " + row);
                inDirectory(place, directory -> {
                    Figures figures = run(
                                    RestartContender.MEMMAP, entries, directory.resolve("snapshot"), Phase.SNAPSHOT)
                            .figuresOf("memmap");
                    Map<SnapshotFigure, Samples> samples =
                            rows.computeIfAbsent(row, absent -> new EnumMap<>(SnapshotFigure.class));
                    for (SnapshotFigure figure : SnapshotFigure.values()) {
                        samples.computeIfAbsent(figure, absent -> new Samples()).add(figures.number(figure.figure));
                    }
                });
            }
        }
        List<String> header = new ArrayList<>(List.of("snapshots of " + entries.title()));
        for (SnapshotFigure figure : SnapshotFigure.values()) {
            header.add(figure.title);
        }
        TextTable table = new TextTable(header);
        rows.forEach((row, all) -> {
            List<String> cells = new ArrayList<>(List.of(row));
            all.forEach((figure, samples) -> cells.add(figure.format(samples)));
            table.row(cells);
        });
        return table.render();
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
