package io.memmap;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the uses of one map. The counters are striped, so threads that count at the same time
 * write to different cache lines. What the limits remove is counted by {@link Limits}.
 */
final class CacheCounters {
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder puts = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder failedLoads = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();

    void countRead(boolean found) {
        (found ? hits : misses).increment();
    }

    void countReads(long found, long missed) {
        hits.add(found);
        misses.add(missed);
    }

    void countPut() {
        puts.increment();
    }

    /** Counts a load that has ended. It fails if the loader throws or returns null. */
    void countLoad(boolean succeeded, long nanos) {
        (succeeded ? loads : failedLoads).increment();
        loadNanos.add(nanos);
    }

    /** Returns the figures. Those that the limits count are 0. */
    CacheStats stats() {
        return new CacheStats(
                hits.sum(), misses.sum(), puts.sum(), loads.sum(), failedLoads.sum(), loadNanos.sum(), 0, 0, 0);
    }
}
