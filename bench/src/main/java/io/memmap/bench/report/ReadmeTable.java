package io.memmap.bench.report;

import io.memmap.bench.child.Gc;
import io.memmap.bench.child.GrowthMemory;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.text.Markdown;
import io.memmap.bench.text.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The table of the README: the main comparisons of a result in Markdown, with random keys and G1
 * only.
 */
public final class ReadmeTable {
    /** The marks around the table. Each stands alone in a line. */
    public static final String BEGIN = "<!-- bench/run page --readme writes from here -->";

    public static final String END = "<!-- to here -->";

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

    private ReadmeTable() {}

    /**
     * Returns the text of a page with another table between its marks.
     *
     * @param page the file of the page
     */
    public static String replaced(Path page, String text, String table) {
        int begin = text.indexOf(BEGIN + "\n");
        int end = text.indexOf("\n" + END + "\n");
        if (begin < 0 || end < begin) {
            throw new BenchException(
                    page + " has no place for the table: add a line " + BEGIN + " and a later one " + END);
        }
        return text.substring(0, begin + BEGIN.length() + 1) + "\n" + table + text.substring(end);
    }

    /**
     * Returns the comparisons of maps with a number of entries. A class of maps of which none was
     * measured has no column.
     *
     * @param file the file of the result
     */
    public static String render(Path file, ResultFile result, long entries) {
        List<Standing> standings = Standing.all(result).stream()
                .filter(standing -> standing.subject().size() == entries
                        && VARIANTS.contains(standing.subject().variant())
                        && MAIN.contains(standing.comparison()))
                .toList();
        if (standings.isEmpty()) {
            throw new BenchException(file + " has no comparison at " + Text.count(entries) + " entries");
        }
        List<Standing.Peer> peers = Arrays.stream(Standing.Peer.values())
                .filter(peer -> standings.stream()
                        .anyMatch(standing -> standing.ratio(peer).isPresent()))
                .toList();
        List<String> header = new ArrayList<>(List.of("at " + Text.count(entries) + " entries", "memmap"));
        for (Standing.Peer peer : peers) {
            header.add(peer.title());
        }
        List<List<String>> rows =
                standings.stream().map(standing -> row(standing, peers)).toList();
        return Markdown.table(header, rows) + "\n"
                + result.date().substring(0, "2026-01-01".length()) + ", commit " + result.commit() + "; "
                + result.machine().describe() + "; `" + result.command() + "`, " + result.jvm() + "\n";
    }

    private static List<String> row(Standing standing, List<Standing.Peer> peers) {
        List<String> cells = new ArrayList<>(List.of(
                standing.comparison(),
                Text.figure(standing.ours(), standing.subject().unit())));
        for (Standing.Peer peer : peers) {
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
