package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** A listener receives all entries that leave a map, each once, with its last value. */
class RemovalListenerTest {
    private record Removed(Object key, Object value, RemovalCause cause) {}

    private final List<Removed> removed = new ArrayList<>();

    private void told(Object... expected) {
        List<Object> parts = new ArrayList<>();
        removed.forEach(each -> parts.addAll(List.of(each.key(), each.value(), each.cause())));
        assertThat(parts).containsExactly(expected);
        removed.clear();
    }

    @Test
    void everyKindOfRemovalIsTold() {
        AtomicLong clock = new AtomicLong();
        try (SyncMap<Long, String> map = SyncMap.builder(Type.LONG, Type.UTF8)
                .shards(1)
                .expireAfterWrite(Duration.ofNanos(10))
                .ticker(clock::get)
                .onRemoval((key, value, cause) -> removed.add(new Removed(key, value, cause)))
                .make()) {
            map.put(1L, "a");
            told();
            map.put(1L, "b");
            told(1L, "a", RemovalCause.REPLACED);
            map.set(1L, "B");
            told(1L, "b", RemovalCause.REPLACED);
            map.replace(1L, "c");
            told(1L, "B", RemovalCause.REPLACED);
            map.replace(1L, "c", "d");
            told(1L, "c", RemovalCause.REPLACED);
            map.replace(1L, "x", "y");
            map.putIfAbsent(1L, "y");
            map.computeIfAbsent(1L, key -> "y");
            told();
            map.merge(1L, "e", String::concat);
            told(1L, "d", RemovalCause.REPLACED);
            map.update(1L, bytes -> bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) 'D'));
            told(1L, "de", RemovalCause.REPLACED);
            map.remove(1L, "x");
            map.remove(2L);
            told();
            map.remove(1L, "De");
            told(1L, "De", RemovalCause.EXPLICIT);
            map.put(1L, "f");
            map.compute(1L, (key, value) -> null);
            told(1L, "f", RemovalCause.EXPLICIT);
            map.put(1L, "g");
            map.entrySet().removeIf(entry -> entry.getValue().equals("g"));
            told(1L, "g", RemovalCause.EXPLICIT);
            map.put(1L, "h");
            clock.addAndGet(5);
            map.put(2L, "i");
            clock.addAndGet(5);
            map.put(1L, "j");
            told(1L, "h", RemovalCause.EXPIRED);
            clock.addAndGet(5);
            map.clear();
            assertThat(removed)
                    .containsExactlyInAnyOrder(
                            new Removed(1L, "j", RemovalCause.EXPLICIT), new Removed(2L, "i", RemovalCause.EXPIRED));
            map.check();
        }
    }

    @Test
    void aMapWithoutBoundsTellsRemovalsToo() {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(8L << 20).open()) {
            SyncMap<String, byte[]> map = SyncMap.builder(heap, Type.UTF8, Type.BYTES)
                    .onRemoval((key, value, cause) -> removed.add(new Removed(key, value.length, cause)))
                    .make();
            for (int i = 0; i < 1000; i++) {
                map.put("k" + i, new byte[i]);
            }
            told();
            assertThat(map).hasSize(1000);
            map.clear();
            assertThat(removed).hasSize(1000).allMatch(each -> each.cause() == RemovalCause.EXPLICIT);
            map.check();
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    @Test
    void aTooLargeValueReplacesTheOneBefore() {
        try (SyncMap<Long, byte[]> map = SyncMap.builder(Type.LONG, Type.BYTES)
                .maxBytes(64 << 10)
                .shards(1)
                .dropTooLarge()
                .onRemoval((key, value, cause) -> removed.add(new Removed(key, value.length, cause)))
                .make()) {
            map.put(1L, new byte[5]);
            map.put(1L, new byte[100 << 10]);
            told(1L, 100 << 10, RemovalCause.TOO_LARGE, 1L, 5, RemovalCause.REPLACED);
            assertThat(map.cacheStats().tooLarge()).isEqualTo(1);
        }
    }

    @Test
    void bothListenersReceiveAnEvictionWhateverTheyThrow() {
        List<String> calls = new ArrayList<>();
        IllegalStateException first = new IllegalStateException("first");
        AssertionError second = new AssertionError("second");
        try (SyncMap<Long, Long> map = SyncMap.builder(Type.LONG, Type.LONG)
                .maxEntries(1)
                .onEviction((key, value, cause) -> {
                    calls.add("evicted " + key + " " + cause);
                    throw first;
                })
                .onRemoval((key, value, cause) -> {
                    calls.add("removed " + key + " " + cause);
                    throw second;
                })
                .make()) {
            map.put(1L, 1L);
            assertThatThrownBy(() -> map.put(2L, 2L))
                    .isSameAs(first)
                    .satisfies(thrown -> assertThat(thrown.getSuppressed()).containsExactly(second));
            assertThatThrownBy(() -> map.remove(2L)).isSameAs(second);
            assertThat(map).isEmpty();
            assertThat(calls).containsExactly("evicted 1 SIZE", "removed 1 SIZE", "removed 2 EXPLICIT");
        }
    }

    @Test
    void aWriteThatFailsTellsNothing() {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(1 << 20).open()) {
            SyncMap<Long, byte[]> map = SyncMap.builder(heap, Type.LONG, Type.BYTES)
                    .shards(1)
                    .onRemoval((key, value, cause) -> removed.add(new Removed(key, value.length, cause)))
                    .make();
            map.put(1L, new byte[5]);
            assertThatThrownBy(() -> map.put(1L, new byte[2 << 20])).isInstanceOf(HeapExhaustedException.class);
            told();
            assertThat(map.get(1L)).hasSize(5);
            map.check();
        }
    }

    @Property(tries = 40)
    void everyValueIsToldOnce(
            @ForAll long seed, @ForAll boolean bounded, @ForAll boolean expires, @ForAll boolean cramped) {
        Random random = new Random(seed);
        AtomicLong clock = new AtomicLong(random.nextLong());
        Map<Integer, RemovalCause> causes = new HashMap<>();
        List<String> wrong = new ArrayList<>();
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(4L << 20).open()) {
            SyncMapBuilder<Integer, String> builder = SyncMap.builder(heap, Type.INT, Type.UTF8)
                    .shards(2)
                    .ticker(clock::get)
                    .onRemoval((key, value, cause) -> {
                        int number = Integer.parseInt(value.strip());
                        if (causes.put(number, cause) != null) {
                            wrong.add("told twice: " + number);
                        }
                    });
            if (bounded) {
                builder.maxEntries(30);
            }
            if (cramped) {
                builder.maxBytes(16_000).dropTooLarge();
            }
            if (expires) {
                builder.expireAfterWrite(Duration.ofNanos(50));
            }
            SyncMap<Integer, String> map = builder.make();
            int values = 0;
            for (int step = 0; step < 300; step++) {
                clock.addAndGet(random.nextInt(5));
                int key = random.nextInt(50);
                String value = values + " ".repeat(random.nextInt(random.nextInt(8) == 0 ? 2_000 : 40));
                switch (random.nextInt(6)) {
                    case 0, 1 -> {
                        map.put(key, value);
                        values++;
                    }
                    case 2 -> {
                        map.compute(key, (same, old) -> value);
                        values++;
                    }
                    case 3 -> map.remove(key);
                    case 4 -> {
                        if (map.putIfAbsent(key, value) == null) {
                            values++;
                        }
                    }
                    default -> {
                        if (random.nextInt(20) == 0) {
                            map.clear();
                        }
                    }
                }
                assertThat(wrong).isEmpty();
                map.check();
            }
            map.purgeExpired();
            for (String value : map.values()) {
                assertThat(causes).doesNotContainKey(Integer.parseInt(value.strip()));
            }
            assertThat(causes.size() + map.size()).isEqualTo(values);
            map.clear();
            assertThat(causes).hasSize(values);
            CacheStats stats = map.cacheStats();
            assertThat(stats.evictions()).isEqualTo(count(causes, RemovalCause.SIZE));
            assertThat(stats.tooLarge()).isEqualTo(count(causes, RemovalCause.TOO_LARGE));
            assertThat(stats.expirations()).isEqualTo(count(causes, RemovalCause.EXPIRED));
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    private static long count(Map<Integer, RemovalCause> causes, RemovalCause cause) {
        return causes.values().stream().filter(each -> each == cause).count();
    }
}
