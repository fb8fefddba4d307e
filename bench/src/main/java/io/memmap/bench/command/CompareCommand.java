package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.result.Comparison;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares two results. */
@Command(
        name = "compare",
        description = {
            "Prints the figures of two results of bench/run report side by side, with the ratio of the later median to"
                + " the earlier one. A difference is marked if both results have three runs or more, their ranges do"
                + " not overlap, and the medians differ by more than 3%%. If one has fewer runs, a difference is"
                + " marked if the smallest of the larger values is more than 1.5 times the largest of the smaller"
                + " ones. Figures about the machine are left out.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class CompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "A.json", description = "The earlier result.")
    private Path before;

    @Parameters(index = "1", paramLabel = "B.json", description = "The later result.")
    private Path after;

    @Option(names = "--all", description = "Also print figures whose difference is within noise.")
    private boolean all;

    @Override
    public Integer call() {
        ResultFile earlier = ResultFile.read(before);
        ResultFile later = ResultFile.read(after);
        List<Comparison.Row> rows = Comparison.rows(earlier, later);
        TextTable table = new TextTable(List.of("figure", "earlier", "later", "ratio", ""));
        for (Comparison.Row row : rows) {
            if (all || row.isBeyondNoise()) {
                table.row(List.of(
                        row.subject().describe(),
                        row.before().format(row.subject().unit()),
                        row.after().format(row.subject().unit()),
                        Text.digits(row.ratio()) + "x",
                        row.mark()));
            }
        }
        Console console = Console.of(spec.commandLine());
        console.out()
                .println("earlier: " + earlier.date() + ", " + earlier.machine().describe());
        console.out()
                .println("later:   " + later.date() + ", " + later.machine().describe());
        if (!earlier.machine().equals(later.machine())) {
            console.out().println("The machines differ: compare ratios of contenders instead of these figures.");
        }
        long marked = rows.stream().filter(Comparison.Row::isBeyondNoise).count();
        long few = rows.stream().filter(Comparison.Row::hasFewRuns).count();
        console.out()
                .println(marked + " of " + rows.size() + " figures differ beyond noise; " + few + " had fewer than "
                        + Comparison.LEAST_RUNS + " runs\n");
        console.out().print(table.render());
        console.out().flush();
        return 0;
    }
}
