package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.job.ObjectTask;
import io.memmap.bench.job.ObjectsJob;
import io.memmap.bench.maps.TextContender;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Measures maps with keys and values of all kinds. */
@Command(
        name = "objects",
        description = {
            "Runs the JMH benchmarks of maps from strings to 100 bytes, of maps from longs to records, and of"
                + " LongLongMap after other maps. Also measures the memory of maps from strings. Contenders take turns"
                + " within a round. Prints a page of Markdown with medians, ranges, ratios, and the bytes that an"
                + " operation allocates.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class ObjectsCommand implements Callable<Integer> {
    private static final int FULL_SIZE = 1_000_000;
    private static final int QUICK_SIZE = 200_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Mixin
    private RoundsOptions rounds;

    @Override
    public Integer call() {
        rounds.check(jvm);
        boolean quick = rounds.isQuick();
        ObjectsJob.Options options = new ObjectsJob.Options(
                quick ? ObjectTask.quick() : ObjectTask.full(),
                List.of(TextContender.values()),
                quick ? QUICK_SIZE : FULL_SIZE,
                rounds.budget("objects"));
        Console console = Console.of(spec.commandLine());
        return rounds.run(new ObjectsJob(options, jvm.settings(), console), console);
    }
}
