package io.memmap;

/**
 * The state of a map at one moment.
 *
 * <p>A map keeps its entries in an array of buckets, each with a few slots. An overflow bucket
 * takes the entries for which a bucket has no free slot. A chain is a bucket of the array together
 * with its overflow buckets. While a map grows or shrinks, its entries move from an old array to
 * the current one.
 *
 * <p>A map of {@link Geometry#PAGE} has an array of pages and no chains. A page is 64 lines, and a
 * line is 64 bytes of slots. In the figures below a line counts as a bucket. The entries for which a
 * page has no room are in the extension, one block of lines, which count as overflow buckets.
 *
 * @param size the number of entries
 * @param log2Buckets the base-2 logarithm of the number of buckets in the current array, called B
 *     in Go; for a map for many threads, that of its largest shard
 * @param buckets the number of buckets in the current array, without overflow buckets:
 *     2<sup>log2Buckets</sup>, or 0 before the first write; for a map for many threads, the sum of
 *     its shards
 * @param overflowBuckets the number of overflow buckets linked from the current and the old array
 * @param growing whether the entries are moving to another array, of another or of the same size
 * @param evacuated the number of chains at the start of the old array that have all moved, called
 *     nevacuate in Go; in a map of pages, the number of pages that have been split or joined; 0 if
 *     the map is not growing
 * @param bytes the number of bytes of the heap that the map uses: header, name, arrays and overflow
 *     buckets
 * @param longestChain the number of buckets in the longest chain; in a map of pages, the number of
 *     lines that the longest search for an entry visits
 * @param doublings how often the map has begun to double
 * @param sameSizeGrowths how often the map has begun to move to an array of the same size, which
 *     removes overflow buckets
 * @param shrinks how often the map has begun to halve
 * @see LongLongMap#stats
 * @see SyncMap#stats
 * @see io.memmap.observe.MemStats
 */
public record MapStats(
        long size,
        int log2Buckets,
        long buckets,
        long overflowBuckets,
        boolean growing,
        long evacuated,
        long bytes,
        long longestChain,
        long doublings,
        long sameSizeGrowths,
        long shrinks) {
    static final MapStats NIL = new MapStats(0, 0, 0, 0, false, 0, 0, 0, 0, 0, 0);

    /** Returns the combined state of two parts of one map. */
    MapStats plus(MapStats other) {
        return new MapStats(
                size + other.size,
                Math.max(log2Buckets, other.log2Buckets),
                buckets + other.buckets,
                overflowBuckets + other.overflowBuckets,
                growing || other.growing,
                evacuated + other.evacuated,
                bytes + other.bytes,
                Math.max(longestChain, other.longestChain),
                doublings + other.doublings,
                sameSizeGrowths + other.sameSizeGrowths,
                shrinks + other.shrinks);
    }
}
