package com.example;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.observer.Observer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Serves the page from the module path, and reads its figures. */
final class Main {
    private Main() {}

    public static void main(String[] arguments) throws IOException {
        try (NativeHeap heap = NativeHeap.ofConfined();
                Observer observer = Observer.serve(0)) {
            LongLongMap.builder(heap).name("orders").make().put(1, 2);
            try (InputStream in = observer.uri().resolve("stats.json").toURL().openStream()) {
                String figures = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                if (!figures.contains("\"orders\"")) {
                    throw new AssertionError("no map named orders in " + figures);
                }
            }
        }
    }
}
