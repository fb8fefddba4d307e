package io.memmap.bench.job;

import io.memmap.bench.console.Console;
import java.util.List;

/** Measures lookups of three fields of a struct. A round is one fork of every task. */
public final class StructsJob extends RoundsJob {
    private final List<ObjectTask> tasks;
    private final ForkResults nanos = ForkResults.ofNanos();
    private final ForkResults bytes = ForkResults.ofBytes();

    public StructsJob(List<ObjectTask> tasks, TimeBudget budget, JvmSettings jvm, Console console) {
        super(budget, jvm, console);
        this.tasks = tasks;
    }

    @Override
    List<Step> once() {
        return List.of();
    }

    @Override
    List<Step> round() {
        return forksOf(tasks, nanos, bytes);
    }

    @Override
    String forks() {
        return nanos.forks();
    }

    @Override
    String yardstick() {
        return "that of a get of LongLongMap";
    }

    @Override
    String tables() {
        return """

            Keys are longs, values are structs or records of three longs. All keys are present, in random order. The maps \
            have their final size. LongStructMap reads the three fields in place, SyncLongStructMap copies them and \
            validates the copy, and a MemMap decodes a record. A get of LongLongMap reads one long.
            """ + nanos.render() + "\n## Allocated in the Java heap, an operation\n" + bytes.render();
    }
}
