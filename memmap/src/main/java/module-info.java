/** Go's map, off-heap, for Java. */
@SuppressWarnings({"requires-automatic", "module"}) // Micrometer has no other; io.memmap.unsafe is compiled later
module io.memmap {
    requires jdk.httpserver;
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
