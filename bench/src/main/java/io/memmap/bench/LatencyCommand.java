package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks for the worst put while a map is filled. */
@Command(
        name = "latency",
        description = {
            "Fills maps from empty, each put timed, each time in a fresh JVM, contenders in turn. Prints medians and"
                    + " the range over the rounds, beside a loop that puts nothing.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
final class LatencyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Option(names = "--rounds", defaultValue = "5", description = "JVMs a contender. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--size", defaultValue = "10000000", description = "Entries. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--contender",
            paramLabel = "NAME",
            split = ",",
            description = "Only these, of ${COMPLETION-CANDIDATES}.")
    private List<Contender> contenders = LatencyJob.CONTENDERS;

    @Override
    public Integer call() {
        if (rounds < 1 || size < 1) {
            throw new BenchException("--rounds and --size must be 1 or more: " + rounds + ", " + size);
        }
        jvm.check();
        Console console = Console.of(spec.commandLine());
        ProgressLine line = new ProgressLine(console);
        LatencyJob job = new LatencyJob(jvm, size);
        for (int round = 1; round <= rounds; round++) {
            for (Contender contender : contenders) {
                String what = "round " + round + " of " + rounds + ": " + contender.title();
                line.show(what);
                job.run(contender, progress -> line.show(what + ", " + 100 * progress.done() / size + "%"));
            }
            line.end("round " + round + " of " + rounds + ": done");
        }
        TextTable table = new TextTable(LatencyJob.header());
        job.rows().forEach(table::row);
        console.out()
                .println(Text.count(size) + " entries, " + rounds + " JVMs each: median (min..max); " + jvm.describe());
        console.out().println(Machine.here().describe() + "\n");
        console.out().print(table.render());
        console.out().flush();
        return 0;
    }
}
