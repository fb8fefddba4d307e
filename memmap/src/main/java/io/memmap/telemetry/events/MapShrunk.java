package io.memmap.telemetry.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A map has moved to a smaller array. */
@Name("io.memmap.MapShrunk")
@Label("Map Shrunk")
@Category("memmap")
@Description("A map has moved to a smaller array")
@StackTrace(false)
public final class MapShrunk extends MapResized {}
