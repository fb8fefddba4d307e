package io.memmap.bench.job;

import io.memmap.bench.console.Console;
import java.util.List;

/** Measures what checked memory costs: a round is one fork of every task. */
public final class PricesJob extends RoundsJob {
    private final List<PriceTask> tasks;
    private final ForkResults nanos = ForkResults.ofNanos();

    public PricesJob(List<PriceTask> tasks, TimeBudget budget, JvmSettings jvm, Console console) {
        super(budget, jvm, console);
        this.tasks = tasks;
    }

    @Override
    List<Step> once() {
        return List.of();
    }

    @Override
    List<Step> round() {
        return forksOf(tasks, nanos, ForkResults.ofBytes());
    }

    @Override
    String forks() {
        return nanos.forks();
    }

    @Override
    String yardstick() {
        return "that of the twin on sun.misc.Unsafe";
    }

    @Override
    String tables() {
        return """

            One engine: the twin's source is derived from memmap's, and its memory has the same bytes. Keys and values \
            are longs in maps of geometry LINE, sized at once; strings are 16 to 32 characters, to 100 bytes. Only in a \
            confined heap does a put go without the flag that warns other threads, so it is more work in the others.
            """ + nanos.render();
    }
}
