package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A value is loaded outside the lock of its shard, once for each key at a time. */
@Timeout(60)
class SyncLoadTest {
    private final SyncMap<Long, String> map =
            SyncMap.builder(Type.LONG, Type.UTF8).shards(1).recordStats().make();

    @AfterEach
    void nothingIsLeft() {
        assertThat(map.loads.isEmpty()).isTrue();
        map.check();
        map.close();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            assertThat(thread.isAlive()).isTrue();
            Thread.onSpinWait();
        }
    }

    private static Thread start(boolean isVirtual, Runnable task) {
        return isVirtual ? Thread.startVirtualThread(task) : Thread.ofPlatform().start(task);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void manyCallersWaitForOneLoad(boolean areVirtual) throws InterruptedException {
        AtomicInteger loads = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        Function<Long, String> loader = key -> {
            loads.incrementAndGet();
            begun.countDown();
            await(released);
            return "loaded";
        };
        ConcurrentLinkedQueue<String> values = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        threads.add(start(areVirtual, () -> values.add(map.get(1L, loader))));
        await(begun);
        for (int i = 0; i < 20; i++) {
            threads.add(start(areVirtual, () -> values.add(map.get(1L, loader))));
        }
        for (Thread thread : threads) {
            awaitWaiting(thread);
        }
        assertThat(map.put(2L, "other")).isNull(); // the same shard goes on
        assertThat(map.get(2L, key -> "never")).isEqualTo("other");
        assertThat(map.get(3L, key -> "third")).isEqualTo("third");
        assertThat(map.get(1L)).isNull();
        released.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(values).hasSize(21).containsOnly("loaded");
        assertThat(loads).hasValue(1);
        assertThat(map.get(1L)).isEqualTo("loaded");
    }

    @Test
    void aPutMeanwhileWins() {
        assertThat(map.get(1L, key -> {
                    map.put(key, "put");
                    return "loaded";
                }))
                .isEqualTo("put");
        assertThat(map).isEqualTo(Map.of(1L, "put"));
    }

    @Test
    void everyWriteMeanwhileKeepsALoadFromStoring() {
        List<Runnable> writes = List.of(
                () -> map.remove(1L), // also of an absent key
                () -> map.clear(),
                () -> {
                    map.putIfAbsent(1L, "a");
                    map.remove(1L, "a");
                },
                () -> {
                    map.merge(1L, "a", String::concat);
                    map.keySet().clear();
                },
                () -> {
                    map.computeIfAbsent(1L, key -> "a");
                    map.computeIfPresent(1L, (key, value) -> null);
                });
        for (Runnable write : writes) {
            assertThat(map.get(1L, key -> {
                        write.run();
                        return "loaded";
                    }))
                    .isEqualTo("loaded");
            assertThat(map).isEmpty();
        }
        map.get(1L, key -> {
            map.remove(2L);
            map.putIfAbsent(2L, "b");
            map.replace(1L, "c");
            map.remove(1L, "c");
            map.computeIfPresent(1L, (same, value) -> "c");
            return "loaded";
        });
        assertThat(map).isEqualTo(Map.of(1L, "loaded", 2L, "b"));
    }

    @Test
    void aCallAfterARemovalLoadsAgain() {
        assertThat(map.get(1L, key -> {
                    map.remove(key);
                    AtomicReference<String> second = new AtomicReference<>();
                    Thread later = Thread.startVirtualThread(() -> second.set(map.get(1L, same -> "new")));
                    try {
                        later.join();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    assertThat(second).hasValue("new");
                    return "old";
                }))
                .isEqualTo("new");
        assertThat(map.get(1L)).isEqualTo("new");
    }

    @Test
    void whatALoaderThrowsReachesItsCallerAlone() throws InterruptedException {
        List<Throwable> all = List.of(
                new IllegalArgumentException("no"), new AssertionError("no"), new java.io.IOException("checked"));
        for (Throwable thrown : all) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch released = new CountDownLatch(1);
            AtomicReference<Throwable> met = new AtomicReference<>();
            AtomicReference<String> second = new AtomicReference<>();
            Thread failing = Thread.startVirtualThread(() -> {
                try {
                    map.get(1L, key -> {
                        begun.countDown();
                        await(released);
                        Evictions.rethrow(thrown);
                        return null;
                    });
                } catch (Throwable e) {
                    met.set(e);
                }
            });
            await(begun);
            Thread waiting = Thread.startVirtualThread(() -> second.set(map.get(1L, key -> "own")));
            awaitWaiting(waiting);
            released.countDown();
            failing.join();
            waiting.join();
            assertThat(met).hasValue(thrown);
            assertThat(second).hasValue("own");
            map.clear();
        }
    }

    @Test
    void nullStoresNothing() {
        assertThat(map.get(1L, key -> null)).isNull();
        assertThat(map).isEmpty();
        assertThatThrownBy(() -> map.get(null, key -> "")).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> map.get(1L, null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void aLoaderLoadsOtherKeysAndNotItsOwn() {
        assertThat(map.get(1L, key -> map.get(2L, other -> map.get(3L, third -> "c") + "b") + "a"))
                .isEqualTo("cba");
        assertThat(map).hasSize(3);
        map.clear();
        assertThatThrownBy(() -> map.get(1L, key -> map.get(2L, other -> map.get(1L, same -> "x"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("recursive load");
        assertThat(map).isEmpty();
        assertThat(map.get(1L, key -> "y")).isEqualTo("y");
    }

    @Test
    void loadsThatWaitForEachOtherAreRefused() throws InterruptedException {
        try (SyncMap<Long, String> second = SyncMap.make(Type.LONG, Type.UTF8)) {
            CountDownLatch both = new CountDownLatch(2);
            ConcurrentLinkedQueue<Object> outcomes = new ConcurrentLinkedQueue<>();
            List<Thread> threads = new ArrayList<>();
            for (boolean isFirst : List.of(true, false)) {
                threads.add(Thread.startVirtualThread(() -> {
                    try {
                        outcomes.add((isFirst ? map : second).get(1L, key -> {
                            both.countDown();
                            await(both);
                            return (isFirst ? second : map).get(1L, same -> "inner") + "-outer";
                        }));
                    } catch (IllegalStateException e) {
                        outcomes.add(e.getMessage());
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(outcomes)
                    .containsExactlyInAnyOrder(
                            "inner-outer",
                            "recursive load: the loader of a key needs the value of that key, through the loads of"
                                    + " other keys");
            assertThat(second.loads.isEmpty()).isTrue();
        }
    }

    @Test
    void aFunctionUnderALockMayNotLoad() {
        AtomicInteger loads = new AtomicInteger();
        assertThatThrownBy(() -> map.compute(1L, (key, value) -> map.get(2L, other -> "" + loads.incrementAndGet())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("recursive update");
        assertThat(loads).hasValue(0);
        map.put(2L, "b");
        assertThat(map.compute(1L, (key, value) -> map.get(2L, other -> "never")))
                .isEqualTo("b");
    }

    private static int overflow(int depth) {
        return depth < 0 ? 0 : overflow(depth + 1) + 1;
    }

    @Test
    void aLoaderMayRunOutOfStack() {
        assertThatThrownBy(() -> map.get(1L, key -> "" + overflow(0))).isInstanceOf(StackOverflowError.class);
        assertThat(map.get(1L, key -> "a")).isEqualTo("a");
    }

    @Test
    void anInterruptEndsNoWait() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        AtomicReference<String> value = new AtomicReference<>();
        AtomicReference<Boolean> status = new AtomicReference<>();
        Thread loading = Thread.startVirtualThread(() -> map.get(1L, key -> {
            begun.countDown();
            await(released);
            return "a";
        }));
        await(begun);
        Thread waiting = Thread.startVirtualThread(() -> {
            Thread.currentThread().interrupt();
            value.set(map.get(1L, key -> "b"));
            status.set(Thread.interrupted());
        });
        awaitWaiting(waiting);
        released.countDown();
        loading.join();
        waiting.join();
        assertThat(value).hasValue("a");
        assertThat(status).hasValue(true);
    }

    @Test
    void keysAreComparedAsTheirTypeSays() {
        try (SyncMap<Double, String> doubles = SyncMap.make(Type.DOUBLE, Type.UTF8)) {
            assertThatThrownBy(() -> doubles.get(0.0, key -> doubles.get(-0.0, same -> "x")))
                    .hasMessageContaining("recursive load");
            assertThat(doubles.get(Double.NaN, key -> doubles.get(Double.NaN, other -> "a") + "b"))
                    .isEqualTo("ab");
            assertThat(doubles).hasSize(2);
            assertThat(doubles.loads.isEmpty()).isTrue();
        }
        try (SyncMap<byte[], byte[]> bytes = SyncMap.make(Type.BYTES, Type.BYTES)) {
            byte[] key = {1, 2};
            byte[] value = {3};
            assertThat(bytes.get(key, same -> {
                        same[0] = 9;
                        return value;
                    }))
                    .isSameAs(value);
            value[0] = 4;
            assertThat(bytes.get(new byte[] {1, 2})).containsExactly(3);
            assertThat(bytes.get(key)).isNull();
            assertThat(bytes.loads.isEmpty()).isTrue();
        }
    }

    @Test
    void aMapMayCloseWhileAValueIsLoaded() throws InterruptedException {
        SyncMap<Long, String> closing = SyncMap.make(Type.LONG, Type.UTF8);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        ConcurrentLinkedQueue<String> messages = new ConcurrentLinkedQueue<>();
        Runnable loading = () -> {
            try {
                closing.get(1L, key -> {
                    begun.countDown();
                    await(released);
                    return "a";
                });
            } catch (IllegalStateException e) {
                messages.add(e.getMessage().substring(0, 14));
            }
        };
        Thread first = Thread.startVirtualThread(loading);
        await(begun);
        Thread second = Thread.startVirtualThread(loading);
        awaitWaiting(second);
        closing.close();
        released.countDown();
        first.join();
        second.join();
        assertThat(messages).containsExactly("Already closed", "Already closed");
        assertThat(closing.loads.isEmpty()).isTrue();
    }

    @Test
    void aValueThatDoesNotFitLeavesTheMapAsItWas() {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(1 << 20).open()) {
            SyncMap<Long, byte[]> small = SyncMap.make(heap, Type.LONG, Type.BYTES);
            assertThatThrownBy(() -> small.get(1L, key -> new byte[4 << 20]))
                    .isInstanceOf(HeapExhaustedException.class);
            assertThat(small.loads.isEmpty()).isTrue();
            assertThat(small).isEmpty();
            assertThat(small.get(1L, key -> new byte[10])).hasSize(10);
            small.check();
            small.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    @Test
    void usesAreCounted() {
        map.get(1L);
        map.get(1L, key -> "a");
        map.get(1L, key -> "b");
        map.get(2L, key -> null);
        assertThatThrownBy(() -> map.get(2L, key -> "" + 1 / (int) (key - 2))).isInstanceOf(ArithmeticException.class);
        map.computeIfAbsent(3L, key -> "c");
        map.getOrDefault(3L, "d");
        map.put(4L, "d");
        map.replace(4L, "e");
        map.remove(4L);
        CacheStats stats = map.cacheStats();
        assertThat(stats).isEqualTo(new CacheStats(2, 5, 4, 2, 2, stats.loadNanos(), 0, 0, 0));
        assertThat(stats.loadNanos()).isPositive();
        assertThat(stats.hitRate()).isEqualTo(2 / 7.0);
        assertThat(stats.meanLoadNanos()).isEqualTo(stats.loadNanos() / 4.0);
        assertThat(stats.plus(CacheStats.NONE)).isEqualTo(stats);
        assertThat(CacheStats.NONE.hitRate()).isEqualTo(1);
        assertThat(CacheStats.NONE.meanLoadNanos()).isZero();
        try (SyncMap<Long, String> uncounted = SyncMap.make(Type.LONG, Type.UTF8)) {
            uncounted.get(1L, key -> "a");
            assertThat(uncounted.cacheStats()).isEqualTo(CacheStats.NONE);
        }
    }

    @Test
    void manyThreadsLoadAndRemove() throws InterruptedException {
        AtomicInteger version = new AtomicInteger();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            boolean removes = i == 0;
            threads.add(Thread.startVirtualThread(() -> {
                try {
                    for (int step = 0; step < 2_000; step++) {
                        long key = step % 3;
                        if (removes) {
                            int newest = version.incrementAndGet();
                            map.remove(key);
                            // A load that began before the removal may not have stored its value.
                            String value = map.get(key, same -> Integer.toString(version.get()));
                            if (Integer.parseInt(value) < newest) {
                                throw new AssertionError(value + " is older than " + newest);
                            }
                        } else {
                            map.get(key, same -> Integer.toString(version.get()));
                        }
                    }
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(Arrays.asList(map.get(0L), map.get(1L), map.get(2L))).doesNotContainNull();
    }
}
