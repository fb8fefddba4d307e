package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.format.BoundsLayout;
import io.memmap.format.Mem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests maps with limits in files: what they keep, and which limits they can be opened with. */
class CacheFileTest {
    private static final String NAME = "cache";

    @TempDir
    private Path directory;

    private Path path;
    private final AtomicLong clock = new AtomicLong(1_000_000_000_000L);

    @BeforeEach
    void nameTheFile() {
        path = directory.resolve("heap");
    }

    private NativeHeap open() {
        return open(path);
    }

    private static NativeHeap open(Path file) {
        return NativeHeap.builder().shared().maxBytes(16 << 20).file(file).open();
    }

    private SyncMapBuilder<Long, String> builder(NativeHeap heap) {
        return SyncMap.builder(heap, Type.LONG, Type.UTF8).name(NAME);
    }

    private SyncMapBuilder<Long, String> timed(NativeHeap heap) {
        return builder(heap).ticker(clock::get);
    }

    private static long bounds(SyncMap<?, ?> map) {
        return map.shards.get(0).table.boundsOffset();
    }

    /** Returns the bytes of the bounds of the first shard. */
    private static List<Long> boundsOf(SyncMap<?, ?> map) {
        List<Long> words = new ArrayList<>();
        for (long at = 0; at < BoundsLayout.BYTES; at += Long.BYTES) {
            words.add(Mem.getLong(map.heap.memory, bounds(map) + at));
        }
        return words;
    }

    /**
     * Returns the keys of the first shard in the order of their uses: the newest of each list last.
     */
    private static List<Long> keysInOrder(SyncMap<Long, String> map) {
        ObjectTable<Long, String> table = map.shards.get(0).table;
        List<Long> keys = new ArrayList<>();
        Limits.of(table).forEachSlot(slot -> keys.add(Mem.getLong(table.mem, table.keyAddress(slot))));
        return keys;
    }

    // ---------------------------------------------------------------------------------- what stays

    @Test
    void entriesExpireInTheTimeBetweenTwoProcesses() {
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map =
                    timed(heap).expireAfterWrite(Duration.ofSeconds(10)).open();
            map.put(1L, "one");
            clock.addAndGet(TimeUnit.SECONDS.toNanos(5));
            map.put(2L, "two");
        }
        clock.addAndGet(TimeUnit.SECONDS.toNanos(6));
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map =
                    timed(heap).expireAfterWrite(Duration.ofSeconds(10)).open();
            assertThat(map.get(1L)).isNull();
            assertThat(map.get(2L)).isEqualTo("two");
            map.shards.check();
        }
        clock.addAndGet(TimeUnit.SECONDS.toNanos(20));
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map =
                    timed(heap).expireAfterWrite(Duration.ofSeconds(10)).open();
            assertThat(map.containsKey(2L)).isFalse();
            map.purgeExpired();
            assertThat(map.mappingCount()).isZero();
            map.shards.check();
        }
    }

    @Test
    void eachEntryKeepsItsOwnTimeToLive() {
        Expiry<Object, Object> expiry = Expiry.writing((key, value) -> Duration.ofMinutes(1));
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = timed(heap).expireAfter(expiry).open();
            map.put(1L, "short", Duration.ofSeconds(10));
            map.put(2L, "long", Duration.ofSeconds(100));
        }
        clock.addAndGet(TimeUnit.SECONDS.toNanos(40));
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = timed(heap).expireAfter(expiry).open();
            assertThat(map.get(1L)).isNull();
            assertThat(map.timeToLive(2L)).isEqualTo(Duration.ofSeconds(60));
            map.shards.check();
        }
    }

    @Test
    void theOrderOfUsesAndTheSketchStay() {
        List<Long> words;
        List<Long> order;
        int frequency;
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = builder(heap).shards(1).maxEntries(500).open();
            useMuch(map);
            words = boundsOf(map);
            order = keysInOrder(map);
            frequency = frequency(map, 7L);
        }
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = builder(heap).shards(1).maxEntries(500).open();
            assertThat(boundsOf(map)).isEqualTo(words);
            assertThat(keysInOrder(map)).isEqualTo(order);
            assertThat(frequency).isGreaterThan(3);
            assertThat(frequency(map, 7L)).isEqualTo(frequency);
            map.shards.check();
            for (long key = 10_000; key < 12_000; key++) {
                map.put(key, "cold");
            }
            long hot = map.keySet().stream().filter(key -> key < 50).count();
            assertThat(hot).as("hot keys that a scan has left").isGreaterThan(40);
        }
    }

    /** Fills a map of 500 entries and uses the keys 0 to 49 more often than others. */
    private static void useMuch(SyncMap<Long, String> map) {
        for (int round = 0; round < 10; round++) {
            for (long key = 0; key < 50; key++) {
                map.put(key, "hot " + round);
            }
            for (long key = 0; key < 100; key++) {
                map.put(1000 + 100 * round + key, "warm");
            }
        }
    }

    private static int frequency(SyncMap<Long, String> map, long key) {
        ObjectTable<Long, String> table = map.shards.get(0).table;
        Limits limits = Limits.of(table);
        long[] hash = {0};
        limits.forEachSlot(slot -> {
            if (Mem.getLong(table.mem, table.keyAddress(slot)) == key) {
                hash[0] = limits.hashAt(slot);
            }
        });
        return limits.frequency(hash[0]);
    }

    /** A copy of the file is as a process leaves it that is killed between two operations. */
    @Test
    void aKilledProcessLosesNothingBetweenTwoOperations() throws IOException {
        Path killed = directory.resolve("killed");
        List<Long> words;
        List<Long> order;
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = builder(heap).shards(1).maxEntries(500).open();
            useMuch(map);
            words = boundsOf(map);
            order = keysInOrder(map);
            Files.copy(path, killed);
        }
        try (NativeHeap heap = open(killed)) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.RECOVERED);
            SyncMap<Long, String> map = builder(heap).shards(1).maxEntries(500).open();
            assertThat(boundsOf(map)).isEqualTo(words);
            assertThat(keysInOrder(map)).isEqualTo(order);
            assertThat(map.get(7L)).isEqualTo("hot 9");
            map.shards.check();
            heap.check();
        }
    }

    @Test
    void aCacheOfLongsIsAViewOfSuchAMap() {
        try (NativeHeap heap = open()) {
            LongLongCache cache = LongLongCache.of(SyncMap.builder(heap, Type.LONG, Type.LONG)
                    .name(NAME)
                    .maxEntries(100)
                    .open());
            cache.put(404, 7);
            cache.close(); // leaves the map to its heap
            assertThat(heap.maps().get(NAME).size()).isEqualTo(1);
        }
        try (NativeHeap heap = open()) {
            LongLongCache cache = LongLongCache.of(SyncMap.builder(heap, Type.LONG, Type.LONG)
                    .name(NAME)
                    .maxEntries(100)
                    .open());
            assertThat(cache.add(404, 1)).isEqualTo(8);
        }
    }

    @Test
    void noListenerIsToldOfAClose() {
        List<RemovalCause> causes = new ArrayList<>();
        RemovalListener<Long, String> listener = (key, value, cause) -> causes.add(cause);
        try (NativeHeap heap = open()) {
            builder(heap).onRemoval(listener).open().put(1L, "one");
        }
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = builder(heap).onRemoval(listener).open();
            assertThat(causes).isEmpty();
            assertThat(map.remove(1L)).isEqualTo("one");
            assertThat(causes).containsExactly(RemovalCause.EXPLICIT);
            map.shards.check();
        }
    }

    // -------------------------------------------------------------------------------- other limits

    @Test
    void aLowerBoundOnEntriesEvictsWhenTheMapIsOpened() {
        List<RemovalCause> causes = new ArrayList<>();
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = builder(heap).shards(4).maxEntries(1000).open();
            for (long key = 0; key < 1000; key++) {
                map.put(key, "v");
            }
        }
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = builder(heap)
                    .maxEntries(100)
                    .onEviction((key, value, cause) -> causes.add(cause))
                    .open();
            assertThat(map.shards.count()).isEqualTo(4);
            assertThat(map.mappingCount()).isEqualTo(100);
            assertThat(causes).hasSizeGreaterThan(600).containsOnly(RemovalCause.SIZE);
            map.shards.check();
        }
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = builder(heap).maxEntries(5000).open();
            for (long key = 0; key < 3000; key++) {
                map.put(key, "w");
            }
            assertThat(map.mappingCount()).isEqualTo(3000);
            map.shards.check();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {20_000, 60_000, 150_000})
    void aLowerBoundOnBytesEvictsWhenTheMapIsOpened(long bound) {
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map =
                    builder(heap).shards(2).maxBytes(300_000).open();
            for (long key = 0; key < 3000; key++) {
                map.put(key, "value ".repeat((int) key % 9));
            }
        }
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = builder(heap).maxBytes(bound).open();
            map.shards.check();
            assertThat(map.stats().bytes()).isLessThanOrEqualTo(bound);
            assertThat(map.mappingCount()).isGreaterThan(bound / 400);
            map.put(1L, "one");
            assertThat(map.get(1L)).isEqualTo("one");
            map.shards.check();
        }
    }

    @Test
    void aBoundCanComeAndGo() {
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map =
                    timed(heap).shards(1).refreshAfterWrite(Duration.ofHours(1)).open();
            for (long key = 0; key < 300; key++) {
                map.put(key, "v");
            }
        }
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = timed(heap)
                    .expireAfterAccess(Duration.ofHours(1))
                    .maxEntries(200)
                    .open();
            assertThat(map.mappingCount()).isEqualTo(200);
            map.shards.check();
        }
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map =
                    timed(heap).expireAfterWrite(Duration.ofHours(1)).open();
            for (long key = 0; key < 300; key++) {
                map.put(key, "v");
            }
            assertThat(map.mappingCount()).isEqualTo(300);
            map.shards.check();
            assertThat(Mem.getLong(heap.memory, bounds(map) + BoundsLayout.PIECES))
                    .isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-5, 299, 301, Integer.MAX_VALUE})
    void sizesOfListsThatAreWrongAreFound(int size) {
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map = builder(heap).shards(1).maxEntries(1000).open();
            for (long key = 0; key < 300; key++) {
                map.put(key, "v");
            }
            long sizes = bounds(map) + BoundsLayout.SIZES;
            for (int list = 1; list < BoundsLayout.LISTS; list++) { // list 0 has the free nodes
                Mem.setInt(heap.memory, sizes + (long) list * Integer.BYTES, list == 1 ? size : 0);
            }
        }
        try (NativeHeap heap = open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder(heap).maxEntries(100).open())
                    .withMessageContainingAll("the map named " + NAME + " is broken", "list");
        }
    }

    @Test
    void otherKindsOfLimitsAreRefusedWithBothNames() {
        try (NativeHeap heap = open()) {
            builder(heap).shards(4).maxEntries(100).open().put(1L, "one");
            SyncMap.open(heap, "plain", Type.LONG, Type.UTF8).put(1L, "one");
        }
        try (NativeHeap heap = open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            builder(heap).expireAfterWrite(Duration.ofHours(1)).open())
                    .withMessageContainingAll(NAME, "entries without times", "expireAfterAccess or refreshAfterWrite");
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> builder(heap).expireAfter(Expiry.eternal()).open())
                    .withMessageContainingAll(NAME, "entries without times", "times to live of their own");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncMap.open(heap, NAME, Type.LONG, Type.UTF8))
                    .withMessageContainingAll(NAME, "with limits or a removal listener, not one without");
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> builder(heap).name("plain").maxEntries(100).open())
                    .withMessageContainingAll("plain", "without limits, not one with limits");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder(heap).maxEntries(3).open())
                    .withMessageContaining("maxEntries must be at least the number of shards, 4: 3");
            SyncMap<Long, String> map = builder(heap).maxEntries(100).open();
            assertThat(builder(heap).maxEntries(100).open().get(1L)).isEqualTo("one");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder(heap).maxEntries(200).open())
                    .withMessageContainingAll(NAME, "other limits");
            assertThat(map.get(1L)).isEqualTo("one");
            map.shards.check();
        }
    }

    // ------------------------------------------------------------------------------------- removal

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRemovedCacheLeavesNothing(boolean isOpen) {
        try (NativeHeap heap = open()) {
            SyncMap.open(heap, "other", Type.LONG, Type.LONG); // so that there is a directory
            long before = heap.stats().inUse();
            SyncMap<Long, String> map = timed(heap)
                    .expireAfterWrite(Duration.ofHours(1))
                    .maxEntries(3000)
                    .open();
            for (long key = 0; key < 3000; key++) {
                map.put(key, "value " + key);
            }
            if (isOpen) {
                assertThat(heap.remove(NAME)).isTrue();
                assertThat(heap.stats().inUse()).isEqualTo(before);
            }
        }
        try (NativeHeap heap = open()) {
            long before = heap.stats().inUse();
            assertThat(heap.remove(NAME)).isEqualTo(!isOpen);
            assertThat(heap.maps()).containsOnlyKeys("other");
            assertThat(heap.stats().inUse()).isLessThan(isOpen ? before + 1 : 30_000);
            heap.check();
        }
    }

    // --------------------------------------------------------------------------------------- clock

    @Test
    void theClockOfAFileIsTheWallClock() {
        try (NativeHeap heap = open()) {
            builder(heap).expireAfterWrite(Duration.ofHours(2)).open().put(1L, "one");
        }
        assertThat(isPresentAfter(Duration.ofMinutes(110))).isTrue();
        assertThat(isPresentAfter(Duration.ofMinutes(130))).isFalse();
    }

    /** A snapshot of a heap in memory has times by the wall clock, too. */
    @Test
    void theClockOfASnapshotIsTheWallClock() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            builder(heap).expireAfterWrite(Duration.ofHours(2)).open().put(1L, "one");
            heap.snapshot(path);
        }
        assertThat(isPresentAfter(Duration.ofMinutes(110))).isTrue();
        assertThat(isPresentAfter(Duration.ofMinutes(130))).isFalse();
    }

    /** Returns whether the entry is there by a clock that is this much before the wall clock. */
    private boolean isPresentAfter(Duration time) {
        try (NativeHeap heap = open()) {
            WallClock later = WallClock.startingAt(Instant.now().plus(time));
            return builder(heap)
                    .expireAfterWrite(Duration.ofHours(2))
                    .ticker(later)
                    .open()
                    .containsKey(1L);
        }
    }

    @Test
    void aClockThatWasSetBackStandsStillBetweenTwoProcesses() {
        long day = TimeUnit.DAYS.toNanos(1);
        long inAWeek = WallClock.atWallTime().getAsLong() + 7 * day;
        clock.set(inAWeek);
        try (NativeHeap heap = open()) {
            timed(heap).expireAfterWrite(Duration.ofHours(2)).open().put(1L, "one");
        }
        try (NativeHeap heap = open()) { // by the wall clock
            SyncMap<Long, String> map =
                    builder(heap).expireAfterWrite(Duration.ofHours(2)).open();
            assertThat(map.get(1L)).isEqualTo("one");
            long now = map.now();
            assertThat(now).isBetween(inAWeek, inAWeek + TimeUnit.HOURS.toNanos(1));
            map.put(2L, "two");
            assertThat(map.now()).isGreaterThanOrEqualTo(now);
        }
        clock.set(inAWeek + TimeUnit.HOURS.toNanos(3));
        try (NativeHeap heap = open()) {
            SyncMap<Long, String> map =
                    timed(heap).expireAfterWrite(Duration.ofHours(2)).open();
            assertThat(map.get(1L)).isNull();
            assertThat(map.get(2L)).isNull();
        }
    }
}
