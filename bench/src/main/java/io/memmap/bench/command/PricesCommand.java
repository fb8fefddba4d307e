package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.job.PriceTask;
import io.memmap.bench.job.PricesJob;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Measures the cost of checked memory. */
@Command(
        name = "prices",
        description = {
            "Runs the JMH benchmarks of one engine on confined, shared and global memory of the Foreign Function and"
                    + " Memory API, and on sun.misc.Unsafe. Contenders take turns within a round. Prints a page of"
                    + " Markdown with medians, ranges, and ratios to Unsafe.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class PricesCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Mixin
    private RoundsOptions rounds;

    @Override
    public Integer call() {
        rounds.check(jvm);
        Console console = Console.of(spec.commandLine());
        PricesJob job = new PricesJob(
                rounds.isQuick() ? PriceTask.quick() : PriceTask.full(),
                rounds.budget("prices"),
                jvm.settings(),
                console);
        return rounds.run(job, console);
    }
}
