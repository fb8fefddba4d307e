package com.example;

import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import io.memmap.observe.InfluxLines;
import io.memmap.observe.MemStats;
import io.memmap.observe.MemStatsMXBean;
import java.io.IOException;

/** Uses the library from the class path, with nothing else there. */
final class Main {
    record Point(int x, int y) {}

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        check(NativeHeap.class.getResource("NativeHeap.class").toString().startsWith("jar:"), "memmap is no jar");
        Package memmap = NativeHeap.class.getPackage();
        check("memmap".equals(memmap.getImplementationTitle()), "the manifest has no title");
        check(memmap.getImplementationVersion() != null, "the manifest has no version");
        check(NativeHeap.class.getResource("/META-INF/LICENSE") != null, "the jar has no licence");
        check(!isThere("org.jspecify.annotations.Nullable"), "memmap brings JSpecify along");
        check(!isThere("io.micrometer.core.instrument.Meter"), "memmap brings Micrometer along");
        try (NativeHeap heap = NativeHeap.ofShared()) {
            LongLongMap longs = LongLongMap.builder(heap).name("longs").make();
            check(longs.add(1, 2) == 2 && longs.get(1) == 2, "longs");
            MemMap<String, Point> points = MemMap.make(heap, Type.UTF8, Type.record(Point.class));
            points.put("a", new Point(1, 2));
            check(new Point(1, 2).equals(points.get("a")), "points");
            SyncMap<String, Integer> counts =
                    SyncMap.builder(heap, Type.UTF8, Type.INT).maxEntries(10).make();
            counts.merge("a", 1, Integer::sum);
            check(Integer.valueOf(1).equals(counts.get("a")), "counts");
            StringBuilder lines = new StringBuilder();
            InfluxLines.write(MemStats.read(), lines);
            check(lines.indexOf("map=longs") > 0, "lines");
            MemStatsMXBean.register();
            MemStatsMXBean.unregister();
        }
    }

    private static boolean isThere(String name) {
        try {
            Class.forName(name);
            return true;
        } catch (ClassNotFoundException absent) {
            return false;
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
