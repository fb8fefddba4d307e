package io.memmap.telemetry.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** A native heap or a map was dropped without close or free. */
@Name("io.memmap.Leak")
@Label("Native Memory Leak")
@Category("memmap")
@Description("A native heap was dropped without close, or a map without free")
@StackTrace(false)
public final class Leak extends Event {
    @Label("Heap")
    @Description("Number of the heap in this process, as in MemStats")
    public long heap;

    @Label("Map Name")
    @Description("Name of the map; empty if it has none")
    public @Nullable String map;

    @Label("Resource")
    @Description("What was dropped: heap or map")
    public @Nullable String resource;

    @Label("Size")
    @Description("Bytes that the heap keeps, estimated from its allocation profile; 0 for a map")
    @DataAmount
    public long bytes;

    @Label("Age")
    @Description("Time since the heap was opened or the map was made")
    @Timespan(Timespan.NANOSECONDS)
    public long age;

    @Label("Opened At")
    @Description("Code that opened the heap or made the map")
    public @Nullable String openedAt;

    @Label("Last Used At")
    @Description("Code that used it last, if that was recorded")
    public @Nullable String lastUsedAt;
}
