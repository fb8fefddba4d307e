package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many threads use all conveniences of a cache at once, and no value is lost or told twice. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class CacheThreadsTest {
    private static final int THREADS = 6;
    private static final int STEPS = 4_000;

    private final AtomicLong clock = new AtomicLong();
    private final AtomicLong numbers = new AtomicLong();
    /** The values that a thread has tried to put or to load. */
    private final Set<Long> made = ConcurrentHashMap.newKeySet();

    private final Set<Long> told = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    private Long newValue() {
        long number = numbers.incrementAndGet();
        made.add(number);
        return number;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyValueIsToldOnce(boolean areVirtual) throws InterruptedException {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(16L << 20).open()) {
            SyncMap<Integer, Long> map = SyncMap.builder(heap, Type.INT, Type.LONG)
                    .shards(2)
                    .maxEntries(60)
                    .expireAfter(Expiry.accessing((key, value) -> Duration.ofNanos(20 + key)))
                    .refreshAfterWrite(Duration.ofNanos(10))
                    .executor(Runnable::run)
                    .ticker(clock::get)
                    .onRemoval((key, value, cause) -> {
                        if (!told.add(value) || !made.contains(value)) {
                            failures.add(new AssertionError("told " + value + " " + cause));
                        }
                    })
                    .recordStats()
                    .make();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Runnable task = () -> use(map);
                threads.add(
                        areVirtual
                                ? Thread.startVirtualThread(task)
                                : Thread.ofPlatform().start(task));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            map.check();
            assertThat(map.loads.isEmpty()).isTrue();
            map.clear();
            CacheStats stats = map.cacheStats();
            // Of the values made, those were not stored whose load gave way to a write.
            assertThat((long) told.size()).isEqualTo(stats.puts()).isLessThanOrEqualTo(made.size());
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    private void use(SyncMap<Integer, Long> map) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        try {
            for (int step = 0; step < STEPS; step++) {
                int key = random.nextInt(100);
                clock.addAndGet(random.nextInt(3));
                switch (random.nextInt(12)) {
                    case 0 -> map.put(key, newValue());
                    case 1 -> map.remove(key);
                    case 2, 3 -> map.get(key, absent -> newValue());
                    case 4 -> map.putAll(Map.of(key, newValue(), key + 1, newValue()));
                    case 5 ->
                        map.getAll(IntStream.range(key, key + 5).boxed().toList(), absent -> Map.of(key, newValue()));
                    case 6 -> map.compute(key, (same, old) -> old == null || old % 3 == 0 ? newValue() : null);
                    case 7 -> map.put(key, newValue(), Duration.ofNanos(random.nextInt(40)));
                    case 8 -> map.expireAfter(key, Duration.ofNanos(random.nextInt(40)));
                    case 9 -> {
                        if (random.nextInt(200) == 0) {
                            map.clear();
                        }
                    }
                    case 10 -> map.getAll(List.of(key, key + 1, key + 2));
                    default -> map.get(key);
                }
            }
        } catch (Throwable e) {
            failures.add(e);
        }
    }
}
