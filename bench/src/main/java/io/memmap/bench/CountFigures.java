package io.memmap.bench;

/** The names of a {@link CountChild}'s figures; nanoseconds and bytes unless the name says otherwise. */
final class CountFigures {
    static final String DISTINCT = "distinct";
    static final String TOTAL = "total";
    static final String NANOS = "nanos";
    static final String LATENCY = "latency";
    static final String GC_CYCLES = "gcCycles";
    static final String GC_PAUSES = "gcPauses";
    static final String GC_PAUSE_TOTAL = "gcPauseTotal";
    static final String GC_PAUSE_MAX = "gcPauseMax";
    static final String PEAK_HEAP = "peakHeap";
    static final String PEAK_HEAP_AFTER_GC = "peakHeapAfterGc";
    static final String PEAK_RESIDENT = "peakResident";
    /** What the live Java heap has grown by. */
    static final String HEAP_GROWTH = "heapGrowth";
    /** Committed memory outside the Java heap. */
    static final String NATIVE = "native";

    static final String DIGEST = "digest";

    private CountFigures() {}
}
