package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.GcJob;
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

/** Measures what live entries cost the garbage collector. */
@Command(
        name = "gc",
        description = {
            "Fills a map, then allocates at a steady rate. Each contender runs in a new JVM with the same Java heap."
                + " Prints the pauses, the CPU time of the collector, and the share of the time that the program could"
                + " run.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class GcCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Option(
            names = "--size",
            defaultValue = "10000000",
            description = "Number of entries. 0 measures the load alone. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--allocate",
            paramLabel = "MIB",
            defaultValue = "1000",
            description = "MiB that the load allocates in a second. Default: ${DEFAULT-VALUE}.")
    private int mebibytes;

    @Option(names = "--seconds", defaultValue = "15", description = "Seconds of the load. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--contender",
            paramLabel = "NAME",
            split = ",",
            description = "Measure only these contenders, of ${COMPLETION-CANDIDATES}.")
    private List<Contender> contenders = LatencyJob.CONTENDERS;

    @Override
    public Integer call() {
        if (size < 0 || mebibytes < 1 || seconds < 1) {
            throw new UsageException("--size must be 0 or more, --allocate and --seconds 1 or more: " + size + ", "
                    + mebibytes + ", " + seconds);
        }
        jvm.check();
        JvmSettings settings = jvm.settings();
        Console console = Console.of(spec.commandLine());
        ProgressLine line = new ProgressLine(console);
        FigureTable table = new FigureTable(Subject::contender, Subject::figure);
        for (Contender contender : contenders) {
            line.show(contender.title() + " ...");
            Measured measured = new Measured("", "");
            GcJob.run(measured, settings, settings.gc(), contender, contender.title(), size, size, mebibytes, seconds);
            table.add(measured);
            line.end(contender.title() + ": done");
        }
        console.out().println(Text.count(size) + " entries live; " + settings.describe());
        console.out().println(MachineDescription.here().describe() + "\n");
        console.out().print(table.render());
        console.out().flush();
        return 0;
    }
}
