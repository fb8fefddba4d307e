package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Measures what is stored under bench/results. */
@Command(
        name = "targets",
        description = {
            "Runs the JMH benchmarks, the latency and the memory program, all contenders in turn within a round, and"
                    + " prints a page of Markdown: medians, ranges, and ratios to the best primitive on-heap map.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
final class TargetsCommand implements Callable<Integer> {
    private static final int FULL_SIZE = 10_000_000;
    private static final int QUICK_SIZE = 1_000_000;

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
        return rounds.run(new TargetsJob(options(), jvm, console), console);
    }

    private TargetsJob.Options options() {
        RoundsJob.Limits limits = rounds.limits("targets");
        if (!rounds.isQuick()) {
            return new TargetsJob.Options(
                    TargetTask.full(), LatencyJob.CONTENDERS, FULL_SIZE, MemoryJob.CONTENDERS, FULL_SIZE, limits);
        }
        List<Contender> memory = List.of(Contender.MEMMAP_LINE, Contender.MEMMAP_GO, Contender.FASTUTIL);
        return new TargetsJob.Options(TargetTask.quick(), LatencyJob.CONTENDERS, QUICK_SIZE, memory, FULL_SIZE, limits);
    }
}
