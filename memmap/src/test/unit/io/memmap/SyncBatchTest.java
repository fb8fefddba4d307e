package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Operations on many keys lock each shard once, and do what the single operations do. */
class SyncBatchTest {
    @Property(tries = 60)
    void batchesDoWhatSingleOperationsDo(@ForAll long seed, @ForAll boolean bounded, @ForAll boolean asks) {
        Random random = new Random(seed);
        AtomicLong clock = new AtomicLong(random.nextLong());
        Map<Long, String> model = new TreeMap<>();
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(8L << 20).open()) {
            SyncMapBuilder<Long, String> builder = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                    .shards(1 << random.nextInt(4))
                    .ticker(clock::get);
            if (bounded) {
                builder.maxEntries(10_000);
            }
            if (asks) {
                builder.expireAfter(Expiry.eternal());
            }
            SyncMap<Long, String> map = builder.recordStats().make();
            long hits = 0;
            long misses = 0;
            for (int step = 0; step < 30; step++) {
                Map<Long, String> entries = new LinkedHashMap<>();
                for (int i = random.nextInt(60); i > 0; i--) {
                    entries.put((long) random.nextInt(100), "v" + random.nextInt());
                }
                map.putAll(entries);
                model.putAll(entries);
                List<Long> keys = LongStream.range(0, random.nextInt(50))
                        .mapToObj(i -> (long) random.nextInt(150))
                        .toList();
                Map<Long, String> expected = new LinkedHashMap<>();
                for (Long key : keys) {
                    String value = model.get(key);
                    if (value != null) {
                        expected.put(key, value);
                    }
                }
                Map<Long, String> found = map.getAll(keys);
                assertThat(new ArrayList<>(found.entrySet())).isEqualTo(new ArrayList<>(expected.entrySet()));
                hits += expected.size();
                misses += Set.copyOf(keys).size() - expected.size();
                if (random.nextInt(4) == 0) {
                    Long gone = (long) random.nextInt(100);
                    assertThat(map.remove(gone)).isEqualTo(model.remove(gone));
                }
                map.check();
            }
            assertThat(map.cacheStats().hits()).isEqualTo(hits);
            assertThat(map.cacheStats().misses()).isEqualTo(misses);
            assertThat(map).isEqualTo(model);
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    @Test
    void aBatchMayHaveManyPortions() {
        Map<String, byte[]> large = new LinkedHashMap<>();
        for (int i = 0; i < 20_000; i++) {
            large.put("key " + i, new byte[i % 700]);
        }
        large.put("huge", new byte[9 << 20]);
        try (SyncMap<String, byte[]> map =
                SyncMap.builder(Type.UTF8, Type.BYTES).shards(2).make()) {
            map.putAll(large);
            assertThat(map).hasSize(20_001);
            Map<String, byte[]> found = map.getAll(large.keySet());
            assertThat(found.keySet()).containsExactlyElementsOf(large.keySet());
            large.forEach((key, value) ->
                    assertThat(Arrays.equals(found.get(key), value)).isTrue());
            map.check();
        }
    }

    @Test
    void aBulkLoaderLoadsWhatIsAbsent() {
        try (SyncMap<Long, String> map =
                SyncMap.builder(Type.LONG, Type.UTF8).recordStats().make()) {
            map.put(2L, "b");
            Map<Long, String> found = map.getAll(List.of(1L, 2L, 3L, 1L, 4L), missing -> {
                assertThat(missing.stream().map(key -> (Object) key)).containsExactly(1L, 3L, 4L);
                return Map.of(1L, "a", 3L, "c", 5L, "e");
            });
            assertThat(found).containsExactly(entry(1L, "a"), entry(2L, "b"), entry(3L, "c"));
            assertThat(map.getAll(List.of(1L), missing -> {
                        throw new AssertionError("all are present");
                    }))
                    .containsExactly(entry(1L, "a"));
            CacheStats stats = map.cacheStats();
            assertThat(stats).isEqualTo(new CacheStats(2, 3, 4, 1, 0, stats.loadNanos(), 0, 0, 0));
            assertThat(map).isEqualTo(Map.of(1L, "a", 2L, "b", 3L, "c", 5L, "e"));
            assertThatThrownBy(() -> found.put(1L, "x")).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void writesWhileABulkLoaderRunsWin() {
        try (SyncMap<Long, String> map = SyncMap.make(Type.LONG, Type.UTF8)) {
            Map<Long, String> found = map.getAll(List.of(1L, 2L, 3L), missing -> {
                map.put(1L, "put");
                map.remove(2L);
                assertThatThrownBy(() -> map.get(3L, key -> "x"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("recursive load");
                return Map.of(1L, "a", 2L, "b", 3L, "c");
            });
            assertThat(found).containsExactly(entry(1L, "put"), entry(2L, "b"), entry(3L, "c"));
            assertThat(map).isEqualTo(Map.of(1L, "put", 3L, "c"));
            assertThat(map.get(4L, key -> {
                        map.getAll(List.of(4L, 5L), missing -> Map.of(4L, "bulk", 5L, "other"));
                        return "own";
                    }))
                    .isEqualTo("own");
            assertThat(map).isEqualTo(Map.of(1L, "put", 3L, "c", 4L, "own", 5L, "other"));
            assertThat(map.loads.isEmpty()).isTrue();
        }
    }

    @Test
    void aBulkLoaderThatFailsLeavesNothing() {
        try (SyncMap<Long, String> map = SyncMap.make(Type.LONG, Type.UTF8)) {
            assertThatThrownBy(() -> map.getAll(List.of(1L, 2L), missing -> {
                        throw new AssertionError("no");
                    }))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("no");
            assertThatThrownBy(() -> map.getAll(List.of(1L, 2L), missing -> null))
                    .isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> map.getAll(Arrays.asList(1L, null))).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> map.compute(
                            9L,
                            (key, value) ->
                                    map.getAll(List.of(1L), missing -> Map.of()).toString()))
                    .hasMessageContaining("recursive update");
            assertThat(map.loads.isEmpty()).isTrue();
            assertThat(map).isEmpty();
        }
    }

    enum Kind {
        PLAIN,
        BOUNDED,
        IN_BYTES,
        EXPIRING,
        WITH_DEADLINES
    }

    @Property(tries = 60)
    void aCopyHasTheSameEntriesAndTimes(@ForAll long seed, @ForAll Kind kind) {
        Random random = new Random(seed);
        AtomicLong clock = new AtomicLong(random.nextLong());
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(8L << 20).open();
                NativeHeap other =
                        NativeHeap.builder().shared().maxBytes(8L << 20).open()) {
            SyncMapBuilder<Double, String> builder = SyncMap.builder(heap, Type.DOUBLE, Type.UTF8)
                    .shards(2)
                    .name("original")
                    .ticker(clock::get);
            switch (kind) {
                case PLAIN -> {}
                case BOUNDED -> builder.maxEntries(500);
                case IN_BYTES -> builder.maxBytes(200_000);
                case EXPIRING ->
                    builder.expireAfterWrite(Duration.ofNanos(200)).expireAfterAccess(Duration.ofNanos(120));
                case WITH_DEADLINES ->
                    builder.expireAfter(Expiry.creating((key, value) -> Duration.ofNanos(value.length() * 10L)));
            }
            SyncMap<Double, String> map = builder.make();
            for (int i = 0; i < 200; i++) {
                clock.incrementAndGet();
                double key = random.nextInt(20) == 0 ? Double.NaN : random.nextInt(100);
                map.put(key, "v".repeat(random.nextInt(40)));
                map.get((double) random.nextInt(100));
            }
            SyncMap<Double, String> copy = map.copyTo(other);
            copy.check();
            assertThat(copy.shards()).isEqualTo(2);
            for (int i = 0; i < 12; i++) {
                assertThat(numbers(copy)).isEqualTo(numbers(map));
                clock.addAndGet(random.nextInt(60));
            }
            map.put(1000.0, "only here");
            assertThat(copy).doesNotContainKey(1000.0);
            copy.put(1001.0, "only there");
            copy.check();
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            copy.free();
            assertThat(other.stats().inUse()).isZero();
            other.checkZeroes();
        }
    }

    /** Returns the entries as text, in order. NaN keys are equal as text. */
    private static List<String> numbers(SyncMap<Double, String> map) {
        return map.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue())
                .sorted()
                .toList();
    }

    @Test
    void aCopyKeepsTheOrderOfEviction() {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(8L << 20).open()) {
            SyncMap<Long, Long> map = SyncMap.builder(heap, Type.LONG, Type.LONG)
                    .maxEntries(100)
                    .shards(1)
                    .make();
            for (long key = 0; key < 100; key++) {
                map.put(key, key);
            }
            for (long key = 0; key < 50; key++) {
                map.get(key);
            }
            map.put(50L, 50L); // counts the reads
            SyncMap<Long, Long> copy = map.copyTo(heap);
            for (long key = 1000; key < 1040; key++) {
                copy.put(key, key);
            }
            for (long key = 0; key < 50; key++) {
                assertThat(copy).containsKey(key);
            }
            copy.check();
        }
    }

    @Test
    void aCopyThatFailsLeavesNothing() {
        try (NativeHeap heap = NativeHeap.ofShared();
                NativeHeap small =
                        NativeHeap.builder().shared().maxBytes(1 << 20).open();
                SyncMap<Long, byte[]> map = SyncMap.make(heap, Type.LONG, Type.BYTES)) {
            for (long key = 0; key < 100; key++) {
                map.put(key, new byte[100_000]);
            }
            assertThatThrownBy(() -> map.copyTo(small)).isInstanceOf(HeapExhaustedException.class);
            assertThat(small.stats().inUse()).isZero();
            small.checkZeroes();
            try (NativeHeap confined = NativeHeap.ofConfined()) {
                assertThatThrownBy(() -> map.copyTo(confined)).isInstanceOf(IllegalArgumentException.class);
            }
            map.check();
        }
    }
}
