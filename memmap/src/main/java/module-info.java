/** Go's map, off-heap, for Java. */
@SuppressWarnings("requires-automatic") // Micrometer has no other
module io.memmap {
    requires jdk.jfr;
    requires jdk.management;
    requires static micrometer.core;
    requires static transitive org.jspecify;

    exports io.memmap;
    exports io.memmap.observe;
}
