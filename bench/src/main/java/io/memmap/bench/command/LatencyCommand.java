package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.JvmSettings;
import io.memmap.bench.job.LatencyJob;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.report.FigureTable;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Text;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the latency of puts and gets. */
@Command(
        name = "latency",
        description = {
            "Fills maps from empty and times each put. Each contender runs in a new JVM; contenders take turns. Prints"
                    + " medians and ranges over the rounds, beside a loop that puts nothing.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class LatencyCommand implements Callable<Integer> {
    private static final int MOST_A_SECOND = 10_000_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Option(
            names = "--rounds",
            defaultValue = "5",
            description = "Number of JVMs for each contender. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--size", defaultValue = "10000000", description = "Number of entries. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--contender",
            paramLabel = "NAME",
            split = ",",
            description = "Measure only these contenders, of ${COMPLETION-CANDIDATES}.")
    private List<Contender> contenders = LatencyJob.CONTENDERS;

    @Option(
            names = "--gets",
            paramLabel = "RATE",
            description =
                    "Time gets instead of puts: this many in a second, each from its intended start, beside a writer"
                            + " that removes and inserts keys at the same rate.")
    private int gets;

    @Option(
            names = "--puts",
            paramLabel = "RATE",
            description =
                    "Put this many in a second, each timed from its intended start. Default: as many as possible, each"
                            + " timed from the end of the put before it.")
    private int puts;

    @Option(names = "--seconds", defaultValue = "10", description = "Seconds of gets. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Override
    public Integer call() {
        if (rounds < 1 || size < 1) {
            throw new UsageException("--rounds and --size must be 1 or more: " + rounds + ", " + size);
        }
        for (int rate : List.of(gets, puts)) {
            if (rate < 0 || rate > MOST_A_SECOND) {
                throw new UsageException("--gets and --puts must be 1 to " + MOST_A_SECOND + " a second: " + rate);
            }
        }
        if (seconds < 1 || (gets > 0 && puts > 0)) {
            throw new UsageException("--seconds must be 1 or more, and --gets and --puts exclude each other: " + seconds
                    + ", " + gets + ", " + puts);
        }
        jvm.check();
        JvmSettings settings = jvm.settings();
        Console console = Console.of(spec.commandLine());
        ProgressLine line = new ProgressLine(console);
        FigureTable table =
                new FigureTable(subject -> subject.contender() + ", " + subject.operation(), Subject::figure);
        for (int round = 1; round <= rounds; round++) {
            for (Contender contender : contenders) {
                String what = "round " + round + " of " + rounds + ": " + contender.title();
                line.show(what);
                Measured measured = new Measured("", "");
                if (gets > 0) {
                    LatencyJob.gets(measured, settings, contender, size, gets, seconds);
                } else {
                    LatencyJob.puts(
                            measured,
                            settings,
                            contender,
                            size,
                            puts,
                            progress -> line.show(what + ", " + 100 * progress.done() / size + "%"));
                }
                table.add(measured);
            }
            line.end("round " + round + " of " + rounds + ": done");
        }
        String rate = gets > 0 ? ", " + Text.count(gets) + " gets a second for " + seconds + " s" : "";
        console.out()
                .println(Text.count(size) + " entries" + rate + ", " + rounds + " JVMs each: median (min..max); "
                        + settings.describe());
        console.out().println(MachineDescription.here().describe() + "\n");
        console.out().print(table.render());
        console.out().flush();
        return 0;
    }
}
