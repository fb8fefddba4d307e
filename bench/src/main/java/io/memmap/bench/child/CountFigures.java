package io.memmap.bench.child;

/**
 * The names of the figures that a {@link CountChild} reports. Times are in nanoseconds, sizes in
 * bytes.
 */
public final class CountFigures {
    public static final String DISTINCT = "distinct";
    public static final String TOTAL = "total";
    public static final String NANOS = "nanos";
    public static final String LATENCY = "latency";
    public static final String GC_CYCLES = "gcCycles";
    public static final String GC_PAUSES = "gcPauses";
    public static final String GC_PAUSE_TOTAL = "gcPauseTotal";
    public static final String GC_PAUSE_MAX = "gcPauseMax";
    public static final String PEAK_HEAP = "peakHeap";
    public static final String PEAK_HEAP_AFTER_GC = "peakHeapAfterGc";
    public static final String PEAK_RESIDENT = "peakResident";
    /** The growth of the live Java heap. */
    public static final String HEAP_GROWTH = "heapGrowth";
    /** Committed memory outside the Java heap. */
    public static final String NATIVE = "native";

    public static final String DIGEST = "digest";

    private CountFigures() {}
}
