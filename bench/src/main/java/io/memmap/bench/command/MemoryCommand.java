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

/** Measures the memory of maps while they fill and empty. */
@Command(
        name = "memory",
        description = {
            "Fills maps and measures their memory: bytes an entry of the Java heap; for memmap's maps of one thread"
                + " what their heap counts as committed beside what the kernel has resident, also just under the load"
                + " limit, while the table doubles, and after removing 95%%; for all how the process grows.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class MemoryCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Option(names = "--size", defaultValue = "10000000", description = "Entries. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--contender",
            paramLabel = "NAME",
            split = ",",
            description = "Only these, of ${COMPLETION-CANDIDATES}.")
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
                        + "The growth of the process, as the system sees it, and the same over all entries that"
                        + " the map had. A Java heap that has the entries may shrink; that of other maps is"
                        + " touched before and fixed:\n");
        console.out().print(resident.render());
        console.out().flush();
        return 0;
    }
}
