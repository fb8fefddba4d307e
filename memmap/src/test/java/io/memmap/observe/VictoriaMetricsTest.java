package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server that Prometheus's users run makes of the meters and the lines, where it is installed. */
class VictoriaMetricsTest {
    private static final String BINARY = "victoria-metrics";
    private static final Pattern LISTENING = Pattern.compile("started server at http://127\\.0\\.0\\.1:(\\d+)/");
    private static final String NAME = "an \"odd\", name=\\of a map";

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private Process server;
    private String address;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(isInstalled(), "no " + BINARY + " on the PATH: Debian's package of that name has it");
        server = new ProcessBuilder(
                        BINARY,
                        "-httpListenAddr=127.0.0.1:0",
                        "-storageDataPath=" + directory,
                        "-search.latencyOffset=0s",
                        "-retentionPeriod=100y")
                .redirectErrorStream(true)
                .start();
        BufferedReader log =
                new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder said = new StringBuilder();
        for (String line = log.readLine(); address == null && line != null; line = log.readLine()) {
            said.append(line).append('\n');
            Matcher matcher = LISTENING.matcher(line);
            address = matcher.find() ? "http://127.0.0.1:" + matcher.group(1) : null;
        }
        assertThat(address).as("%s", said).isNotNull();
        Thread.ofVirtual().start(() -> log.lines().forEach(line -> {})); // so that its log never waits for a reader
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
        send(HttpRequest.newBuilder(URI.create(address + "/internal/force_flush"))); // to be seen by queries at once
    }

    private String get(String path, String query) throws IOException, InterruptedException {
        String encoded = URLEncoder.encode(query, StandardCharsets.UTF_8);
        return send(HttpRequest.newBuilder(URI.create(address + path + encoded)));
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
            assertThat(get("/api/v1/query?query=", "memmap_map_size{heap=\"" + id + "\"}"))
                    .contains("\"1234\"]", "\"an \\\"odd\\\", name=\\\\of a map\"");
            assertThat(get("/api/v1/query?query=", "memmap_heap_used_bytes{kind=\"bucket\",heap=\"" + id + "\"}"))
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
            assertThat(get("/api/v1/query?query=", "memmap_map_size{heap=\"" + id + "\"}"))
                    .contains("\"1\"]", "\"an \\\"odd\\\", name=\\\\of a map\"");
            assertThat(get("/api/v1/query?query=", "memmap_heap_committed_bytes{heap=\"" + id + "\"}"))
                    .contains("\"" + stats.heaps().getLast().committed() + "\"]");
        }
    }
}
