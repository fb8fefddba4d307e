package io.memmap.telemetry;

import java.util.Arrays;

/**
 * Counts of the chains and buckets of one map, or of its shards. Chains are counted by length, and
 * buckets by the number of filled slots. A chain is a bucket of the array with the overflow buckets
 * linked to it.
 */
public final class ChainCounts {
    /** The greatest length that is counted separately. Longer chains count as this long. */
    public static final int MOST_BUCKETS = 16;

    private static final int MOST_SLOTS = 8;

    /** The number of chains that have {@code i + 1} buckets. */
    public final long[] chains = new long[MOST_BUCKETS];
    /** The number of buckets that have {@code i} filled slots. */
    public final long[] buckets = new long[MOST_SLOTS + 1];

    /** The number of slots in a bucket; 0 before a bucket has been counted. */
    public int slots;

    /**
     * The number of buckets in the longest chain. This includes chains that a growth has
     * evacuated.
     */
    public long longest;

    /** The number of entries in all chains. */
    public long entries;
    /** The sum of the squares of each chain's entries. */
    public long squares;

    /**
     * Returns the variance of the entries per chain, divided by their mean (Fisher's index of
     * dispersion). Returns -1 if there are fewer than two chains or no entries.
     */
    public double dispersion() {
        long count = Arrays.stream(chains).sum();
        if (count < 2 || entries == 0) {
            return -1;
        }
        double mean = (double) entries / count;
        return (squares - entries * mean) / (count - 1) / mean;
    }
}
