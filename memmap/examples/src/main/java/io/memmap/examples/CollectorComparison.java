package io.memmap.examples;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;

/**
 * What one map costs the garbage collector: first a {@code HashMap}, then a map outside the Java
 * heap with the same entries. Each map is filled, and then the program asks for full collections,
 * which visit all live objects. The figures are those of the JVM's own beans, and depend on the
 * machine, the collector and {@code -Xmx}. This is a demonstration and not a benchmark.
 */
public final class CollectorComparison {
    private static final int DEFAULT_ENTRIES = 200_000;
    private static final int FULL_COLLECTIONS = 3;

    /** The collections since the JVM began, and the milliseconds that they took. */
    private record Collections(long count, long millis) {
        static Collections read() {
            long count = 0;
            long millis = 0;
            for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
                // ZGC and Shenandoah have a second bean, for work beside which the program runs.
                if (!collector.getName().endsWith("Cycles")) {
                    count += collector.getCollectionCount();
                    millis += collector.getCollectionTime();
                }
            }
            return new Collections(count, millis);
        }
    }

    private CollectorComparison() {}

    /** Runs the example. An argument is the number of entries. */
    public static void main(String[] arguments) {
        int entries = arguments.length == 0 ? DEFAULT_ENTRIES : Integer.parseInt(arguments[0]);

        Map<Long, Long> onHeap = new HashMap<>();
        long sum = measure("HashMap", entries, key -> onHeap.put(key, key), key -> onHeap.getOrDefault(key, 0L));
        onHeap.clear();

        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap offHeap = LongLongMap.make(heap);
            long same = measure("LongLongMap", entries, key -> offHeap.put(key, key), offHeap::get);
            System.out.println("outside the Java heap: " + (heap.stats().committed() >> 10) + " KiB");
            System.out.println("both maps have the same values: " + (sum == same));
        }
    }

    /** Fills a map, prints the cost of its collections, and returns the sum of its values. */
    private static long measure(String map, int entries, LongConsumer put, LongUnaryOperator get) {
        Collections start = Collections.read();
        long before = javaHeapAfterCollection();
        for (long key = 0; key < entries; key++) {
            put.accept(key);
        }
        Collections filled = Collections.read();
        long bytes = 0;
        for (int i = 0; i < FULL_COLLECTIONS; i++) {
            bytes = javaHeapAfterCollection() - before;
        }
        Collections end = Collections.read();
        System.out.println(map + ": " + entries + " entries, " + Math.max(0, bytes >> 10)
                + " KiB of the Java heap; collections: " + (filled.count - start.count) + " while it was filled, "
                + (end.count - filled.count) + " afterwards in " + (end.millis - filled.millis) + " ms");
        long sum = 0;
        for (long key = 0; key < entries; key++) {
            sum += get.applyAsLong(key); // keeps the map reachable until here
        }
        return sum;
    }

    private static long javaHeapAfterCollection() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
