package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
    private static final int FULL_MINUTES = 25;

    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Option(names = "--quick", description = "One round of a part, in some four minutes.")
    private boolean quick;

    @Option(
            names = "--forks",
            defaultValue = "5",
            description = "Rounds at most: forks of each benchmark. Default: ${DEFAULT-VALUE}; 1 if quick.")
    private int forks;

    @Option(
            names = "--minutes",
            defaultValue = "" + FULL_MINUTES,
            description = "No round begins that would not end within this time, but for the first. Default:"
                    + " ${DEFAULT-VALUE}.")
    private double minutes;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Also write the page to this file, anew after each round.")
    private @Nullable Path out;

    @Override
    public Integer call() {
        if (forks < 1) {
            throw new BenchException("--forks must be 1 or more: " + forks);
        }
        jvm.check();
        Path file = out;
        OutputFile.check(file);
        Console console = Console.of(spec.commandLine());
        AtomicReference<String> lastPage = new AtomicReference<>("");
        List<String> failures = new TargetsJob(options(), jvm, console).run(page -> {
            OutputFile.write(file, page);
            lastPage.set(page);
        });
        console.out().print(lastPage.get());
        console.out().flush();
        failures.forEach(console::fail);
        return failures.isEmpty() ? 0 : 1;
    }

    private TargetsJob.Options options() {
        String command =
                "bench/run targets" + (quick ? " --quick" : " --forks " + forks + " --minutes " + Text.digits(minutes));
        if (!quick) {
            return new TargetsJob.Options(
                    TargetTask.full(),
                    LatencyJob.CONTENDERS,
                    FULL_SIZE,
                    MemoryJob.CONTENDERS,
                    FULL_SIZE,
                    forks,
                    minutes,
                    command);
        }
        List<Contender> memory = List.of(Contender.MEMMAP_LINE, Contender.MEMMAP_GO, Contender.FASTUTIL);
        return new TargetsJob.Options(
                TargetTask.quick(), LatencyJob.CONTENDERS, QUICK_SIZE, memory, FULL_SIZE, 1, minutes, command);
    }
}
