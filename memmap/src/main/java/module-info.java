/** Go's map, off-heap, for Java. */
module io.memmap {
    requires jdk.management;
    requires static transitive org.jspecify;

    exports io.memmap;
    exports io.memmap.observe;
}
