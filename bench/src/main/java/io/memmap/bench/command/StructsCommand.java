package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.job.ObjectTask;
import io.memmap.bench.job.StructsJob;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Measures maps from longs to structs. */
@Command(
        name = "structs",
        description = {
            "Runs the JMH benchmarks of lookups that read three fields of a struct, of a get of LongLongMap and of gets"
                    + " of records. Contenders take turns within a round. Prints a page of Markdown with medians,"
                    + " ranges, ratios to LongLongMap, and the bytes that an operation allocates.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class StructsCommand implements Callable<Integer> {
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
        StructsJob job = new StructsJob(
                rounds.isQuick() ? ObjectTask.quickStructs() : ObjectTask.structs(),
                rounds.budget("structs"),
                jvm.settings(),
                console);
        return rounds.run(job, console);
    }
}
