package io.memmap.bench.result;

import io.memmap.bench.text.Text;

/**
 * The names of figures, operations and curves in results. Measurements write these names; the
 * report and the comparison look for them. Do not change them: results that are kept hold the old
 * names.
 */
public final class FigureNames {
    /**
     * The contender of a loop that does nothing. Its figures show the cost of the clock and the
     * loop.
     */
    public static final String NO_OP_LOOP = "no-op loop";
    /** The contender of a loop that reads a large array and uses no map. */
    public static final String ARRAY_LOOP = "loop over an array";

    /** The operation of puts that fill a map from empty, one directly after the other. */
    public static final String PUTS = "put while growing";
    /** The operation of gets of all keys after the map is full. */
    public static final String GETS = "get from the filled map";

    /** The figure of the memory that a process has resident, minus what it had before the map. */
    public static final String RESIDENT = "resident";
    /** The same, divided by the number of all entries that the map had. */
    public static final String RESIDENT_AN_ENTRY = "resident an entry";

    /** The figure of the CPU time of a collector's threads. */
    public static final String GC_CPU = "GC CPU";
    /** The figure of the bytes that a load allocates in a second. */
    public static final String ALLOCATED = "allocated a second";

    /** The curve of a distribution: latency by percentile. */
    public static final String PERCENTILES = "percentiles";
    /** The curve of the worst operation of each moment, by time. */
    public static final String WORST = "worst";
    /** The curve of the pauses of a collector, by time. */
    public static final String PAUSES = "pauses";

    /** The variant of the operations on maps in files, beside those in memory. */
    public static final String OPERATIONS = "operations";

    private FigureNames() {}

    /** Returns the operation of puts at a rate; a rate of 0 stands for as many puts as possible. */
    public static String puts(int putsPerSecond) {
        return PUTS + (putsPerSecond == 0 ? "" : ", " + Text.count(putsPerSecond) + " a second");
    }
}
