package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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

    @Test
    void theDurationIsChecked() {
        SyncMapBuilder<Long, String> bad = builder();
        assertThatThrownBy(() -> bad.refreshAfterWrite(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("refreshAfterWrite must be longer than zero: PT0S");
    }
}
