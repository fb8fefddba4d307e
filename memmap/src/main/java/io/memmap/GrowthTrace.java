package io.memmap;

import io.memmap.internal.MapGrowthBegun;
import io.memmap.internal.MapGrowthEnded;
import io.memmap.internal.MapResized;
import io.memmap.internal.MapShrunk;

/**
 * A growth or halving of a map while the flight recorder wants to know of it: the calls that moved a part, and their time.
 * There is one object a growth, which its heap keeps until the growth ends; when nobody records there is none, and a write
 * that moves a part asks for no more than that.
 */
final class GrowthTrace {
    /** Asked whether their kind is recorded, and never committed: a growth that nobody records makes no object. */
    private static final MapResized ENDED = new MapGrowthEnded();

    private static final MapGrowthBegun BEGUN = new MapGrowthBegun();
    private static final MapResized SHRUNK = new MapShrunk();

    private final Hmap map;
    private final long heap;
    private final long fromBuckets;
    private final long toBuckets;
    private final long arrayBytes;
    private final long begunNanos = System.nanoTime();
    private long writes;
    private long insideNanos;
    private long longestNanos;

    private GrowthTrace(Hmap map, long heap, int fromB, int toB, long arrayBytes) {
        this.map = map;
        this.heap = heap;
        this.fromBuckets = 1L << fromB;
        this.toBuckets = 1L << toB;
        this.arrayBytes = arrayBytes;
    }

    /** Returns whether anyone records how maps grow. */
    static boolean isWanted() {
        return ENDED.isEnabled() || BEGUN.isEnabled() || SHRUNK.isEnabled();
    }

    /** Says that a map has an array of 2^toB buckets that it is about to move to. */
    static GrowthTrace begin(Hmap map, long heap, int fromB, int toB, long arrayBytes) {
        GrowthTrace trace = new GrowthTrace(map, heap, fromB, toB, arrayBytes);
        MapGrowthBegun event = new MapGrowthBegun();
        if (toB >= fromB && event.shouldCommit()) {
            event.heap = heap;
            event.pointer = map.hmap;
            event.map = map.name();
            event.entries = map.size();
            event.fromBuckets = trace.fromBuckets;
            event.toBuckets = trace.toBuckets;
            event.arrayBytes = arrayBytes;
            event.commit();
        }
        return trace;
    }

    /** Counts a call that has moved a part, and its time since {@code startNanos}. */
    void step(long startNanos) {
        long nanos = System.nanoTime() - startNanos;
        writes++;
        insideNanos += nanos;
        longestNanos = Math.max(longestNanos, nanos);
    }

    void end() {
        MapResized event = toBuckets < fromBuckets ? new MapShrunk() : new MapGrowthEnded();
        if (event.shouldCommit()) {
            event.heap = heap;
            event.pointer = map.hmap;
            event.map = map.name();
            event.fromBuckets = fromBuckets;
            event.toBuckets = toBuckets;
            event.arrayBytes = arrayBytes;
            event.writes = writes;
            event.inside = insideNanos;
            event.longestStep = longestNanos;
            event.took = System.nanoTime() - begunNanos;
            event.commit();
        }
    }
}
