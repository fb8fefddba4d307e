package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.JvmSettings;
import io.memmap.bench.job.MemoryJob;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.report.FigureTable;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.TextTable;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the memory of maps while they grow and shrink. */
@Command(
        name = "memory",
        description = {
            "Fills maps and measures their memory. For maps in the Java heap: the bytes for an entry. For the maps of"
                + " memmap for one thread: the bytes that the heap has committed and the bytes that the kernel has"
                + " resident, also just below the load limit, while the table doubles, and after 95%% of the entries"
                + " are removed. For all maps: the growth of the process.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class MemoryCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Option(names = "--size", defaultValue = "10000000", description = "Number of entries. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--contender",
            paramLabel = "NAME",
            split = ",",
            description = "Measure only these contenders, of ${COMPLETION-CANDIDATES}.")
    private List<Contender> contenders = MemoryJob.CONTENDERS;

    @Override
    public Integer call() {
        if (size < 1) {
            throw new UsageException("--size must be 1 or more: " + size);
        }
        jvm.check();
        JvmSettings settings = jvm.settings();
        Console console = Console.of(spec.commandLine());
        ProgressLine line = new ProgressLine(console);
        MemoryJob job = new MemoryJob(settings, size);
        FigureTable resident =
                new FigureTable(subject -> subject.contender() + ", " + subject.figure(), Subject::operation);
        for (Contender contender : contenders) {
            line.show(contender.title() + " ...");
            job.run(contender, progress -> {});
            Measured measured = new Measured("", "");
            MemoryJob.growth(measured, settings, contender, size);
            resident.add(measured);
            line.end(contender.title() + ": done");
        }
        TextTable table = new TextTable(MemoryJob.header());
        job.rows().forEach(table::row);
        console.out().println(MachineDescription.here().describe() + "; " + settings.describe() + "\n");
        console.out().print(table.render());
        console.out()
                .println("\n"
                        + "The growth of the process, as the system counts it, in total and for each entry that the map"
                        + " had. A Java heap that holds the entries may shrink. The Java heap beside other maps has"
                        + " a fixed size and is touched before:\n");
        console.out().print(resident.render());
        console.out().flush();
        return 0;
    }
}
