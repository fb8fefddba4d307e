package io.memmap.bench.job;

import io.memmap.bench.jmh.JmhMethod;
import io.memmap.bench.maps.Titled;
import io.memmap.bench.text.Text;
import java.util.List;
import java.util.Map;

/** One fork of JMH: an operation on the map of a contender with a number of entries. */
interface ForkTask {
    /** Returns the operation. It is the title of a table. */
    JmhMethod operation();

    /** Returns the contender. It is a row of the table. */
    Titled contender();

    /** Returns the number of entries. It is a column of the table. */
    int size();

    /** Returns a guess of the seconds of a fork. Only proportions matter. */
    double weight();

    /** Returns the JVM arguments of the fork, in addition to those of the command. */
    List<String> jvmArguments();

    /** Returns the parameters of the benchmark. */
    default Map<String, String> parameters() {
        return Map.of("contender", contender().name(), "size", Integer.toString(size()));
    }

    /** Returns the number of iterations that warm the benchmark up. */
    default int warmUpIterations() {
        return 1;
    }

    /** Returns the number of threads that run the operation at once. */
    default int threads() {
        return 1;
    }

    /** Whether the fork also counts the bytes that the operation allocates. */
    default boolean countsAllocation() {
        return false;
    }

    /** Whether the contender is a yardstick: ratios are to the best median of the yardsticks. */
    boolean isYardstick();

    /** Returns the name of the task in progress lines. */
    default String title() {
        return operation().title() + ", " + Text.count(size()) + " entries, "
                + contender().title();
    }
}
