package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * If a listener throws, it still receives all other evictions, and its exception does not hide one
 * that the operation itself has thrown.
 */
class BoundedMapListenerTest {
    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(64L << 20).open();
    private final AtomicLong nanos = new AtomicLong();
    private final List<Object> told = new ArrayList<>();

    @AfterEach
    void close() {
        heap.close();
    }

    private SyncMapBuilder<Long, String> expiring(RemovalListener<Object, Object> listener) {
        return SyncMap.builder(heap, Type.LONG, Type.UTF8)
                .ticker(nanos::get)
                .expireAfterWrite(Duration.ofNanos(100))
                .onEviction((key, value, cause) -> {
                    told.add(key);
                    listener.onRemoval(key, value, cause);
                });
    }

    private static <T extends Throwable> void throwAny(Throwable thrown) throws T {
        @SuppressWarnings("unchecked")
        T sneaked = (T) thrown;
        throw sneaked;
    }

    /** The entries lie in several shards. */
    @ParameterizedTest
    @ValueSource(classes = {AssertionError.class, StackOverflowError.class, IOException.class, RuntimeException.class})
    void theListenerReceivesAllEvictionsWhateverItThrows(Class<? extends Throwable> kind) {
        SyncMap<Long, String> map = expiring((key, value, cause) -> {
                    try {
                        BoundedMapListenerTest.<RuntimeException>throwAny(
                                kind.getConstructor().newInstance());
                    } catch (ReflectiveOperationException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .make();
        for (long key = 0; key < 100; key++) {
            map.put(key, "value");
        }
        nanos.set(100);
        assertThatThrownBy(map::purgeExpired)
                .isInstanceOf(kind)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(99).allMatch(kind::isInstance));
        assertThat(new HashSet<>(told)).hasSize(100);
        assertThat(map.mappingCount()).isZero();
        map.check();
    }

    @Test
    void aListenerMayThrowTheSameErrorManyTimes() {
        AssertionError same = new AssertionError("same");
        SyncMap<Long, String> map = expiring((key, value, cause) -> {
                    throw same;
                })
                .make();
        for (long key = 0; key < 10; key++) {
            map.put(key, "value");
        }
        nanos.set(100);
        assertThatThrownBy(map::purgeExpired).isSameAs(same);
        assertThat(told).hasSize(10);
    }

    /** The put evicts an entry and then finds no memory for the new value. */
    @Test
    void anExceptionOfTheListenerDoesNotHideTheFailureOfTheOperation() {
        SyncMap<Long, String> map = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                .maxEntries(1)
                .onEviction((key, value, cause) -> {
                    told.add(key);
                    throw new AssertionError("listener");
                })
                .make();
        map.put(1L, "one");
        heap.failAllocation(1);
        assertThatExceptionOfType(HeapExhaustedException.class)
                .isThrownBy(() -> map.put(2L, "two"))
                .satisfies(e -> assertThat(e.getSuppressed()).singleElement().isInstanceOf(AssertionError.class));
        heap.failAllocation(0);
        assertThat(told).containsExactly(1L);
        map.check();
        map.clear();
        assertThat(map.put(2L, "two")).isNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anErrorInReadingAnEvictedEntryDoesNotHideTheOtherEvictions(boolean variable) {
        CallersCode callers = new CallersCode(variable);
        SyncMap<Integer, Integer> map = SyncMap.builder(heap, callers.keys, callers.values)
                .ticker(nanos::get)
                .expireAfterWrite(Duration.ofNanos(100))
                .onEviction((key, value, cause) -> told.add(key))
                .make();
        for (int key = 0; key < 10; key++) {
            map.put(key, key);
        }
        nanos.set(100);
        callers.at(CallersCode.Site.VALUE_READER, 3, () -> {
            throw new AssertionError("reader");
        });
        assertThatThrownBy(map::purgeExpired).isInstanceOf(AssertionError.class).hasMessage("reader");
        assertThat(told).hasSize(9);
        map.check();
    }

    @Test
    void aListenerThatThrowsLeavesNoLockHeld() {
        SyncMap<Long, String> map = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                .maxEntries(1)
                .onEviction((key, value, cause) -> {
                    throw new AssertionError("listener");
                })
                .make();
        map.put(0L, "value");
        for (long key = 1; key < 20; key++) {
            long put = key;
            assertThatThrownBy(() -> map.compute(put, (same, old) -> "value")).isInstanceOf(AssertionError.class);
            assertThat(map.get(key)).isEqualTo("value");
        }
        map.free();
        assertThat(heap.stats().inUse()).isZero();
    }
}
