package io.memmap.telemetry;

import io.memmap.telemetry.events.MapGrowthBegun;
import io.memmap.telemetry.events.MapGrowthEnded;
import io.memmap.telemetry.events.MapResized;
import io.memmap.telemetry.events.MapShrunk;

/**
 * The trace of one growth or halving of a map. It counts the calls that moved a part of the
 * entries, and measures how long they took. A trace is made only while the flight recorder records
 * such events. The heap keeps it in {@link GrowthTraces} until the growth ends.
 */
public final class GrowthTrace {
    /**
     * These events are used only to ask whether their kind is recorded. They are never committed.
     * Thus a growth that is not recorded creates no object. They are made when they are first needed.
     */
    private static final class Events {
        static final MapResized ENDED = new MapGrowthEnded();
        static final MapGrowthBegun BEGUN = new MapGrowthBegun();
        static final MapResized SHRUNK = new MapShrunk();
    }

    private final long heap;
    private final long pointer;
    private final String map;
    private final long fromBuckets;
    private final long toBuckets;
    private final long arrayBytes;
    private final long begunNanos = System.nanoTime();
    private long writes;
    private long insideNanos;
    private long longestNanos;

    private GrowthTrace(long heap, long pointer, String map, int fromB, int toB, long arrayBytes) {
        this.heap = heap;
        this.pointer = pointer;
        this.map = map;
        this.fromBuckets = 1L << fromB;
        this.toBuckets = 1L << toB;
        this.arrayBytes = arrayBytes;
    }

    /** Returns whether anyone records how maps grow. */
    public static boolean isWanted() {
        return Recorder.isOn() && (Events.ENDED.isEnabled() || Events.BEGUN.isEnabled() || Events.SHRUNK.isEnabled());
    }

    /**
     * Begins the trace of a map that has made an array of 2^toB buckets and is about to move its
     * entries there.
     *
     * @param heap the number of the heap
     * @param pointer the map's pointer
     * @param map the map's name
     * @param entries the number of entries in the map
     */
    public static GrowthTrace begin(
            long heap, long pointer, String map, long entries, int fromB, int toB, long arrayBytes) {
        GrowthTrace trace = new GrowthTrace(heap, pointer, map, fromB, toB, arrayBytes);
        MapGrowthBegun event = new MapGrowthBegun();
        if (toB >= fromB && event.shouldCommit()) {
            event.heap = heap;
            event.pointer = pointer;
            event.map = map;
            event.entries = entries;
            event.fromBuckets = trace.fromBuckets;
            event.toBuckets = trace.toBuckets;
            event.arrayBytes = arrayBytes;
            event.commit();
        }
        return trace;
    }

    /**
     * Counts a call that has moved a part of the entries, and the time since {@code startNanos}.
     */
    public void step(long startNanos) {
        long nanos = System.nanoTime() - startNanos;
        writes++;
        insideNanos += nanos;
        longestNanos = Math.max(longestNanos, nanos);
    }

    public void end() {
        MapResized event = toBuckets < fromBuckets ? new MapShrunk() : new MapGrowthEnded();
        if (event.shouldCommit()) {
            event.heap = heap;
            event.pointer = pointer;
            event.map = map;
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
