package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.observe.MemStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A bounded map, used by one thread. */
class BoundedMapTest {
    private record Eviction(Object key, Object value, RemovalCause cause) {}

    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(64L << 20).open();
    private final AtomicLong nanos = new AtomicLong(-500);
    private final List<Eviction> evictions = new ArrayList<>();

    @AfterEach
    void nothingLeaks() {
        heap.checkZeroes();
        heap.close();
    }

    private void free(SyncMap<?, ?> map) {
        map.check();
        map.free();
        assertThat(heap.stats().inUse()).as("bytes still in use").isZero();
    }

    private SyncMapBuilder<Long, String> strings() {
        return SyncMap.builder(heap, Type.LONG, Type.UTF8)
                .ticker(nanos::get)
                .onEviction((key, value, cause) -> evictions.add(new Eviction(key, value, cause)));
    }

    private SyncMapBuilder<Long, Long> longs() {
        return SyncMap.builder(heap, Type.LONG, Type.LONG)
                .ticker(nanos::get)
                .onEviction((key, value, cause) -> evictions.add(new Eviction(key, value, cause)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 63, 64, 65, 127, 128, 1000, 4321})
    void entriesNeverExceedTheirBound(long bound) {
        SyncMap<Long, String> map = strings().maxEntries(bound).make();
        for (long key = 0; key < 3 * bound + 10; key++) {
            assertThat(map.put(key, "value " + key)).isNull();
            assertThat(map.mappingCount()).isLessThanOrEqualTo(bound);
            assertThat(map.get(key)).isEqualTo("value " + key);
            if (key % 50 == 0) {
                map.check();
            }
        }
        assertThat(evictions).hasSize((int) (3 * bound + 10 - map.mappingCount()));
        Set<Object> keys = new HashSet<>(map.keySet());
        for (Eviction entry : evictions) {
            assertThat(keys.add(entry.key()))
                    .as("the key was evicted at most once and is absent")
                    .isTrue();
            assertThat(entry.value()).isEqualTo("value " + entry.key());
            assertThat(entry.cause()).isEqualTo(RemovalCause.SIZE);
        }
        free(map);
    }

    /** The heap holds only this map, so all bytes in use belong to the map. */
    @ParameterizedTest
    @ValueSource(longs = {3_400, 10_000, 64 << 10, 200_000, 1 << 20})
    void bytesNeverExceedTheirBoundWhateverTheValues(long bound) {
        SyncMap<Long, String> map = strings().maxBytes(bound).make();
        Random random = new Random(bound);
        for (int step = 0; step < 4000; step++) {
            long key = random.nextInt(3000);
            int length = random.nextInt(step % 1000 < 500 ? 20 : 700);
            String value = "v".repeat(length);
            map.put(key, value);
            assertThat(map.get(key)).isEqualTo(value);
            assertThat(heap.stats().inUse()).isLessThanOrEqualTo(bound);
            if (step % 100 == 0) {
                map.check();
                assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
            }
        }
        if (bound < 1 << 20) {
            assertThat(evictions).isNotEmpty().extracting(Eviction::cause).containsOnly(RemovalCause.SIZE);
        }
        assertThat(heap.stats().inUse()).as("the map uses its bound").isGreaterThan(bound / 3);
        free(map);
    }

    @Test
    void aNameIsVisibleToObserversAndItsBytesCount() {
        SyncMap<Long, String> map =
                strings().maxBytes(64 << 10).name("pages " + "x".repeat(1000)).make();
        map.put(1L, "one");
        List<MemStats.Map> seen = MemStats.read().heaps().stream()
                .flatMap(each -> each.maps().stream())
                .filter(each -> each.name().startsWith("pages "))
                .toList();
        assertThat(seen).hasSize(1);
        assertThat(seen.getFirst().size()).isOne();
        assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse()).isBetween(1000L, 64L << 10);
        free(map);

        SyncMap<Long, String> unbounded =
                SyncMap.builder(heap, Type.LONG, Type.UTF8).name("free").make();
        assertThat(unbounded.shards.get(0).table.name()).isEqualTo("free");
        free(unbounded);
    }

    /**
     * If the next array does not fit, the map does not grow. Its chains get as many overflow
     * buckets as fit.
     */
    @Test
    void theMapUsesItsBytesEvenIfTheArrayCannotGrow() {
        SyncMap<Long, Long> map = longs().maxBytes(1 << 20).make();
        for (long key = 0; key < 40_000; key++) {
            map.put(key, key);
            if (key % 1000 == 0) {
                assertThat(heap.stats().inUse()).isLessThanOrEqualTo(1 << 20);
                map.check();
            }
        }
        assertThat(map.mappingCount()).isGreaterThan((1 << 20) / 128);
        assertThat(heap.stats().inUse()).isGreaterThan((1 << 20) * 4 / 5);
        free(map);
    }

    @Test
    void anEntryThatNeverFitsIsRefusedAndEvictsNothing() {
        SyncMap<Long, String> map = strings().maxBytes(20_000).make();
        map.put(1L, "one");
        String large = "v".repeat(30_000);
        for (ThrowingCallable write : List.<ThrowingCallable>of(
                () -> map.put(1L, large),
                () -> map.put(2L, large),
                () -> map.putIfAbsent(2L, large),
                () -> map.replace(1L, large),
                () -> map.replace(1L, "one", large),
                () -> map.compute(1L, (key, old) -> large),
                () -> map.merge(2L, large, String::concat))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(write)
                    .withMessageContaining("20000")
                    .withMessageNotContaining("vvv");
        }
        assertThat(map).isEqualTo(Map.of(1L, "one"));
        assertThat(evictions).isEmpty();
        free(map);
    }

    @Test
    void everyEntryThatIsNotRefusedFits() {
        SyncMap<Long, String> map = strings().maxBytes(20_000).make();
        int fits = 0;
        for (int length = 20_000; length > 100; length -= 100) {
            for (long key = 0; key < 50; key++) {
                map.put(key, "filler");
            }
            try {
                map.put(1L, "v".repeat(length));
                fits++;
                assertThat(map.get(1L)).hasSize(length);
            } catch (IllegalArgumentException e) {
                assertThat(fits).as("larger entries that were accepted").isZero();
            }
            assertThat(heap.stats().inUse()).isLessThanOrEqualTo(20_000);
            map.check();
        }
        assertThat(fits).isGreaterThan(100);
        free(map);
    }

    @Test
    void boundsBelowTheMinimumAreRefused() {
        for (long bad : new long[] {0, -1, Long.MIN_VALUE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> longs().maxEntries(bad))
                    .withMessage("maxEntries must be 1 or more: " + bad);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> longs().maxBytes(bad))
                    .withMessage("maxBytes must be 1 or more: " + bad);
            assertThatIllegalArgumentException().isThrownBy(() -> longs().expireAfterWrite(Duration.ofNanos(bad)));
            assertThatIllegalArgumentException().isThrownBy(() -> longs().expireAfterAccess(Duration.ofNanos(bad)));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> longs().maxBytes(1000).make())
                .withMessageMatching("maxBytes must be \\d+ or more for a map of one entry: 1000");
        assertThat(heap.stats().inUse()).isZero();
    }

    @Test
    void theBoundsOfTheShardsAddUpToTheBoundOfTheMap() {
        for (long bound : new long[] {1, 255, 256, 511, 512, 10_001}) {
            SyncMap<Long, Long> map = longs().maxEntries(bound).make();
            for (long key = 0; key < 20 * bound; key++) {
                map.put(key, key);
            }
            assertThat(map.mappingCount()).isEqualTo(bound);
            free(map);
        }
    }

    @Test
    void bothBoundsHoldTogether() {
        SyncMap<Long, String> map = strings().maxEntries(100).maxBytes(30_000).make();
        for (long key = 0; key < 2000; key++) {
            map.put(key, "v".repeat(key % 500 < 250 ? 3 : 1000));
            assertThat(map.mappingCount()).isLessThanOrEqualTo(100);
            assertThat(heap.stats().inUse()).isLessThanOrEqualTo(30_000);
        }
        free(map);
    }

    @Test
    void entriesThatAreUsedAgainAndAgainOutliveAScan() {
        SyncMap<Long, Long> map = longs().maxEntries(1000).make();
        for (int round = 0; round < 5; round++) {
            for (long key = 0; key < 500; key++) {
                if (map.get(key) == null) {
                    map.put(key, key);
                }
            }
        }
        for (long key = 10_000; key < 30_000; key++) {
            map.put(key, key);
        }
        long stayed = map.keySet().stream().filter(key -> key < 500).count();
        assertThat(stayed).isGreaterThan(450);
        free(map);
    }

    @Test
    void removalAndReplacementAreNotReportedAsEvictions() {
        SyncMap<Long, String> map = strings().maxEntries(10).make();
        map.put(1L, "a");
        map.put(1L, "b");
        map.replace(1L, "b", "c");
        map.remove(1L);
        map.put(2L, "d");
        map.compute(2L, (key, old) -> null);
        map.put(3L, "e");
        map.clear();
        assertThat(evictions).isEmpty();
        free(map);
    }

    /**
     * A NaN cannot be looked up or removed. It is evicted like any other key, also after the table
     * has doubled.
     */
    @RepeatedTest(20) // the hash of a NaN is random
    void nanKeysAreEvictedToo() {
        SyncMap<Double, Double> map = SyncMap.builder(heap, Type.DOUBLE, Type.DOUBLE)
                .maxEntries(200)
                .onEviction((key, value, cause) -> evictions.add(new Eviction(key, value, cause)))
                .make();
        for (int i = 0; i < 1000; i++) {
            map.put(Double.NaN, (double) i);
            assertThat(map.mappingCount()).isLessThanOrEqualTo(200);
            map.check();
        }
        assertThat(evictions).hasSize(800).extracting(Eviction::value).doesNotHaveDuplicates();
        free(map);
    }

    @Test
    void anEntryExpiresAfterItsLastWrite() {
        SyncMap<Long, String> map =
                strings().expireAfterWrite(Duration.ofNanos(100)).make();
        map.put(1L, "a");
        nanos.addAndGet(99);
        assertThat(map.get(1L)).isEqualTo("a");
        map.replace(1L, "b");
        nanos.addAndGet(99);
        assertThat(map.get(1L)).isEqualTo("b");
        nanos.addAndGet(1);
        assertAbsent(map, 1L);
        free(map);
    }

    private static void assertAbsent(SyncMap<Long, String> map, long key) {
        assertThat(map.get(key)).isNull();
        assertThat(map.containsKey(key)).isFalse();
        assertThat(map.getOrDefault(key, "default")).isEqualTo("default");
        assertThat(map.replace(key, "x")).isNull();
        assertThat(map.replace(key, "b", "x")).isFalse();
        assertThat(map.remove(key, "b")).isFalse();
        assertThat(map.computeIfPresent(key, (same, old) -> old)).isNull();
        assertThat(map.keySet()).doesNotContain(key);
        assertThat(map.values()).isEmpty();
        assertThat(map.entrySet().iterator().hasNext()).isFalse();
        assertThat(map.remove(key)).isNull();
    }

    @Test
    void writesTreatAnExpiredEntryAsAbsent() {
        SyncMap<Long, String> map =
                strings().expireAfterWrite(Duration.ofNanos(100)).make();
        List<Supplier<String>> writes = List.of(
                () -> map.put(1L, "new"),
                () -> map.putIfAbsent(1L, "new"),
                () -> map.compute(1L, (key, old) -> old == null ? "new" : "old").equals("new") ? null : "old",
                () -> map.computeIfAbsent(1L, key -> "new").equals("new") ? null : "old",
                () -> map.merge(1L, "new", String::concat).equals("new") ? null : "old");
        for (Supplier<String> write : writes) {
            map.put(1L, "old");
            evictions.clear();
            nanos.addAndGet(100);
            assertThat(write.get()).isNull();
            assertThat(map.get(1L)).isEqualTo("new");
            assertThat(evictions).containsExactly(new Eviction(1L, "old", RemovalCause.EXPIRED));
            map.clear();
        }
        free(map);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 100, 1023, 1024, 100_000, 1L << 40})
    void theTimeOfTheLastReadIsExactToA1024thOfTheDuration(long duration) {
        SyncMap<Long, String> map =
                strings().expireAfterAccess(Duration.ofNanos(duration)).make();
        map.put(1L, "a");
        long granularity = duration >> 10;
        for (int i = 0; i < 50; i++) {
            nanos.addAndGet(Math.max(0, duration - granularity - 1 - i % 3 * granularity));
            assertThat(map.get(1L)).as("value at read " + i).isEqualTo("a");
        }
        nanos.addAndGet(duration);
        assertThat(map.containsKey(1L)).isFalse();
        assertThat(map.get(1L)).isNull();
        free(map);
    }

    @Test
    void askingWhetherAKeyIsPresentIsNoRead() {
        SyncMap<Long, String> map =
                strings().expireAfterAccess(Duration.ofNanos(100)).make();
        map.put(1L, "a");
        nanos.addAndGet(60);
        assertThat(map.containsKey(1L)).isTrue();
        assertThat(map).containsValue("a");
        nanos.addAndGet(40);
        assertThat(map.get(1L)).isNull();
        free(map);
    }

    /** The function holds the lock as a reader. Its own reads must not wait for the lock. */
    @Test
    void aReadInsideAFunctionCountsAsARead() {
        SyncMap<Long, String> map =
                strings().expireAfterAccess(Duration.ofNanos(1000)).make();
        map.put(1L, "a");
        nanos.addAndGet(900);
        map.compute(1L, (key, old) -> map.get(1L) + "b");
        nanos.addAndGet(900);
        assertThat(map.get(1L)).isEqualTo("ab");
        free(map);
    }

    @Test
    void writesGraduallyPurgeExpiredEntries() {
        SyncMap<Long, String> map =
                strings().expireAfterWrite(Duration.ofSeconds(1)).make();
        for (long key = 0; key < 5000; key++) {
            map.put(key, "value");
        }
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(map.mappingCount()).isEqualTo(5000);
        for (long key = 5000; key < 7000; key++) {
            map.put(key, "value");
        }
        assertThat(map.mappingCount()).isEqualTo(2000);
        assertThat(evictions).hasSize(5000).extracting(Eviction::cause).containsOnly(RemovalCause.EXPIRED);
        free(map);
    }

    @Test
    void purgeRemovesExactlyTheExpiredEntries() {
        SyncMap<Long, String> map = strings()
                .maxEntries(10_000)
                .expireAfterWrite(Duration.ofSeconds(1))
                .make();
        long empty = heap.stats().inUse();
        for (long key = 0; key < 1000; key++) {
            map.put(key, "value");
            nanos.addAndGet(Duration.ofMillis(1).toNanos());
        }
        nanos.addAndGet(Duration.ofMillis(499).toNanos());
        map.purgeExpired();
        assertThat(map.mappingCount()).isEqualTo(500);
        assertThat(map.keySet()).allMatch(key -> key >= 500);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        map.purgeExpired();
        assertThat(map.mappingCount()).isZero();
        assertThat(evictions).hasSize(1000);
        assertThat(heap.stats().inUse()).isGreaterThanOrEqualTo(empty);
        free(map);
    }

    @Test
    void entriesNeverExpireIfTheDurationExceedsTheRangeOfTheClock() {
        SyncMap<Long, String> map =
                strings().expireAfterWrite(Duration.ofSeconds(Long.MAX_VALUE)).make();
        map.put(1L, "a");
        nanos.addAndGet(Long.MAX_VALUE / 2);
        assertThat(map.get(1L)).isEqualTo("a");
        free(map);
    }

    @Test
    void anExceptionOfTheListenerIsThrownAfterTheWriteAndAllOtherEvictions() {
        List<Long> told = new ArrayList<>();
        SyncMap<Long, String> map = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                .maxBytes(20_000)
                .onEviction((key, value, cause) -> {
                    told.add(key);
                    throw new IllegalStateException("refuses " + key);
                })
                .make();
        long key = 0;
        while (told.isEmpty()) {
            try {
                map.put(key, "v".repeat(100));
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("refuses " + told.getFirst());
                assertThat(map.get(key)).isEqualTo("v".repeat(100));
            }
            key++;
        }
        told.clear();
        long before = map.mappingCount();
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> map.put(-1L, "v".repeat(3000)))
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(told.size() - 1));
        assertThat(told).hasSizeGreaterThan(10);
        assertThat(map.mappingCount()).isEqualTo(before + 1 - told.size());
        assertThat(map.get(-1L)).hasSize(3000);
        free(map);
    }

    @Test
    void aListenerMayUseTheMap() {
        List<SyncMap<Long, Long>> made = new ArrayList<>();
        AtomicLong puts = new AtomicLong();
        SyncMap<Long, Long> map = SyncMap.builder(heap, Type.LONG, Type.LONG)
                .maxEntries(100)
                .onEviction((key, value, cause) -> {
                    assertThat(made.getFirst().containsKey(key)).isFalse();
                    if (puts.getAndIncrement() < 50) {
                        made.getFirst().put(-key, value);
                    }
                })
                .make();
        made.add(map);
        for (long key = 1; key < 1000; key++) {
            map.put(key, key);
        }
        assertThat(map.mappingCount()).isEqualTo(100);
        assertThat(puts).hasValue(999 + 50 - 100);
        free(map);
    }

    /** If there is no room for both the old and the new value, the old one is freed first. */
    @Test
    void aLargeValueReplacesALargeOne() {
        SyncMap<Long, String> map = strings().maxBytes(20_000).make();
        for (int i = 0; i < 20; i++) {
            String value = (i % 2 == 0 ? "a" : "b").repeat(14_000 - 500 * i);
            map.put(1L, value);
            assertThat(map.get(1L)).isEqualTo(value);
            assertThat(heap.stats().inUse()).isLessThanOrEqualTo(20_000);
            map.check();
        }
        free(map);
    }

    @Test
    void anExhaustedHeapEvictsNothing() {
        try (NativeHeap small = NativeHeap.builder().shared().maxBytes(1 << 20).open()) {
            SyncMap<Long, String> map = SyncMap.builder(small, Type.LONG, Type.UTF8)
                    .maxBytes(4 << 20)
                    .onEviction((key, value, cause) -> evictions.add(new Eviction(key, value, cause)))
                    .make();
            long[] count = {0};
            assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(() -> {
                for (; ; count[0]++) {
                    map.put(count[0], "v".repeat(1000));
                }
            });
            assertThat(evictions).isEmpty();
            assertThat(map.mappingCount()).isEqualTo(count[0]);
            map.check();
            map.free();
            assertThat(small.stats().inUse()).isZero();
        }
    }

    @Test
    void aBoundedMapThatCannotBeMadeLeavesNothingInTheHeap() {
        for (long n = 1; n <= 60; n++) {
            heap.failAllocation(n);
            try {
                strings().maxEntries(10_000).make().free();
            } catch (HeapExhaustedException e) {
                assertThat(e).hasMessageStartingWith("no room");
            }
            heap.failAllocation(0);
            assertThat(heap.stats().inUse())
                    .as("bytes in use after allocation " + n + " has failed")
                    .isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void boundsHoldHoweverTheKeysSpread(ChosenHash hash) {
        try (NativeHeap own = hash.open(64L << 20)) {
            SyncMap<Long, String> entries =
                    SyncMap.builder(own, Type.LONG, Type.UTF8).maxEntries(300).make();
            for (long i = 0; i < 2000; i++) {
                entries.put(hash.key(i), "v" + i);
                assertThat(entries.mappingCount()).isLessThanOrEqualTo(300);
                assertThat(entries.get(hash.key(i))).isEqualTo("v" + i);
            }
            entries.check();
            entries.free();
            SyncMap<Long, String> bytes =
                    SyncMap.builder(own, Type.LONG, Type.UTF8).maxBytes(100_000).make();
            for (long i = 0; i < 2000; i++) {
                bytes.put(hash.key(i), "v".repeat((int) (i % 300)));
                assertThat(own.stats().inUse()).isLessThanOrEqualTo(100_000);
                assertThat(bytes.get(hash.key(i))).hasSize((int) (i % 300));
            }
            bytes.check();
            bytes.free();
            assertThat(own.stats().inUse()).isZero();
        }
    }
}
