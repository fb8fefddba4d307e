package io.memmap;

/**
 * The state of a map at one moment.
 *
 * @param size entries
 * @param b log2 of the number of buckets, Go's B
 * @param buckets buckets of the current array, without overflow buckets: 2<sup>b</sup>, or 0 before the first write
 * @param overflowBuckets overflow buckets linked from the current and the old array
 * @param growing whether the entries are moving to an array of another or the same size
 * @param evacuated chains of the old array, from its start, that have all moved (Go's nevacuate); 0 if not growing
 * @param bytes bytes of the heap that the map uses: header, name, arrays and overflow buckets
 * @param longestChain buckets in the longest chain
 * @param doublings times that the map began to double
 * @param sameSizeGrowths times that it began to move to an array of the same size, to be rid of overflow buckets
 * @param shrinks times that it began to halve
 */
public record MapStats(
        long size,
        int b,
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

    /** Returns the state of two parts of one map together. */
    MapStats plus(MapStats other) {
        return new MapStats(
                size + other.size,
                Math.max(b, other.b),
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
