package io.memmap.telemetry.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** A native heap in a file was opened, and repaired if that was needed. */
@Name("io.memmap.HeapFileOpened")
@Label("Native Heap File Opened")
@Category("memmap")
@Description("A native heap in a file was opened, and repaired if that was needed")
@StackTrace(true)
public final class HeapFileOpened extends Event {
    @Label("Heap")
    @Description("Number of the heap in this process, as in MemStats")
    public long heap;

    @Label("File")
    @Description("Path of the file")
    public @Nullable String path;

    @Label("Opening")
    @Description("CREATED, CLEAN, RECOVERED (it was repaired) or READ_ONLY")
    public @Nullable String opening;

    @Label("Generation")
    @Description("How often the file has been opened to write")
    public long generation;

    @Label("Operations Undone")
    @Description("Maps with an operation that the repair has finished or undone")
    public long undone;

    @Label("Blocks Freed")
    @Description("Blocks that no map referred to, and that the repair has freed")
    public long freedBlocks;

    @Label("Total Time")
    @Description("Time that the opening took, with the repair")
    @Timespan(Timespan.NANOSECONDS)
    public long took;
}
