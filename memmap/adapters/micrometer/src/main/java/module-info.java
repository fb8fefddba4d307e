/** Shows the figures of memmap's heaps and maps to Micrometer. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Micrometer has no other module
module io.memmap.micrometer {
    requires transitive io.memmap;
    requires transitive micrometer.core;
    requires static org.jspecify;

    exports io.memmap.micrometer;
}
