package io.memmap.telemetry;

import java.util.Arrays;

/** Chains of one map, or of its shards, by their length, and their buckets by their filled slots, as they are counted. */
public final class ChainCounts {
    /** Longer chains count as this long. */
    public static final int MOST_BUCKETS = 16;

    private static final int MOST_SLOTS = 8;

    /** How many chains have {@code i + 1} buckets. */
    public final long[] chains = new long[MOST_BUCKETS];
    /** How many buckets have {@code i} filled slots. */
    public final long[] buckets = new long[MOST_SLOTS + 1];

    /** Slots of a bucket; 0 before any has been seen. */
    public int slots;

    /** Buckets of the longest chain, also of one that a growth has left. */
    public long longest;

    /** Entries of all chains. */
    public long entries;
    /** The sum of the squares of each chain's entries. */
    public long squares;

    /** Returns variance over mean of the entries of a chain (Fisher's index of dispersion); -1 of fewer than two chains, or no entry. */
    public double dispersion() {
        long count = Arrays.stream(chains).sum();
        if (count < 2 || entries == 0) {
            return -1;
        }
        double mean = (double) entries / count;
        return (squares - entries * mean) / (count - 1) / mean;
    }
}
