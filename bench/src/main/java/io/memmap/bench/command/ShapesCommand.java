package io.memmap.bench.command;

import io.memmap.bench.child.Shape;
import io.memmap.bench.child.ShapeOperation;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.OutputFile;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.job.JvmSettings;
import io.memmap.bench.job.ShapeTask;
import io.memmap.bench.job.ShapesJob;
import io.memmap.bench.job.TimeBudget;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.report.ShapeVerdict;
import io.memmap.bench.result.ResultFile;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures maps in loops of several shapes. */
@Command(
        name = "shapes",
        description = {
            "Runs hits, misses, overwrites and additions in loops of six shapes, because a compiler may treat the same"
                + " map differently in each. Each contender and shape runs in a JVM of its own; contenders take turns"
                + " within a round. A time is the CPU time of one iteration of the loop. Prints a page of Markdown"
                + " with medians, ranges, and ratios to the best primitive map and to Eclipse Collections. A round of"
                + " all sizes takes about 15 minutes, so five rounds need --minutes 80.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class ShapesCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private JvmOptions jvm;

    @Mixin
    private RoundsOptions rounds;

    @Option(
            names = "--size",
            paramLabel = "ENTRIES",
            split = ",",
            description = "Numbers of entries. Default: 20000,1000000,10000000; with --quick 1000000.")
    private List<Integer> sizes = List.of();

    @Option(
            names = "--contender",
            paramLabel = "NAME",
            split = ",",
            description = "Measure only these contenders, of ${COMPLETION-CANDIDATES}.")
    private List<Contender> contenders = ShapeTask.CONTENDERS;

    @Option(
            names = "--shape",
            paramLabel = "SHAPE",
            split = ",",
            description = "Measure only these shapes, of ${COMPLETION-CANDIDATES}.")
    private List<Shape> shapes = ShapeTask.SHAPES;

    @Option(
            names = "--operation",
            paramLabel = "OPERATION",
            split = ",",
            description = "Measure only these operations, of ${COMPLETION-CANDIDATES}.")
    private List<ShapeOperation> operations = ShapeTask.OPERATIONS;

    @Option(
            names = "--against",
            paramLabel = "NAME",
            description = "Also judge memmap's other contenders against this one: a map wins only if it is faster in"
                    + " all shapes, beyond noise. Noise is that of bench/run compare.")
    private @Nullable Contender against;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description =
                    "Also write all figures, the machine, the commit, the date and the options to this file. bench/run"
                            + " compare compares two of them.")
    private @Nullable Path json;

    @Override
    public Integer call() {
        for (int size : sizes) {
            if (size < 2) {
                throw new UsageException("--size must be 2 or more: " + size);
            }
        }
        Contender old = against;
        Set<Contender> all = new LinkedHashSet<>(contenders);
        if (old != null) {
            all.add(old);
            if (all.stream().noneMatch(each -> each != old && ShapeVerdict.isJudged(each))) {
                throw new UsageException(
                        "--against " + old + " has no other map of memmap to judge: name one with" + " --contender");
            }
        }
        rounds.check(jvm);
        OutputFile.check(json);
        JvmSettings settings = jvm.settings();
        TimeBudget budget = rounds.budget("shapes" + given());
        Console console = Console.of(spec.commandLine());
        ShapesJob job = new ShapesJob(
                ShapeTask.tasks(List.copyOf(all), shapes, sizes(), operations),
                Optional.ofNullable(old),
                budget,
                settings,
                ResultFile.Start.now(budget.command(), settings.describe()),
                console);
        int exitCode = rounds.run(job, console);
        OutputFile.write(json, job.result().toJson());
        return exitCode;
    }

    private List<Integer> sizes() {
        if (!sizes.isEmpty()) {
            return sizes;
        }
        return rounds.isQuick() ? ShapeTask.QUICK_SIZES : ShapeTask.SIZES;
    }

    /** Returns the options of this command that were given. */
    private String given() {
        return given("--size", sizes, List.of())
                + given("--contender", contenders, ShapeTask.CONTENDERS)
                + given("--shape", shapes, ShapeTask.SHAPES)
                + given("--operation", operations, ShapeTask.OPERATIONS)
                + (against == null ? "" : " --against " + against);
    }

    private static <T> String given(String option, List<T> values, List<T> byDefault) {
        return values.equals(byDefault)
                ? ""
                : values.stream().map(Object::toString).collect(Collectors.joining(",", " " + option + " ", ""));
    }
}
