package io.memmap.telemetry.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A native heap was opened. */
@Name("io.memmap.HeapOpened")
@Label("Native Heap Opened")
@Category("memmap")
@Description("A native heap was opened")
@StackTrace(true)
public final class HeapOpened extends Event {
    @Label("Heap")
    @Description("Number of the heap in this process, as in MemStats")
    public long heap;

    @Label("Reserved")
    @Description("Address space that the heap can grow to")
    @DataAmount
    public long reserved;

    @Label("Confined")
    @Description("Whether only one thread may use the heap")
    public boolean confined;
}
