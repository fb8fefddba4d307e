package io.memmap.observe;

/** How much of each heap a snapshot reads. */
public enum Detail {
    /** The counters of each heap. Costs some hundred nanoseconds per heap. */
    HEAPS,
    /**
     * Also the maps of each heap, with the figures in their headers. Costs a walk over the heap's
     * runs of pages, and some 200 ns per map.
     */
    MAPS,
    /**
     * Also the longest chain of each map. A chain is a bucket with its overflow buckets. Every
     * chain is walked, which costs some nanoseconds to tens of nanoseconds per bucket.
     */
    CHAINS
}
