package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** Each entry has a time to live of its own, which an {@link Expiry} or the caller decides. */
class EntryExpiryTest {
    /** An expiry that answers the next duration in its fields, and notes the calls. */
    private static final class Noting implements Expiry<Long, String> {
        final List<String> calls = new ArrayList<>();
        long create = ETERNAL;
        /** What an update answers; -1 for the duration that the entry has. */
        long update = -1;

        long read = -1;

        @Override
        public long expireAfterCreate(Long key, String value, long currentTime) {
            calls.add("create " + key + "=" + value + "@" + currentTime);
            return create;
        }

        @Override
        public long expireAfterUpdate(Long key, String value, long currentTime, long currentDuration) {
            calls.add("update " + key + "=" + value + "@" + currentTime + "+" + currentDuration);
            return update < 0 ? currentDuration : update;
        }

        @Override
        public long expireAfterRead(Long key, String value, long currentTime, long currentDuration) {
            calls.add("read " + key + "=" + value + "@" + currentTime + "+" + currentDuration);
            return read < 0 ? currentDuration : read;
        }

        void told(String... expected) {
            assertThat(calls).containsExactly(expected);
            calls.clear();
        }
    }

    private final AtomicLong clock = new AtomicLong(100);
    private final Noting expiry = new Noting();

    private SyncMap<Long, String> make() {
        return SyncMap.builder(Type.LONG, Type.UTF8)
                .shards(1)
                .expireAfter(expiry)
                .ticker(clock::get)
                .make();
    }

    @Test
    void anExpiryIsAskedOnceForEachOperation() {
        expiry.create = 50;
        try (SyncMap<Long, String> map = make()) {
            map.put(1L, "a");
            expiry.told("create 1=a@100");
            clock.addAndGet(10);
            map.put(1L, "b");
            expiry.told("update 1=b@110+40");
            map.set(1L, "b");
            expiry.told("update 1=b@110+40");
            assertThat(map.get(1L)).isEqualTo("b");
            expiry.told("read 1=b@110+40");
            assertThat(map.containsKey(1L)).isTrue();
            assertThat(map.entrySet()).hasSize(1);
            assertThat(map.entrySet().contains(Map.entry(1L, "b"))).isTrue();
            assertThat(map.equals(Map.of(1L, "b"))).isTrue();
            expiry.told();
            assertThat(map.putIfAbsent(1L, "c")).isEqualTo("b");
            expiry.told("read 1=b@110+40");
            assertThat(map.computeIfAbsent(1L, key -> "c")).isEqualTo("b");
            expiry.told("read 1=b@110+40");
            assertThat(map.replace(1L, "c")).isEqualTo("b");
            expiry.told("update 1=c@110+40");
            assertThat(map.replace(1L, "b", "d")).isFalse();
            assertThat(map.replace(2L, "d")).isNull();
            expiry.told();
            assertThat(map.replace(1L, "c", "d")).isTrue();
            expiry.told("update 1=d@110+40");
            map.merge(1L, "e", String::concat);
            expiry.told("update 1=de@110+40");
            map.update(1L, bytes -> bytes.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 0, (byte) 'D'));
            expiry.told("update 1=De@110+40");
            map.read(1L, bytes -> bytes.byteSize());
            expiry.told("read 1=De@110+40");
            map.computeIfPresent(2L, (key, value) -> "x");
            expiry.told();
            map.putIfAbsent(2L, "x");
            expiry.told("create 2=x@110");
            map.computeIfAbsent(3L, key -> "y");
            expiry.told("create 3=y@110");
            clock.set(150);
            assertThat(map.get(1L)).isNull();
            map.put(1L, "z");
            expiry.told("create 1=z@150");
            map.remove(1L);
            map.remove(2L, "x");
            expiry.told();
            map.check();
        }
    }

    @Test
    void zeroExpiresAtOnceAndEternalNever() {
        try (SyncMap<Long, String> map = make()) {
            expiry.create = 0;
            assertThat(map.put(1L, "a")).isNull();
            assertThat(map.get(1L)).isNull();
            assertThat(map.containsKey(1L)).isFalse();
            assertThat(map.put(1L, "a")).isNull();
            expiry.create = Expiry.ETERNAL;
            map.put(1L, "b");
            clock.addAndGet(Duration.ofDays(36_500).toNanos());
            assertThat(map.get(1L)).isEqualTo("b");
            expiry.read = 0;
            assertThat(map.get(1L)).isEqualTo("b");
            assertThat(map.get(1L)).isNull();
            map.put(1L, "c");
            expiry.update = 0;
            assertThat(map.put(1L, "d")).isEqualTo("c");
            assertThat(map.get(1L)).isNull();
            expiry.create = -5;
            map.put(1L, "e");
            assertThat(map.get(1L)).isNull();
            map.purgeExpired();
            assertThat(map).isEmpty();
            map.check();
        }
    }

    @Test
    void aCallerSetsTheTimeOfAnEntry() {
        try (SyncMap<Long, String> map = SyncMap.builder(Type.LONG, Type.UTF8)
                .expireAfter(Expiry.eternal())
                .ticker(clock::get)
                .make()) {
            assertThat(map.put(1L, "a", Duration.ofNanos(30))).isNull();
            assertThat(map.timeToLive(1L)).isEqualTo(Duration.ofNanos(30));
            assertThat(map.putIfAbsent(1L, "b", Duration.ofNanos(99))).isEqualTo("a");
            clock.addAndGet(10);
            map.put(1L, "c");
            assertThat(map.timeToLive(1L)).isEqualTo(Duration.ofNanos(20));
            assertThat(map.expireAfter(1L, Duration.ofNanos(5))).isTrue();
            clock.addAndGet(5);
            assertThat(map.timeToLive(1L)).isNull();
            assertThat(map.expireAfter(1L, Duration.ofNanos(5))).isFalse();
            assertThat(map.putIfAbsent(1L, "d", Duration.ofNanos(7))).isNull();
            assertThat(map.put(1L, "e", Duration.ZERO)).isEqualTo("d");
            assertThat(map.get(1L)).isNull();
            map.put(2L, "f");
            assertThat(map.timeToLive(2L)).isGreaterThan(Duration.ofDays(50_000));
            map.put(2L, "g", Duration.ofSeconds(Long.MAX_VALUE));
            assertThat(map.timeToLive(2L)).isGreaterThan(Duration.ofDays(50_000));
            assertThatThrownBy(() -> map.put(1L, "a", Duration.ofNanos(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("timeToLive must be zero or longer: PT-0.000000001S");
        }
    }

    @Test
    void aMapWithoutTimesRefusesThem() {
        try (SyncMap<Long, String> map = SyncMap.make(Type.LONG, Type.UTF8);
                SyncMap<Long, String> timed = SyncMap.builder(Type.LONG, Type.UTF8)
                        .expireAfterWrite(Duration.ofNanos(1))
                        .make()) {
            for (SyncMap<Long, String> each : List.of(map, timed)) {
                assertThatThrownBy(() -> each.put(1L, "a", Duration.ZERO))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("SyncMapBuilder.expireAfter");
                assertThatThrownBy(() -> each.expireAfter(1L, Duration.ZERO))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThatThrownBy(() -> each.timeToLive(1L)).isInstanceOf(UnsupportedOperationException.class);
            }
        }
        SyncMapBuilder<Long, String> builder =
                SyncMap.builder(Type.LONG, Type.UTF8).expireAfter(expiry);
        assertThatThrownBy(() -> builder.expireAfterWrite(Duration.ofNanos(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expireAfter cannot be set together");
    }

    @Test
    void anExpiryThatThrowsLeavesTheMapAsItWas() {
        List<Throwable> thrown = List.of(new IllegalStateException("no"), new AssertionError("no"));
        for (Throwable each : thrown) {
            boolean[] throwing = {false};
            Expiry<Long, String> bad = new Expiry<>() {
                @Override
                public long expireAfterCreate(Long key, String value, long currentTime) {
                    return answer(ETERNAL);
                }

                @Override
                public long expireAfterUpdate(Long key, String value, long currentTime, long currentDuration) {
                    return answer(currentDuration);
                }

                @Override
                public long expireAfterRead(Long key, String value, long currentTime, long currentDuration) {
                    return answer(currentDuration);
                }

                private long answer(long nanos) {
                    if (throwing[0]) {
                        Evictions.rethrow(each);
                    }
                    return nanos;
                }
            };
            try (SyncMap<Long, String> map =
                    SyncMap.builder(Type.LONG, Type.UTF8).expireAfter(bad).make()) {
                map.put(1L, "a");
                throwing[0] = true;
                List<Runnable> operations = List.of(
                        () -> map.put(1L, "b"),
                        () -> map.put(2L, "b"),
                        () -> map.putIfAbsent(2L, "b"),
                        () -> map.putIfAbsent(1L, "b"),
                        () -> map.replace(1L, "b"),
                        () -> map.replace(1L, "a", "b"),
                        () -> map.merge(1L, "b", String::concat),
                        () -> map.computeIfAbsent(2L, key -> "b"),
                        () -> map.update(1L, bytes -> bytes.fill((byte) 'x')),
                        () -> map.read(1L, bytes -> bytes.byteSize()),
                        () -> map.get(1L));
                for (Runnable operation : operations) {
                    assertThatThrownBy(operation::run).isSameAs(each);
                    map.check();
                }
                throwing[0] = false;
                assertThat(map).isEqualTo(Map.of(1L, "a"));
                map.put(2L, "c");
            }
        }
    }

    @Test
    void anExpiryReadsTheMapAndMayNotChangeIt() {
        List<SyncMap<Long, Long>> maps = new ArrayList<>();
        Expiry<Long, Long> curious = Expiry.creating((key, value) -> {
            SyncMap<Long, Long> map = maps.getFirst();
            assertThat(map.get(key)).isNull();
            assertThatThrownBy(() -> map.put(7L, 7L))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("recursive update");
            return Duration.ofSeconds(1);
        });
        try (SyncMap<Long, Long> map = SyncMap.builder(Type.LONG, Type.LONG)
                .shards(1)
                .expireAfter(curious)
                .make()) {
            maps.add(map);
            map.put(1L, 2L);
            assertThat(map).isEqualTo(Map.of(1L, 2L));
        }
    }

    /** A slot of a map with limits has the value, and behind it the number of a node. */
    @Test
    void aReadOfTheBytesOfANumberPassesTheNumber() {
        Expiry<Long, Long> byValue = Expiry.accessing((key, value) -> Duration.ofNanos(value));
        try (SyncMap<Long, Long> map = SyncMap.builder(Type.LONG, Type.LONG)
                .expireAfter(byValue)
                .ticker(clock::get)
                .make()) {
            map.put(1L, 100_000L);
            clock.addAndGet(500);
            map.read(1L, bytes -> null);
            assertThat(map.timeToLive(1L)).isEqualTo(Duration.ofNanos(100_000));
        }
    }

    @Test
    void aReadDoesNotChangeTheTimeOfAValueThatWasPutMeanwhile() {
        List<SyncMap<Long, String>> maps = new ArrayList<>();
        Expiry<Long, String> expiresOnRead = new Expiry<>() {
            @Override
            public long expireAfterCreate(Long key, String value, long currentTime) {
                return ETERNAL;
            }

            @Override
            public long expireAfterUpdate(Long key, String value, long currentTime, long currentDuration) {
                return ETERNAL;
            }

            @Override
            public long expireAfterRead(Long key, String value, long currentTime, long currentDuration) {
                if (value.equals("old")) {
                    maps.getFirst().put(key, "new");
                }
                return 0;
            }
        };
        try (SyncMap<Long, String> map = SyncMap.builder(Type.LONG, Type.UTF8)
                .expireAfter(expiresOnRead)
                .ticker(clock::get)
                .make()) {
            maps.add(map);
            map.put(1L, "old");
            assertThat(map.get(1L)).isEqualTo("old");
            assertThat(map.get(1L)).isEqualTo("new");
            assertThat(map.get(1L)).isNull();
        }
    }

    private record Timed(String value, long deadline) {}

    private record Told(long key, String value, RemovalCause cause) {}

    @Property(tries = 60)
    void aMapHoldsTheEntriesWhoseTimeIsNotOver(@ForAll long seed, @ForAll boolean bounded) {
        Random random = new Random(seed);
        clock.set(random.nextLong());
        Map<Long, Timed> model = new HashMap<>();
        List<Told> told = new ArrayList<>();
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(4L << 20).open()) {
            SyncMapBuilder<Long, String> builder = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                    .shards(2)
                    .expireAfter(expiry)
                    .ticker(clock::get)
                    .onEviction((key, value, cause) -> told.add(new Told(key, value, cause)));
            SyncMap<Long, String> map = bounded ? builder.maxEntries(40).make() : builder.make();
            for (int step = 0; step < 300; step++) {
                clock.addAndGet(random.nextInt(10));
                expiry.create = random.nextInt(12) == 0 ? 0 : random.nextInt(300);
                expiry.update = random.nextInt(-100, 200);
                expiry.read = random.nextInt(-100, 200);
                expiry.calls.clear();
                Runnable change = step(map, model, random);
                told.removeIf(each -> isEvicted(each, model));
                change.run();
                told.removeIf(each -> isEvicted(each, model)); // what was just written may have expired
                assertThat(told).isEmpty();
                assertThat(map.mappingCount()).isEqualTo(model.size());
                map.check();
            }
            Map<Long, String> alive = new HashMap<>();
            model.forEach((key, entry) -> {
                if (clock.get() - entry.deadline() < 0) {
                    alive.put(key, entry.value());
                }
            });
            assertThat(map).isEqualTo(alive);
            map.purgeExpired();
            assertThat(map.mappingCount()).isEqualTo(alive.size());
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            heap.checkZeroes();
        }
    }

    /** Removes an evicted entry from the model; returns false if the model has no such entry. */
    private boolean isEvicted(Told told, Map<Long, Timed> model) {
        Timed was = model.get(told.key());
        boolean isDue = was != null && clock.get() - was.deadline() >= 0;
        return was != null
                && was.value().equals(told.value())
                && isDue == (told.cause() == RemovalCause.EXPIRED)
                && model.remove(told.key(), was);
    }

    /** Changes the map, and returns the change of the model. */
    private Runnable step(SyncMap<Long, String> map, Map<Long, Timed> model, Random random) {
        long now = clock.get();
        long key = random.nextInt(60);
        String value = Integer.toString(random.nextInt(1000)).repeat(random.nextInt(9) + 1);
        Timed entry = model.get(key);
        Timed before = entry == null || now - entry.deadline() >= 0 ? null : entry;
        String was = before == null ? null : before.value();
        long afterWrite =
                before == null ? now + expiry.create : expiry.update < 0 ? before.deadline() : now + expiry.update;
        long afterRead = before == null || expiry.read < 0 ? 0 : now + expiry.read - before.deadline();
        return switch (random.nextInt(9)) {
            case 0, 1 -> {
                assertThat(map.put(key, value)).isEqualTo(was);
                yield () -> model.put(key, new Timed(value, afterWrite));
            }
            case 2 -> {
                assertThat(map.get(key)).isEqualTo(was);
                yield before == null ? () -> {} : () -> model.put(key, new Timed(was, before.deadline() + afterRead));
            }
            case 3 -> {
                long nanos = random.nextInt(200);
                assertThat(map.put(key, value, Duration.ofNanos(nanos))).isEqualTo(was);
                yield () -> model.put(key, new Timed(value, now + nanos));
            }
            case 4 -> {
                long nanos = random.nextInt(200);
                assertThat(map.expireAfter(key, Duration.ofNanos(nanos))).isEqualTo(before != null);
                yield before == null ? () -> {} : () -> model.put(key, new Timed(was, now + nanos));
            }
            case 5 -> {
                assertThat(map.timeToLive(key))
                        .isEqualTo(before == null ? null : Duration.ofNanos(before.deadline() - now));
                assertThat(map.containsKey(key)).isEqualTo(before != null);
                yield () -> {};
            }
            case 6 -> {
                String made = map.compute(key, (same, old) -> {
                    assertThat(old).isEqualTo(was);
                    return value.charAt(0) == '1' ? null : value;
                });
                yield made != null
                        ? () -> model.put(key, new Timed(value, afterWrite))
                        : () -> model.remove(key, before);
            }
            case 7 -> {
                assertThat(map.remove(key)).isEqualTo(was);
                yield () -> model.remove(key, before);
            }
            default -> {
                assertThat(map.putIfAbsent(key, value)).isEqualTo(was);
                Timed written = before == null
                        ? new Timed(value, now + expiry.create)
                        : new Timed(was, before.deadline() + afterRead);
                yield () -> model.put(key, written);
            }
        };
    }
}
