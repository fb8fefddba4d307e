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
 * A sampled allocation of a native heap. The chance of a sample grows with the bytes of the block.
 */
@Name("io.memmap.AllocationSample")
@Label("Native Allocation Sample")
@Category("memmap")
@Description("A sampled allocation of a native heap; larger allocations are sampled more often")
@StackTrace(true)
public final class AllocationSample extends Event {
    @Label("Heap")
    @Description("Number of the heap in this process, as in MemStats")
    public long heap;

    @Label("Map Name")
    @Description("Name of the map; empty if it has none")
    public @Nullable String map;

    @Label("Size")
    @Description("Size of the block")
    @DataAmount
    public long bytes;

    @Label("Weight")
    @Description("Bytes of allocations that this sample stands for")
    @DataAmount
    public long weight;
}
