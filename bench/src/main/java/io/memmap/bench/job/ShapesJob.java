package io.memmap.bench.job;

import io.memmap.bench.console.Console;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.report.ShapeTable;
import io.memmap.bench.report.ShapeVerdict;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Noise;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.text.Markdown;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Measures maps in loops of several shapes. A round is one JVM for each task. */
public final class ShapesJob extends RoundsJob {
    private static final double NANOS = 1e9;

    private final List<ShapeTask> tasks;
    private final Optional<Contender> against;
    private final JvmSettings jvm;
    private final ResultFile.Start start;
    private final List<Measured> runs = new ArrayList<>();
    private final List<Step> steps;

    /**
     * Plans the measurements.
     *
     * @param against the contender that the maps of this project are judged against
     */
    public ShapesJob(
            List<ShapeTask> tasks,
            Optional<Contender> against,
            TimeBudget budget,
            JvmSettings jvm,
            ResultFile.Start start,
            Console console) {
        super(budget, jvm, console);
        this.tasks = tasks;
        this.against = against;
        this.jvm = jvm;
        this.start = start;
        steps = tasks.stream()
                .map(task -> new Step(task.title(), task.weight(), () -> measure(task)))
                .toList();
    }

    private void measure(ShapeTask task) {
        Noise before = Noise.now();
        long startNanos = System.nanoTime();
        Measured measured = new Measured(task.title(), task.command(jvm));
        task.run(measured, jvm);
        runs.add(measured.ended(before, (System.nanoTime() - startNanos) / NANOS));
    }

    /** Returns the result so far. */
    public ResultFile result() {
        return ResultFile.of(start, runs, List.of(), failures());
    }

    @Override
    List<Step> once() {
        return List.of();
    }

    @Override
    List<Step> round() {
        return steps;
    }

    @Override
    String forks() {
        var counts = tasks.stream()
                .mapToLong(task -> runs.stream()
                        .filter(run -> run.step().equals(task.title()))
                        .count())
                .summaryStatistics();
        return counts.getMin() == counts.getMax()
                ? Long.toString(counts.getMin())
                : counts.getMin() + " to " + counts.getMax();
    }

    @Override
    String figureOfFork() {
        return "the lower quartile of the CPU time of its samples, for one iteration of the loop";
    }

    @Override
    String yardstick() {
        return "that of the best primitive map in the Java heap, and after the slash by that of Eclipse Collections";
    }

    @Override
    String tables() {
        ResultFile result = result();
        StringBuilder text = new StringBuilder();
        for (ShapeTable table : ShapeTable.all(result)) {
            text.append('\n').append(Markdown.table(table.header(), table.rows()));
        }
        against.ifPresent(old -> {
            text.append("\n## Judged against ").append(old.title()).append("\n\n");
            ShapeVerdict.lines(result, old)
                    .forEach(line -> text.append("- ").append(line).append('\n'));
        });
        return text.toString();
    }
}
