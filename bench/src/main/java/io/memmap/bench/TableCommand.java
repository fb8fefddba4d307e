package io.memmap.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints where memmap stands, in Markdown. */
@Command(
        name = "table",
        description = {
            "Prints a result of bench/run report as one table in Markdown: memmap's best map, and its figure over that"
                + " of the best map of each other class; below 1 memmap leads. Random keys and G1 only; the report has"
                + " the rest.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
final class TableCommand implements Callable<Integer> {
    private static final Set<String> VARIANTS = Set.of("", "uniform keys", Gc.G1.name());

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "RESULT.json", description = "The result.")
    private Path file;

    @Option(
            names = "--size",
            paramLabel = "ENTRIES",
            defaultValue = "1000000",
            description = "Comparisons of maps of so many entries. Default: ${DEFAULT-VALUE}.")
    private long size;

    @Override
    public Integer call() {
        ResultFile result = ResultFile.read(file);
        List<Standing> standings = Standing.all(result).stream()
                .filter(standing -> standing.subject().size() == size
                        && VARIANTS.contains(standing.subject().variant()))
                .toList();
        if (standings.isEmpty()) {
            throw new BenchException(file + " compares nothing at " + Text.count(size) + " entries");
        }
        List<String> header = new ArrayList<>(List.of("at " + Text.count(size) + " entries", "memmap"));
        for (Standing.Peer peer : Standing.Peer.values()) {
            header.add("over " + peer.title());
        }
        Console console = Console.of(spec.commandLine());
        console.out()
                .print(Markdown.table(
                        header, standings.stream().map(TableCommand::row).toList()));
        console.out()
                .println("\n" + result.date() + ", " + result.machine().describe() + ", `" + result.command() + "`, "
                        + result.jvm());
        console.out().flush();
        return 0;
    }

    private static List<String> row(Standing standing) {
        Subject subject = standing.subject();
        List<String> cells =
                new ArrayList<>(List.of(standing.comparison(), Text.figure(standing.ours(), subject.unit())));
        for (Standing.Peer peer : Standing.Peer.values()) {
            cells.add(standing.ratio(peer)
                    .map(ratio -> Text.digits(ratio) + "x "
                            + Objects.requireNonNull(standing.peers().get(peer))
                                    .subject()
                                    .contender())
                    .orElse(Text.NONE));
        }
        return cells;
    }
}
