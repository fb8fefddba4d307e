package io.memmap.bench.command;

import io.memmap.bench.child.Gc;
import io.memmap.bench.child.GrowthMemory;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.OutputFile;
import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.report.Standing;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Results;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Markdown;
import io.memmap.bench.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a table in Markdown that compares memmap with other maps. */
@Command(
        name = "table",
        description = {
            "Prints a result of bench/run report as one table in Markdown: the best map of memmap, and its figure"
                    + " divided by that of the best map of each other class. Below 1 memmap leads. The table has random"
                    + " keys and G1 only; the report has the rest.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class TableCommand implements Callable<Integer> {
    /** The marks around the table in the README. Each stands alone in a line. */
    static final String BEGIN = "<!-- bench/run table --readme writes from here -->";

    static final String END = "<!-- to here -->";

    private static final Set<String> VARIANTS = Set.of("", "uniform keys", Gc.G1.name());
    private static final Set<String> MAIN = Set.of(
            LongOperation.HIT.title(),
            LongOperation.MISS.title(),
            LongOperation.OVERWRITE.title(),
            LongOperation.REPLACE.title(),
            LongOperation.FILL.title(),
            FigureNames.PUTS + ", p99.99",
            FigureNames.PUTS + ", max",
            FigureNames.RESIDENT + ", " + GrowthMemory.Moment.FULL.title(),
            FigureNames.RESIDENT + ", " + GrowthMemory.Moment.REMOVED.title());

    @Spec
    private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "RESULT.json",
            description = "The result. Default: the latest in bench/results.")
    private @Nullable Path file;

    @Option(
            names = "--size",
            paramLabel = "ENTRIES",
            defaultValue = "10000000",
            description = "Print comparisons of maps with this many entries. Default: ${DEFAULT-VALUE}.")
    private long size;

    @Option(names = "--all", description = "Print all comparisons, not only the main ones.")
    private boolean all;

    @Option(names = "--readme", description = "Replace the table in README.md.")
    private boolean readme;

    @Override
    public Integer call() {
        Path given = file;
        Path read = given != null
                ? given
                : Results.latest()
                        .orElseThrow(() -> new BenchException("there is no result in " + Results.directory()
                                + ": give a file, or run bench/run report --full --keep"));
        String table = table(read, ResultFile.read(read));
        Console console = Console.of(spec.commandLine());
        if (readme) {
            Path page = Results.root().resolve("README.md");
            try {
                OutputFile.write(page, replaced(page, Files.readString(page), table));
            } catch (IOException failed) {
                throw new BenchException("cannot read " + page, failed);
            }
            console.err().println("written into " + page);
        } else {
            console.out().print(table);
        }
        console.out().flush();
        console.err().flush();
        return 0;
    }

    /** Returns the text of a page with another table between its marks. */
    static String replaced(Path page, String text, String table) {
        int begin = text.indexOf(BEGIN + "\n");
        int end = text.indexOf("\n" + END + "\n");
        if (begin < 0 || end < begin) {
            throw new BenchException(
                    page + " has no place for the table: add a line " + BEGIN + " and a later one " + END);
        }
        return text.substring(0, begin + BEGIN.length() + 1) + "\n" + table + text.substring(end);
    }

    private String table(Path read, ResultFile result) {
        List<Standing> standings = Standing.all(result).stream()
                .filter(standing -> standing.subject().size() == size
                        && VARIANTS.contains(standing.subject().variant())
                        && (all || MAIN.contains(standing.comparison())))
                .toList();
        if (standings.isEmpty()) {
            throw new BenchException(read + " has no comparison at " + Text.count(size) + " entries");
        }
        List<String> header = new ArrayList<>(List.of("at " + Text.count(size) + " entries", "memmap"));
        for (Standing.Peer peer : Standing.Peer.values()) {
            header.add(peer.title());
        }
        return Markdown.table(header, standings.stream().map(TableCommand::row).toList())
                + "\n" + result.date().substring(0, "2026-01-01".length()) + ", "
                + result.machine().describe() + "; `" + result.command() + "`, " + result.jvm() + "\n";
    }

    private static List<String> row(Standing standing) {
        Subject subject = standing.subject();
        List<String> cells =
                new ArrayList<>(List.of(standing.comparison(), Text.figure(standing.ours(), subject.unit())));
        for (Standing.Peer peer : Standing.Peer.values()) {
            cells.add(standing.ratio(peer)
                    .map(ratio -> Text.ratio(ratio) + " "
                            + Objects.requireNonNull(standing.peers().get(peer))
                                    .subject()
                                    .contender())
                    .orElse(Text.NONE));
        }
        return cells;
    }
}
