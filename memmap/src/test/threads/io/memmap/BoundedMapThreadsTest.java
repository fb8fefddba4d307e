package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bounded maps used by several threads. No thread sees a bound exceeded at any moment, and only
 * eviction removes entries.
 */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class BoundedMapThreadsTest {
    private static final int WRITERS = 3;
    private static final int STEPS = 15_000;

    @ParameterizedTest
    @ValueSource(longs = {5_000, 100_000, 400_000})
    void noThreadSeesMoreThanTheBound(long bytes) throws Exception {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(64L << 20).open()) {
            long entries = bytes / 200;
            AtomicLong added = new AtomicLong();
            AtomicLong evicted = new AtomicLong();
            AtomicLong removed = new AtomicLong();
            SyncMap<Long, String> map = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                    .maxBytes(bytes)
                    .maxEntries(entries)
                    .onEviction((key, value, cause) -> {
                        assertThat(value).startsWith(key + ":");
                        evicted.incrementAndGet();
                    })
                    .make();
            AtomicLong running = new AtomicLong(WRITERS);
            ConcurrentThreads.run(WRITERS + 1, id -> {
                if (id == WRITERS) {
                    while (running.get() != 0) {
                        assertThat(heap.stats().inUse()).isLessThanOrEqualTo(bytes);
                        assertThat(map.mappingCount()).isLessThanOrEqualTo(entries);
                    }
                    return;
                }
                ThreadLocalRandom random = ThreadLocalRandom.current();
                try {
                    for (int step = 0; step < STEPS; step++) {
                        long key = random.nextInt(20_000);
                        String value = key + ":" + "v".repeat(random.nextInt(random.nextInt(20) == 0 ? 1000 : 50));
                        switch (random.nextInt(8)) {
                            case 0, 1, 2 -> added.addAndGet(map.put(key, value) == null ? 1 : 0);
                            case 3 -> added.addAndGet(map.putIfAbsent(key, value) == null ? 1 : 0);
                            case 4 -> removed.addAndGet(map.remove(key) != null ? 1 : 0);
                            default -> {
                                String found = map.get(key);
                                assertThat(found == null || found.startsWith(key + ":"))
                                        .isTrue();
                            }
                        }
                    }
                } finally {
                    running.decrementAndGet();
                }
            });
            map.check();
            assertThat(map.mappingCount()).isEqualTo(added.get() - evicted.get() - removed.get());
            assertThat(evicted.get()).isPositive();
            map.free();
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    /** An entry that is read all the time never expires. An entry that is not read expires. */
    @Test
    void readersKeepAnEntryFromExpiringWhileOthersWrite() throws Exception {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(64L << 20).open()) {
            AtomicLong nanos = new AtomicLong();
            SyncMap<Long, Long> map = SyncMap.builder(heap, Type.LONG, Type.LONG)
                    .expireAfterAccess(Duration.ofNanos(10_000))
                    .ticker(nanos::get)
                    .make();
            map.put(-1L, -1L);
            map.put(-2L, -2L);
            AtomicBoolean done = new AtomicBoolean();
            ConcurrentThreads.run(3, id -> {
                if (id == 0) {
                    for (int i = 0; i < 20_000; i++) {
                        assertThat(map.get(-1L)).isEqualTo(-1L);
                        nanos.addAndGet(1000);
                    }
                    done.set(true);
                } else {
                    for (long key = 0; !done.get(); key++) {
                        map.put(key % 5000 + 5000L * id, key);
                    }
                }
            });
            assertThat(map.get(-2L)).isNull();
            map.check();
            map.free();
        }
    }
}
