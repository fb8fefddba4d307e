/** A port of Go's hash map to Java, with its memory outside the Java heap. */
// Micrometer is an automatic module. The module io.memmap.unsafe is compiled after this one.
@SuppressWarnings({"requires-automatic", "module"})
module io.memmap {
    requires jdk.jfr;
    requires jdk.management;
    requires static micrometer.core;
    requires static org.jspecify;

    exports io.memmap;
    exports io.memmap.observe;
    exports io.memmap.memory to
            io.memmap.unsafe;
    exports io.memmap.telemetry to
            io.memmap.unsafe;
    exports io.memmap.telemetry.events to
            io.memmap.unsafe;
}
