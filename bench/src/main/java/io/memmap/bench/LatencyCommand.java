package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    private static final int MOST_GETS = 10_000_000;

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

    @Option(
            names = "--gets",
            paramLabel = "RATE",
            description = "Instead of puts time so many gets a second, from their intended start, beside a writer that"
                    + " removes and inserts keys at the same rate.")
    private int getsASecond;

    @Option(names = "--seconds", defaultValue = "10", description = "Of gets. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Override
    public Integer call() {
        if (rounds < 1 || size < 1) {
            throw new BenchException("--rounds and --size must be 1 or more: " + rounds + ", " + size);
        }
        if (getsASecond < 0 || getsASecond > MOST_GETS || seconds < 1) {
            throw new BenchException(
                    "--gets must be 1 to " + MOST_GETS + ", --seconds 1 or more: " + getsASecond + ", " + seconds);
        }
        jvm.check();
        Console console = Console.of(spec.commandLine());
        if (getsASecond > 0) {
            gets(console);
            return 0;
        }
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

    private void gets(Console console) {
        ProgressLine line = new ProgressLine(console);
        Map<String, Map<String, Samples>> rows = new LinkedHashMap<>();
        for (int round = 1; round <= rounds; round++) {
            for (Contender contender : contenders) {
                line.show("round " + round + " of " + rounds + ": " + contender.title());
                Measured measured = new Measured("", "");
                LatencyJob.gets(measured, jvm, contender, size, getsASecond, seconds);
                for (Measured.Value value : measured.values()) {
                    Subject subject = value.subject();
                    rows.computeIfAbsent(
                                    subject.contender() + ", " + subject.operation(), absent -> new LinkedHashMap<>())
                            .computeIfAbsent(subject.figure(), absent -> new Samples())
                            .add(value.value());
                }
            }
            line.end("round " + round + " of " + rounds + ": done");
        }
        List<String> header = new ArrayList<>(List.of(""));
        for (Latencies.Point point : Latencies.Point.values()) {
            header.add(point.title());
        }
        TextTable table = new TextTable(header);
        rows.forEach((title, figures) -> {
            List<String> row = new ArrayList<>(List.of(title));
            figures.values().forEach(samples -> row.add(samples.format(Text::nanos)));
            table.row(row);
        });
        console.out()
                .println(Text.count(size) + " entries, " + Text.count(getsASecond) + " gets a second for " + seconds
                        + " s, " + rounds + " JVMs each: median (min..max); " + jvm.describe());
        console.out().println(Machine.here().describe() + "\n");
        console.out().print(table.render());
        console.out().flush();
    }
}
