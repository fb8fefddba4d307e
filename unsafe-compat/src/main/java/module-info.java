/** What ties memmap to {@code sun.misc.Unsafe}, and the way out of it. Dated to go with Unsafe itself. */
module io.memmap.unsafe {
    requires transitive io.memmap;
    requires jdk.management;
    requires jdk.unsupported;
    requires static org.jspecify;

    exports io.memmap.unsafe;
}
