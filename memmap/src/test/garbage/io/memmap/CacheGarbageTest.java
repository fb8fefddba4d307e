package io.memmap;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** No operation on a key of a cache of longs makes a Java object, even if it evicts an entry. */
class CacheGarbageTest {
    private static long sum;

    @Test
    void readsAndWritesMakeNoGarbage() {
        NativeHeap heap = NativeHeap.builder()
                .shared()
                .maxBytes(16L << 20)
                .profileEvery(0)
                .open();
        try (heap;
                LongLongCache cache = LongLongCache.of(SyncMap.builder(heap, Type.LONG, Type.LONG)
                        .maxEntries(1_000)
                        .expireAfterAccess(Duration.ofHours(1))
                        .recordStats()
                        .make())) {
            MapGarbageTest.assertGarbageAtMost(0, () -> {
                for (long key = 0; key < 3_000; key++) {
                    sum += cache.put(key, key) + cache.add(key / 2, 1) + cache.putIfAbsent(key / 3, 1);
                    sum += cache.get(key / 2) + (cache.containsKey(key / 3) ? 1 : 0);
                    sum += (cache.remove(key / 4) ? 1 : 0) + (cache.remove(key / 5, 7) ? 1 : 0);
                }
            });
        }
    }
}
