package io.memmap.observer;

import io.memmap.observe.HeapProfile;
import io.memmap.observe.LatencySampler;
import io.memmap.observe.MemStats;
import java.io.IOException;
import java.net.URI;

/**
 * A live web page that shows the native heaps and maps of this process. The page shows:
 *
 * <ul>
 * <li>the bytes in use and how fast they grow, the entries, the live heaps and maps, and the share
 *     of the container's memory;
 * <li>memory and latency over time;
 * <li>growths of maps and pauses of the garbage collector on one time line;
 * <li>the heap profile as a flame graph, with its difference from a baseline;
 * <li>how full the buckets of each map are;
 * <li>the heaps in files: the space that each takes, how it was opened and what the repair did, its
 *     snapshots, and the maps that have a name in it;
 * <li>leaks, where a bounded map that fills is not suspected, and waits for locks.
 * </ul>
 *
 * <p>All of it can be downloaded as files for other tools.
 *
 * {@snippet :
 * try (Observer observer = Observer.serve(0)) {
 *     System.out.println(observer.uri()); // http://127.0.0.1:41234/
 *     run();
 * }
 * }
 *
 * <p><b>Who can see it.</b> Anyone who can connect to the loopback interface of this machine, so
 * every user of the machine: there is no password. The page shows names of maps, threads and
 * methods, paths of files, and sizes. It shows no key and no value. It cannot change anything: the server answers
 * GET only, and no answer changes the heaps and maps that are observed. The server refuses requests
 * whose Host header is not {@code localhost}, {@code 127.0.0.1} or {@code [::1]} with its port, as
 * a defence against DNS rebinding. It also refuses requests that the browser marks as coming from
 * another site. The page loads nothing from other servers.
 *
 * <p><b>Cost.</b> One thread reads {@link MemStats} with {@link MemStats.Detail#HEAPS} and all
 * {@link LatencySampler}s once a second. Each sampler costs some microseconds and 30 KiB of
 * garbage. Every ten seconds the thread takes a {@link HeapProfile}. A flight recording of memmap's
 * events and of the collector's pauses takes at most 16 MiB on disk. The history of ten minutes
 * takes less than 2 MiB of the Java heap. While a page is open, its contents are read again every
 * second or every few seconds. The observer keeps no heap and no map alive.
 *
 * <p><b>Threads.</b> All threads may use one observer. Its threads are daemons, so it does not keep
 * the process alive.
 *
 * @see MemStats
 * @see HeapProfile
 * @see io.memmap.observe.LeakReport
 */
public final class Observer implements AutoCloseable {
    private static final int MAX_PORT = 0xFFFF;

    private final PageServer server;

    private Observer(PageServer server) {
        this.server = server;
    }

    /**
     * Starts a server for the page on the loopback interface.
     *
     * @param port 1 to 65,535; 0 for any free port
     * @return the server, which runs until it is closed
     * @throws IllegalArgumentException if the port is not in that range
     * @throws IOException if the port cannot be bound
     */
    public static Observer serve(int port) throws IOException {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port must be 0.." + MAX_PORT + ": " + port);
        }
        return new Observer(PageServer.start(port));
    }

    /**
     * Returns the port of the server.
     *
     * @return 1 to 65,535
     */
    public int port() {
        return server.port();
    }

    /**
     * Returns the address of the page.
     *
     * @return the address for a browser
     */
    public URI uri() {
        return server.uri();
    }

    /**
     * Frees the port, ends the requests that are being answered, and drops the history. Further
     * calls do nothing.
     */
    @Override
    public void close() {
        server.close();
    }
}
