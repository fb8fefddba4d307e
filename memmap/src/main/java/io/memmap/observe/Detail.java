package io.memmap.observe;

/** How far a snapshot looks into the heaps. */
public enum Detail {
    /** The counters of each heap: some hundred nanoseconds a heap. */
    HEAPS,
    /** Also the maps of each heap, with what their headers tell: a walk over the runs of pages, and some 200 ns a map. */
    MAPS,
    /** Also the longest chain of each map, for which every chain is walked: some nanoseconds to tens of them a bucket. */
    CHAINS
}
