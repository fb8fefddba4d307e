package io.memmap.bench.job;

import io.memmap.bench.jmh.JmhMethod;
import io.memmap.bench.maps.Titled;
import io.memmap.bench.text.Text;
import java.util.List;
import java.util.Map;

/** One fork of JMH: an operation of a contender's map of a size. */
interface ForkTask {
    /** What is measured: the title of a table. */
    JmhMethod operation();

    /** Who is measured: a row of the table. */
    Titled contender();

    /** The entries: a column of the table. */
    int size();

    /** The guessed seconds of a fork; only proportions matter. */
    double weight();

    /** Those of the command are added to these. */
    List<String> jvmArguments();

    /** The benchmark's parameters. */
    default Map<String, String> parameters() {
        return Map.of("contender", contender().name(), "size", Integer.toString(size()));
    }

    /** How often the benchmark is warmed up. */
    default int warmUpIterations() {
        return 1;
    }

    /** How many threads run the operation at once. */
    default int threads() {
        return 1;
    }

    /** Whether to count what the operation allocates too. */
    default boolean countsAllocation() {
        return false;
    }

    /** Whether ratios are to the best median of such contenders. */
    boolean isYardstick();

    /** What it is called in progress lines. */
    default String title() {
        return operation().title() + ", " + Text.count(size()) + " entries, "
                + contender().title();
    }
}
