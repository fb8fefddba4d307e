package io.memmap;

/**
 * How a map has been used as a cache since it was made: {@link SyncMap#cacheStats}. The figures are
 * read one after the other while other threads go on, so they need not agree with each other. None
 * ever decreases, until it overflows.
 *
 * <p>The first six figures stay 0 unless the map was built with {@link SyncMapBuilder#recordStats}.
 * The last three cost nothing and are always counted.
 *
 * @param hits reads that found a value: of get, getOrDefault, getAll, read, computeIfAbsent and
 *     {@link SyncMap#get(Object, java.util.function.Function)}. A value that is being loaded has not
 *     been found
 * @param misses such reads that found none
 * @param puts values that were put, by any operation; also those that were loaded, and those that
 *     could not be put because the heap was full
 * @param loads loads that made a value. A load is a call of a loader, or of the function of
 *     computeIfAbsent
 * @param failedLoads loads that threw, or returned null
 * @param loadNanos the time that all loads took together, in nanoseconds
 * @param evictions entries that were removed to make room
 * @param expirations entries that were removed because they had expired. An entry that has expired
 *     and has not been removed yet is not counted
 * @param tooLarge entries that were dropped because they were too large:
 *     {@link SyncMapBuilder#dropTooLarge}
 */
public record CacheStats(
        long hits,
        long misses,
        long puts,
        long loads,
        long failedLoads,
        long loadNanos,
        long evictions,
        long expirations,
        long tooLarge) {
    static final CacheStats NONE = new CacheStats(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /**
     * Returns the part of the reads that found a value.
     *
     * @return hits / (hits + misses); 1 if there were no reads
     */
    public double hitRate() {
        long reads = hits + misses;
        return reads == 0 ? 1 : (double) hits / reads;
    }

    /**
     * Returns the mean time of a load.
     *
     * @return nanoseconds; 0 if there were no loads
     */
    public double meanLoadNanos() {
        long all = loads + failedLoads;
        return all == 0 ? 0 : (double) loadNanos / all;
    }

    /**
     * Returns the sums of these figures and others.
     *
     * @param other the others
     * @return the sums
     */
    public CacheStats plus(CacheStats other) {
        return new CacheStats(
                hits + other.hits,
                misses + other.misses,
                puts + other.puts,
                loads + other.loads,
                failedLoads + other.failedLoads,
                loadNanos + other.loadNanos,
                evictions + other.evictions,
                expirations + other.expirations,
                tooLarge + other.tooLarge);
    }
}
