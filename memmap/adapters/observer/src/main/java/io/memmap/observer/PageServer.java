package io.memmap.observer;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.memmap.observe.Advisor;
import io.memmap.observe.ContentionProfile;
import io.memmap.observe.GrowthWatch;
import io.memmap.observe.HeapProfile;
import io.memmap.observe.LeakReport;
import io.memmap.observe.MemStats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server of the page that {@link Observer} describes. It answers each
 * request from a new snapshot or profile, or from its {@link History}.
 */
final class PageServer implements AutoCloseable {
    /** Browsers leave this port out of the Host header. */
    private static final int HTTP_PORT = 80;

    /** The most rows of each list that are sent, the largest first. */
    private static final int MOST_ROWS = 200;

    /** The most heaps in files that are sent, in the order in which they were opened. */
    private static final int MOST_FILES = 50;

    private static final int MOST_GROWERS = 20;

    private static final String JSON = "application/json; charset=utf-8";
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Cache-Control",
            "no-store",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin");

    private final HttpServer server;
    private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
    private final History history = new History();
    private final Set<String> hosts;
    private final Map<String, Route> routes = Map.ofEntries(
            Map.entry("/", asset("page.html", "text/html; charset=utf-8")),
            Map.entry("/page.css", asset("page.css", "text/css; charset=utf-8")),
            Map.entry("/page.js", asset("page.js", "text/javascript; charset=utf-8")),
            Map.entry("/charts.js", asset("charts.js", "text/javascript; charset=utf-8")),
            Map.entry("/flame.js", asset("flame.js", "text/javascript; charset=utf-8")),
            Map.entry("/rows.js", asset("rows.js", "text/javascript; charset=utf-8")),
            Map.entry("/icon.svg", asset("icon.svg", "image/svg+xml")),
            Map.entry("/live.json", query -> json(history.after(number(query, "after")))),
            Map.entry("/stats.json", query -> json(MemStats.read())),
            Map.entry("/maps.json", query -> json(MapList.of(MemStats.read()))),
            Map.entry("/map.json", query -> json(MemStats.readShape(number(query, "heap"), number(query, "map")))),
            Map.entry("/heap.json", query -> json(StackSamples.of(HeapProfile.take()))),
            Map.entry("/contention.json", query -> json(StackSamples.of(ContentionProfile.take()))),
            Map.entry("/leaks.json", query -> json(leaks())),
            Map.entry("/advice.json", query -> json(Advisor.advise())),
            Map.entry("/heap.pb.gz", query -> pprof(HeapProfile.take()::writePprof)),
            Map.entry("/contention.pb.gz", query -> pprof(ContentionProfile.take()::writePprof)),
            Map.entry("/recording.jfr", query -> recording()));

    private static final class Answer {
        final int status;
        final String type;
        final byte[] body;

        Answer(int status, String type, byte[] body) {
            this.status = status;
            this.type = type;
            this.body = body;
        }

        static Answer text(int status, String text) {
            return new Answer(status, TEXT, (text + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private interface Route {
        Answer answer(Map<String, String> query) throws IOException;
    }

    private interface Writer {
        void writeTo(OutputStream out) throws IOException;
    }

    private record HeapRow(
            long id,
            boolean confined,
            long ageNanos,
            long maxBytes,
            long reserved,
            long committed,
            long inUse,
            long objects,
            int maps,
            boolean mapsComplete) {
        static HeapRow of(MemStats.Heap heap) {
            return new HeapRow(
                    heap.id(),
                    heap.confined(),
                    heap.ageNanos(),
                    heap.maxBytes(),
                    heap.reserved(),
                    heap.committed(),
                    heap.inUse(),
                    heap.objects(),
                    heap.maps().size(),
                    heap.mapsComplete());
        }
    }

    /**
     * A heap that is in a file or has had a snapshot, with the largest maps of its directory.
     *
     * @param freeBytes the free space of the file system; -1 if it is unknown
     * @param deleted whether the file has been deleted
     */
    private record FileRow(
            long id,
            long ageNanos,
            long maxBytes,
            long committed,
            MemStats.@Nullable File file,
            long freeBytes,
            boolean deleted,
            MemStats.Snapshots snapshots,
            int mapCount,
            List<MemStats.Map> maps) {
        static FileRow of(MemStats.Heap heap) {
            MemStats.File file = heap.file();
            List<MemStats.Map> named =
                    heap.maps().stream().filter(MemStats.Map::named).toList();
            return new FileRow(
                    heap.id(),
                    heap.ageNanos(),
                    heap.maxBytes(),
                    heap.committed(),
                    file,
                    file == null ? -1 : freeBytes(Path.of(file.path())),
                    file != null && Files.notExists(Path.of(file.path())),
                    heap.snapshots(),
                    named.size(),
                    largest(named.stream()));
        }

        private static long freeBytes(Path file) {
            try {
                return Files.getFileStore(file).getUsableSpace();
            } catch (IOException unknown) {
                return -1;
            }
        }
    }

    private static List<MemStats.Map> largest(Stream<MemStats.Map> maps) {
        return maps.sorted(Comparator.comparingLong(MemStats.Map::inUse).reversed())
                .limit(MOST_ROWS)
                .toList();
    }

    /**
     * The largest heaps and maps, the heaps in files or with snapshots, the caches with the most
     * reads, and the number of all heaps, maps, caches and entries.
     */
    private record MapList(
            int heapCount,
            int unreadableHeaps,
            int mapCount,
            long entries,
            List<HeapRow> heaps,
            List<MemStats.Map> maps,
            int cacheCount,
            List<MemStats.Cache> caches,
            int fileCount,
            List<FileRow> files) {
        static MapList of(MemStats stats) {
            List<MemStats.Cache> caches = stats.heaps().stream()
                    .flatMap(heap -> heap.cachesByName().stream())
                    .toList();
            List<MemStats.Heap> files = stats.heaps().stream()
                    .filter(heap -> heap.file() != null
                            || heap.snapshots().taken() + heap.snapshots().failed() != 0)
                    .toList();
            return new MapList(
                    stats.heaps().size(),
                    stats.unreadableHeaps(),
                    stats.heaps().stream().mapToInt(heap -> heap.maps().size()).sum(),
                    stats.heaps().stream()
                            .flatMap(heap -> heap.maps().stream())
                            .mapToLong(MemStats.Map::size)
                            .sum(),
                    stats.heaps().stream()
                            .sorted(Comparator.comparingLong(MemStats.Heap::committed)
                                    .reversed())
                            .limit(MOST_ROWS)
                            .map(HeapRow::of)
                            .toList(),
                    largest(stats.heaps().stream().flatMap(heap -> heap.maps().stream())),
                    caches.size(),
                    caches.stream()
                            .sorted(Comparator.comparingLong((MemStats.Cache cache) -> cache.hits() + cache.misses())
                                    .reversed())
                            .limit(MOST_ROWS)
                            .toList(),
                    files.size(),
                    files.stream().limit(MOST_FILES).map(FileRow::of).toList());
        }
    }

    private PageServer(HttpServer server) {
        this.server = server;
        String port = port() == HTTP_PORT ? "" : ":" + port();
        hosts = Set.of("localhost" + port, "127.0.0.1" + port, "[::1]" + port);
        server.setExecutor(handlers);
        server.createContext("/", this::handle);
        server.start();
    }

    /**
     * Starts a server on a port of the loopback interface; 0 is any free port.
     *
     * @throws IOException if the port cannot be bound
     */
    static PageServer start(int port) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try {
            return new PageServer(HttpServer.create(address, 0));
        } catch (BindException e) {
            throw new IOException(
                    "port " + port + " of the loopback interface cannot be bound: " + e.getMessage()
                            + "; choose another port, or 0 for a free one",
                    e);
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    URI uri() {
        String host = server.getAddress().getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[::1]" : host) + ":" + port() + "/");
    }

    @Override
    public void close() {
        server.stop(0);
        handlers.shutdownNow();
        history.close();
    }

    // ------------------------------------------------------------------------------------ requests

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer = answer(exchange);
            Headers headers = exchange.getResponseHeaders();
            HEADERS.forEach(headers::set);
            headers.set("Content-Type", answer.type);
            if (answer.status == 405) {
                headers.set("Allow", "GET");
            }
            boolean hasBody = !exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(answer.status, hasBody ? answer.body.length : -1);
            if (hasBody) {
                exchange.getResponseBody().write(answer.body);
            }
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        if (!isLocal(exchange.getRequestHeaders())) {
            return Answer.text(403, "only requests to " + uri() + " are answered");
        }
        if (!exchange.getRequestMethod().equals("GET")) {
            return Answer.text(405, "only GET requests are answered");
        }
        Route route = routes.get(exchange.getRequestURI().getRawPath());
        if (route == null) {
            return Answer.text(404, "there is no such page");
        }
        try {
            return route.answer(query(exchange.getRequestURI()));
        } catch (NumberFormatException e) {
            return Answer.text(400, "the query has a parameter that is not a number: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            System.getLogger("io.memmap").log(System.Logger.Level.WARNING, "a request failed", e);
            return Answer.text(500, e.toString());
        }
    }

    /**
     * Returns whether a request comes from this page. Refuses host names that another party's DNS
     * may have pointed here, and requests from another site's page. A link from another site is
     * allowed.
     */
    private boolean isLocal(Headers headers) {
        List<String> named = headers.getOrDefault("Host", List.of());
        String site = headers.getFirst("Sec-Fetch-Site"); // browsers send it; others need not
        boolean isOwn = site == null || site.equals("same-origin") || site.equals("none");
        boolean isLink = "navigate".equals(headers.getFirst("Sec-Fetch-Mode"));
        return named.size() == 1 && hosts.contains(named.getFirst()) && (isOwn || isLink);
    }

    private static Map<String, String> query(URI uri) {
        Map<String, String> query = new HashMap<>();
        if (uri.getRawQuery() != null) {
            Stream.of(uri.getRawQuery().split("&", -1))
                    .map(part -> part.split("=", 2))
                    .forEach(part -> query.put(part[0], part.length == 2 ? part[1] : ""));
        }
        return query;
    }

    private static long number(Map<String, String> query, String name) {
        return Long.parseLong(query.getOrDefault(name, "0"));
    }

    private static Route asset(String name, String type) {
        try (InputStream in = PageServer.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the library's jar has no file " + name);
            }
            Answer answer = new Answer(200, type, in.readAllBytes());
            return query -> answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Answer json(Object value) {
        return new Answer(200, JSON, Json.write(value).getBytes(StandardCharsets.UTF_8));
    }

    private static Answer pprof(Writer profile) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        profile.writeTo(out);
        return new Answer(200, "application/octet-stream", out.toByteArray());
    }

    private Answer recording() throws IOException {
        Path file = Files.createTempFile("memmap", ".jfr");
        try {
            return history.dump(file)
                    ? new Answer(200, "application/octet-stream", Files.readAllBytes(file))
                    : Answer.text(503, "the flight recording has not begun; try again in a second");
        } finally {
            Files.deleteIfExists(file);
        }
    }

    // --------------------------------------------------------------------------------------- parts

    private Map<String, Object> leaks() {
        return Map.of(
                "dropped",
                LeakReport.find(),
                "growers",
                history.growths().stream()
                        .filter(GrowthWatch.Growth::isSuspect)
                        .limit(MOST_GROWERS)
                        .toList(),
                "windowMillis",
                History.WINDOW.toMillis());
    }
}
