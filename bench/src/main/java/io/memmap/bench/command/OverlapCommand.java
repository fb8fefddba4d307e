package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.JmhFork;
import io.memmap.bench.job.JvmSettings;
import io.memmap.bench.job.OverlapTask;
import io.memmap.bench.job.OverlapTask.Loop;
import io.memmap.bench.maps.TextContender;
import io.memmap.bench.result.Samples;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures whether the CPU overlaps lookups of strings. */
@Command(
        name = "overlap",
        description = {
            "Measures whether a lookup of a string is short enough for the CPU to work on two of them at once. The"
                    + " ratio of the first line should be well below 1. If it comes near 1, the lookup has become"
                    + " too long. bench/docs/measuring.md says how to read the other lines.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class OverlapCommand implements Callable<Integer> {
    private static final TextContender MAP = TextContender.MEMMAP_BYTES;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--size",
            defaultValue = "1000000",
            description = "The number of entries. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--forks",
            defaultValue = "3",
            description = "The number of forks of each benchmark, in turn. Default: ${DEFAULT-VALUE}.")
    private int forks;

    @Mixin
    private JvmOptions jvm;

    @Override
    public Integer call() {
        if (forks < 1) {
            throw new UsageException("--forks must be 1 or more: " + forks);
        }
        jvm.check();
        JvmSettings settings = jvm.settings();
        Console console = Console.of(spec.commandLine());
        ProgressLine line = new ProgressLine(console);
        Map<OverlapTask, Samples> times = new LinkedHashMap<>();
        for (OverlapTask task : tasks()) {
            times.put(task, new Samples());
        }
        for (int fork = 0; fork < forks; fork++) {
            times.forEach((task, samples) -> {
                line.show(task.loop().title());
                samples.add(JmhFork.run(task, settings).nanos());
            });
        }
        line.end("done");
        double inTurn = median(times, new OverlapTask(Loop.IN_TURN, MAP, size));
        double hashMap = median(times, new OverlapTask(Loop.FREE, TextContender.JDK_HASHMAP, size));
        TextTable table = new TextTable(
                List.of("at " + Text.count(size) + " entries", "ns", "/ each waits", "/ HashMap by range"));
        times.forEach((task, samples) -> table.row(List.of(
                task.contender().title() + ", " + task.loop().title(),
                samples.format("ns"),
                Text.digits(samples.median() / inTurn) + "x",
                Text.digits(samples.median() / hashMap) + "x")));
        console.out().print(table.render());
        console.out().flush();
        return 0;
    }

    private static double median(Map<OverlapTask, Samples> times, OverlapTask task) {
        return Objects.requireNonNull(times.get(task)).median();
    }

    private List<OverlapTask> tasks() {
        List<OverlapTask> tasks = new ArrayList<>();
        for (Loop loop : Loop.values()) {
            tasks.add(new OverlapTask(loop, MAP, size));
        }
        tasks.add(new OverlapTask(Loop.FREE, TextContender.JDK_HASHMAP, size));
        return tasks;
    }
}
