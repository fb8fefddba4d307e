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
    @Description("Empty for a map without a name")
    public @Nullable String map;

    @Label("Buckets Before")
    @Description("Buckets of the array that is left")
    public long fromBuckets;

    @Label("Buckets After")
    @Description("Buckets of the array that is moved to")
    public long toBuckets;

    @Label("Array Size")
    @Description("Bytes of the new array")
    @DataAmount
    public long arrayBytes;

    @Label("Writes")
    @Description("Calls that moved a part")
    public long writes;

    @Label("Time Inside")
    @Description("Time that those calls spent on moving")
    @Timespan(Timespan.NANOSECONDS)
    public long inside;

    @Label("Longest Step")
    @Description("The longest of those times")
    @Timespan(Timespan.NANOSECONDS)
    public long longestStep;

    @Label("Took")
    @Description("From the beginning to the end")
    @Timespan(Timespan.NANOSECONDS)
    public long took;
}
