package io.memmap.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.observe.InfluxLines;
import io.memmap.observe.MemStats;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that Prometheus users run reads the meters and the lines, if it is installed. */
class VictoriaMetricsTest {
    private static final String BINARY = "victoria-metrics";
    private static final String NAME = "an \"odd\", name=\\of a map";

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private Process server;
    private String address;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        assumeTrue(isInstalled(), "no " + BINARY + " on the PATH: Debian's package of that name has it");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path log = directory.resolve("log");
        server = new ProcessBuilder(
                        BINARY,
                        "-httpListenAddr=127.0.0.1:" + port,
                        "-storageDataPath=" + directory.resolve("data"),
                        "-search.latencyOffset=0s")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        address = "http://127.0.0.1:" + port;
        while (!isUp()) {
            assertThat(server.isAlive()).as(() -> read(log)).isTrue();
        }
    }

    private boolean isUp() throws InterruptedException {
        try {
            return send(HttpRequest.newBuilder(URI.create(address + "/health"))).equals("OK");
            // the operating system refuses at once until the server listens
        } catch (IOException refused) {
            return false;
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (server != null) {
            server.destroyForcibly().waitFor();
        }
    }

    private static boolean isInstalled() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, BINARY)));
    }

    private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return response.body();
    }

    private void post(String path, String body) throws IOException, InterruptedException {
        send(HttpRequest.newBuilder(URI.create(address + path)).POST(HttpRequest.BodyPublishers.ofString(body)));
        // makes the samples visible to queries at once
        send(HttpRequest.newBuilder(URI.create(address + "/internal/force_flush")));
    }

    /**
     * Asks for a moment in the future, because the server may wait for its newest samples, and
     * without its cache.
     */
    private String query(String query) throws IOException, InterruptedException {
        String encoded = URLEncoder.encode(query, StandardCharsets.UTF_8);
        long time = Instant.now().getEpochSecond() + 30;
        return send(HttpRequest.newBuilder(
                URI.create(address + "/api/v1/query?nocache=1&time=" + time + "&query=" + encoded)));
    }

    @Test
    void aScrapeIsFoundByItsQuery() throws IOException, InterruptedException {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.builder(heap).name(NAME).make();
            for (long key = 0; key < 1234; key++) {
                map.put(key, key);
            }
            new MicrometerMeters().bindTo(registry);
            String id = Long.toString(MemStats.read().heaps().getLast().id());
            post("/api/v1/import/prometheus", registry.scrape());
            assertThat(query("memmap_map_size{heap=\"" + id + "\"}"))
                    .contains("\"1234\"]", "\"an \\\"odd\\\", name=\\\\of a map\"");
            assertThat(query("memmap_heap_used_bytes{kind=\"bucket\",heap=\"" + id + "\"}"))
                    .contains("\"" + heap.stats().bucket() + "\"]");
        }
    }

    @Test
    void aLineOfTheLineProtocolIsFoundByItsQuery() throws IOException, InterruptedException {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).name(NAME).make().put(1, 2);
            StringBuilder lines = new StringBuilder();
            MemStats stats = MemStats.read();
            InfluxLines.write(stats, lines);
            post("/write", lines.toString());
            String id = Long.toString(stats.heaps().getLast().id());
            assertThat(query("memmap_map_size{heap=\"" + id + "\"}"))
                    .contains("\"1\"]", "\"an \\\"odd\\\", name=%5Cof a map\"");
            assertThat(query("memmap_heap_committed_bytes{heap=\"" + id + "\"}"))
                    .contains("\"" + stats.heaps().getLast().committed() + "\"]");
        }
    }
}
