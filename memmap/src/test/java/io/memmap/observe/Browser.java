package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A headless Chromium and one page in it, driven by its DevTools protocol. */
final class Browser implements AutoCloseable {
    private static final int SECONDS = 60;
    private static final Map<String, Integer> KEYS = Map.of(
            "Tab",
            9,
            "Enter",
            13,
            "Escape",
            27,
            "Home",
            36,
            "ArrowLeft",
            37,
            "ArrowUp",
            38,
            "ArrowRight",
            39,
            "ArrowDown",
            40);

    private final Process process;
    private final AtomicLong calls = new AtomicLong();
    private final Map<Long, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
    private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
    private final CompletableFuture<Void> loaded = new CompletableFuture<>();
    private final WebSocket socket;
    private String session = "";

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                take(JsonParser.parseString(message.toString()).getAsJsonObject());
                message.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private Browser(Process process, URI address) {
        this.process = process;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(address, new Listener())
                .join();
    }

    static Optional<Path> find() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> Path.of(directory, "chromium"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Browser start(Path chromium, Path directory) throws IOException {
        Process process = new ProcessBuilder(
                        chromium.toString(),
                        "--headless",
                        "--no-sandbox", // root has none; what is loaded is our own
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--user-data-dir=" + directory.resolve("profile"),
                        "--remote-debugging-port=0",
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader err = process.errorReader(StandardCharsets.UTF_8);
        String told = "DevTools listening on ";
        String line = err.readLine();
        while (line != null && !line.startsWith(told)) {
            line = err.readLine();
        }
        assertThat(line).as("what chromium says of its DevTools").isNotNull();
        Thread.ofVirtual().start(() -> err.lines().forEach(ignored -> {})); // lest it waits to be read
        Browser browser = new Browser(process, URI.create(line.substring(told.length())));
        String target = browser.call("Target.createTarget", Map.of("url", "about:blank"))
                .get("targetId")
                .getAsString();
        browser.session = browser.call("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .get("sessionId")
                .getAsString();
        for (String domain : List.of("Page", "Runtime", "Log")) {
            browser.call(domain + ".enable", Map.of());
        }
        return browser;
    }

    private void take(JsonObject message) {
        JsonElement id = message.get("id");
        if (id != null) {
            answers.remove(id.getAsLong()).complete(message);
            return;
        }
        switch (message.get("method").getAsString()) {
            case "Page.loadEventFired" -> loaded.complete(null);
            case "Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled" ->
                complaints.add(message.get("params").toString());
            default -> {}
        }
    }

    private JsonObject call(String method, Map<String, ?> parameters) {
        long id = calls.incrementAndGet();
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        answers.put(id, answer);
        Map<String, Object> message = session.isEmpty()
                ? Map.of("id", id, "method", method, "params", parameters)
                : Map.of("id", id, "method", method, "params", parameters, "sessionId", session);
        socket.sendText(new Gson().toJson(message), true).join();
        JsonObject answered = answer.orTimeout(SECONDS, TimeUnit.SECONDS).join();
        assertThat(answered.has("error")).as(() -> method + ": " + answered).isFalse();
        return answered.getAsJsonObject("result");
    }

    void open(URI uri) {
        call("Page.navigate", Map.of("url", uri.toString()));
        loaded.orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }

    /** Returns what an expression comes to, a promise's value once it is kept. */
    JsonElement evaluate(String expression) {
        JsonObject result =
                call("Runtime.evaluate", Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
        assertThat(result.has("exceptionDetails"))
                .as(() -> expression + ": " + result)
                .isFalse();
        return result.getAsJsonObject("result").get("value");
    }

    /** Waits for a condition, looked at with each frame. */
    void await(String condition) {
        evaluate("new Promise((done, fail) => { const begun = performance.now(); (function look() {"
                + " if (" + condition + ") done(true);"
                + " else if (performance.now() - begun > " + SECONDS / 2 * 1000 + ") fail(document.body.innerText);"
                + " else setTimeout(look, 20); })(); })");
    }

    /** Clicks in the middle of an element, with what a mouse does. */
    void click(String element) {
        JsonArray place = evaluate("(() => { const e = " + element
                        + "; e.scrollIntoView({block: 'center', behavior: 'instant'}); const b ="
                        + " e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2];"
                        + " })()")
                .getAsJsonArray();
        double x = place.get(0).getAsDouble();
        double y = place.get(1).getAsDouble();
        for (String type : List.of("mousePressed", "mouseReleased")) {
            call("Input.dispatchMouseEvent", Map.of("type", type, "x", x, "y", y, "button", "left", "clickCount", 1));
        }
    }

    void key(String key) {
        int code = KEYS.get(key);
        String text = key.equals("Enter") ? "\r" : "";
        call(
                "Input.dispatchKeyEvent",
                Map.of(
                        "type",
                        text.isEmpty() ? "rawKeyDown" : "keyDown",
                        "key",
                        key,
                        "code",
                        key,
                        "windowsVirtualKeyCode",
                        code,
                        "text",
                        text));
        call("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key, "code", key, "windowsVirtualKeyCode", code));
    }

    void type(String text) {
        call("Input.insertText", Map.of("text", text));
    }

    void size(int width, int height) {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    }

    void media(Map<String, String> features) {
        call(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        features.entrySet().stream()
                                .map(each -> Map.of("name", each.getKey(), "value", each.getValue()))
                                .toList()));
    }

    /** Returns the whole page as PNG. */
    byte[] screenshot() {
        JsonObject size = call("Page.getLayoutMetrics", Map.of()).getAsJsonObject("cssContentSize");
        size.addProperty("scale", 1);
        JsonObject picture = call("Page.captureScreenshot", Map.of("captureBeyondViewport", true, "clip", size));
        return Base64.getDecoder().decode(picture.get("data").getAsString());
    }

    /** Returns what the console was told: errors, refusals of the content security policy, and whatever scripts wrote. */
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
