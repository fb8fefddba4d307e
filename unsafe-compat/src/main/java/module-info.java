/**
 * Code that depends on {@code sun.misc.Unsafe}: memmap's twin on Unsafe, and a replacement for
 * Unsafe on the Foreign Function &amp; Memory API. This module goes away when the JDK removes
 * Unsafe.
 */
module io.memmap.unsafe {
    requires transitive io.memmap;
    requires jdk.management;
    requires jdk.unsupported;
    requires static org.jspecify;

    exports io.memmap.unsafe;
}
