package io.memmap.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.EventType;
import javax.cache.expiry.Duration;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Callers' code runs once at a time for a key, and does not stop other keys. */
class CacheThreadsTest {
    private static final int THREADS = 8;

    @RegisterExtension
    final TestManager caches = new TestManager();

    /** Runs the task in all threads at once, and throws what a task throws. */
    private static void inThreads(Runnable task) throws Exception {
        List<Future<?>> done = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < THREADS; i++) {
                done.add(threads.submit(task));
            }
        }
        for (Future<?> thread : done) {
            thread.get();
        }
    }

    private static MutableConfiguration<Integer, Integer> integers() {
        return new MutableConfiguration<Integer, Integer>().setTypes(Integer.class, Integer.class);
    }

    /** A loader whose values are their keys. */
    private static class Loader implements CacheLoader<Integer, Integer> {
        final AtomicInteger loads = new AtomicInteger();

        @Override
        public Integer load(Integer key) {
            loads.incrementAndGet();
            return key;
        }

        @Override
        public Map<Integer, Integer> loadAll(Iterable<? extends Integer> keys) {
            Map<Integer, Integer> loaded = new HashMap<>();
            keys.forEach(key -> loaded.put(key, load(key)));
            return loaded;
        }
    }

    @Test
    void anEntryProcessorIsAtomic() throws Exception {
        Cache<Integer, Integer> cache = caches.cache(integers());
        cache.put(1, 0);
        inThreads(() -> {
            for (int i = 0; i < 500; i++) {
                cache.invoke(1, (entry, _) -> {
                    entry.setValue(entry.getValue() + 1);
                    return null;
                });
            }
        });
        assertThat(cache.get(1)).isEqualTo(500 * THREADS);
    }

    @Test
    void ofManyReadersOneLoads() throws Exception {
        Loader loader = new Loader();
        Cache<Integer, Integer> cache =
                caches.cache(integers().setReadThrough(true).setCacheLoaderFactory(() -> loader));
        inThreads(() -> {
            for (int key = 0; key < 200; key++) {
                assertThat(cache.get(key)).isEqualTo(key);
            }
        });
        assertThat(loader.loads).hasValue(200);
    }

    @Test
    void otherKeysGoOnWhileALoaderWaits() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Loader loader = new Loader() {
            @Override
            public Integer load(Integer key) {
                begun.countDown();
                try {
                    end.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return super.load(key);
            }
        };
        Cache<Integer, Integer> cache =
                caches.cache(integers().setReadThrough(true).setCacheLoaderFactory(() -> loader));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Integer> loaded = threads.submit(() -> cache.get(1));
            begun.await();
            for (int key = 2; key <= 200; key++) {
                cache.put(key, key);
            }
            assertThat(cache.containsKey(1)).isFalse();
            cache.removeAll(Set.of(2, 3));
            end.countDown();
            assertThat(loaded.get()).isEqualTo(1);
        }
    }

    @Test
    void getAllLoadsWhatIsAbsentInOneCall() {
        AtomicInteger calls = new AtomicInteger();
        Loader loader = new Loader() {
            @Override
            public Map<Integer, Integer> loadAll(Iterable<? extends Integer> keys) {
                calls.incrementAndGet();
                return super.loadAll(keys);
            }
        };
        Cache<Integer, Integer> cache =
                caches.cache(integers().setReadThrough(true).setCacheLoaderFactory(() -> loader));
        cache.put(1, 100);
        assertThat(cache.getAll(Set.of(1, 2, 3))).isEqualTo(Map.of(1, 100, 2, 2, 3, 3));
        assertThat(calls).hasValue(1);
        assertThat(loader.loads).hasValue(2);
    }

    @Test
    void loadAllReportsWhatTheLoaderThrows() {
        Loader loader = new Loader() {
            @Override
            public Map<Integer, Integer> loadAll(Iterable<? extends Integer> keys) {
                throw new IllegalStateException("meant");
            }
        };
        Cache<Integer, Integer> cache = caches.cache(integers().setCacheLoaderFactory(() -> loader));
        CompletionListenerFuture future = new CompletionListenerFuture();
        cache.loadAll(Set.of(1), false, future);
        assertThat(future)
                .failsWithin(java.time.Duration.ofMinutes(1))
                .withThrowableThat()
                .havingRootCause()
                .withMessage("meant");
    }

    @Test
    void aPutWaitsForTheBatchThatWritesItsKey() throws Exception {
        Map<Integer, Integer> resource = new ConcurrentHashMap<>();
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Cache<Integer, Integer> cache =
                caches.cache(integers().setWriteThrough(true).setCacheWriterFactory(() -> new MapWriter<>(resource) {
                    @Override
                    public void writeAll(Collection<Cache.Entry<? extends Integer, ? extends Integer>> entries) {
                        super.writeAll(entries);
                        written.countDown();
                        try {
                            end.await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                }));
        Thread batch = Thread.ofPlatform().start(() -> cache.putAll(Map.of(1, 10, 2, 20)));
        written.await();
        Thread put = Thread.ofPlatform().start(() -> cache.put(1, 11));
        while (put.getState() != Thread.State.WAITING && put.isAlive()) {
            Thread.onSpinWait();
        }
        assertThat(put.getState()).isEqualTo(Thread.State.WAITING);
        end.countDown();
        batch.join();
        put.join();
        assertThat(cache.getAll(Set.of(1, 2))).isEqualTo(Map.of(1, 11, 2, 20)).isEqualTo(resource);
    }

    /** A map that follows the events must always have the value that an event says was there before. */
    @Test
    void theEventsTellAllWhateverTheThreadsDo() throws Exception {
        Map<Integer, Integer> followed = new ConcurrentHashMap<>();
        Recorder<Integer, Integer> recorder = new Recorder<>(event -> {
            boolean ends = event.getEventType() == EventType.REMOVED || event.getEventType() == EventType.EXPIRED;
            Integer before = ends ? followed.remove(event.getKey()) : followed.put(event.getKey(), event.getValue());
            assertThat(before).as(event.toString()).isEqualTo(event.getOldValue());
        });
        AtomicLong clock = new AtomicLong();
        Cache<Integer, Integer> cache = caches.cache(new MemmapConfiguration<Integer, Integer>()
                .setTicker(clock::get)
                .setTypes(Integer.class, Integer.class)
                .setExpiryPolicyFactory(TouchedExpiryPolicy.factoryOf(new Duration(TimeUnit.MILLISECONDS, 1)))
                .addCacheEntryListenerConfiguration(recorder.configuration(true)));
        AtomicInteger threads = new AtomicInteger();
        inThreads(() -> {
            Random random = new Random(threads.incrementAndGet());
            for (int i = 0; i < 2_000; i++) {
                clock.addAndGet(random.nextInt(100_000)); // 20 steps are a lifetime
                Integer key = random.nextInt(50);
                switch (random.nextInt(8)) {
                    case 0 -> cache.remove(key);
                    case 1 -> cache.get(key);
                    case 2 -> cache.putAll(Map.of(key, i, 50 + key, i));
                    case 3 ->
                        cache.invoke(key, (entry, _) -> {
                            entry.setValue(entry.exists() ? entry.getValue() + 1 : 0);
                            return null;
                        });
                    case 4 -> cache.replace(key, i);
                    case 5 -> cache.containsKey(key);
                    case 6 -> cache.removeAll(Set.of(key, 50 + key));
                    default -> cache.put(key, i);
                }
            }
        });
        cache.put(0, 0);
        Map<Integer, Integer> cached = new HashMap<>();
        cache.forEach(entry -> cached.put(entry.getKey(), entry.getValue()));
        assertThat(cached).isEqualTo(followed).isNotEmpty();
        clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(cache).isEmpty();
        assertThat(followed).isEmpty();
    }

    @Test
    void theWriterAndTheCacheAgreeWhateverTheThreadsDo() throws Exception {
        Map<Integer, Integer> resource = new ConcurrentHashMap<>();
        Cache<Integer, Integer> cache =
                caches.cache(integers().setWriteThrough(true).setCacheWriterFactory(() -> new MapWriter<>(resource)));
        AtomicInteger threads = new AtomicInteger();
        inThreads(() -> {
            int thread = threads.incrementAndGet();
            for (int i = 0; i < 200; i++) {
                switch (i % 4) {
                    case 0 -> cache.put(i % 7, thread);
                    case 1 -> cache.putAll(Map.of(i % 7, thread, 10 + i % 5, thread));
                    case 2 -> cache.remove(i % 7);
                    default -> cache.removeAll(Set.of(i % 7, 10 + i % 3));
                }
            }
        });
        Map<Integer, Integer> cached = new HashMap<>();
        cache.forEach(entry -> cached.put(entry.getKey(), entry.getValue()));
        assertThat(cached).isEqualTo(resource);
    }
}
