package com.example;

import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.RemovalCause;
import io.memmap.RemovalListener;
import io.memmap.SyncMap;
import io.memmap.Type;
import io.memmap.observe.LatencyHistogram;
import io.memmap.observe.MemStats;
import io.memmap.observe.MemStatsMXBean;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;

/** Uses the library from the module path, with nothing else there; of this package nothing is exported or open. */
final class Main {
    record Point(int x, int y) {}

    /** Implements an interface of the library, and overrides what has annotations. */
    private static final class Evicted implements RemovalListener<Integer, String> {
        final List<Integer> keys = new ArrayList<>();

        @Override
        public void onRemoval(Integer key, String value, RemovalCause cause) {
            keys.add(key);
        }
    }

    private Main() {}

    public static void main(String[] arguments) {
        Module library = NativeHeap.class.getModule();
        check(library.isNamed() && Main.class.getModule().isNamed(), "no modules");
        check(NativeHeap.class.getResource("NativeHeap.class").toString().startsWith("jar:"), "memmap is no jar");
        check(library.getDescriptor().rawVersion().isPresent(), "the module has no version");
        check(ModuleLayer.boot().findModule("org.jspecify").isEmpty(), "memmap brings JSpecify along");
        try (NativeHeap heap = NativeHeap.ofShared()) {
            Type<Point> type = Type.record(Point.class, MethodHandles.lookup());
            MemMap<String, Point> points = MemMap.make(heap, Type.UTF8, type);
            points.put("a", new Point(1, 2));
            points.compute("a", (key, point) -> point == null ? null : new Point(point.y(), point.x()));
            check(new Point(2, 1).equals(points.get("a")), "points");
            Evicted evicted = new Evicted();
            SyncMap<Integer, String> texts = SyncMap.builder(heap, Type.INT, Type.UTF8)
                    .maxEntries(1)
                    .onEviction(evicted)
                    .make();
            for (int key = 0; key < 1000; key++) {
                texts.merge(key, "a", String::concat);
            }
            check(!evicted.keys.isEmpty() && texts.size() + evicted.keys.size() == 1000, "evictions");
            new LatencyHistogram().record(1);
            check(MemStats.read().heaps().size() == 1, "heaps");
            MemStatsMXBean.register();
            MemStatsMXBean.unregister();
        }
        try {
            Type.record(Point.class);
            check(false, "a record that the library cannot access needs a lookup");
        } catch (IllegalArgumentException expected) {
            check(expected.getMessage().contains("lookup"), "the message names no lookup: " + expected.getMessage());
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
