package io.memmap;

import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** No operation on keys of a map of longs makes a Java object, for one key or for many. */
class SyncGarbageTest {
    private static final int ENTRIES = 2000;
    private static long sum;

    private SyncLongLongMap map;

    @BeforeEach
    void fill() {
        map = SyncLongLongMap.make(NativeHeap.builder()
                .shared()
                .maxBytes(16L << 20)
                .profileEvery(0)
                .open());
        for (long key = 0; key < ENTRIES; key++) {
            map.put(key, key);
        }
    }

    @AfterEach
    void close() {
        map.close();
    }

    @Test
    void lookupsMakeNoGarbage() {
        MapGarbageTest.assertGarbageAtMost(0, () -> {
            for (long key = -100; key < ENTRIES; key++) {
                sum += map.get(key) + map.getOrDefault(key, 1) + (map.containsKey(key) ? 1 : 0);
            }
        });
    }

    @Test
    void overwritesMakeNoGarbage() {
        MapGarbageTest.assertGarbageAtMost(0, () -> {
            for (long key = 0; key < ENTRIES; key++) {
                sum += map.put(key, key) + map.add(key, 3) + map.putIfAbsent(key, 1) + map.merge(key, 1, Long::sum);
                sum += map.replace(key, key + 4, key) ? 1 : 0;
            }
        });
    }

    @Test
    void batchesMakeNoGarbage() {
        long[] keys = LongStream.range(-100, ENTRIES).toArray();
        long[] values = new long[keys.length];
        MapGarbageTest.assertGarbageAtMost(0, () -> {
            sum += map.getAll(keys, values);
            map.putAll(keys, values);
        });
    }

    @Test
    void growthAndShrinkingMakeNoGarbage() {
        MapGarbageTest.assertGarbageAtMost(0, () -> {
            for (long key = ENTRIES; key < 5 * ENTRIES; key++) {
                sum += map.put(key, key);
            }
            for (long key = ENTRIES; key < 5 * ENTRIES; key += 2) {
                sum += (map.remove(key) ? 1 : 0) + (map.remove(key + 1, key + 1) ? 1 : 0);
            }
        });
    }
}
