package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.memmap.format.HeaderSums;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.ShardsLayout;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests maps for many threads that have a name, in files and in memory. */
@Timeout(600)
class SyncFileTest {
    private static final long MIB = 1 << 20;
    private static final StructLayout POINT =
            MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("x"), ValueLayout.JAVA_LONG.withName("y"));

    @TempDir
    private Path directory;

    private Path path;

    @BeforeEach
    void nameTheFile() {
        path = directory.resolve("heap");
    }

    private NativeHeap open() {
        return open(path);
    }

    private static NativeHeap open(Path file) {
        return NativeHeap.builder().shared().maxBytes(8 * MIB).file(file).open();
    }

    private static NativeHeap inMemory() {
        return NativeHeap.builder().shared().maxBytes(8 * MIB).open();
    }

    private static long sequence(Shard<?> shard) {
        return shard.table.field(HmapLayout.SEQUENCE);
    }

    // ------------------------------------------------------------------------------- what comes back

    @Test
    void allMapsComeBackAfterAClose() {
        try (NativeHeap heap = open()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            SyncMap<String, String> names = SyncMap.open(heap, "names", Type.UTF8, Type.UTF8);
            SyncLongStructMap points = SyncLongStructMap.open(heap, "points", POINT);
            for (int i = 0; i < 5_000; i++) {
                hits.put(i, -i);
                names.put("key " + i, "value ".repeat(i % 20));
                points.put(i, MemorySegment.ofArray(new long[] {i, -i}));
            }
        }
        try (NativeHeap heap = open()) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
            assertThat(heap.maps().keySet()).containsExactly("hits", "names", "points");
            assertThat(heap.maps().get("names"))
                    .extracting(MapInfo::type, MapInfo::size, MapInfo::shards)
                    .containsExactly("map[utf8]utf8", 5_000L, Shards.defaultCount());
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            SyncMap<String, String> names = SyncMap.open(heap, "names", Type.UTF8, Type.UTF8);
            SyncLongStructMap points = SyncLongStructMap.open(heap, "points", POINT);
            hits.check();
            names.check();
            points.check();
            for (int i = 0; i < 5_000; i++) {
                assertThat(hits.get(i)).isEqualTo(-i);
                assertThat(names.get("key " + i)).isEqualTo("value ".repeat(i % 20));
                long[] point = new long[2];
                assertThat(points.get(i, MemorySegment.ofArray(point))).isTrue();
                assertThat(point).containsExactly(i, -i);
                hits.remove(i);
            }
            assertThat(hits.size()).isZero();
            assertThat(names).hasSize(5_000);
        }
    }

    @Test
    void aFileThatWasNotClosedIsRepaired() throws IOException {
        Path copy = directory.resolve("copy");
        try (NativeHeap heap = open()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            SyncMap<String, Long> ordered = SyncMap.open(heap, "ordered", Type.UTF8, Type.LONG);
            assertThat(ordered.ordered()).isEmpty();
            for (int i = 0; i < 3_000; i++) {
                hits.put(i, i);
                ordered.put("key " + i, (long) i);
            }
            heap.remove("unknown");
            Files.copy(path, copy);
        }
        try (NativeHeap heap = open(copy)) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.RECOVERED);
            assertThat(heap.opening().maps()).isEqualTo(2);
            heap.check();
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            hits.check();
            assertThat(hits.size()).isEqualTo(3_000);
            for (int i = 0; i < hits.shards(); i++) {
                assertThat(sequence(hits.shards.get(i))).isPositive().isEven();
            }
            SyncMap<String, Long> ordered = SyncMap.open(heap, "ordered", Type.UTF8, Type.LONG);
            assertThat(ordered.ordered().firstKey()).isEqualTo("key 0");
            assertThat(ordered.ordered()).hasSize(3_000);
            ordered.check();
        }
    }

    @Test
    void theFirstReadsOfAnOpenedMapUseTheCachedArrays() {
        try (NativeHeap heap = open()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits", 0, 1);
            hits.put(404, 1);
        }
        try (NativeHeap heap = open()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            assertThat(hits.shards.get(0).table.cachedArray).isNotZero();
            assertThat(hits.get(404)).isEqualTo(1);
        }
    }

    @Test
    void aMapKeepsItsNumberOfShards() {
        try (NativeHeap heap = open()) {
            assertThat(SyncLongLongMap.open(heap, "longs", 0, 2).shards()).isEqualTo(2);
            assertThat(SyncMap.builder(heap, Type.UTF8, Type.INT)
                            .name("texts")
                            .shards(4)
                            .open()
                            .shards())
                    .isEqualTo(4);
            assertThat(SyncLongStructMap.builder(heap, POINT)
                            .name("points")
                            .shards(8)
                            .open()
                            .shards())
                    .isEqualTo(8);
        }
        try (NativeHeap heap = open()) {
            assertThat(SyncLongLongMap.open(heap, "longs", 0, 64).shards()).isEqualTo(2);
            assertThat(SyncMap.open(heap, "texts", Type.UTF8, Type.INT).shards())
                    .isEqualTo(4);
            assertThat(SyncLongStructMap.open(heap, "points", POINT).shards()).isEqualTo(8);
            assertThat(heap.maps().get("points").shards()).isEqualTo(8);
        }
    }

    // ------------------------------------------------------------------------------------- handles

    @Test
    void allHandlesOfANameShareEntriesLocksAndLoads() {
        try (NativeHeap heap = inMemory()) {
            SyncMap<String, Long> first = SyncMap.open(heap, "hits", Type.UTF8, Type.LONG);
            SyncMap<String, Long> second = SyncMap.builder(heap, Type.UTF8, Type.LONG)
                    .name("hits")
                    .shards(1)
                    .open();
            assertThat(second.shards).isSameAs(first.shards);
            // a write through one handle ends a load of the other one
            assertThat(first.get("key", key -> {
                        second.put(key, 1L);
                        return 2L;
                    }))
                    .isEqualTo(1);
            assertThat(second.get("key")).isEqualTo(1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> first.compute("key", (key, value) -> second.put(key, 3L)))
                    .withMessageContaining("recursive update");

            SyncLongStructMap points = SyncLongStructMap.open(heap, "points", POINT);
            points.put(1, MemorySegment.ofArray(new long[] {2, 3}));
            assertThat(SyncMap.open(heap, "points", Type.LONG, Type.struct(POINT))
                            .get(1L))
                    .isNotNull();
            assertThat(SyncLongLongMap.open(heap, "longs").shards).isSameAs(SyncLongLongMap.open(heap, "longs").shards);
        }
    }

    @Test
    void handlesThatRecordFiguresShareThem() {
        try (NativeHeap heap = inMemory()) {
            SyncMapBuilder<String, Long> builder =
                    SyncMap.builder(heap, Type.UTF8, Type.LONG).name("hits").recordStats();
            SyncMap<String, Long> first = builder.open();
            first.put("key", 1L);
            builder.open().get("key");
            assertThat(first.cacheStats().hits()).isEqualTo(1);
            assertThat(SyncMap.open(heap, "hits", Type.UTF8, Type.LONG).cacheStats())
                    .isEqualTo(CacheStats.NONE);
        }
    }

    @Test
    void threadsThatOpenOneNameGetOneSetOfLocks() throws Exception {
        try (NativeHeap heap = open()) {
            Object[] found = new Object[4];
            for (int round = 0; round < 20; round++) {
                String name = "map " + round;
                ConcurrentThreads.run(found.length, id -> {
                    SyncLongLongMap map = SyncLongLongMap.open(heap, name, 0, 2);
                    for (int i = 0; i < 100; i++) {
                        map.add(i, 1);
                    }
                    found[id] = map.shards;
                });
                assertThat(found).containsOnly(found[0]);
                assertThat(SyncLongLongMap.open(heap, name).get(7)).isEqualTo(found.length);
            }
            heap.check();
        }
    }

    @Test
    void whatIsNotOfTheClassIsRefusedWithBothNames() {
        try (NativeHeap heap = open()) {
            SyncLongLongMap.open(heap, "shared").put(1, 1);
            LongLongMap.open(heap, "plain").put(1, 1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LongLongMap.open(heap, "shared"))
                    .withMessage("the map named shared is a map[long]long for many threads: open it with the class that"
                            + " has made it, such as SyncLongLongMap or SyncMap");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncLongLongMap.open(heap, "plain"))
                    .withMessage("the map named plain is a map[long]long for one thread at a time: open it with the"
                            + " class that has made it, such as LongLongMap or MemMap");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncMap.open(heap, "shared", Type.UTF8, Type.LONG))
                    .withMessage("the map named shared is a map[long]long, not a map[utf8]long: open it as what it is");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncMap.open(heap, "shared", Type.LONG, Type.LONG))
                    .withMessageContaining("the map named shared is open in this process with another class");
        }
        try (NativeHeap heap = open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncMap.open(heap, "shared", Type.LONG, Type.LONG))
                    .withMessageContaining("geometry PAGE");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncLongStructMap.open(heap, "shared", POINT))
                    .withMessageContaining("map[long]long, not a map[long]struct");
            assertThat(SyncLongLongMap.open(heap, "shared").get(1)).isEqualTo(1);
            assertThat(LongLongMap.open(heap, "plain").get(1)).isEqualTo(1);
        }
    }

    @Test
    void whatCannotBeOpenedIsRefused() {
        try (NativeHeap confined = NativeHeap.ofConfined();
                NativeHeap heap = inMemory()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncLongLongMap.open(confined, "hits"))
                    .withMessageContaining("ofShared()");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncLongLongMap.open(heap, ""))
                    .withMessageContaining("at least one character");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncLongLongMap.open(heap, "hits", 0, 3))
                    .withMessageContaining("a power of two from 1 to 1024: 3");
            assertThatIllegalStateException()
                    .isThrownBy(() -> SyncMap.builder(heap, Type.UTF8, Type.INT).open())
                    .withMessageContaining("call name(...)");
            assertThatIllegalStateException()
                    .isThrownBy(() ->
                            SyncMap.builder(Type.UTF8, Type.INT).name("hits").open())
                    .withMessageContaining("give a heap");
            assertThatIllegalStateException()
                    .isThrownBy(
                            () -> SyncLongStructMap.builder(POINT).name("hits").open())
                    .withMessageContaining("give a heap");
            assertThat(heap.maps()).isEmpty();
        }
    }

    @Test
    void aMapForWhichThereIsNoRoomIsNotMade() {
        try (NativeHeap heap = inMemory()) {
            for (int i = 1; ; i++) {
                heap.failAllocation(i);
                try {
                    SyncLongLongMap.open(heap, "hits", 1_000, 4);
                    break;
                } catch (HeapExhaustedException expected) {
                    assertThat(heap.maps()).isEmpty();
                    heap.check();
                }
            }
            heap.failAllocation(0);
            assertThat(heap.remove("hits")).isTrue();
            // what is left is the directory alone
            assertThat(heap.stats().header()).isEqualTo(256);
        }
    }

    // ------------------------------------------------------------------------------------- the end

    @Test
    void closeLeavesAMapWithANameAndFreeEndsIt() {
        try (NativeHeap heap = open()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            hits.put(1, 1);
            long inUse = heap.stats().inUse();
            hits.close();
            assertThat(hits.get(1)).isEqualTo(1);
            assertThat(heap.maps()).containsKey("hits");

            SyncLongLongMap other = SyncLongLongMap.open(heap, "hits");
            other.free();
            assertThat(heap.maps()).isEmpty();
            assertThatIllegalStateException()
                    .isThrownBy(() -> hits.get(1))
                    .withMessage("Already closed: the map 'hits' was ended by free()");
            assertThatIllegalStateException().isThrownBy(() -> hits.put(1, 1));
            hits.free();
            hits.close();
            assertThat(SyncLongLongMap.open(heap, "hits").size()).isZero();
            SyncLongLongMap.open(heap, "hits").put(1, 1);
            assertThat(heap.stats().inUse()).isEqualTo(inUse);
            hits.free();
            assertThat(heap.maps()).containsKey("hits");
            heap.check();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRemovedMapLeavesNoBlock(boolean isOpen) {
        try (NativeHeap heap = open()) {
            LongLongMap.open(heap, "other");
        }
        long before;
        try (NativeHeap heap = open()) {
            before = heap.stats().inUse();
            SyncMap<String, String> texts = SyncMap.open(heap, "texts", Type.UTF8, Type.UTF8);
            SyncMap<Long, String> byLong = SyncMap.open(heap, "by long", Type.LONG, Type.UTF8);
            SyncLongLongMap longs = SyncLongLongMap.open(heap, "longs");
            SyncLongStructMap points = SyncLongStructMap.open(heap, "points", POINT);
            texts.ordered();
            for (int i = 0; i < 1_000; i++) {
                texts.put("key " + i, "value".repeat(i % 50));
                byLong.put((long) i, "text " + i);
                longs.put(i, i);
                points.put(i, MemorySegment.ofArray(new long[] {i, i}));
            }
            if (isOpen) {
                removeAll(heap);
                assertThatIllegalStateException()
                        .isThrownBy(() -> texts.get("key 1"))
                        .withMessage("Already closed: the map 'texts' was ended by NativeHeap.remove");
                assertThat(heap.stats().inUse()).isEqualTo(before);
            }
        }
        try (NativeHeap heap = open()) {
            removeAll(heap);
            assertThat(heap.stats().inUse()).isEqualTo(before);
            heap.check();
        }
    }

    private static void removeAll(NativeHeap heap) {
        for (String name : heap.maps().keySet()) {
            assertThat(name.equals("other") || heap.remove(name)).isTrue();
        }
        assertThat(heap.maps().keySet()).containsExactly("other");
        assertThat(heap.remove("texts")).isFalse();
    }

    @Test
    void aMapIsRemovedUnderThreadsThatUseIt() throws Exception {
        try (NativeHeap heap = open()) {
            CountDownLatch writing = new CountDownLatch(3);
            SyncLongLongMap first = SyncLongLongMap.open(heap, "hits");
            long before = heap.stats().inUse();
            ConcurrentThreads.run(4, id -> {
                if (id == 3) {
                    writing.await();
                    assertThat(heap.remove("hits")).isTrue();
                    return;
                }
                long key = id;
                IllegalStateException end = null;
                while (end == null) {
                    try {
                        first.put(key, key);
                        first.get(key);
                        key += 3;
                        if (key > 3_000) {
                            writing.countDown();
                            key = id;
                        }
                    } catch (IllegalStateException e) {
                        end = e;
                    }
                }
                assertThat(end).hasMessageStartingWith("Already closed: the map 'hits'");
            });
            assertThat(SyncLongLongMap.open(heap, "hits").size()).isZero();
            assertThat(heap.stats().inUse()).isEqualTo(before);
            heap.check();
        }
    }

    @Test
    void aFunctionMayNotEndItsMapOrItsHeap() {
        try (NativeHeap heap = open()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            hits.put(1, 1);
            for (Runnable end : List.<Runnable>of(hits::free, () -> heap.remove("hits"), heap::close)) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> hits.merge(1, 1, (a, b) -> {
                            end.run();
                            return a;
                        }))
                        .withMessageContaining("recursive update");
            }
            hits.merge(
                    1,
                    1,
                    (a, b) -> heap.maps().size()
                            + SyncLongLongMap.open(heap, "hits").get(1)
                            + 40);
            assertThat(hits.get(1)).isEqualTo(42);
        }
    }

    @Test
    void theEndOfTheHeapWaitsForAFunction() throws Exception {
        NativeHeap heap = open();
        SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
        SyncLongLongMap other = SyncLongLongMap.open(heap, "other");
        hits.put(1, 1);
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<?> function = threads.submit(() -> hits.merge(1, 1, (a, b) -> {
                running.countDown();
                await(go);
                return 42;
            }));
            running.await();
            Future<?> close = threads.submit(heap::close);
            while (!other.shards.isClosed()) {
                Thread.onSpinWait();
            }
            assertThatIllegalStateException()
                    .isThrownBy(other::size)
                    .withMessage("Already closed: the heap was ended by NativeHeap.close()");
            assertThat(close.isDone()).isFalse();
            go.countDown();
            close.get();
            function.get();
        }
        try (NativeHeap again = open()) {
            assertThat(again.opening().how()).isEqualTo(Opening.How.CLEAN);
            assertThat(SyncLongLongMap.open(again, "hits").get(1)).isEqualTo(42);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theEndOfTheHeapUnderWritersLeavesACleanFile() throws Exception {
        for (int round = 0; round < 5; round++) {
            NativeHeap heap = open();
            SyncMap<String, String> texts = SyncMap.open(heap, "texts", Type.UTF8, Type.UTF8);
            CountDownLatch writing = new CountDownLatch(3);
            ConcurrentThreads.run(4, id -> {
                if (id == 3) {
                    writing.await();
                    heap.close();
                    return;
                }
                for (int i = 0; ; i++) {
                    try {
                        texts.put("key " + id + " " + i % 2_000, "v".repeat(i % 90));
                    } catch (IllegalStateException closed) {
                        assertThat(closed).hasMessageStartingWith("Already closed");
                        return;
                    }
                    if (i == 500) {
                        writing.countDown();
                    }
                }
            });
            try (NativeHeap again = open()) {
                assertThat(again.opening().how()).isEqualTo(Opening.How.CLEAN);
                again.check();
                SyncMap.open(again, "texts", Type.UTF8, Type.UTF8).check();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anArenaThatEndsWithinAWriteLeavesAFileToRepair(boolean isWriting) {
        Arena arena = Arena.ofShared();
        NativeHeap heap =
                NativeHeap.builder().arena(arena).maxBytes(8 * MIB).file(path).open();
        SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
        hits.put(1, 1);
        if (isWriting) {
            Shard<?> shard = hits.shards.get(0);
            long stamp = shard.lockForWrite();
            arena.close();
            shard.endWrite(stamp); // the lock is free again, whatever the memory does
            assertThat(shard.isWriteLocked()).isFalse();
        } else {
            arena.close();
        }
        try (NativeHeap again = open()) {
            assertThat(again.opening().how()).isEqualTo(isWriting ? Opening.How.RECOVERED : Opening.How.CLEAN);
            assertThat(SyncLongLongMap.open(again, "hits").get(1)).isEqualTo(1);
            again.check();
        }
    }

    // ------------------------------------------------------------------------------- the sequence word

    @Test
    void theSequenceWordIsOddWhileAThreadMayStore() {
        try (NativeHeap heap = open()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits", 0, 1);
            SyncMap<String, String> texts = SyncMap.builder(heap, Type.UTF8, Type.UTF8)
                    .name("texts")
                    .shards(1)
                    .open();
            SyncLongStructMap points = SyncLongStructMap.builder(heap, POINT)
                    .name("points")
                    .shards(1)
                    .open();
            Shard<?> shard = hits.shards.get(0);
            assertThat(sequence(shard)).isZero();
            hits.put(1, 1);
            hits.put(1, 2);
            hits.add(1, 1);
            assertThat(sequence(shard)).isEqualTo(6);
            hits.get(1);
            hits.forEach((key, value) -> assertThat(sequence(shard)).isEqualTo(6));
            assertThat(sequence(shard)).isEqualTo(6);
            hits.merge(1, 1, (a, b) -> {
                assertThat(sequence(shard)).isEqualTo(8); // a function stores nothing
                return a + b;
            });
            assertThat(sequence(shard)).isEqualTo(10);
            assertThat(hits.remove(7)).isFalse();
            hits.clear();
            assertThat(sequence(shard)).isEqualTo(14);
            long stamp = shard.tryLockForWrite();
            assertThat(sequence(shard)).isEqualTo(15);
            stamp = shard.admitReaders(stamp);
            assertThat(sequence(shard)).isEqualTo(16);
            assertThat(shard.admitReaders(stamp)).isEqualTo(stamp);
            assertThat(sequence(shard)).isEqualTo(16);
            stamp = shard.excludeReaders(stamp);
            assertThat(shard.excludeReaders(stamp)).isEqualTo(stamp);
            assertThat(sequence(shard)).isEqualTo(17);
            shard.endWrite(stamp);
            assertThat(sequence(shard)).isEqualTo(18);

            texts.put("a", "b");
            texts.compute("a", (key, value) -> value + "c");
            texts.putAll(java.util.Map.of("x", "y", "z", "a"));
            texts.ordered();
            texts.compute("a", (key, value) -> null);
            points.ref().updateOrAdd(1, point -> {});
            points.put(1, MemorySegment.ofArray(new long[2]));
            assertThat(sequence(texts.shards.get(0))).isPositive().isEven();
            assertThat(sequence(points.shards.get(0))).isPositive().isEven();
        }
    }

    @Test
    void aMapInMemoryHasNoSequenceWord() {
        try (NativeHeap heap = inMemory()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits", 0, 1);
            hits.put(1, 1);
            assertThat(hits.shards.get(0).table.headerBytes()).isEqualTo(256);
        }
    }

    // --------------------------------------------------------------------------------------- damage

    enum Damage {
        CHECK((memory, list) -> flip(memory, list + ShardsLayout.CHECK)),
        COUNT((memory, list) -> Mem.setInt(memory, list + ShardsLayout.COUNT, 1 << 20)),
        NO_SHARD((memory, list) -> Mem.setInt(memory, list + ShardsLayout.COUNT, 0)),
        FEWER((memory, list) -> Mem.setInt(memory, list + ShardsLayout.COUNT, 1)),
        SHIFT((memory, list) -> {
            Mem.setInt(memory, list + ShardsLayout.SHIFT, 40);
            sum(memory, list);
        }),
        SEED((memory, list) -> {
            flip(memory, list + ShardsLayout.HASH0);
            sum(memory, list);
        }),
        POINTER((memory, list) -> flip(memory, list + ShardsLayout.HEADERS)),
        NOWHERE((memory, list) -> {
            Mem.setLong(memory, list + ShardsLayout.HEADERS, 1L << 40);
            sum(memory, list);
        }),
        TWICE((memory, list) -> {
            Mem.setLong(memory, list + ShardsLayout.HEADERS, ShardList.header(memory, list, 1));
            sum(memory, list);
        }),
        OPTIONS((memory, list) -> Mem.setByte(memory, ShardList.header(memory, list, 1) + HmapLayout.OPTIONS, 0)),
        IDENTITY((memory, list) -> Mem.setLong(memory, ShardList.header(memory, list, 1) + HmapLayout.IDENTITY, 0));

        @SuppressWarnings("ImmutableEnumChecker") // the lambda has no state
        final BiConsumer<MemorySegment, Long> change;

        Damage(BiConsumer<MemorySegment, Long> change) {
            this.change = change;
        }

        private static void flip(MemorySegment memory, long offset) {
            Mem.setInt(memory, offset, Mem.getInt(memory, offset) ^ 8);
        }

        private static void sum(MemorySegment memory, long list) {
            Mem.setInt(
                    memory,
                    list + ShardsLayout.CHECK,
                    HeaderSums.ofShards(memory, list, ShardList.count(memory, list)));
        }
    }

    /** Makes a file with a map whose list of shards is then changed, and a copy that was not closed. */
    private Path damage(Consumer<SyncLongLongMap> action) throws IOException {
        Path notClosed = directory.resolve("copy");
        try (NativeHeap heap = open()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits", 0, 4);
            hits.put(1, 1);
            action.accept(hits);
            Files.copy(path, notClosed);
        }
        return notClosed;
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void aDamagedListOfShardsIsFound(Damage damage) throws IOException {
        Path notClosed = damage(hits -> damage.change.accept(hits.shards.get(0).table.mem, hits.shards.list()));
        for (Path file : List.of(path, notClosed)) {
            HeapFileException refused = catchThrowableOfType(HeapFileException.class, () -> open(file));
            assertThat(refused).as(damage + " in " + file).isNotNull();
            assertThat(refused.reason()).isEqualTo(HeapFileException.Reason.DAMAGED);
        }
    }

    @Test
    void anOddSequenceWordInAClosedFileIsFound() throws IOException {
        Path notClosed = damage(hits -> hits.shards.get(2).table.setField(HmapLayout.SEQUENCE, 7));
        try (NativeHeap heap = open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncLongLongMap.open(heap, "hits"))
                    .withMessageContaining("the map named hits is broken: the sequence word");
        }
        try (NativeHeap heap = open(notClosed)) { // as if a thread had been killed within a write
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            assertThat(sequence(hits.shards.get(2))).isEqualTo(8);
            assertThat(hits.get(1)).isEqualTo(1);
        }
    }

    @Test
    void aMapWithoutANameIsRefusedInAFile() {
        try (NativeHeap heap = open()) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            SyncMap<String, Long> texts = SyncMap.open(heap, "texts", Type.UTF8, Type.LONG);
            long inUse = heap.stats().inUse();
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> SyncLongLongMap.make(heap))
                    .withMessageContaining("needs a name in a file: open it by name")
                    .withMessageContaining(path.toString());
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> texts.copyTo(heap))
                    .withMessageContaining("needs a name in a file");
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> SyncMap.builder(heap, Type.UTF8, Type.LONG)
                            .expireAfterWrite(Duration.ofHours(1))
                            .make())
                    .withMessageContaining("needs a name in a file");
            assertThat(heap.stats().inUse()).isEqualTo(inUse);
            texts.put("key", 1L);
            try (NativeHeap memory = inMemory();
                    SyncMap<String, Long> copy = texts.copyTo(memory)) {
                assertThat(copy).isEqualTo(texts);
                assertThat(memory.maps()).isEmpty();
            }
            assertThat(hits.size()).isZero();
        }
    }
}
