/** Go's map, off-heap, for Java. */
module io.memmap {
    requires static org.jspecify;

    exports io.memmap;
}
