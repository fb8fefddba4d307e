package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A value that has grown old is returned, and loaded again meanwhile. */
class RefreshTest {
    private final AtomicLong clock = new AtomicLong(1000);
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final SyncMap<Long, String> map = builder().make();

    private SyncMapBuilder<Long, String> builder() {
        return SyncMap.builder(Type.LONG, Type.UTF8)
                .refreshAfterWrite(Duration.ofNanos(10))
                .executor(tasks::add)
                .recordStats()
                .ticker(clock::get);
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(map.loads.isEmpty()).isTrue();
        map.check();
        map.close();
    }

    @Test
    void anOldValueIsReturnedAndRefreshedOnce() {
        map.put(1L, "a");
        clock.addAndGet(9);
        assertThat(map.get(1L, key -> "b")).isEqualTo("a");
        assertThat(tasks).isEmpty();
        clock.addAndGet(1);
        assertThat(map.get(1L)).isEqualTo("a");
        assertThat(tasks).isEmpty();
        assertThat(map.get(1L, key -> "b")).isEqualTo("a");
        assertThat(map.get(1L, key -> "c")).isEqualTo("a");
        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(map.get(1L, key -> "d")).isEqualTo("b");
        assertThat(tasks).isEmpty();
        clock.addAndGet(10);
        assertThat(map.get(1L, key -> "e")).isEqualTo("b");
        tasks.remove().run();
        assertThat(map.get(1L)).isEqualTo("e");
        assertThat(map.cacheStats().loads()).isEqualTo(2);
    }

    @Test
    void aRefreshThatFailsLeavesTheValue() {
        map.put(1L, "a");
        clock.addAndGet(10);
        assertThat(map.get(1L, key -> {
                    throw new AssertionError("expected: a refresh that fails");
                }))
                .isEqualTo("a");
        tasks.remove().run();
        assertThat(map.get(1L, key -> "b")).isEqualTo("a");
        tasks.remove().run();
        assertThat(map.get(1L)).isEqualTo("b");
        assertThat(map.cacheStats().failedLoads()).isEqualTo(1);
    }

    @Test
    void aRefreshToNullRemovesTheEntry() {
        map.put(1L, "a");
        clock.addAndGet(10);
        map.get(1L, key -> null);
        tasks.remove().run();
        assertThat(map).isEmpty();
        map.put(1L, "a");
        clock.addAndGet(10);
        map.get(1L, key -> {
            map.put(1L, "b");
            return null;
        });
        tasks.remove().run();
        assertThat(map).isEqualTo(Map.of(1L, "b"));
    }

    @Test
    void aWriteMeanwhileWins() {
        map.put(1L, "a");
        clock.addAndGet(10);
        map.get(1L, key -> {
            map.put(1L, "c");
            return "b";
        });
        tasks.remove().run();
        assertThat(map.get(1L)).isEqualTo("c");
        clock.addAndGet(10);
        AtomicInteger loads = new AtomicInteger();
        map.get(1L, key -> "" + loads.incrementAndGet());
        map.put(1L, "d"); // fresh again before the executor begins
        tasks.remove().run();
        assertThat(loads).hasValue(0);
        assertThat(map.get(1L)).isEqualTo("d");
        clock.addAndGet(10);
        map.get(1L, key -> "" + loads.incrementAndGet());
        map.remove(1L);
        tasks.remove().run();
        assertThat(map).isEmpty();
        assertThat(loads).hasValue(0);
    }

    @Test
    void anExecutorMayRefuse() {
        try (SyncMap<Long, String> refused = builder()
                .executor(task -> {
                    throw new RejectedExecutionException("expected: a refresh that is refused");
                })
                .make()) {
            refused.put(1L, "a");
            clock.addAndGet(10);
            assertThat(refused.get(1L, key -> "b")).isEqualTo("a");
            assertThat(refused.loads.isEmpty()).isTrue();
        }
    }

    @Test
    void anExecutorMayRunTheTaskAtOnce() {
        try (SyncMap<Long, String> direct = builder().executor(Runnable::run).make()) {
            direct.put(1L, "a");
            clock.addAndGet(10);
            assertThat(direct.get(1L, key -> "b")).isEqualTo("a");
            assertThat(direct.get(1L)).isEqualTo("b");
        }
    }

    @Test
    void aCallThatFindsNothingTakesOverARefreshThatHasNotBegun() {
        try (SyncMap<Long, String> both =
                builder().expireAfterWrite(Duration.ofNanos(30)).make()) {
            both.put(1L, "a");
            clock.addAndGet(10);
            assertThat(both.get(1L, key -> "b")).isEqualTo("a");
            clock.addAndGet(20);
            assertThat(both.get(1L, key -> "c")).isEqualTo("c");
            assertThat(both.loads.isEmpty()).isTrue();
            tasks.remove().run();
            assertThat(both.get(1L)).isEqualTo("c");
        }
    }

    @Test
    void aRefreshWorksBesideTimesOfEachEntry() {
        try (SyncMap<Long, String> timed = builder()
                .expireAfter(Expiry.writing((key, value) -> Duration.ofNanos(value.length() * 20L)))
                .make()) {
            timed.put(1L, "aa");
            clock.addAndGet(15);
            assertThat(timed.get(1L, key -> "b")).isEqualTo("aa");
            tasks.remove().run();
            assertThat(timed.get(1L, key -> "never")).isEqualTo("b");
            clock.addAndGet(20);
            assertThat(timed.get(1L)).isNull();
        }
    }

    private record Timed(String value, long written) {}

    /** A refresh that the executor has not run. */
    private static final class Pending {
        final long key;
        /** Whether the key was written since. */
        boolean isLate;
        /** Whether a caller has loaded the value itself. */
        boolean isTaken;

        Pending(long key) {
            this.key = key;
        }
    }

    /** Loads, refreshes, writes and expiries in a random order, compared with a model. */
    @Property(tries = 60)
    void everyHistoryAgreesWithAModel(@ForAll long seed) {
        Random random = new Random(seed);
        clock.set(random.nextLong());
        AtomicInteger loads = new AtomicInteger();
        int expectedLoads = 0;
        Map<Long, Timed> model = new HashMap<>();
        Map<Long, Pending> pendings = new HashMap<>();
        Deque<Pending> queue = new ArrayDeque<>();
        try (SyncMap<Long, String> both =
                builder().expireAfterWrite(Duration.ofNanos(25)).shards(1).make()) {
            for (int step = 0; step < 400; step++) {
                long now = clock.addAndGet(random.nextInt(4));
                model.values().removeIf(entry -> now - entry.written() >= 25);
                long key = random.nextInt(4);
                Timed entry = model.get(key);
                switch (random.nextInt(8)) {
                    case 0 -> {
                        both.put(key, "put " + step);
                        model.put(key, new Timed("put " + step, now));
                        end(pendings.remove(key));
                    }
                    case 1 -> {
                        both.remove(key);
                        model.remove(key);
                        end(pendings.remove(key));
                    }
                    case 2, 3 -> {
                        assertThat(tasks).hasSameSizeAs(queue);
                        Pending pending = queue.poll();
                        if (pending == null) {
                            break;
                        }
                        tasks.remove().run();
                        Timed old = model.get(pending.key);
                        if (!pending.isTaken) {
                            pendings.remove(pending.key, pending);
                            if (old != null && now - old.written() >= 10) {
                                expectedLoads++;
                                if (!pending.isLate) {
                                    model.put(pending.key, new Timed("load " + expectedLoads, now));
                                }
                            }
                        }
                    }
                    case 4 -> assertThat(both.get(key)).isEqualTo(entry == null ? null : entry.value());
                    default -> {
                        String found = both.get(key, same -> "load " + loads.incrementAndGet());
                        if (entry == null) {
                            expectedLoads++;
                            model.put(key, new Timed("load " + expectedLoads, now));
                            Pending taken = pendings.remove(key);
                            if (taken != null) {
                                taken.isTaken = true;
                            }
                        } else if (now - entry.written() >= 10 && !pendings.containsKey(key)) {
                            Pending begun = new Pending(key);
                            pendings.put(key, begun);
                            queue.add(begun);
                        }
                        assertThat(found).isEqualTo(model.get(key).value());
                    }
                }
                assertThat(loads).hasValue(expectedLoads);
                both.check();
            }
            tasks.forEach(Runnable::run);
            tasks.clear();
            assertThat(both.loads.isEmpty()).isTrue();
        }
    }

    private static void end(Pending pending) {
        if (pending != null) {
            pending.isLate = true;
        }
    }

    @Test
    void theDurationIsChecked() {
        SyncMapBuilder<Long, String> bad = builder();
        assertThatThrownBy(() -> bad.refreshAfterWrite(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("refreshAfterWrite must be longer than zero: PT0S");
    }
}
