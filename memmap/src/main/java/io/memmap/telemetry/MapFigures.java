package io.memmap.telemetry;

/**
 * What a map's header says at one moment.
 *
 * @param pointer the header's offset
 * @param identity the word that tells this map from others whose header was or will be there
 * @param name empty if it has none
 * @param type as {@code map[long]long}
 * @param group equal for all shards of one map for many threads; 0 for a plain map
 * @param size entries
 * @param buckets of the current array, without overflow buckets
 * @param oldBuckets of the array that a growth is emptying; 0 unless growing
 * @param overflowBuckets linked from either
 * @param nextGrowthAt the number of entries with which the map will have begun to grow
 * @param headerBytes bytes of blocks, by kind
 * @param growths begun: to twice the size and to the same
 * @param shrinks begun: to half the size
 * @param evacuations units moved, and rebuilds
 * @param slots of a bucket
 * @param changes entries added and removed, and clears
 * @param growthWrites writes that met a running growth
 * @param growthChanges those of them that added or removed an entry
 * @param floorBuckets that the map keeps when it empties: from a hint or a reserve; 1 for none
 * @param autoShrink whether it gives buckets back by itself
 * @param bounded whether it drops entries by itself
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
        long growths,
        long shrinks,
        long evacuations,
        int slots,
        long changes,
        long growthWrites,
        long growthChanges,
        long floorBuckets,
        boolean autoShrink,
        boolean bounded) {}
