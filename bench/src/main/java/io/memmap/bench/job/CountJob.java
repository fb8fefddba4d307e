package io.memmap.bench.job;

import io.memmap.bench.child.ChildFailure;
import io.memmap.bench.child.ChildJvm;
import io.memmap.bench.child.ChildOutcome;
import io.memmap.bench.child.CountChild;
import io.memmap.bench.child.CountContender;
import io.memmap.bench.child.CountFigures;
import io.memmap.bench.child.Figures;
import io.memmap.bench.child.Gc;
import io.memmap.bench.child.GcLog;
import io.memmap.bench.child.Message;
import io.memmap.bench.child.Windows;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.OutputFile;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.report.CountTable;
import io.memmap.bench.result.Commit;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.text.Bytes;
import io.memmap.bench.text.JsonWriter;
import io.memmap.bench.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The job of the default command: runs its contenders one after the other and compares them. */
public final class CountJob {
    private static final List<String> NOTES = List.of(
            "Update latency runs from the end of one update to the end of the next, by System.nanoTime. The no-op",
            "loop shows the part of the clock, the loop and the machine. The GC figures come from the log of the JVM,",
            "without the two collections that measure the live heap. Bytes an entry: the growth of the live Java heap",
            "and the committed bytes of the native heap, divided by the number of distinct keys. Ratio: HashMap's",
            "figure divided by LongLongMap's.");

    /** The options of the command. */
    public record Options(
            Path file,
            long limit,
            Gc gc,
            long heap,
            @Nullable Path json) {}

    private final Options options;
    private final Console console;
    private final MachineDescription machine = MachineDescription.here();
    private final String commit = Commit.here();

    public CountJob(Options options, Console console) {
        this.options = options;
        this.console = console;
    }

    /**
     * Runs the job. Returns whether all contenders succeeded and both maps hold the same counts.
     */
    public boolean run() {
        check();
        Map<CountContender, ChildOutcome> outcomes = new EnumMap<>(CountContender.class);
        for (CountContender contender : CountContender.values()) {
            outcomes.put(contender, run(contender));
        }
        console.out().print(render(outcomes));
        List<String> failures = failures(outcomes);
        console.out().println(failures.isEmpty() ? "Both maps hold the same counts." : "");
        console.out().flush();
        writeJson(outcomes, failures);
        failures.forEach(console::fail);
        return failures.isEmpty();
    }

    private void check() {
        Windows.check(options.file(), options.limit());
        if (options.heap() > machine.memoryBytes()) {
            throw new BenchException("too little memory: --heap is " + Bytes.format(options.heap())
                    + ", this machine has " + Bytes.format(machine.memoryBytes()));
        }
        OutputFile.check(options.json());
    }

    private ChildOutcome run(CountContender contender) {
        ProgressLine line = new ProgressLine(console);
        long start = System.nanoTime();
        line.show(contender.title() + ": starting");
        ChildOutcome outcome = run(
                options, contender, progress -> line.show(describe(contender, progress, System.nanoTime() - start)));
        String end = outcome.failure().map(ChildFailure::reason).orElse("done");
        line.end(contender.title() + ": " + end + ", " + Text.nanos(System.nanoTime() - start));
        return outcome;
    }

    /** Runs one contender in a new JVM. */
    public static ChildOutcome run(Options options, CountContender contender, Consumer<Message.Progress> progress) {
        Path gcLog = temporaryFile();
        try {
            return new ChildJvm(options.gc(), options.heap())
                    .option(GcLog.option(gcLog.toString()))
                    .run(
                            CountChild.class,
                            List.of(
                                    contender.name(),
                                    options.file().toAbsolutePath().toString(),
                                    Long.toString(options.limit()),
                                    gcLog.toString()),
                            progress);
        } finally {
            delete(gcLog);
        }
    }

    private static String describe(CountContender contender, Message.Progress progress, long nanos) {
        String keys = contender == CountContender.NO_OP ? "" : ", " + Text.count(progress.entries()) + " keys";
        return contender.title() + ": " + 100 * progress.done() / Math.max(1, progress.total()) + "% of "
                + Text.count(progress.total()) + " updates" + keys + ", " + Text.nanos(nanos);
    }

    private String render(Map<CountContender, ChildOutcome> outcomes) {
        StringBuilder text = new StringBuilder();
        text.append(fileName())
                .append(", its first ")
                .append(Bytes.format(bytes()))
                .append("; ");
        text.append(options.gc())
                .append(", -Xmx ")
                .append(Bytes.format(options.heap()))
                .append('\n');
        text.append(machine.describe()).append("\n\n");
        text.append(CountTable.render(
                figures(outcomes, CountContender.NO_OP),
                figures(outcomes, CountContender.HASH_MAP),
                figures(outcomes, CountContender.MEMMAP)));
        text.append('\n');
        NOTES.forEach(note -> text.append(note).append('\n'));
        return text.append('\n').toString();
    }

    /** Returns one line for each failure. */
    static List<String> failures(Map<CountContender, ChildOutcome> outcomes) {
        List<String> failures = new ArrayList<>();
        outcomes.forEach((contender, outcome) ->
                outcome.failure().ifPresent(failure -> failures.add(contender.title() + " " + failure.reason())));
        if (failures.isEmpty()) {
            Figures hashMap = figures(outcomes, CountContender.HASH_MAP);
            Figures memmap = figures(outcomes, CountContender.MEMMAP);
            for (String name : List.of(CountFigures.TOTAL, CountFigures.DISTINCT, CountFigures.DIGEST)) {
                OptionalLong expected = hashMap.get(name);
                OptionalLong found = memmap.get(name);
                if (expected.isEmpty() || !expected.equals(found)) {
                    failures.add("MISMATCH: the maps differ in " + name + ": HashMap has " + text(expected)
                            + ", LongLongMap " + text(found));
                }
            }
        }
        return failures;
    }

    private static String text(OptionalLong number) {
        return number.isPresent() ? Long.toString(number.getAsLong()) : "none";
    }

    private void writeJson(Map<CountContender, ChildOutcome> outcomes, List<String> failures) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("benchmark", "windows");
        root.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS));
        root.put("machine", machine.toJson());
        root.put("commit", commit);
        Map<String, Object> asked = new LinkedHashMap<>();
        asked.put("file", fileName());
        asked.put("bytes", bytes());
        asked.put("gc", options.gc());
        asked.put("heapBytes", options.heap());
        root.put("options", asked);
        outcomes.forEach((contender, outcome) -> root.put(contender.title(), toJson(outcome)));
        root.put("sameCounts", failures.isEmpty());
        root.put("failures", failures);
        OutputFile.write(options.json(), JsonWriter.write(root));
    }

    private static Map<String, Object> toJson(ChildOutcome outcome) {
        Map<String, Object> json = new LinkedHashMap<>(outcome.figures().all());
        CountTable.nanosAnUpdate(outcome.figures()).ifPresent(nanos -> json.put("nanosAnUpdate", nanos));
        CountTable.bytesAnEntry(outcome.figures()).ifPresent(bytes -> json.put("bytesAnEntry", bytes));
        outcome.failure().ifPresent(failure -> json.put("failure", failure.reason()));
        return json;
    }

    private static Figures figures(Map<CountContender, ChildOutcome> outcomes, CountContender contender) {
        ChildOutcome outcome = outcomes.get(contender);
        return outcome == null ? new Figures() : outcome.figures();
    }

    private long bytes() {
        try {
            return Math.min(Files.size(options.file()), options.limit());
        } catch (IOException failed) {
            throw new BenchException("cannot read " + options.file() + ": " + failed.getMessage());
        }
    }

    private String fileName() {
        Path name = options.file().getFileName();
        return name == null ? options.file().toString() : name.toString();
    }

    private static Path temporaryFile() {
        try {
            return Files.createTempFile("memmap-bench", ".log");
        } catch (IOException failed) {
            throw new BenchException("cannot make a temporary file: " + failed.getMessage());
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException stays) {
            // A few kilobytes stay in the temporary directory.
        }
    }
}
