package io.memmap.telemetry.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A native heap had no room for a block. */
@Name("io.memmap.HeapExhausted")
@Label("Native Heap Exhausted")
@Category("memmap")
@Description("A native heap had no room for a block")
@StackTrace(true)
public final class HeapExhausted extends Event {
    @Label("Heap")
    @Description("Number of the heap in this process, as in MemStats")
    public long heap;

    @Label("Requested")
    @Description("Bytes of the block that found no room")
    @DataAmount
    public long asked;

    @Label("In Use")
    @Description("Bytes of live blocks")
    @DataAmount
    public long inUse;

    @Label("Committed")
    @Description("Memory that the heap had committed")
    @DataAmount
    public long committed;

    @Label("Reserved")
    @Description("Most memory that the heap may have")
    @DataAmount
    public long reserved;
}
