package io.memmap.telemetry.events;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** A map has moved from one array to another. */
public abstract class MapResized extends Event {
    @Label("Heap")
    @Description("Number of the heap in this process, as in MemStats")
    public long heap;

    @Label("Map")
    @Description("Pointer of the map in its heap")
    public long pointer;

    @Label("Map Name")
    @Description("Name of the map; empty if it has none")
    public @Nullable String map;

    @Label("Buckets Before")
    @Description("Buckets of the old array")
    public long fromBuckets;

    @Label("Buckets After")
    @Description("Buckets of the new array")
    public long toBuckets;

    @Label("Array Size")
    @Description("Size of the new array")
    @DataAmount
    public long arrayBytes;

    @Label("Writes")
    @Description("Number of calls that moved entries")
    public long writes;

    @Label("Time Inside")
    @Description("Time that these calls spent on moving")
    @Timespan(Timespan.NANOSECONDS)
    public long inside;

    @Label("Longest Step")
    @Description("Longest time that one call spent on moving")
    @Timespan(Timespan.NANOSECONDS)
    public long longestStep;

    @Label("Total Time")
    @Description("Time from the beginning to the end")
    @Timespan(Timespan.NANOSECONDS)
    public long took;
}
