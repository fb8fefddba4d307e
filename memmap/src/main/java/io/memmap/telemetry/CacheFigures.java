package io.memmap.telemetry;

/**
 * The counters of a map that is used as a cache, at one moment.
 *
 * @param name the map's name; empty if it has none
 * @param type the map's type
 * @param hits reads that found a value
 * @param misses reads that found none
 * @param puts values put
 * @param loads loads that made a value
 * @param failedLoads loads that made none
 * @param loadNanos the time that all loads took
 * @param evictions entries removed to make room
 * @param expirations entries removed because they had expired
 * @param tooLarge entries dropped because they were too large
 */
public record CacheFigures(
        String name,
        String type,
        long hits,
        long misses,
        long puts,
        long loads,
        long failedLoads,
        long loadNanos,
        long evictions,
        long expirations,
        long tooLarge) {
    /** Reads the figures of one map. It must refer neither to the map nor to its heap. */
    public interface Source {
        /** Returns the figures, without a lock. */
        CacheFigures read();
    }
}
