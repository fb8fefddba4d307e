package io.memmap.bench.command;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.OutputFile;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.NativeContenders;
import io.memmap.bench.job.ReportJob;
import io.memmap.bench.job.ReportPlan;
import io.memmap.bench.job.TimeBudget;
import io.memmap.bench.report.HtmlReport;
import io.memmap.bench.result.Journal;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Results;
import io.memmap.bench.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures everything and writes one page. */
@Command(
        name = "report",
        description = {
            "Runs all measurements, with contenders in turn. Writes report.html, which needs no other file, and"
                    + " result.json into a directory. The directory also keeps each measurement that has ended"
                    + " (journal.jsonl): after an interruption, the same command continues there.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class ReportCommand implements Callable<Integer> {
    private static final double QUICK_MINUTES = 8.5;
    private static final double FULL_MINUTES = 600;
    private static final int FULL_ROUNDS = 5;
    private static final int QUICK_ROUNDS = 2;

    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Mixin
    private GoOption go;

    @Option(
            names = "--quick",
            description =
                    "Measure few contenders with 1 million entries, in less than 10 minutes. This is the default.")
    private boolean quick;

    @Option(
            names = "--full",
            description = "Measure all contenders with up to 50 million entries, in five rounds. This takes some hours,"
                    + " unless --minutes sets another limit.")
    private boolean full;

    @Option(
            names = "--minutes",
            description = "The time limit for the whole report, including the runs before an interruption. The most"
                    + " important measurements come first, and run twice before others run once. The report names"
                    + " those that are left out. Implies --full unless --quick is given. 35 minutes are enough for"
                    + " the main operations at 1 and 10 million entries. Default: 8.5 with --quick, 600 with"
                    + " --full.")
    private @Nullable Double minutes;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "bench-report",
            description = "The directory to write to. Default: ${DEFAULT-VALUE}.")
    private Path directory;

    @Option(
            names = "--keep",
            description =
                    "Also keep the result as bench/results/DATE.json, or as DATETTIME.json if that day already has a"
                            + " result. bench/run page draws the latest kept result. Only"
                            + " with --full and without --only.")
    private boolean keep;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            description = "Run only steps whose name matches, for example: '^gc|hit, 20,000'")
    private String only = "";

    @Override
    public Integer call() {
        if (quick && full) {
            throw new UsageException("--quick and --full exclude each other: give one of them");
        }
        Double given = minutes;
        if (given != null && !(given > 0)) {
            throw new UsageException("--minutes must be above 0: " + given);
        }
        full |= given != null && !quick;
        if (keep && !(full && only.isEmpty())) {
            throw new UsageException("--keep needs --full without --only, because kept results have all measurements");
        }
        Pattern steps;
        try {
            steps = Pattern.compile(only);
        } catch (PatternSyntaxException wrong) {
            throw new UsageException("--only is not a regular expression: " + only);
        }
        jvm.check();
        Console console = Console.of(spec.commandLine());
        OutputFile.makeDirectory(directory);
        Path started = directory.resolve("start.json");
        OutputFile.check(started);
        ResultFile.Start start = start(started);
        Path kept = keep ? Results.fileIn(Results.directory(), start.date()) : null;
        OutputFile.check(kept);
        Journal journal = new Journal(directory.resolve("journal.jsonl"));
        if (!journal.runs().isEmpty()) {
            console.err()
                    .println("continuing the report of " + start.date() + ": "
                            + journal.runs().size() + " runs have ended");
        }
        Path page = directory.resolve("report.html");
        List<String> failures;
        ProgressLine line = new ProgressLine(console);
        try (NativeContenders natives = go.build(line::show)) {
            ReportPlan plan = full ? ReportPlan.full() : ReportPlan.quick();
            TimeBudget budget = new TimeBudget(full ? FULL_ROUNDS : QUICK_ROUNDS, mostMinutes(), start.command());
            ReportJob job = new ReportJob(
                    plan,
                    natives.contenders(),
                    natives.leftOut(),
                    jvm.settings(),
                    budget,
                    console,
                    journal,
                    start,
                    steps,
                    result -> new HtmlReport(result).render());
            if (job.isEmpty()) {
                throw new UsageException("--only matches no step of " + (full ? "--full" : "--quick") + ": " + only);
            }
            OutputFile.write(started, new Gson().toJson(start));
            failures = job.run(html -> {
                OutputFile.write(page, html);
                OutputFile.write(directory.resolve("result.json"), job.result().toJson());
            });
            if (kept != null) {
                OutputFile.write(kept, job.result().toJson());
                console.err().println("kept as " + kept);
            }
        }
        console.out().println(page.toAbsolutePath().normalize());
        console.out().flush();
        failures.forEach(console::fail);
        return failures.isEmpty() ? 0 : 1;
    }

    private double mostMinutes() {
        Double given = minutes;
        return given != null ? given : full ? FULL_MINUTES : QUICK_MINUTES;
    }

    private String command() {
        Double given = minutes;
        return "bench/run report" + (full ? " --full" : " --quick")
                + (given != null ? " --minutes " + Text.digits(given) : "")
                + (only.isEmpty() ? "" : " --only '" + only + "'");
    }

    /** Returns the start of the earlier run that this run continues, or a new start. */
    private ResultFile.Start start(Path file) {
        ResultFile.Start now = ResultFile.Start.now(command(), jvm.settings().describe());
        if (!Files.exists(file)) {
            return now;
        }
        ResultFile.Start before;
        try {
            before = new Gson().fromJson(Files.readString(file), ResultFile.Start.class);
        } catch (IOException failed) {
            throw new BenchException("cannot read " + file, failed);
        } catch (JsonParseException broken) {
            throw new BenchException(file + " is not the start of a report: its JSON is broken or has another form");
        }
        if (!before.command().equals(now.command())
                || !before.jvm().equals(now.jvm())
                || !before.machine().equals(now.machine())
                || !before.commit().equals(now.commit())) {
            throw new BenchException(
                    directory + " has results of another run, `" + before.command() + "` with " + before.jvm() + " on "
                            + before.machine().describe() + ", commit " + before.commit()
                            + ": choose another --dir or remove this one");
        }
        return before;
    }
}
