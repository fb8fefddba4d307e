/** A web page on the loopback interface that shows the native heaps and maps of a process. */
module io.memmap.observer {
    requires transitive io.memmap;
    requires jdk.httpserver;
    requires jdk.jfr;
    requires jdk.management;
    requires static org.jspecify;

    exports io.memmap.observer;
}
