package io.memmap.bench.job;

import io.memmap.bench.console.BenchException;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.result.Commit;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.text.Text;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A job of several rounds. Some steps run once; then rounds of other steps run, so that the
 * contenders alternate. Every second round runs backwards. Rounds begin as long as there is time. A
 * step that fails is not tried again; the job names it at the end.
 */
public abstract class RoundsJob {
    /**
     * One measurement.
     *
     * @param weight a guess of its seconds; only proportions matter
     */
    record Step(String title, double weight, Runnable work) {}

    private static final double NANOS_A_MINUTE = 60e9;

    private final TimeBudget budget;
    private final JvmSettings jvm;
    private final ProgressLine line;
    private final List<String> failures = new ArrayList<>();
    private final Set<Step> failed = new HashSet<>();
    private final long startNanos = System.nanoTime();
    private Schedule schedule = new Schedule(0, startNanos);
    private final String commit = Commit.here();
    private final double loadAtStart = MachineDescription.load();

    RoundsJob(TimeBudget budget, JvmSettings jvm, Console console) {
        this.budget = budget;
        this.jvm = jvm;
        line = new ProgressLine(console);
    }

    /** Returns the steps that run once, before all others. */
    abstract List<Step> once();

    /** Returns the steps of a round. */
    abstract List<Step> round();

    /**
     * Returns the steps of a round that begins: all steps, or none if a round after the first would
     * not end in time.
     *
     * @param number the number of the round, from 0
     */
    List<Step> round(int number, double secondsLeft) {
        List<Step> steps = round();
        return number == 0 || secondsFor(weight(steps)) <= secondsLeft ? steps : List.of();
    }

    /** Returns the weight of everything that is going to run. */
    double expectedWeight(int rounds, double secondsLeft) {
        return weight(once()) + rounds * weight(round());
    }

    /**
     * Returns the weight of what is still going to run.
     *
     * @param done the weight of the steps that have ended
     */
    double weightLeft(int rounds, double done, double secondsLeft) {
        return Math.max(0, expectedWeight(rounds, secondsLeft) - done);
    }

    /** Whether there is time to begin a step of a round. */
    boolean isDue(Step step, double secondsLeft) {
        return true;
    }

    /** Returns the number of forks of a figure. */
    abstract String forks();

    /** Returns how the figure of a fork is made of its samples. */
    String figureOfFork() {
        return "the median of its iterations";
    }

    /** Returns what ratios are relative to. */
    abstract String yardstick();

    /** Returns the tables of the page, in Markdown. */
    abstract String tables();

    /** Returns a step for each fork. Its costs are added to the results. */
    final List<Step> forksOf(List<? extends ForkTask> tasks, ForkResults nanos, ForkResults bytes) {
        return tasks.stream()
                .map(task -> new Step(task.title(), task.weight(), () -> {
                    JmhFork.Cost cost = JmhFork.run(task, jvm);
                    nanos.add(task, cost.nanos());
                    if (task.countsAllocation()) {
                        bytes.add(task, cost.bytes());
                    }
                }))
                .toList();
    }

    /**
     * Runs all steps. Passes the page on every minute and at the end. Returns a line for each
     * failure.
     */
    public final List<String> run(Consumer<String> page) {
        schedule = new Schedule(expectedWeight(budget.rounds(), secondsLeft()), startNanos);
        once().forEach(step -> run(step, ""));
        long shown = System.nanoTime();
        for (int i = 0; i < budget.rounds(); i++) {
            String prefix = "round " + (i + 1) + " of at most " + budget.rounds() + ": ";
            for (Step step : inTurn(round(i, secondsLeft()), i)) {
                if (isDue(step, secondsLeft())) {
                    run(step, prefix);
                }
                if (System.nanoTime() - shown > NANOS_A_MINUTE) {
                    page.accept(render());
                    shown = System.nanoTime();
                }
            }
        }
        page.accept(render());
        line.end("done in " + Text.digits((System.nanoTime() - startNanos) / NANOS_A_MINUTE) + " minutes");
        return failures;
    }

    private static double weight(List<Step> steps) {
        return steps.stream().mapToDouble(Step::weight).sum();
    }

    private double secondsFor(double weight) {
        return schedule.nanosFor(weight, System.nanoTime()) / 1e9;
    }

    private double secondsLeft() {
        return (budget.minutes() * NANOS_A_MINUTE - (System.nanoTime() - startNanos)) / 1e9;
    }

    /**
     * Returns the steps of a round in the order in which they run: every second round is reversed.
     */
    List<Step> inTurn(List<Step> steps, int round) {
        List<Step> turned = new ArrayList<>(steps);
        if (round % 2 == 1) {
            Collections.reverse(turned);
        }
        return turned;
    }

    private void run(Step step, String prefix) {
        if (!failed.contains(step)) {
            String title = prefix + step.title();
            schedule.left(weightLeft(budget.rounds(), schedule.doneWeight(), secondsLeft()));
            line.show(schedule.describe(System.nanoTime()) + "; " + title);
            try {
                step.work().run();
            } catch (BenchException failure) {
                failed.add(step);
                failures.add(title + ": " + failure.line());
                line.end(title + " failed: " + failure.line());
            }
        }
        schedule.done(step.weight());
    }

    /** Returns a line for each failure so far. */
    final List<String> failures() {
        return failures;
    }

    /** Returns the page as it is now: in Markdown, unless a job overrides this method. */
    String render() {
        StringBuilder page = new StringBuilder();
        page.append("# Measured ").append(LocalDate.now(ZoneOffset.UTC)).append("\n\n");
        page.append("- ").append(MachineDescription.here().describe()).append('\n');
        page.append("- commit ").append(commit).append('\n');
        page.append("- load average at the start ").append(load(loadAtStart));
        page.append(", at the end ")
                .append(load(MachineDescription.load()))
                .append(" (this run itself adds about 1)\n");
        page.append("- `").append(budget.command()).append("`; every JVM with ");
        page.append(jvm.describe()).append('\n');
        page.append("- forks a figure: ").append(forks());
        page.append("; contenders take turns, every second round runs backwards; the figure of a fork is "
                + figureOfFork() + "; the tables show the median (min..max) of the forks\n");
        page.append("- x: the median divided by ").append(yardstick()).append("; below 1 is faster\n");
        page.append(tables());
        if (!failures.isEmpty()) {
            page.append("\n## Failed\n\n");
            failures.forEach(failure -> page.append("- ").append(failure).append('\n'));
        }
        return page.toString();
    }

    private static String load(double average) {
        return average < 0 ? Text.NONE : String.format(Locale.ROOT, "%.1f", average);
    }
}
