package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The memory of a bounded map. It is as much as the present entries need, whatever the bounds are
 * and however many entries the map has had.
 */
class BoundedMemoryTest {
    private static final int ENTRIES = 100_000;
    /**
     * The most bytes of a shard without entries: the smallest array that a table shrinks to, a
     * chunk of nodes, and the header.
     */
    private static final long IDLE_SHARD_BYTES = 12 << 10;

    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(64L << 20).open();
    private final AtomicLong nanos = new AtomicLong();

    @AfterEach
    void nothingLeaks() {
        heap.checkZeroes();
        heap.close();
    }

    private SyncMapBuilder<Long, Long> builder() {
        return SyncMap.builder(heap, Type.LONG, Type.LONG).ticker(nanos::get);
    }

    private SyncMapBuilder<Long, Long> expiring() {
        return builder().expireAfterWrite(Duration.ofNanos(100));
    }

    private static void fill(SyncMap<Long, Long> map, int entries) {
        for (long key = 0; key < entries; key++) {
            map.put(key, key);
        }
    }

    private long inUse() {
        return heap.stats().inUse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void purgingAllEntriesGivesTheirMemoryBack(boolean evicts) {
        SyncMap<Long, Long> map = evicts
                ? expiring().maxEntries(ENTRIES).maxBytes(64 << 20).make()
                : expiring().make();
        long before = inUse();
        fill(map, ENTRIES);
        nanos.set(100);
        map.purgeExpired();
        assertThat(map.mappingCount()).isZero();
        assertThat(inUse()).isEqualTo(before);
        map.check();
        map.put(1L, 1L);
        assertThat(map.get(1L)).isEqualTo(1);
        map.check();
    }

    @Test
    void clearGivesBackTheMemoryOfPresentAndOfRemovedEntries() {
        SyncMap<Long, Long> map = expiring().maxEntries(ENTRIES).make();
        long before = inUse();
        fill(map, ENTRIES);
        map.clear();
        assertThat(inUse()).isEqualTo(before);
        map.check();
        fill(map, ENTRIES);
        for (long key = 0; key < ENTRIES; key++) {
            map.remove(key);
        }
        assertThat(map.mappingCount()).isZero();
        assertThat(inUse()).isLessThan(before + map.shards.count() * IDLE_SHARD_BYTES);
        map.clear();
        assertThat(inUse()).isEqualTo(before);
        map.check();
    }

    @Test
    void memoryShrinksWithTheNumberOfEntriesWhicheverAreRemoved() {
        SyncMap<Long, Long> map = expiring().maxEntries(ENTRIES).make();
        long before = inUse();
        fill(map, ENTRIES);
        long peak = inUse() - before;
        List<Long> keys = new ArrayList<>(map.keySet());
        Collections.shuffle(keys, new Random(5));
        for (int left = keys.size(); left > ENTRIES / 20; left--) {
            map.remove(keys.get(left - 1));
        }
        map.check();
        assertThat(inUse() - before).isLessThan(peak / 6 + map.shards.count() * IDLE_SHARD_BYTES);
        for (Long key : keys.subList(0, ENTRIES / 20)) {
            assertThat(map.get(key)).isEqualTo(key);
        }
    }

    @Test
    void memoryShrinksWithTheNumberOfEntriesAsTheyExpire() {
        SyncMap<Long, Long> map = expiring().make();
        long before = inUse();
        fill(map, ENTRIES);
        long peak = inUse() - before;
        nanos.set(50);
        for (long key = 0; key < ENTRIES; key += 20) {
            map.put(key, key);
        }
        nanos.set(100);
        map.purgeExpired();
        map.check();
        assertThat(map.mappingCount()).isEqualTo(ENTRIES / 20);
        assertThat(inUse() - before).isLessThan(peak / 6 + map.shards.count() * IDLE_SHARD_BYTES);
        for (long key = 0; key < ENTRIES; key += 20) {
            assertThat(map.get(key)).isEqualTo(key);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 100_000_000, Integer.MAX_VALUE, 1L << 33, 1L << 50, Long.MAX_VALUE - 1})
    void anEmptyMapNeedsLittleMemoryWhateverItsBounds(long bound) {
        SyncMap<Long, Long> map = builder().maxEntries(bound).make();
        assertThat(inUse()).isLessThan(map.shards.count() * 1152L);
        map.free();
        SyncMap<Long, Long> byBytes =
                builder().maxBytes(Math.max(bound, 1 << 20)).make();
        assertThat(inUse()).isLessThan(byBytes.shards.count() * 1152L);
        byBytes.put(1L, 1L);
        byBytes.check();
        byBytes.free();
    }

    @Test
    void theMemoryForALargeBoundGrowsWithTheEntries() {
        SyncMap<Long, Long> small = builder().maxEntries(ENTRIES).make();
        fill(small, 10_000);
        long needed = inUse();
        small.free();
        SyncMap<Long, Long> large = builder().maxEntries(1L << 33).make();
        fill(large, 10_000);
        large.check();
        assertThat(inUse()).isLessThan(2 * needed);
    }

    @Test
    void aMapIsUnchangedIfTheHeapHasNoRoomForTheSketchOrTheNodes() {
        try (NativeHeap tight = NativeHeap.builder().shared().maxBytes(1 << 20).open()) {
            SyncMap<Long, Long> map = SyncMap.builder(tight, Type.LONG, Type.LONG)
                    .maxEntries(1 << 20)
                    .make();
            long put = 0;
            boolean exhausted = false;
            while (!exhausted) {
                try {
                    map.put(put, put);
                    put++;
                } catch (HeapExhaustedException e) {
                    exhausted = true;
                }
            }
            map.check();
            assertThat(map.mappingCount()).isEqualTo(put);
            for (long key = 0; key < put; key++) {
                assertThat(map.remove(key)).isEqualTo(key);
            }
            map.check();
            map.free();
            assertThat(tight.stats().inUse()).isZero();
        }
    }
}
