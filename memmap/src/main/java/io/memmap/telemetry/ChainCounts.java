package io.memmap.telemetry;

/**
 * Counts of the parts of one map, or of its shards. In a map of buckets, chains are counted by
 * length, and buckets by the number of filled slots. A chain is a bucket of the array with the
 * overflow buckets linked to it. A paged map has lines in place of buckets, and no chains. There,
 * entries are counted by the lines that a search for them visits.
 */
public final class ChainCounts {
    /** The greatest length that is counted separately. Longer chains count as this long. */
    public static final int MOST_BUCKETS = 16;

    private static final int MOST_SLOTS = 8;

    /**
     * The number of chains that have {@code i + 1} buckets; in a paged map, the number of entries
     * for which a search visits {@code i + 1} lines.
     */
    public final long[] chains = new long[MOST_BUCKETS];
    /** The number of buckets, or of lines, that have {@code i} filled slots. */
    public final long[] buckets = new long[MOST_SLOTS + 1];

    /** The number of slots in a bucket; 0 before a bucket has been counted. */
    public int slots;

    /**
     * The number of buckets in the longest chain, which includes chains that a growth has evacuated;
     * in a paged map, the number of lines that the longest search for an entry visits.
     */
    public long longest;

    /** The number of chains; in a paged map, of pages. */
    private long parts;
    /** The number of entries in all parts. An extension belongs to no part. */
    private long entries;
    /** The sum of the squares of each part's entries. */
    private long squares;

    /** Adds a chain or a page with this number of entries. */
    public void addPart(long newEntries) {
        parts++;
        entries += newEntries;
        squares += newEntries * newEntries;
    }

    /**
     * Returns the variance of the entries per chain, or per page, divided by their mean (Fisher's
     * index of dispersion). Returns -1 if there are fewer than two chains or pages, or no entries.
     */
    public double dispersion() {
        if (parts < 2 || entries == 0) {
            return -1;
        }
        double mean = (double) entries / parts;
        return (squares - entries * mean) / (parts - 1) / mean;
    }
}
