package io.memmap.telemetry.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The last entry of a growing map has moved. */
@Name("io.memmap.MapGrowthEnded")
@Label("Map Growth Ended")
@Category("memmap")
@Description("A growing map has moved its last entry")
@StackTrace(false)
public final class MapGrowthEnded extends MapResized {}
