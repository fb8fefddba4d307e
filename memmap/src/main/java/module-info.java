/** A port of Go's hash map to Java, with its memory outside the Java heap. */
@SuppressWarnings("module") // the modules that see inner packages are compiled after this one
module io.memmap {
    requires jdk.jfr;
    requires jdk.management;
    requires static org.jspecify;

    exports io.memmap;
    exports io.memmap.observe;
    exports io.memmap.observe.metric to
            io.memmap.micrometer;
    exports io.memmap.memory to
            io.memmap.unsafe;
    exports io.memmap.telemetry to
            io.memmap.unsafe;
    exports io.memmap.telemetry.events to
            io.memmap.unsafe;
}
