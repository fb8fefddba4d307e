package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.job.SharedTask;
import io.memmap.bench.job.ThreadsJob;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Measures maps that several threads use. */
@Command(
        name = "threads",
        description = {
            "Runs lookups and writes with one thread and with two on SyncLongLongMap, ConcurrentHashMap and Chronicle"
                + " Map. Also times a reader while another thread fills the map. Contenders take turns within a round."
                + " Prints a page of Markdown with medians, ranges, ratios and targets.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class ThreadsCommand implements Callable<Integer> {
    private static final int SMALL = 1_000_000;
    private static final int LARGE = 10_000_000;
    private static final int QUICK_LARGE = 2_000_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Mixin
    private RoundsOptions rounds;

    @Override
    public Integer call() {
        rounds.check(jvm);
        int large = rounds.isQuick() ? QUICK_LARGE : LARGE;
        ThreadsJob.Options options =
                new ThreadsJob.Options(SharedTask.tasks(SMALL, large), SMALL, large, large, rounds.budget("threads"));
        Console console = Console.of(spec.commandLine());
        return rounds.run(new ThreadsJob(options, jvm.settings(), console), console);
    }
}
