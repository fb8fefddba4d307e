package io.memmap.telemetry.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/**
 * A map has a new array, which is larger or of the same size. Later writes move the entries to it.
 */
@Name("io.memmap.MapGrowthBegun")
@Label("Map Growth Begun")
@Category("memmap")
@Description("A map has a new array, larger or of the same size; its next writes move the entries there")
@StackTrace(true)
public final class MapGrowthBegun extends Event {
    @Label("Heap")
    @Description("Number of the heap in this process, as in MemStats")
    public long heap;

    @Label("Map")
    @Description("Pointer of the map in its heap")
    public long pointer;

    @Label("Map Name")
    @Description("Name of the map; empty if it has none")
    public @Nullable String map;

    @Label("Entries")
    @Description("Entries in the map")
    public long entries;

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
}
