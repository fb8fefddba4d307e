package io.memmap.bench.job;

import io.memmap.bench.child.ChildOutcome;
import io.memmap.bench.child.Figures;
import io.memmap.bench.child.RestartChild;
import io.memmap.bench.child.RestartChild.Phase;
import io.memmap.bench.child.RestartChild.RestartMetric;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.maps.RestartContender;
import io.memmap.bench.result.Samples;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Measures how soon a map is there again after a restart. Each opening is that of a new JVM. The
 * contenders take turns.
 */
public final class RestartJob {
    private static final Path IN_MEMORY = Path.of("/dev/shm");

    private static final List<String> NOTES = List.of(
            "First get: from before the opening until behind the first get, in a JVM that has just started, without"
                    + " the",
            "start of the JVM. Warm: the same in a JVM that has opened and closed the file before. After a kill: the"
                    + " last",
            "process had the file open when it ended. Refill: the time to fill a new map, from one process.");

    /** From where the pages of the file come, and how the last process ended. */
    private enum Start {
        CACHE,
        DISK,
        KILLED
    }

    /** The entries of a map; not longs but strings if so. */
    public record Entries(boolean ofTexts, int count) {
        String title() {
            return Text.count(count) + (ofTexts ? " strings" : " longs");
        }
    }

    private final JvmSettings jvm;
    private final List<RestartContender> contenders;
    private final List<Entries> sizes;
    private final Path parent;
    private final TreeSet<String> remarks = new TreeSet<>();
    private boolean dropsPages = true;

    private final class Table {
        final Entries entries;
        final Map<RestartContender, Samples> fills = new EnumMap<>(RestartContender.class);
        final Map<Start, Map<RestartContender, Map<RestartMetric, Samples>>> samples = new EnumMap<>(Start.class);

        Table(Entries entries) {
            this.entries = entries;
        }

        Samples of(Start start, RestartContender contender, RestartMetric metric) {
            return samples.computeIfAbsent(start, absent -> new EnumMap<>(RestartContender.class))
                    .computeIfAbsent(contender, absent -> new EnumMap<>(RestartMetric.class))
                    .computeIfAbsent(metric, absent -> new Samples());
        }

        void add(Start start, RestartContender contender, Figures figures) {
            for (RestartMetric metric : RestartMetric.values()) {
                figures.get(metric.name())
                        .ifPresent(value -> of(start, contender, metric).add((double) value));
            }
        }

        String render() {
            TextTable table = new TextTable(
                    List.of(entries.title(), "first get", "next 1,000", "from disk", "warm", "after a kill", "refill"));
            for (RestartContender contender : contenders) {
                table.row(List.of(
                        contender.title(),
                        cell(Start.CACHE, contender, RestartMetric.FIRST_GET),
                        cell(Start.CACHE, contender, RestartMetric.NEXT_GETS),
                        cell(Start.DISK, contender, RestartMetric.FIRST_GET),
                        cell(Start.CACHE, contender, RestartMetric.WARM_FIRST_GET),
                        cell(Start.KILLED, contender, RestartMetric.FIRST_GET),
                        fills.getOrDefault(contender, new Samples()).format("ns")));
            }
            return table.render();
        }

        private String cell(Start start, RestartContender contender, RestartMetric metric) {
            return of(start, contender, metric).format("ns");
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
        try {
            Path directory = Files.createTempDirectory(parent, "memmap-restart");
            try {
                for (Entries entries : sizes) {
                    text.append(measure(entries, directory, forks, line)).append('\n');
                }
                text.append(speed(speedEntries, forks, directory, line)).append('\n');
            } finally {
                delete(directory);
            }
        } catch (IOException failed) {
            throw new BenchException("cannot write to " + parent, failed);
        }
        line.end("done");
        NOTES.forEach(note -> text.append(note).append('\n'));
        remarks.forEach(remark -> text.append(remark).append('\n'));
        text.append("Files in ")
                .append(parent)
                .append("; ")
                .append(jvm.describe())
                .append('\n');
        console.out().print(text);
        console.out().flush();
    }

    private String measure(Entries entries, Path directory, int forks, ProgressLine line) throws IOException {
        Table table = new Table(entries);
        List<RestartContender> able = new ArrayList<>();
        for (RestartContender contender : contenders) {
            line.show(entries.title() + ": filling " + contender.title());
            ChildOutcome outcome = run(contender, entries, file(directory, contender), Phase.FILL);
            if (!isFailure(outcome, contender, "cannot be filled")) {
                able.add(contender);
                table.fills
                        .computeIfAbsent(contender, absent -> new Samples())
                        .add(outcome.figures().number(RestartMetric.FILL.name()));
            }
        }
        for (int fork = 0; fork < forks; fork++) {
            for (RestartContender contender : able) {
                line.show(entries.title() + ": opening " + contender.title() + ", " + (fork + 1) + " of " + forks);
                Path file = file(directory, contender);
                open(table, Start.CACHE, contender, file);
                if (dropsPages) {
                    drop(file);
                }
                if (dropsPages) {
                    open(table, Start.DISK, contender, file);
                }
                run(contender, entries, file, Phase.LEAVE);
                open(table, Start.KILLED, contender, file);
            }
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        return table.render();
    }

    private void open(Table table, Start start, RestartContender contender, Path file) {
        ChildOutcome outcome = run(contender, table.entries, file, Phase.OPEN);
        if (!isFailure(
                outcome, contender, start == Start.KILLED ? "does not open the file after a kill" : "does not open")) {
            table.add(start, contender, outcome.figures());
        }
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

    /** Compares operations on a map in a file in memory with those on a map in no file. */
    private String speed(int entries, int forks, Path directory, ProgressLine line) throws IOException {
        Path place = Files.isWritable(IN_MEMORY) ? IN_MEMORY : directory;
        Path file = Files.createTempFile(place, "memmap-restart", ".heap");
        Map<RestartMetric, Samples> inFiles = new EnumMap<>(RestartMetric.class);
        Map<RestartMetric, Samples> inMemory = new EnumMap<>(RestartMetric.class);
        for (int fork = 0; fork < forks; fork++) {
            for (boolean inFile : new boolean[] {false, true}) {
                line.show("operations " + (inFile ? "in a file" : "in memory"));
                Files.deleteIfExists(file);
                List<String> arguments = List.of(
                        RestartContender.MEMMAP.name(),
                        "false",
                        Integer.toString(entries),
                        inFile ? file.toString() : "",
                        Phase.SPEED.name());
                Figures figures = jvm.newJvm()
                        .optionsOf(RestartContender.MEMMAP.contender())
                        .run(RestartChild.class, arguments, progress -> {})
                        .figuresOf("memmap");
                Map<RestartMetric, Samples> samples = inFile ? inFiles : inMemory;
                figures.all()
                        .forEach((name, value) -> samples.computeIfAbsent(
                                        RestartMetric.valueOf(name), absent -> new Samples())
                                .add((double) value));
            }
        }
        Files.deleteIfExists(file);
        TextTable table = new TextTable(List.of(Text.count(entries) + " longs", "fill", "overwrite", "get"));
        List<RestartMetric> columns =
                List.of(RestartMetric.FILL_ONE, RestartMetric.OVERWRITE_ONE, RestartMetric.GET_ONE);
        List<String> ratios = new ArrayList<>(List.of("in a file, times"));
        for (boolean inFile : new boolean[] {false, true}) {
            List<String> row = new ArrayList<>(List.of(inFile ? "in a file in " + place : "in memory"));
            columns.forEach(
                    column -> row.add(of(inFile ? inFiles : inMemory, column).format("ns")));
            table.row(row);
        }
        columns.forEach(column -> ratios.add(
                Text.ratio(of(inFiles, column).median() / of(inMemory, column).median())));
        table.row(ratios);
        return table.render();
    }

    private static Samples of(Map<RestartMetric, Samples> samples, RestartMetric metric) {
        return samples.getOrDefault(metric, new Samples());
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
