package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Spliterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The collections that show a map's keys, values and entries. {@link MapViewsPropertyTest} tests
 * how they compare.
 */
class MapViewsTest {
    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(64L << 20).open();

    @AfterEach
    void close() {
        heap.check();
        heap.close();
    }

    /** Each kind of map as a {@code java.util.Map}. */
    enum MapKind {
        PLAIN,
        PLAIN_LONGS,
        SYNC,
        SYNC_LONGS,
        BOUNDED;

        Map<Long, Long> make(NativeHeap heap) {
            return switch (this) {
                case PLAIN -> MemMap.make(heap, Type.LONG, Type.LONG).asMap();
                case PLAIN_LONGS -> LongLongMap.make(heap).asMap();
                case SYNC -> SyncMap.make(heap, Type.LONG, Type.LONG);
                case SYNC_LONGS -> SyncLongLongMap.make(heap).asMap();
                case BOUNDED ->
                    SyncMap.builder(heap, Type.LONG, Type.LONG)
                            .maxEntries(10_000)
                            .make();
            };
        }

        boolean isForManyThreads() {
            return compareTo(SYNC) >= 0;
        }
    }

    private static List<Collection<?>> viewsOf(Map<?, ?> map) {
        return List.of(map.keySet(), map.values(), map.entrySet());
    }

    // ------------------------------------------------------------------------------------- streams

    @Test
    void streamsCountOnlyEntriesThatHaveNotExpired() {
        AtomicLong clock = new AtomicLong();
        SyncMap<Long, Long> map = SyncMap.builder(heap, Type.LONG, Type.LONG)
                .expireAfterWrite(Duration.ofNanos(100))
                .ticker(clock::get)
                .make();
        for (long key = 0; key < 5; key++) {
            map.put(key, key);
        }
        clock.set(100);
        assertThat(map.size()).as("size, which counts expired entries").isEqualTo(5);
        for (Collection<?> view : viewsOf(map)) {
            assertThat(view.stream().toList()).isEmpty();
            assertThat(view.stream().count()).isZero();
            assertThat(view.parallelStream().toArray()).isEmpty();
            assertThat(view.toArray()).isEmpty();
        }
        assertThat(map.equals(Map.of())).isTrue();
        assertThat(map.keySet().equals(Set.of())).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void spliteratorsReportNoSizeAndOtherwiseTheCharacteristicsOfTheJdks(MapKind kind) {
        Map<Long, Long> map = kind.make(heap);
        map.put(1L, 2L);
        var jdks = viewsOf(new ConcurrentHashMap<>());
        for (int i = 0; i < jdks.size(); i++) {
            Spliterator<?> spliterator = viewsOf(map).get(i).spliterator();
            int expected = jdks.get(i).spliterator().characteristics();
            assertThat(spliterator.characteristics())
                    .isEqualTo(kind.isForManyThreads() ? expected : expected & ~Spliterator.CONCURRENT);
            assertThat(spliterator.getExactSizeIfKnown()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "SYNC.*|BOUNDED")
    void streamsDuringWritesProduceTheEntriesThatStay(MapKind kind) throws Exception {
        Map<Long, Long> map = kind.make(heap);
        long always = 50;
        for (long key = 0; key < always; key++) {
            map.put(key, key);
        }
        AtomicBoolean ends = new AtomicBoolean();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            CountDownLatch begun = new CountDownLatch(1);
            Future<?> writer = threads.submit(() -> {
                for (long round = 0; !ends.get(); round++) {
                    for (long key = always; key < always + 200; key++) {
                        if (round % 2 == 0) {
                            map.put(key, key);
                        } else {
                            map.remove(key);
                        }
                    }
                    begun.countDown();
                }
            });
            try {
                assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
                for (int i = 0; i < 300; i++) {
                    for (Collection<?> view : viewsOf(map)) {
                        assertThat(new HashSet<>(view.stream().toList())).hasSizeGreaterThanOrEqualTo((int) always);
                        assertThat(view.stream().toArray().length).isGreaterThanOrEqualTo((int) always);
                        assertThat(view.toArray(new Object[0]).length).isGreaterThanOrEqualTo((int) always);
                        assertThat(view.stream().count()).isGreaterThanOrEqualTo(always);
                    }
                }
            } finally {
                ends.set(true);
            }
            writer.get(60, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStreamShowsTheMapAtItsTerminalOperation(MapKind kind) {
        Map<Long, Long> map = kind.make(heap);
        for (Collection<?> view : viewsOf(map)) {
            Stream<?> stream = view.stream();
            map.put(1L, 2L);
            assertThat(stream.toList()).hasSize(1);
            map.clear();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStreamMayChangeItsMap(MapKind kind) {
        Map<Long, Long> map = kind.make(heap);
        for (long key = 0; key < 1000; key++) {
            map.put(key, key);
        }
        Set<Long> seen = new HashSet<>(
                map.keySet().stream().peek(key -> map.remove(key ^ 1)).toList());
        assertThat(seen).containsAll(map.keySet());
        // walks over a map for many threads may produce an entry that was removed a moment ago
        if (!kind.isForManyThreads()) {
            assertThat(seen).isEqualTo(map.keySet()).hasSize(500);
        }
    }

    // ------------------------------------------------------------------------------------- removal

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = "SYNC.*|BOUNDED")
    void removeIfKeepsAnEntryThatHasChangedSinceTheTest(MapKind kind) {
        Map<Long, Long> map = kind.make(heap);
        map.put(1L, 10L);
        assertThat(map.values().removeIf(value -> map.put(1L, 11L) != null)).isFalse();
        assertThat(map.entrySet().removeIf(entry -> map.put(1L, 12L) != null)).isFalse();
        assertThat(map).containsExactly(Map.entry(1L, 12L));
        assertThat(map.keySet().removeIf(key -> map.put(1L, 13L) != null)).isTrue();
        assertThat(map).isEmpty();
    }

    @Test
    void removeIfRemovesANanValue() {
        SyncMap<Long, Double> map = SyncMap.make(heap, Type.LONG, Type.DOUBLE);
        map.put(1L, Double.NaN);
        map.put(2L, 2.0);
        assertThat(map.values().remove(Double.NaN)).isFalse();
        assertThat(map.values().removeIf(value -> value.isNaN())).isTrue();
        assertThat(map).containsOnlyKeys(2L);
    }

    @Test
    void retainAllKeepsAKeyWithEqualBytes() {
        for (Map<byte[], Long> map : List.of(
                SyncMap.make(heap, Type.BYTES, Type.LONG),
                MemMap.make(heap, Type.BYTES, Type.LONG).asMap())) {
            map.put(new byte[] {1}, 1L);
            map.put(new byte[] {2}, 2L);
            assertThat(map.keySet().retainAll(List.of(new byte[] {1}))).isTrue();
            assertThat(map.get(new byte[] {1})).isEqualTo(1);
            assertThat(map).hasSize(1);
        }
    }

    // ------------------------------------------------------------------------------------ equality

    @Test
    void arraysAreFoundByTheirBytes() {
        for (Map<String, byte[]> map : List.of(
                SyncMap.make(heap, Type.UTF8, Type.BYTES),
                MemMap.make(heap, Type.UTF8, Type.BYTES).asMap())) {
            map.put("a", new byte[] {1});
            assertThat(map.containsValue(new byte[] {1})).isTrue();
            assertThat(map.containsValue(new byte[] {2})).isFalse();
            assertThat(map.entrySet().contains(Map.entry("a", new byte[] {1}))).isTrue();
            assertThat(map.hashCode()).isEqualTo(map.hashCode());
            assertThat(map.equals(Map.of("a", new byte[] {1}))).isTrue();
            assertThat(map.equals(Map.of("a", new byte[] {2}))).isFalse();
            Iterator<Map.Entry<String, byte[]>> entries = map.entrySet().iterator();
            assertThat(entries.next().equals(Map.entry("a", new byte[] {1}))).isTrue();
            assertThat(map.replace("a", new byte[] {1}, new byte[] {3})).isTrue();
            assertThat(map.remove("a", new byte[] {3})).isTrue();
            assertThat(map).isEmpty();
        }
    }

    @Test
    void aMapOfNumbersHasTheHashCodeOfAnEqualHashMap() {
        Map<Double, Double> expected = Map.of(0.0, 1.5, 2.0, 0.0);
        for (Map<Double, Double> map : List.of(
                SyncMap.make(heap, Type.DOUBLE, Type.DOUBLE),
                MemMap.make(heap, Type.DOUBLE, Type.DOUBLE).asMap())) {
            map.put(-0.0, 1.5);
            map.put(2.0, -0.0);
            assertThat(map.equals(expected)).isTrue();
            assertThat(map.hashCode()).isEqualTo(expected.hashCode());
            assertThat(map.keySet().hashCode()).isEqualTo(expected.keySet().hashCode());
        }
    }

    /** Keys and values can never be such objects. So equals returns false and does not throw. */
    @Test
    void anObjectThatTheTypeRefusesEqualsNothing() {
        SyncMap<String, String> map = SyncMap.make(heap, Type.UTF8, Type.UTF8);
        map.put("a", "b");
        String bad = "\uD800";
        assertThat(map.containsValue(bad)).isFalse();
        assertThat(map.values().retainAll(List.of(bad, "b"))).isFalse();
        assertThat(map.keySet().equals(Set.of(bad))).isFalse();
        assertThat(map.equals(Map.of(bad, "b"))).isFalse();
        assertThat(map.equals((Object) Map.of(1, 2))).isFalse();
    }
}
