package io.memmap.bench.command;

import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.job.JmhFork;
import io.memmap.bench.job.JvmSettings;
import io.memmap.bench.job.LongTask;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KeyOrder;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Measures a few ratios that show regressions on any machine. */
@Command(
        name = "ratios",
        description = {
            "Prints a short fixed set of ratios, of one fork each. Compare them from one build to the next; they are"
                    + " not a verdict.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class RatiosCommand implements Callable<Integer> {
    private static final int IN_CACHE = 20_000;

    private record Ratio(String title, LongTask of, LongTask over) {}

    private static LongTask task(LongOperation operation, Contender contender) {
        return new LongTask(operation, contender, IN_CACHE, KeyOrder.UNIFORM, false);
    }

    private static final List<Ratio> RATIOS = List.of(
            new Ratio(
                    "hit, FFM / Unsafe",
                    task(LongOperation.HIT, Contender.MEMMAP_PAGE),
                    task(LongOperation.HIT, Contender.UNSAFE_PAGE)),
            new Ratio(
                    "hit, memmap / fastutil",
                    task(LongOperation.HIT, Contender.MEMMAP_PAGE),
                    task(LongOperation.HIT, Contender.FASTUTIL)),
            new Ratio(
                    "overwrite, memmap / fastutil",
                    task(LongOperation.OVERWRITE, Contender.MEMMAP_PAGE),
                    task(LongOperation.OVERWRITE, Contender.FASTUTIL)));

    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Override
    public Integer call() {
        jvm.check();
        JvmSettings settings = jvm.settings();
        Console console = Console.of(spec.commandLine());
        ProgressLine line = new ProgressLine(console);
        boolean counters = JmhFork.hasCounters();
        Map<LongTask, JmhFork.Cost> costs = new HashMap<>();
        for (Ratio ratio : RATIOS) {
            for (LongTask task : List.of(ratio.of(), ratio.over())) {
                line.show(task.title());
                costs.computeIfAbsent(task, absent -> JmhFork.run(absent, settings, counters));
            }
        }
        line.end("done" + (counters ? "" : "; instructions are left out: perf cannot count them on this machine"));
        TextTable table = new TextTable(
                List.of("at " + Text.count(IN_CACHE) + " entries", "ns", "over ns", "time", "instructions"));
        for (Ratio ratio : RATIOS) {
            JmhFork.Cost of = Objects.requireNonNull(costs.get(ratio.of()));
            JmhFork.Cost over = Objects.requireNonNull(costs.get(ratio.over()));
            table.row(List.of(
                    ratio.title(),
                    Text.digits(of.nanos()),
                    Text.digits(over.nanos()),
                    Text.digits(of.nanos() / over.nanos()) + "x",
                    counters ? Text.digits(of.instructions() / over.instructions()) + "x" : Text.NONE));
        }
        console.out().print(table.render());
        console.out().flush();
        return 0;
    }
}
