package io.memmap.bench.command;

import io.memmap.bench.child.KafkaChild;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.JvmSettings;
import io.memmap.bench.job.KafkaJob;
import io.memmap.bench.maps.BoundedRocks;
import io.memmap.bench.maps.KafkaContender;
import io.memmap.bench.report.FigureTable;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Bytes;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures stores of Kafka Streams. */
@Command(
        name = "kafka",
        description = {
            "Measures the stores of Kafka Streams: those of memmap, Kafka's own in memory, RocksDB as Kafka sets it up,"
                    + " and RocksDB with bounded memory. Times operations of key-value and window stores and the"
                    + " restore from a changelog. Shows the longest pause of the collector, and memory.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class KafkaCommand implements Callable<Integer> {
    private static final int FORKS = 5;
    private static final int SIZE = 2_000_000;
    private static final int QUICK_SIZE = 100_000;
    private static final int LEAST_SIZE = 1000;
    private static final int MOST_SIZE = 500_000_000;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--size",
            paramLabel = "ENTRIES",
            description = "The number of entries. Default: " + SIZE + ", with --quick " + QUICK_SIZE + ".")
    private @Nullable Integer size;

    @Option(names = "--quick", description = "Run one fork with fewer entries. It takes less than half a minute.")
    private boolean quick;

    @Option(
            names = "--forks",
            description = "The number of JVMs of each contender, in turn. Default: " + FORKS + ". Not with --quick.")
    private @Nullable Integer forks;

    @Option(
            names = "--contender",
            paramLabel = "NAME",
            split = ",",
            description = "Measure only these contenders, of ${COMPLETION-CANDIDATES}.")
    private List<KafkaContender> contenders = List.of(KafkaContender.values());

    @Mixin
    private JvmOptions jvm;

    @Override
    public Integer call() {
        Integer givenSize = size;
        int entries = givenSize == null ? quick ? QUICK_SIZE : SIZE : givenSize;
        if (entries < LEAST_SIZE || entries > MOST_SIZE) {
            throw new UsageException("--size must be " + LEAST_SIZE + " to " + MOST_SIZE + ": " + entries);
        }
        Integer givenForks = forks;
        if (quick && givenForks != null) {
            throw new UsageException("--quick runs one fork, so it excludes --forks: " + givenForks);
        }
        int rounds = givenForks == null ? quick ? 1 : FORKS : givenForks;
        if (rounds < 1) {
            throw new UsageException("--forks must be 1 or more: " + rounds);
        }
        jvm.check();
        JvmSettings settings = jvm.settings();
        Console console = Console.of(spec.commandLine());
        List<KafkaContender> measurable = new ArrayList<>(contenders);
        measurable.removeIf(contender -> !contender.fits(entries, settings.heapBytes()));
        FigureTable table = new FigureTable(Subject::figure, Subject::contender);
        ProgressLine line = new ProgressLine(console);
        for (int round = 1; round <= rounds; round++) {
            for (KafkaContender contender : round % 2 == 1 ? measurable : measurable.reversed()) {
                line.show("fork " + round + " of " + rounds + ": " + contender.title());
                Measured measured = new Measured("", "");
                KafkaJob.run(measured, settings, contender, entries);
                table.add(measured);
            }
        }
        line.end("done");
        console.out()
                .println(Text.count(entries) + " entries of " + KafkaChild.PAYLOAD + " bytes, a payload of "
                        + Bytes.format((long) entries * KafkaChild.PAYLOAD) + "; " + settings.describe());
        console.out().println(MachineDescription.here().describe() + "\n");
        console.out().print(table.render());
        console.out()
                .println("\nTimes are those of one operation or record. The Java heap is what a collection leaves."
                        + " Native memory is resident\noutside the Java heap, without and with the order that the"
                        + " first range makes; RocksDB has the entries in files.\nRocksDB's bounded memory is "
                        + Bytes.format(BoundedRocks.CACHE_BYTES) + " for all stores.");
        contenders.stream()
                .filter(contender -> !measurable.contains(contender))
                .forEach(contender -> console.out()
                        .println("Left out: " + contender.title() + ", for which a Java heap of "
                                + Bytes.format(settings.heapBytes()) + " is too small (--heap gives it more)."));
        console.out().flush();
        return 0;
    }
}
