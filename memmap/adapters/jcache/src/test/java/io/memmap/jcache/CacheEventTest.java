package io.memmap.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryListenerException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners receive each change, in the order of the changes of a key. */
class CacheEventTest {
    private static final int THREADS = 4;
    private static final int CHANGES = 500;

    @RegisterExtension
    final TestManager caches = new TestManager();

    private Cache<Integer, Integer> cache(Recorder<Integer, Integer> listener, boolean isSynchronous) {
        return caches.cache(new MutableConfiguration<Integer, Integer>()
                .setTypes(Integer.class, Integer.class)
                .addCacheEntryListenerConfiguration(listener.configuration(isSynchronous)));
    }

    /** Each event must begin with the value that the one before has left. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theEventsOfAKeyFollowItsChanges(boolean isSynchronous) throws Exception {
        CountDownLatch last = new CountDownLatch(1);
        Recorder<Integer, Integer> recorder = new Recorder<>(event -> {
            if (event.getValue() == -1) {
                last.countDown();
            }
        });
        Cache<Integer, Integer> cache = cache(recorder, isSynchronous);
        List<Future<?>> done = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < THREADS; thread++) {
                int first = thread * CHANGES;
                done.add(threads.submit(() -> {
                    for (int i = first; i < first + CHANGES; i++) {
                        if (i % 5 == 0) {
                            cache.remove(1);
                        } else {
                            cache.put(1, i);
                        }
                    }
                }));
            }
        }
        for (Future<?> thread : done) {
            thread.get();
        }
        cache.put(1, -1);
        last.await();
        String value = "null";
        for (String event : recorder.events) {
            String before = event.substring(event.indexOf(": ") + 2, event.indexOf(" -> "));
            String after = event.substring(event.indexOf(" -> ") + 4);
            assertThat(before).as(event).isEqualTo(value);
            value = event.startsWith("REMOVED") ? "null" : after;
        }
        assertThat(value).isEqualTo("-1");
        assertThat(recorder.events).hasSizeGreaterThan(THREADS * CHANGES / 2);
    }

    @Test
    void anAsynchronousListenerHasOneEventOfAKeyAtATime() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch last = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Recorder<Integer, Integer> recorder = new Recorder<>(event -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
                first.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            running.decrementAndGet();
            if (event.getValue() == CHANGES) {
                last.countDown();
            }
        });
        Cache<Integer, Integer> cache = cache(recorder, false);
        for (int i = 0; i <= CHANGES; i++) {
            cache.put(1, i); // does not wait
        }
        first.countDown();
        last.await();
        assertThat(most).hasValue(1);
        assertThat(recorder.events).hasSize(CHANGES + 1);
    }

    @Test
    void aFailureOfAListenerReachesTheCallerAfterTheChange() {
        Recorder<Integer, Integer> failing = new Recorder<>(event -> {
            throw new IllegalStateException("meant");
        });
        Recorder<Integer, Integer> other = new Recorder<>();
        Cache<Integer, Integer> cache = cache(failing, true);
        cache.registerCacheEntryListener(other.configuration(true));
        assertThatThrownBy(() -> cache.put(1, 2))
                .isInstanceOf(CacheEntryListenerException.class)
                .hasRootCauseMessage("meant");
        assertThat(cache.get(1)).isEqualTo(2);
        assertThat(other.events).containsExactly("CREATED 1: null -> 2");
    }

    @Test
    void aListenerMayUseTheCache() {
        AtomicReference<Cache<Integer, Integer>> used = new AtomicReference<>();
        Recorder<Integer, Integer> recorder =
                new Recorder<>(event -> {
                    if (event.getKey() < 10) {
                        used.get().put(event.getKey() + 1, event.getValue());
                        used.get().put(event.getKey(), 0);
                    }
                }) {
                    @Override
                    public void onUpdated(Iterable<CacheEntryEvent<? extends Integer, ? extends Integer>> all) {
                        all.forEach(event -> events.add("UPDATED " + event.getKey()));
                    }
                };
        Cache<Integer, Integer> cache = cache(recorder, true);
        used.set(cache);
        cache.put(1, 7);
        assertThat(cache.get(1)).isZero();
        assertThat(cache.get(10)).isEqualTo(7);
        assertThat(recorder.events).hasSize(19);
    }

    @Test
    void aListenerThatIsRegisteredLaterHearsOfWhatComesLater() {
        Recorder<Integer, Integer> early = new Recorder<>();
        Recorder<Integer, Integer> late = new Recorder<>();
        Cache<Integer, Integer> cache = cache(early, true);
        cache.put(1, 1);
        var configuration = late.configuration(true);
        cache.registerCacheEntryListener(configuration);
        cache.put(1, 2);
        cache.deregisterCacheEntryListener(configuration);
        cache.put(1, 3);
        assertThat(early.events).hasSize(3);
        assertThat(late.events).containsExactly("UPDATED 1: 1 -> 2");
    }
}
