package io.memmap.telemetry.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** The arena of a native heap has ended, and the memory of the heap with it. */
@Name("io.memmap.HeapClosed")
@Label("Native Heap Closed")
@Category("memmap")
@Description("The arena of a native heap has ended, and the memory with it")
@StackTrace(true)
public final class HeapClosed extends Event {
    @Label("Heap")
    @Description("Number of the heap in this process, as in MemStats")
    public long heap;

    @Label("Committed")
    @Description("Memory that the heap gave back")
    @DataAmount
    public long committed;

    @Label("In Use")
    @Description("Bytes of live blocks that ended with the heap")
    @DataAmount
    public long inUse;

    @Label("Age")
    @Description("How long the heap had been open")
    @Timespan(Timespan.NANOSECONDS)
    public long age;
}
