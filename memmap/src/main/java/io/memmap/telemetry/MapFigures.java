package io.memmap.telemetry;

/**
 * The contents of a map's header at one moment. In a paged map, a line counts as a bucket.
 *
 * @param pointer the header's offset
 * @param identity the word that distinguishes this map from other maps whose header was or will be
 *     at this offset
 * @param name the map's name; empty if it has none
 * @param type the map's type, for example {@code map[long]long}
 * @param group equal for all shards of one map for many threads; 0 for a plain map
 * @param size the number of entries
 * @param buckets the number of buckets in the current array, without overflow buckets
 * @param oldBuckets the number of buckets in the array that a growth is emptying, or that a paged
 *     map had before a growth in place; 0 unless growing
 * @param overflowBuckets the number of overflow buckets linked from either array; in a paged map,
 *     the number of lines of its extension
 * @param nextGrowthAt the number of entries at which the map begins to grow
 * @param headerBytes the bytes of the block of the header
 * @param bucketBytes the bytes of the blocks of bucket arrays
 * @param overflowBytes the bytes of the blocks of overflow buckets
 * @param blobBytes the bytes of the blocks of keys and values that lie outside their buckets
 * @param orderBytes the bytes of the blocks of the ordered index
 * @param growths the number of growths begun: to twice the size and in the same size
 * @param shrinks the number of halvings begun
 * @param evacuations the number of units moved and of rebuilds
 * @param slots the number of slots in a bucket
 * @param load the load limit in sixteenths of all slots
 * @param paged whether the map has pages in place of buckets and chains
 * @param changes the number of entries added, entries removed and clears
 * @param growthWrites the number of writes that met a running growth
 * @param growthChanges the number of those writes that added or removed an entry
 * @param floorBuckets the number of buckets that the map keeps when it empties, from a hint or a
 *     reserve; 1 for none
 * @param autoShrink whether the map gives buckets back by itself
 * @param bounded whether the map drops entries by itself
 * @param named whether the directory of the heap has the map
 */
public record MapFigures(
        long pointer,
        long identity,
        String name,
        String type,
        long group,
        long size,
        long buckets,
        long oldBuckets,
        long overflowBuckets,
        long nextGrowthAt,
        long headerBytes,
        long bucketBytes,
        long overflowBytes,
        long blobBytes,
        long orderBytes,
        long growths,
        long shrinks,
        long evacuations,
        int slots,
        int load,
        boolean paged,
        long changes,
        long growthWrites,
        long growthChanges,
        long floorBuckets,
        boolean autoShrink,
        boolean bounded,
        boolean named) {

    /** Returns the number of chains, or of lines, that {@link MapReader#count} counts. */
    public long parts() {
        return paged ? Math.max(buckets, oldBuckets) + overflowBuckets : buckets + oldBuckets;
    }
}
