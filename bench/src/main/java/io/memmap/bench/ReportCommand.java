package io.memmap.bench;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import io.memmap.bench.maps.Contender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures everything and writes it as one page. */
@Command(
        name = "report",
        description = {
            "Runs all measurements, contenders in turn, and writes report.html, which needs no other file, and"
                + " result.json into a directory. What has ended is kept there too (journal.jsonl): the same command"
                + " goes on where it was interrupted.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
final class ReportCommand implements Callable<Integer> {
    private static final List<Contender> QUICK_CONTENDERS =
            List.of(Contender.MEMMAP_LINE, Contender.MEMMAP_SYNC, Contender.FASTUTIL, Contender.JDK_HASHMAP);
    private static final List<Contender> FULL_CONTENDERS = List.of(
            Contender.MEMMAP_LINE,
            Contender.MEMMAP_LINE_HUGE,
            Contender.MEMMAP_GO,
            Contender.MEMMAP_SYNC,
            Contender.FASTUTIL,
            Contender.AGRONA,
            Contender.HPPC,
            Contender.ECLIPSE,
            Contender.JDK_HASHMAP,
            Contender.JDK_CONCURRENT,
            Contender.CHRONICLE,
            Contender.OHC,
            Contender.EHCACHE,
            Contender.MAPDB,
            Contender.LMDB);
    private static final double QUICK_MINUTES = 9;
    private static final double FULL_MINUTES = 600;
    private static final int FULL_ROUNDS = 5;

    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Option(names = "--quick", description = "Few contenders, 1 million entries: under 10 minutes. The default.")
    private boolean quick;

    @Option(names = "--full", description = "All contenders, up to 50 million entries, five rounds: some hours.")
    private boolean full;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "bench-report",
            description = "Where to write. Default: ${DEFAULT-VALUE}.")
    private Path directory;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            description = "Only the steps in whose name this is found, as in: '^gc|hit, 20,000'")
    private String only = "";

    @Override
    public Integer call() throws IOException {
        if (quick && full) {
            throw new BenchException("--quick or --full, not both");
        }
        Pattern steps;
        try {
            steps = Pattern.compile(only);
        } catch (PatternSyntaxException wrong) {
            throw new BenchException("--only is no regular expression: " + only);
        }
        jvm.check();
        Console console = Console.of(spec.commandLine());
        Files.createDirectories(directory);
        ResultFile.Start start = start();
        Journal journal = new Journal(directory.resolve("journal.jsonl"));
        if (!journal.runs().isEmpty()) {
            console.err().println("going on: " + journal.runs().size() + " runs of " + start.date() + " are there");
        }
        RoundsJob.Limits limits =
                new RoundsJob.Limits(full ? FULL_ROUNDS : 2, full ? FULL_MINUTES : QUICK_MINUTES, start.command());
        ReportJob job = new ReportJob(plan(), jvm, limits, console, journal, start, steps);
        Path page = directory.resolve("report.html");
        List<String> failures = job.run(html -> OutputFile.write(page, html));
        OutputFile.write(directory.resolve("result.json"), job.result().toJson());
        console.out().println(page.toAbsolutePath().normalize());
        console.out().flush();
        failures.forEach(console::fail);
        return failures.isEmpty() ? 0 : 1;
    }

    private String command() {
        return "bench/run report" + (full ? " --full" : " --quick") + (only.isEmpty() ? "" : " --only '" + only + "'");
    }

    /** What an earlier run of the same command, that this one goes on with, had begun with. */
    private ResultFile.Start start() throws IOException {
        ResultFile.Start now = new ResultFile.Start(
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                Machine.here(),
                Machine.load(),
                command(),
                jvm.describe());
        Path file = directory.resolve("start.json");
        if (!Files.exists(file)) {
            OutputFile.write(file, new Gson().toJson(now));
            return now;
        }
        ResultFile.Start before;
        try {
            before = new Gson().fromJson(Files.readString(file), ResultFile.Start.class);
        } catch (JsonParseException broken) {
            throw new BenchException("cannot read " + file + ": " + broken.getMessage());
        }
        if (!before.command().equals(now.command())
                || !before.jvm().equals(now.jvm())
                || !before.machine().equals(now.machine())) {
            throw new BenchException(directory + " has results of another run, `" + before.command() + "` with "
                    + before.jvm() + " on " + before.machine().describe() + ": give another --dir, or remove it");
        }
        return before;
    }

    private ReportJob.Plan plan() {
        if (!full) {
            return new ReportJob.Plan(
                    LongTask.quick(),
                    ObjectTask.quick().stream()
                            .filter(task -> task.operation() == ObjectTask.Operation.BY_STRING)
                            .toList(),
                    QUICK_CONTENDERS,
                    1_000_000,
                    200_000,
                    2,
                    QUICK_CONTENDERS,
                    List.of(Gc.G1, Gc.ZGC),
                    2_000_000,
                    500,
                    3,
                    QUICK_CONTENDERS,
                    2_000_000,
                    4 << 20);
        }
        return new ReportJob.Plan(
                LongTask.full(),
                ObjectTask.full().stream()
                        .filter(task -> task.operation() != ObjectTask.Operation.HIT)
                        .toList(),
                FULL_CONTENDERS,
                10_000_000,
                200_000,
                10,
                FULL_CONTENDERS,
                List.of(Gc.values()),
                10_000_000,
                1000,
                15,
                FULL_CONTENDERS,
                10_000_000,
                32 << 20);
    }
}
