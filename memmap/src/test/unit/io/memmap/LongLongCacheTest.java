package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** A cache of longs without boxing does what the map does that it is a view of. */
class LongLongCacheTest {
    enum Kind {
        EVICTING,
        EXPIRING,
        WITH_DEADLINES
    }

    private record Timed(long value, long read) {}

    @Property(tries = 60)
    void itHoldsWhatWasNeitherEvictedNorExpired(@ForAll long seed, @ForAll Kind kind) {
        Random random = new Random(seed);
        AtomicLong clock = new AtomicLong(random.nextLong());
        Map<Long, Timed> model = new HashMap<>();
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(8L << 20).open()) {
            SyncMapBuilder<Long, Long> builder = SyncMap.builder(heap, Type.LONG, Type.LONG)
                    .shards(1)
                    .ticker(clock::get)
                    .onEviction((key, value, cause) -> {
                        if (cause == RemovalCause.SIZE) {
                            assertThat(model.remove(key).value()).isEqualTo(value);
                        }
                    });
            switch (kind) {
                case EVICTING -> builder.maxEntries(50);
                case EXPIRING -> builder.expireAfterAccess(Duration.ofNanos(100));
                case WITH_DEADLINES -> builder.expireAfter(Expiry.accessing((key, value) -> Duration.ofNanos(100)));
            }
            LongLongCache cache = LongLongCache.of(builder.make());
            for (int step = 0; step < 500; step++) {
                clock.addAndGet(random.nextInt(6));
                long now = clock.get();
                model.values().removeIf(entry -> kind != Kind.EVICTING && now - entry.read() >= 100);
                long key = random.nextInt(80);
                long value = random.nextInt(5);
                Timed entry = model.get(key);
                long before = entry == null ? 0 : entry.value();
                switch (random.nextInt(9)) {
                    case 0, 1 -> {
                        assertThat(cache.put(key, value)).isEqualTo(before);
                        model.put(key, new Timed(value, now));
                    }
                    case 2 -> {
                        long stored = entry == null ? value : before;
                        assertThat(cache.putIfAbsent(key, value)).isEqualTo(stored);
                        model.put(key, new Timed(stored, now));
                    }
                    case 3 -> {
                        assertThat(cache.add(key, value)).isEqualTo(before + value);
                        model.put(key, new Timed(before + value, now));
                    }
                    case 4 -> {
                        long merged = entry == null ? value : before * 3 + value;
                        assertThat(cache.merge(key, value, (old, given) -> old * 3 + given))
                                .isEqualTo(merged);
                        model.put(key, new Timed(merged, now));
                    }
                    case 5 -> {
                        assertThat(cache.remove(key)).isEqualTo(entry != null);
                        model.remove(key);
                    }
                    case 6 -> {
                        assertThat(cache.remove(key, value)).isEqualTo(entry != null && before == value);
                        if (before == value) {
                            model.remove(key);
                        }
                    }
                    case 7 -> {
                        assertThat(cache.getOrDefault(key, -1)).isEqualTo(entry == null ? -1 : before);
                        if (entry != null) {
                            model.put(key, new Timed(before, now));
                        }
                    }
                    default -> assertThat(cache.containsKey(key)).isEqualTo(entry != null);
                }
                cache.asMap().check();
            }
            Map<Long, Long> seen = new HashMap<>();
            cache.forEach((key, value) -> assertThat(seen.put(key, value)).isNull());
            Map<Long, Long> expected = new HashMap<>();
            model.forEach((key, entry) -> {
                if (kind == Kind.EVICTING || clock.get() - entry.read() < 100) {
                    expected.put(key, entry.value());
                }
            });
            assertThat(seen).isEqualTo(expected);
            cache.purgeExpired();
            assertThat(cache.size()).isEqualTo(expected.size());
            cache.close();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    @Test
    void batchesAndFigures() {
        try (LongLongCache cache = LongLongCache.of(SyncMap.builder(Type.LONG, Type.LONG)
                .maxEntries(100)
                .shards(1)
                .recordStats()
                .make())) {
            cache.putAll(new long[] {1, 2, 1}, new long[] {10, 20, 30});
            long[] values = new long[3];
            cache.getAll(new long[] {2, 3, 1}, values);
            assertThat(values).containsExactly(20, 0, 30);
            assertThat(cache.cacheStats()).isEqualTo(new CacheStats(2, 1, 3, 0, 0, 0, 0, 0, 0));
            assertThat(cache.toString()).contains("1=30", "2=20");
            assertThatThrownBy(() -> cache.getAll(new long[2], new long[1]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("values must have room for 2 keys: 1");
            assertThatThrownBy(() -> cache.putAll(new long[2], new long[1]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("there must be as many values as keys, 2: 1");
            assertThatThrownBy(() -> cache.merge(1, 2, (old, given) -> cache.add(3, 1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("recursive update");
            cache.clear();
            assertThat(cache.size()).isZero();
        }
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void onlyMapsOfLongsHaveAView() {
        try (SyncMap map = SyncMap.make(Type.LONG, Type.INT)) {
            assertThatThrownBy(() -> LongLongCache.of(map))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the map must have keys and values of Type.LONG: map[long]int");
        }
    }
}
