package io.memmap.observer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.observe.MemStats;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.ref.WeakReference;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The answers of the server, the requests that it refuses, and what is left after it is closed. */
class ObserverTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private Observer observer;

    @BeforeEach
    void serve() throws IOException {
        observer = Observer.serve(0);
    }

    @AfterEach
    void close() {
        observer.close();
    }

    private HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(observer.uri().resolve(path)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    private JsonElement json(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = get(path);
        assertThat(response.statusCode()).as(path).isEqualTo(HttpURLConnection.HTTP_OK);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json; charset=utf-8");
        return JsonParser.parseString(new String(response.body(), StandardCharsets.UTF_8));
    }

    /**
     * Sends these lines unchanged. Returns all that the server sends until it closes the
     * connection.
     */
    private String raw(String... lines) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), observer.port())) {
            String request = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String host() {
        return "Host: 127.0.0.1:" + observer.port();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "[::1]"})
    void requestsForItsOwnNamesAreAnswered(String name) throws IOException {
        assertThat(raw("GET / HTTP/1.1", "Host: " + name + ":" + observer.port()))
                .startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "localhost.example.com", "127.0.0.2", "localhost@example.com", "0.0.0.0"})
    void requestsForForeignNamesAreRefused(String name) throws IOException {
        assertThat(raw("GET /stats.json HTTP/1.1", "Host: " + name + ":" + observer.port()))
                .startsWith("HTTP/1.1 403 ")
                .doesNotContain("heapsOpened");
    }

    @Test
    void aHostWithoutThePortOrWithAnotherPortIsRefused() throws IOException {
        assertThat(raw("GET / HTTP/1.1", "Host: localhost")).startsWith("HTTP/1.1 403 ");
        assertThat(raw("GET / HTTP/1.1", "Host: localhost:1")).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void aRequestWithoutAHostOrWithTwoHostsIsRefused() throws IOException {
        assertThat(raw("GET / HTTP/1.0", "Accept: */*")).startsWith("HTTP/1.1 403 ");
        assertThat(raw("GET / HTTP/1.1", host(), "Host: example.com")).startsWith("HTTP/1.1 403 ");
    }

    @Test
    void requestsFromOtherSitesAreRefusedExceptLinks() throws IOException {
        assertThat(raw("GET /stats.json HTTP/1.1", host(), "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(raw("GET /stats.json HTTP/1.1", host(), "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors"))
                .startsWith("HTTP/1.1 403 ");
        assertThat(raw("GET / HTTP/1.1", host(), "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"))
                .startsWith("HTTP/1.1 200 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"})
    void everyMethodExceptGetIsRefused(String method) throws IOException {
        assertThat(raw(method + " /stats.json HTTP/1.1", host(), "Content-Length: 0"))
                .startsWith("HTTP/1.1 405 ")
                .containsIgnoringCase("\r\nallow: GET\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/x", "/../page.html", "/%2e%2e/Observer.class", "/page.html", "/Observer.class", "/etc/passwd"})
    void otherPathsAreUnknown(String path) throws IOException {
        assertThat(raw("GET " + path + " HTTP/1.1", host())).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void aParameterThatIsNoNumberIsABadRequest() throws IOException, InterruptedException {
        assertThat(get("live.json?after=x").statusCode()).isEqualTo(HttpURLConnection.HTTP_BAD_REQUEST);
        assertThat(get("map.json?heap=1&map=").statusCode()).isEqualTo(HttpURLConnection.HTTP_BAD_REQUEST);
    }

    @Test
    void everyResponseAllowsOnlyItsOwnOriginAndIsNotCached() throws IOException, InterruptedException {
        for (String path : List.of("", "page.js", "stats.json", "nothing")) {
            var headers = get(path).headers();
            assertThat(headers.firstValue("Content-Security-Policy").orElseThrow())
                    .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
                    .contains("frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(headers.firstValue("X-Content-Type-Options")).hasValue("nosniff");
            assertThat(headers.firstValue("Cache-Control")).hasValue("no-store");
            assertThat(headers.firstValue("Cross-Origin-Resource-Policy")).hasValue("same-origin");
            assertThat(headers.firstValue("Access-Control-Allow-Origin")).isEmpty();
        }
    }

    @Test
    void onlyTheLoopbackInterfaceIsBound() throws IOException {
        assertThat(InetAddress.getByName(observer.uri().getHost()).isLoopbackAddress())
                .isTrue();
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            for (InetAddress address : each.inetAddresses().toList()) {
                if (address instanceof Inet4Address && !address.isLoopbackAddress()) {
                    assertThatIOException()
                            .isThrownBy(() -> new Socket(address, observer.port()).close())
                            .isInstanceOf(ConnectException.class);
                }
            }
        }
    }

    @Test
    void everyListIsValidJson() throws IOException, InterruptedException {
        for (String path : List.of("live", "stats", "maps", "map", "heap", "contention", "leaks", "advice")) {
            assertThat(json(path + ".json")).isNotNull();
        }
    }

    @Test
    void whatIsInUseButNotWrittenIsToldApart() throws IOException, InterruptedException {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).hint(1 << 20).make();
            JsonObject totals = json("live.json").getAsJsonObject().getAsJsonObject("totals");
            long unwritten = totals.get("unwritten").getAsLong();
            assertThat(unwritten).isGreaterThan(15L << 20);
            assertThat(totals.get("inUse").getAsLong() - unwritten)
                    .isLessThanOrEqualTo(totals.get("committed").getAsLong());
        }
    }

    @Test
    void theEntriesOfAllMapsAreSummed() throws IOException, InterruptedException {
        long before = json("maps.json").getAsJsonObject().get("entries").getAsLong();
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.make(heap).put(1, 2);
            LongLongMap.make(heap).put(1, 2);
            assertThat(json("maps.json").getAsJsonObject().get("entries").getAsLong())
                    .isEqualTo(before + 2);
        }
    }

    @Test
    void momentsThatTheClientHasAreNotSentAgain() throws IOException, InterruptedException {
        JsonObject first = json("live.json").getAsJsonObject();
        while (first.getAsJsonArray("moments").isEmpty()) { // the server's thread has not begun yet
            first = json("live.json").getAsJsonObject();
        }
        long sequence = first.get("sequence").getAsLong();
        JsonObject next = json("live.json?after=" + sequence).getAsJsonObject();
        assertThat(next.getAsJsonArray("moments"))
                .allMatch(moment -> moment.getAsJsonObject().get("sequence").getAsLong() > sequence);
    }

    @Test
    void theListOfHeapsHasTheirBounds() throws IOException, InterruptedException {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(5 << 20).open()) {
            heap.allocate(4 << 20); // one of the largest heaps, whatever heaps other tests have left
            long id = MemStats.read().heaps().getLast().id();
            assertThat(json("maps.json").getAsJsonObject().getAsJsonArray("heaps"))
                    .extracting(JsonElement::getAsJsonObject)
                    .filteredOn(row -> row.get("id").getAsLong() == id)
                    .singleElement()
                    .satisfies(
                            row -> assertThat(row.get("maxBytes").getAsLong()).isEqualTo(5 << 20));
        }
    }

    @Test
    void theNameOfAMapIsNotMarkup() throws IOException, InterruptedException {
        String name = "<script>alert(\"1\\\")</script>&\u0001\u2028é\ud83d\ude00";
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).name(name).make().put(1, 2);
            String text = new String(get("stats.json").body(), StandardCharsets.UTF_8);
            assertThat(text).doesNotContain("<", ">", "&", "\u2028");
            JsonObject last = JsonParser.parseString(text).getAsJsonObject().getAsJsonArray("heaps").asList().stream()
                    .reduce((earlier, later) -> later)
                    .orElseThrow()
                    .getAsJsonObject();
            assertThat(last.getAsJsonArray("maps")
                            .get(0)
                            .getAsJsonObject()
                            .get("name")
                            .getAsString())
                    .isEqualTo(name);
        }
    }

    @Test
    void theShapeOfAMapOfAnotherThreadCanBeRead() throws IOException, InterruptedException {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.make(heap);
            for (long key = 0; key < 10_000; key++) {
                map.put(key, key);
            }
            long id = MemStats.read().heaps().getLast().id();
            JsonObject shape =
                    json("map.json?heap=" + id + "&map=" + map.pointer()).getAsJsonObject();
            long filled = 0;
            List<JsonElement> fills = shape.getAsJsonArray("fills").asList();
            for (int slots = 0; slots < fills.size(); slots++) {
                filled += slots * fills.get(slots).getAsLong();
            }
            assertThat(filled).isEqualTo(map.size());
            map.free();
            assertThat(json("map.json?heap=" + id + "&map=" + map.pointer()).isJsonNull())
                    .isTrue();
        }
    }

    @Test
    void profilesAreGzippedAndTheRecordingIsReadable() throws IOException, InterruptedException {
        for (String path : List.of("heap.pb.gz", "contention.pb.gz")) {
            byte[] body = get(path).body();
            assertThat(new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes())
                    .isNotEmpty();
        }
        HttpResponse<byte[]> recording = get("recording.jfr");
        // starting the first recorder takes a second
        while (recording.statusCode() == HttpURLConnection.HTTP_UNAVAILABLE) {
            recording = get("recording.jfr");
        }
        assertThat(recording.body()).startsWith('F', 'L', 'R', 0);
    }

    @Test
    void closeFreesThePortAndEndsTheThread() throws IOException {
        int port = observer.port();
        observer.close();
        observer.close();
        try (Observer again = Observer.serve(port)) {
            assertThat(again.port()).isEqualTo(port);
        }
    }

    private static WeakReference<NativeHeap> dropped() {
        NativeHeap heap = NativeHeap.in(Arena.ofAuto());
        LongLongMap.make(heap).put(1, 2);
        return new WeakReference<>(heap);
    }

    @Test
    void anObserverKeepsNoHeapAlive() throws IOException, InterruptedException {
        WeakReference<NativeHeap> heap = dropped();
        for (String path : List.of("live", "maps", "heap", "stats")) {
            json(path + ".json");
        }
        for (int collections = 0; heap.get() != null; collections++) {
            assertThat(collections).isLessThan(100);
            System.gc();
        }
    }

    @Test
    void twoRequestsAreServedAtTheSameTime() throws IOException, InterruptedException {
        try (Observer second = Observer.serve(0)) {
            assertThat(second.port()).isNotEqualTo(observer.port());
            URI uri = second.uri().resolve("stats.json");
            assertThat(client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(HttpURLConnection.HTTP_OK);
            assertThat(json("stats.json")).isNotNull();
        }
    }

    @Test
    void theMessageNamesAPortThatIsInUse() {
        assertThatIOException()
                .isThrownBy(() -> Observer.serve(observer.port()))
                .withMessageContaining("port " + observer.port() + " of the loopback interface cannot be bound");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void aPortOutOfRangeIsRefused(int port) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Observer.serve(port))
                .withMessage("port must be 0..65535: " + port);
    }
}
