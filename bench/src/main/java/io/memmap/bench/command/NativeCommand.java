package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.NativeContender;
import io.memmap.bench.job.NativeContenders;
import io.memmap.bench.job.NativePart;
import io.memmap.bench.report.FigureTable;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the maps of other languages. */
@Command(
        name = "native",
        description = {
            "Measures the map of Go, and boost::unordered_flat_map, absl::flat_hash_map and std::unordered_map of C++,"
                + " if a compiler and the headers are installed. The keys are those of the Java maps. Each run has a"
                + " new process. Prints the reason for each map that cannot be built.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class NativeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Mixin
    private GoOption go;

    @Option(
            names = "--part",
            defaultValue = "TIME",
            description = "The part to measure, one of ${COMPLETION-CANDIDATES}. GC is only for Go. Default:"
                    + " ${DEFAULT-VALUE}.")
    private NativePart part;

    @Option(names = "--size", defaultValue = "1000000", description = "Number of entries. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--rounds",
            defaultValue = "1",
            description = "Number of processes for each measurement. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--allocate",
            paramLabel = "MIB",
            defaultValue = "1000",
            description = "For GC: MiB that the load allocates in a second. Default: ${DEFAULT-VALUE}.")
    private int mebibytes;

    @Option(
            names = "--seconds",
            defaultValue = "15",
            description = "For GC: seconds of the load. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Override
    public Integer call() {
        if (size < 1 || rounds < 1 || mebibytes < 1 || seconds < 1) {
            throw new UsageException("--size, --rounds, --allocate and --seconds must be 1 or more: " + size + ", "
                    + rounds + ", " + mebibytes + ", " + seconds);
        }
        jvm.check();
        Console console = Console.of(spec.commandLine());
        ProgressLine line = new ProgressLine(console);
        try (NativeContenders built = go.build(line::show)) {
            List<Consumer<Measured>> runs = new ArrayList<>();
            built.contenders().forEach(contender -> runs.addAll(runs(contender)));
            FigureTable table = part == NativePart.TIME || part == NativePart.MEMORY
                    ? new FigureTable(NativeCommand::row, Subject::operation)
                    : new FigureTable(NativeCommand::row, Subject::figure);
            for (int round = 1; round <= rounds; round++) {
                for (int i = 0; i < runs.size(); i++) {
                    line.show("round " + round + " of " + rounds + ", " + (i + 1) + " of " + runs.size());
                    Measured measured = new Measured("", "");
                    runs.get(i).accept(measured);
                    table.add(measured);
                }
            }
            line.end("done");
            console.out().println(Text.count(size) + " entries, processes each: " + rounds + "; median (min..max)");
            console.out().println(MachineDescription.here().describe() + "\n");
            console.out().print(table.render());
            built.leftOut().forEach(reason -> console.out().println("left out: " + reason));
            console.out().flush();
        }
        return 0;
    }

    private static String row(Subject subject) {
        String figure = subject.part().equals("memory") ? ", " + subject.figure() : "";
        return subject.contender() + figure + (subject.part().equals("gc") ? ", " + subject.variant() : "");
    }

    private List<Consumer<Measured>> runs(NativeContender contender) {
        return switch (part) {
            case TIME -> List.of(measured -> contender.times(measured, size));
            case LATENCY -> List.of(measured -> contender.latency(measured, size));
            case MEMORY -> List.of(measured -> contender.memory(measured, size));
            case GC ->
                contender.pressures(jvm.settings().heapBytes(), size, mebibytes, seconds).stream()
                        .map(NativeContender.Pressure::work)
                        .toList();
        };
    }
}
