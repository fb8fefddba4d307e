package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * No operation on a map makes a Java object, and this does not depend on a compiler's
 * optimisations. A loop makes one cursor.
 */
@ParameterizedClass(name = "{0}, shared: {1}")
@CsvSource({"GO, false", "LINE, false", "LINE, true"})
class MapGarbageTest {
    private static final int ENTRIES = 4000;
    /** The size of a cursor with room for the keys and slots of a chain. */
    private static final long CURSOR_BYTES = 1024;
    /** The most repetitions until the JVM has linked and loaded everything that the work needs. */
    private static final int ATTEMPTS = 20;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Parameter(0)
    Geometry geometry;

    @Parameter(1)
    boolean shared;

    private final long[] longKeys = LongStream.range(0, ENTRIES).toArray();
    private final long[] longValues = new long[ENTRIES];
    private final int[] intKeys = IntStream.range(0, ENTRIES).toArray();
    private final int[] intValues = new int[ENTRIES];
    private NativeHeap heap;
    private LongLongMap longs;
    private IntIntMap ints;
    private static long sum;

    @BeforeEach
    void fill() {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(64L << 20).profileEvery(0);
        heap = (shared ? builder.shared() : builder.confined()).open();
        longs = LongLongMap.builder(heap).geometry(geometry).make();
        longs.putAll(longKeys, longValues);
        ints = IntIntMap.builder(heap).geometry(geometry).make();
        ints.putAll(intKeys, intValues);
    }

    @AfterEach
    void close() {
        heap.close();
    }

    @Test
    void lookupsMakeNoGarbage() {
        assertGarbageAtMost(0, () -> {
            for (int key = -100; key < ENTRIES; key++) {
                sum += longs.get(key) + longs.getOrDefault(key, 1) + (longs.containsKey(key) ? 1 : 0);
                sum += ints.get(key) + ints.getOrDefault(key, 1) + (ints.containsKey(key) ? 1 : 0);
            }
        });
    }

    @Test
    void batchesMakeNoGarbage() {
        assertGarbageAtMost(0, () -> {
            sum += longs.getAll(longKeys, longValues) + ints.getAll(intKeys, intValues);
            longs.putAll(longKeys, longValues);
            ints.putAll(intKeys, intValues);
        });
    }

    @Test
    void overwritesMakeNoGarbage() {
        assertGarbageAtMost(0, () -> {
            for (int key = 0; key < ENTRIES; key++) {
                sum += longs.put(key, key) + longs.add(key, 3);
                sum += ints.put(key, key) + ints.add(key, 3);
            }
        });
    }

    @Test
    void growthAndShrinkingMakeNoGarbage() {
        assertGarbageAtMost(0, () -> {
            for (int key = ENTRIES; key < 5 * ENTRIES; key++) {
                longs.put(key, key);
                ints.add(key, key);
            }
            for (int key = 10; key < 5 * ENTRIES; key++) {
                longs.remove(key);
                ints.remove(key);
            }
        });
        assertThat(longs.stats().shrinks()).isPositive();
    }

    @Test
    void reserveShrinkAndClearMakeNoGarbage() {
        assertGarbageAtMost(0, () -> {
            for (int i = 0; i < 50; i++) {
                longs.clear();
                longs.put(i, i);
                longs.reserve(ENTRIES);
                longs.shrink();
                ints.clear();
                ints.put(i, i);
                ints.reserve(2 * ENTRIES);
                ints.shrink();
            }
        });
    }

    /** The map is half full, so no chain is longer than the cursor's initial room. */
    @Test
    void aLoopMakesOnlyItsCursor() {
        longs.reserve(4 * ENTRIES);
        ints.reserve(4 * ENTRIES);
        assertGarbageAtMost(CURSOR_BYTES, () -> {
            for (LongLongCursor cursor = longs.cursor(); cursor.next(); ) {
                cursor.setValue(cursor.key() + cursor.value());
            }
        });
        assertGarbageAtMost(CURSOR_BYTES, () -> {
            for (IntIntCursor cursor = ints.cursor(); cursor.next(); ) {
                cursor.setValue(cursor.key() + cursor.value());
            }
        });
        assertGarbageAtMost(CURSOR_BYTES, () -> longs.forEach((key, value) -> sum += key + value));
        assertGarbageAtMost(CURSOR_BYTES, () -> ints.forEach((key, value) -> sum += key + value));
    }

    static void assertGarbageAtMost(long bytes, Runnable work) {
        long least = Long.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS && least > bytes; attempt++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            work.run();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes allocated on the Java heap").isLessThanOrEqualTo(bytes);
    }
}
