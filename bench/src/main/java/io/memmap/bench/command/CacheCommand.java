package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.OutputFile;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.job.CacheJob;
import io.memmap.bench.result.Commit;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.text.Markdown;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares hit rates with those of Caffeine. */
@Command(
        name = "cache",
        description = {
            "Replays the same keys on a SyncMap with maxEntries and on Caffeine. A missed key is put. Prints the hit"
                    + " rates, their difference in points, and the time for a key in one thread. Exits with 1 if a hit"
                    + " rate is more than 2 points below that of Caffeine.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class CacheCommand implements Callable<Integer> {
    private static final List<Integer> FULL_SIZES = List.of(128, 512, 2048, 8192, 32_768);
    private static final List<Integer> QUICK_SIZES = List.of(512, 8192);
    private static final int FULL_LENGTH = 2_000_000;
    private static final int QUICK_LENGTH = 400_000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "Run two sizes and shorter traces.")
    private boolean quick;

    @Option(names = "--output", paramLabel = "FILE", description = "Also write a page of Markdown to this file.")
    private @Nullable Path output;

    @Override
    public Integer call() {
        OutputFile.check(output);
        String commit = Commit.here();
        Console console = Console.of(spec.commandLine());
        ProgressLine line = new ProgressLine(console);
        int length = quick ? QUICK_LENGTH : FULL_LENGTH;
        List<CacheJob.Result> results = new CacheJob(quick ? QUICK_SIZES : FULL_SIZES, length).run(line::show);
        List<List<String>> rows = results.stream().map(CacheJob::row).toList();
        TextTable table = new TextTable(CacheJob.header());
        rows.forEach(table::row);
        String verdict = CacheJob.verdict(results);
        String machine = MachineDescription.here().describe();
        console.out().println(machine + "; " + Text.count(length) + " keys in a trace\n");
        console.out().print(table.render());
        console.out().println("\n" + verdict);
        console.out().flush();
        OutputFile.write(
                output,
                "# Hit rates beside Caffeine, " + LocalDate.now(ZoneOffset.UTC) + "\n\n- " + machine
                        + "\n- commit " + commit
                        + "\n- `bench/run cache"
                        + (quick ? " --quick" : "") + "`; " + Text.count(length)
                        + " keys in a trace, Zipf over 200,000 keys; a missed key is put; one thread\n"
                        + "- load average at the end "
                        + Text.digits(MachineDescription.load())
                        + "; each time is from one pass: compare times only if the load average is about 1\n\n"
                        + Markdown.table(CacheJob.header(), rows) + "\n" + verdict + "\n");
        return results.stream().allMatch(CacheJob.Result::isWithin) ? 0 : 1;
    }
}
