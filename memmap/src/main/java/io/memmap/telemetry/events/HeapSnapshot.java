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

/** A snapshot of a native heap was written to a file, or failed. */
@Name("io.memmap.HeapSnapshot")
@Label("Native Heap Snapshot")
@Category("memmap")
@Description("A snapshot of a native heap was written to a file, or failed")
@StackTrace(true)
public final class HeapSnapshot extends Event {
    @Label("Heap")
    @Description("Number of the heap in this process, as in MemStats")
    public long heap;

    @Label("File")
    @Description("Path of the file of the snapshot")
    public @Nullable String path;

    @Label("All At Once")
    @Description("Whether all maps are of one moment")
    public boolean allAtOnce;

    @Label("Maps")
    @Description("Maps that have a name in the snapshot; 0 if it failed")
    public int maps;

    @Label("Size")
    @Description("Size of the file; 0 if the snapshot failed")
    @DataAmount
    public long bytes;

    @Label("Total Time")
    @Description("Time that the snapshot took")
    @Timespan(Timespan.NANOSECONDS)
    public long took;

    @Label("Failure")
    @Description("Why the snapshot failed; empty if it was written")
    public @Nullable String failure;
}
