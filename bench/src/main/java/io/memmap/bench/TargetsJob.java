package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures everything that the project's targets are about: a round is one fork of every task and one latency run of every
 * contender.
 */
final class TargetsJob extends RoundsJob {
    /** What is measured, and for how long. */
    record Options(
            List<TargetTask> tasks,
            List<Contender> latencyContenders,
            int latencySize,
            List<Contender> memoryContenders,
            int memorySize,
            Limits limits) {}

    private final Options options;
    private final LatencyJob latency;
    private final MemoryJob memory;
    private final ForkResults results = ForkResults.ofNanos();

    TargetsJob(Options options, JvmOptions jvm, Console console) {
        super(options.limits(), jvm, console);
        this.options = options;
        latency = new LatencyJob(jvm, options.latencySize());
        memory = new MemoryJob(jvm, options.memorySize());
    }

    @Override
    List<Step> once() {
        return options.memoryContenders().stream()
                .map(contender -> new Step(
                        "memory, " + contender.title(),
                        1 + options.memorySize() * (contender == Contender.JDK_HASHMAP ? 1000e-9 : 400e-9),
                        () -> memory.run(contender, step -> {})))
                .toList();
    }

    @Override
    List<Step> round() {
        List<Step> steps = new ArrayList<>(forksOf(options.tasks(), results, ForkResults.ofBytes()));
        for (Contender contender : options.latencyContenders()) {
            steps.add(new Step(
                    "worst put, " + contender.title(),
                    2 + options.latencySize() * (contender == Contender.JDK_HASHMAP ? 1000e-9 : 300e-9),
                    () -> latency.run(contender, step -> {})));
        }
        return steps;
    }

    @Override
    String forks() {
        return results.forks();
    }

    @Override
    String yardstick() {
        return "that of the best primitive map in the Java heap (of its single lookups for getAll)";
    }

    @Override
    String tables() {
        return results.render()
                + "\n## Each put of a fill to " + Text.count(options.latencySize()) + " entries\n\n"
                + Markdown.table(LatencyJob.header(), latency.rows())
                + "\n## Memory\n\nCommitted: as the heap counts it; of a map in the Java heap, what a full GC leaves."
                + " Resident: Rss of the heap's mappings.\n\n"
                + Markdown.table(MemoryJob.header(), memory.rows());
    }
}
