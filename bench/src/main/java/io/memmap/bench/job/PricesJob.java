package io.memmap.bench.job;

import io.memmap.bench.console.Console;
import java.util.List;

/** Measures the cost of checked memory. A round is one fork of every task. */
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

            All contenders run the same engine: the source of the twin is derived from that of memmap, and its memory has \
            the same bytes. Keys and values are longs in maps of geometry PAGE with their final size. Strings have 16 to 32 \
            characters, their values 100 bytes. Only in a confined heap does a put skip the flag that warns other threads, \
            so a put in another heap does more work.
            """ + nanos.render();
    }
}
