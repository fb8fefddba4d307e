package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.Geometry;
import io.memmap.HeapStats;
import io.memmap.LongLongMap;
import io.memmap.MapStats;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import io.memmap.SyncMap;
import io.memmap.Type;
import io.memmap.observe.MemStats.Detail;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemStatsTest {
    /** Returns the heap that was opened last. */
    private static MemStats.Heap last(MemStats stats) {
        return stats.heaps().getLast();
    }

    private static MemStats.Map named(MemStats.Heap heap, String name) {
        return heap.maps().stream()
                .filter(map -> map.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static LongLongMap filled(NativeHeap heap, String name, int entries) {
        LongLongMap map = LongLongMap.builder(heap).name(name).make();
        for (long key = 0; key < entries; key++) {
            map.put(key, key);
        }
        return map;
    }

    @Test
    void theFiguresOfACacheAreThereWhileTheMapIs() {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(5 << 20).open()) {
            SyncMap.make(heap, Type.LONG, Type.LONG).put(1L, 1L); // no cache
            SyncMap<Long, String> map = SyncMap.builder(heap, Type.LONG, Type.UTF8)
                    .name("pages")
                    .maxEntries(1)
                    .recordStats()
                    .make();
            map.put(1L, "a");
            map.put(2L, "b");
            map.get(2L);
            map.get(3L);
            map.get(3L, key -> null);
            long id = last(MemStats.read(Detail.HEAPS)).id();
            MemStats.Cache seen = last(MemStats.read(Detail.HEAPS)).caches().getFirst();
            assertThat(seen)
                    .isEqualTo(
                            new MemStats.Cache(id, "pages", "map[long]utf8", 1, 2, 2, 0, 1, seen.loadNanos(), 1, 0, 0));
            assertThat(last(MemStats.read()).caches()).hasSize(1);
            map.close();
            assertThat(last(MemStats.read()).caches()).isEmpty();
        }
    }

    @Test
    void theFiguresOfAHeapEqualItsStats() {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(5 << 20).open()) {
            filled(heap, "a", 1000);
            heap.allocate(100_000);
            HeapStats own = heap.stats();
            MemStats.Heap seen = last(MemStats.read());
            assertThat(seen.confined()).isTrue();
            assertThat(seen.maxBytes()).isEqualTo(own.maxBytes()).isEqualTo(5 << 20);
            assertThat(seen.reserved()).isEqualTo(own.reserved());
            assertThat(seen.committed()).isEqualTo(own.committed());
            assertThat(seen.metadata()).isEqualTo(own.metadata());
            assertThat(seen.inUse()).isEqualTo(own.inUse());
            assertThat(seen.objects()).isEqualTo(own.blocks());
            assertThat(seen.kinds().stream().map(MemStats.Kind::inUse))
                    .startsWith(own.header(), own.bucket(), own.overflow())
                    .endsWith(own.order())
                    .hasSize(6);
            assertThat(seen.kinds().get(3).inUse() + seen.kinds().get(4).inUse())
                    .isEqualTo(own.blob());
        }
    }

    @Test
    void everyAllocationAndEveryFreeIsCounted() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            long[] blocks = new long[10];
            for (int i = 0; i < blocks.length; i++) {
                blocks[i] = heap.allocate(i % 2 == 0 ? 40 : 40_000);
            }
            for (int i = 0; i < 4; i++) {
                heap.free(blocks[i]);
            }
            assertThat(last(MemStats.read()).kinds().getLast().kind()).isEqualTo("order");
            MemStats.Heap seen = last(MemStats.read());
            assertThat(seen.allocations()).isEqualTo(10);
            assertThat(seen.frees()).isEqualTo(4);
            assertThat(seen.objects()).isEqualTo(6);
        }
    }

    @Test
    void aThreadReadsHeapsConfinedToOtherThreads() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = filled(heap, "orders", 5000);
            MapStats own = map.stats();
            MemStats.Heap seen = last(CompletableFuture.supplyAsync(() -> MemStats.read(Detail.CHAINS))
                    .join());
            assertThat(seen.inUse()).isEqualTo(heap.stats().inUse());
            assertThat(seen.mapsComplete()).isTrue();
            MemStats.Map orders = named(seen, "orders");
            assertThat(orders.pointer()).isEqualTo(map.pointer());
            assertThat(orders.type()).isEqualTo("map[long]long");
            assertThat(orders.size()).isEqualTo(5000);
            assertThat(orders.longestChain()).isEqualTo(own.longestChain());
            assertThat(orders.growths()).isEqualTo(own.doublings() + own.sameSizeGrowths());
            assertThat(seen.growths()).isEqualTo(orders.growths());
        }
    }

    private static long filledSlots(MemStats.Shape shape) {
        return IntStream.range(0, shape.fills().size())
                .mapToLong(slots -> slots * shape.fills().get(slots))
                .sum();
    }

    @ParameterizedTest
    @EnumSource
    void aShapeCountsEachEntryOnceEvenDuringAGrowth(Geometry geometry) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.builder(heap).geometry(geometry).make();
            long id = last(MemStats.read()).id();
            int growing = 0;
            for (long key = 0; key < 5000; key++) {
                map.put(key, key);
                if (key % 31 == 0) {
                    MemStats.Shape shape = MemStats.readShape(id, map.pointer()).orElseThrow();
                    growing += map.stats().growing() ? 1 : 0;
                    assertThat(filledSlots(shape)).isEqualTo(map.size());
                    assertThat(shape.longestChain()).isEqualTo(map.stats().longestChain());
                }
            }
            assertThat(growing).isPositive();
        }
    }

    /** A growth takes a new array where another block lies behind the old one. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aShapeOfAPagedMapCountsEachEntryOnceWhileItGrowsAndShrinks(boolean inPlace) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.make(heap);
            long id = last(MemStats.read()).id();
            int growing = 0;
            for (long key = 0; key < 30_000; key++) {
                map.put(key, key);
                growing += agrees(id, map, key);
                if (!inPlace && key % 100 == 0) {
                    heap.allocate(40_000);
                }
            }
            assertThat(growing).isPositive();
            int shrinking = 0;
            for (long key = 0; key < 30_000; key++) {
                map.remove(key);
                shrinking += agrees(id, map, key);
            }
            assertThat(shrinking).isPositive();
        }
    }

    /** Compares the shape with the map now and then. Returns 1 if the map was growing or shrinking. */
    private static int agrees(long heap, LongLongMap map, long step) {
        if (step % 97 != 0) {
            return 0;
        }
        MemStats.Shape shape = MemStats.readShape(heap, map.pointer()).orElseThrow();
        assertThat(filledSlots(shape)).isEqualTo(map.size());
        assertThat(shape.longestChain()).isEqualTo(map.stats().longestChain());
        assertThat(shape.chains().stream().mapToLong(Long::longValue).sum())
                .as("the entries for which searches were counted")
                .isEqualTo(map.size());
        return map.stats().growing() ? 1 : 0;
    }

    /** The heap has no room for a growth, so that the pages fill up. */
    @Test
    void aShapeOfAPagedMapCountsTheEntriesInItsExtension() {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(1 << 20).confined().open()) {
            LongLongMap map = LongLongMap.builder(heap).name("full").hint(2048).make();
            long id = last(MemStats.read()).id();
            heap.allocate(heap.stats().maxBytes()
                    - heap.stats().inUse()
                    - heap.stats().metadata()
                    - (64 << 10));
            long key = 0;
            while (map.stats().overflowBuckets() == 0) {
                map.put(key++, 1);
            }
            MemStats.Shape shape = MemStats.readShape(id, map.pointer()).orElseThrow();
            assertThat(filledSlots(shape)).isEqualTo(map.size());
            assertThat(shape.longestChain())
                    .isEqualTo(map.stats().longestChain())
                    .isGreaterThan(64);
            MemStats.Map seen = named(last(MemStats.read(Detail.CHAINS)), "full");
            assertThat(seen.overflowBuckets()).isEqualTo(map.stats().overflowBuckets());
            assertThat(seen.inUse()).isEqualTo(map.stats().bytes());
            map.check();
        }
    }

    @Test
    void theShapeOfAMapForManyThreadsCoversAllItsShards() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncLongLongMap map = SyncLongLongMap.make(heap);
            for (long key = 0; key < 5000; key++) {
                map.put(key, key);
            }
            MemStats.Heap seen = last(MemStats.read());
            MemStats.Shape shape = MemStats.readShape(
                            seen.id(), seen.maps().getFirst().pointer())
                    .orElseThrow();
            assertThat(filledSlots(shape)).isEqualTo(5000);
        }
    }

    @Test
    void aFreedMapOrClosedHeapHasNoShape() {
        long id;
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            id = last(MemStats.read()).id();
            LongLongMap map = filled(heap, "a", 10);
            long pointer = map.pointer();
            map.free();
            assertThat(MemStats.readShape(id, pointer)).isEmpty();
        }
        assertThat(MemStats.readShape(id, 0)).isEmpty();
    }

    @Test
    void longestChainsAreReadOnlyOnRequest() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            filled(heap, "a", 10);
            assertThat(named(last(MemStats.read()), "a").longestChain()).isEqualTo(-1);
            assertThat(last(MemStats.read(Detail.HEAPS)).maps()).isEmpty();
            assertThat(last(MemStats.read(Detail.HEAPS)).mapsComplete()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"GO, 13", "LINE, 13", "PAGE, 8", "PAGE, 11"})
    void theNextGrowthStartsAtThePredictedSize(Geometry geometry, int sixteenths) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            var builder = LongLongMap.builder(heap).geometry(geometry).name("a");
            LongLongMap map = (geometry == Geometry.PAGE ? builder.maxLoad(sixteenths / 16.0) : builder).make();
            assertThat(named(last(MemStats.read()), "a").load()).isEqualTo(sixteenths);
            assertThat(named(last(MemStats.read()), "a").paged()).isEqualTo(geometry == Geometry.PAGE);
            long key = 0;
            for (int growth = 0; growth < 6; growth++) {
                while (map.stats().growing()) {
                    map.put(0, 1);
                }
                long foretold = named(last(MemStats.read()), "a").nextGrowthAt();
                long before = map.stats().doublings();
                while (map.stats().doublings() == before) {
                    map.put(key++, 1);
                }
                assertThat(map.size()).isEqualTo(foretold);
            }
        }
    }

    @Test
    void theCountsOfAnEndedHeapStay() {
        MemStats before = MemStats.read();
        long ended;
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            filled(heap, "a", 1000);
            ended = last(MemStats.read()).id();
        }
        MemStats after = MemStats.read();
        assertThat(after.heaps()).extracting(MemStats.Heap::id).doesNotContain(ended);
        assertThat(after.heapsOpened())
                // heaps that other tests have dropped may end as well
                .isGreaterThan(before.heapsOpened());
        assertThat(after.heapsClosed()).isGreaterThan(before.heapsClosed());
        assertThat(after.growths()).isGreaterThan(before.growths());
        assertThat(after.evacuations()).isGreaterThan(before.evacuations());
        assertThat(after.allocations()).isGreaterThan(before.allocations());
        assertThat(after.objects()).isEqualTo(after.allocations() - after.frees());
    }

    @Test
    void aHeapOfTheCallersArenaEndsWithTheArena() {
        try (Arena arena = Arena.ofShared()) {
            NativeHeap heap = NativeHeap.in(arena);
            heap.allocate(10);
            heap.close(); // this detaches the heap; its memory is still there
            assertThat(last(MemStats.read()).objects()).isEqualTo(1);
        }
        long closed = MemStats.read().heapsClosed();
        Arena.ofConfined().close();
        assertThat(MemStats.read().heapsClosed()).isEqualTo(closed);
        assertThat(MemStats.read().heaps()).noneMatch(heap -> heap.objects() == 1 && heap.inUse() == 16);
    }

    @Test
    void observingAHeapDoesNotKeepItAlive() {
        long id = openAndForget();
        // This ends, because the JVM ends an unreachable automatic arena after some collections.
        while (MemStats.read().heaps().stream().anyMatch(heap -> heap.id() == id)) {
            System.gc();
        }
        assertThat(MemStats.read().heaps()).noneMatch(heap -> heap.id() == id);
    }

    private static long openAndForget() {
        filled(NativeHeap.in(Arena.ofAuto()), "forgotten", 100);
        MemStats.Heap heap = last(MemStats.read());
        assertThat(heap.maps()).hasSize(1);
        return heap.id();
    }

    @Test
    void aMapForManyThreadsIsListedAsOneMap() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncLongLongMap a = SyncLongLongMap.make(heap);
            SyncLongLongMap b = SyncLongLongMap.make(heap);
            for (long key = 0; key < 1000; key++) {
                a.put(key, key);
                b.put(key % 10, key);
            }
            List<MemStats.Map> maps = last(MemStats.read()).maps();
            assertThat(maps.stream().map(MemStats.Map::size)).containsExactlyInAnyOrder(1000L, 10L);
            assertThat(maps).allMatch(map -> map.tables() >= 16);
            assertThat(last(MemStats.read()).mapsByName())
                    .singleElement()
                    .satisfies(sum -> assertThat(sum.size()).isEqualTo(1010));
        }
    }

    @Test
    void freedMapsAreNotListed() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap a = filled(heap, "a", 100);
            filled(heap, "b", 100);
            a.free();
            assertThat(last(MemStats.read()).maps().stream().map(MemStats.Map::name))
                    .containsExactly("b");
        }
    }

    @Test
    void separateBlocksOfEntriesCountForTheMap() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<String, String> map = MemMap.make(heap, Type.UTF8, Type.UTF8);
            // no growth runs at the end, because the old overflow buckets of a growth would all
            // count
            for (int i = 0; i < 60; i++) {
                map.put("key " + i, "value ".repeat(i));
            }
            MemStats.Map seen = last(MemStats.read()).maps().getFirst();
            assertThat(seen.blobBytes()).isEqualTo(heap.stats().blob());
            assertThat(seen.inUse())
                    .isEqualTo(heap.stats().inUse())
                    .isEqualTo(map.stats().bytes());
            assertThat(seen.type()).isEqualTo("map[utf8]utf8");
        }
    }

    /**
     * What a thread reads while other threads write may be stale. But reading never throws, and
     * sums never decrease.
     */
    @Test
    void figuresCanBeReadWhileOwnersWriteAndClose() {
        AtomicBoolean done = new AtomicBoolean();
        List<CompletableFuture<Void>> owners = List.of(
                CompletableFuture.runAsync(() -> churn(done, true)),
                CompletableFuture.runAsync(() -> churn(done, false)));
        try {
            MemStats before = MemStats.read();
            for (int i = 0; i < 3000; i++) {
                MemStats now = MemStats.read(i % 10 == 0 ? Detail.CHAINS : Detail.MAPS);
                assertThat(now.allocations()).isGreaterThanOrEqualTo(before.allocations());
                assertThat(now.growths()).isGreaterThanOrEqualTo(before.growths());
                assertThat(now.evacuations()).isGreaterThanOrEqualTo(before.evacuations());
                assertThat(now.heapsOpened()).isGreaterThanOrEqualTo(before.heapsOpened());
                for (MemStats.Heap heap : now.heaps()) {
                    heap.maps().stream()
                            .filter(map -> map.name().equals("churned"))
                            .forEach(map -> assertThat(map.size()).isBetween(0L, 2000L));
                }
                before = now;
            }
        } finally {
            done.set(true);
            owners.forEach(CompletableFuture::join);
        }
    }

    private static void churn(AtomicBoolean done, boolean confined) {
        while (!done.get()) {
            try (NativeHeap heap = confined ? NativeHeap.ofConfined() : NativeHeap.ofShared()) {
                for (int round = 0; round < 5; round++) {
                    LongLongMap map = filled(heap, "churned", 2000);
                    long block = heap.allocate(100_000);
                    for (long key = 0; key < 2000; key++) {
                        map.remove(key);
                    }
                    heap.free(block);
                    map.free();
                }
            }
        }
    }

    @Test
    void everyMetricHasAUniqueNameAndStatesTheQuestionItAnswers() {
        List<Metric> metrics = MemStats.metrics();
        assertThat(metrics)
                .extracting(Metric::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("memmap(\\.[a-z]+)+"));
        assertThat(metrics).allMatch(metric -> metric.answers().contains("?"));
        assertThat(metrics).filteredOn(Metric::watch).hasSizeBetween(5, 10);
    }
}
