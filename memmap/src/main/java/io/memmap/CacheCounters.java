package io.memmap;

import io.memmap.telemetry.CacheFigures;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the uses of one map, and what its limits remove. The counters are striped, so threads that
 * count at the same time write to different cache lines.
 */
final class CacheCounters {
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder puts = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder failedLoads = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder expirations = new LongAdder();
    private final LongAdder tooLarge = new LongAdder();

    void countReads(long found, long missed) {
        hits.add(found);
        misses.add(missed);
    }

    void countRead(boolean found) {
        (found ? hits : misses).increment();
    }

    void countPut() {
        puts.increment();
    }

    /** Counts a load that has ended. It fails if the loader throws or returns null. */
    void countLoad(boolean succeeded, long nanos) {
        (succeeded ? loads : failedLoads).increment();
        loadNanos.add(nanos);
    }

    /** Counts an entry that the limits have removed. */
    void countRemoval(RemovalCause cause) {
        switch (cause) {
            case SIZE -> evictions.increment();
            case EXPIRED -> expirations.increment();
            case TOO_LARGE -> tooLarge.increment();
            case EXPLICIT, REPLACED -> throw new AssertionError(cause);
        }
    }

    /** Returns what reads these counters for observers. */
    CacheFigures.Source source(String name, String type) {
        return () -> {
            CacheStats stats = stats();
            return new CacheFigures(
                    name,
                    type,
                    stats.hits(),
                    stats.misses(),
                    stats.puts(),
                    stats.loads(),
                    stats.failedLoads(),
                    stats.loadNanos(),
                    stats.evictions(),
                    stats.expirations(),
                    stats.tooLarge());
        };
    }

    CacheStats stats() {
        return new CacheStats(
                hits.sum(),
                misses.sum(),
                puts.sum(),
                loads.sum(),
                failedLoads.sum(),
                loadNanos.sum(),
                evictions.sum(),
                expirations.sum(),
                tooLarge.sum());
    }
}
