package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.memmap.format.HmapLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The end of a map for many threads, in each of its ways. Every later operation throws "Already
 * closed".
 */
@Timeout(60)
// the return values do not matter
@SuppressWarnings({"ReturnValueIgnored", "CollectionIncompatibleType"})
class SyncClosedTest {
    private static final long MAX_BYTES = 4L << 20;
    private static final long ABSENT = 1000;

    private static final List<Consumer<SyncMap<Long, Long>>> OPERATIONS = List.of(
            map -> map.get(1L),
            map -> map.get(ABSENT),
            map -> map.get("of another class"),
            map -> map.containsKey(1L),
            map -> map.containsKey(ABSENT),
            map -> map.getOrDefault(ABSENT, 1L),
            map -> map.containsValue(1L),
            map -> map.put(1L, 1L),
            map -> map.put(ABSENT, 1L),
            map -> map.putIfAbsent(1L, 1L),
            map -> map.putIfAbsent(ABSENT, 1L),
            map -> map.remove(1L),
            map -> map.remove(ABSENT),
            map -> map.remove(1L, 1L),
            map -> map.remove(ABSENT, 1L),
            map -> map.replace(1L, 1L),
            map -> map.replace(ABSENT, 1L),
            map -> map.replace(1L, 1L, 1L),
            map -> map.compute(1L, (key, old) -> 1L),
            map -> map.computeIfAbsent(1L, key -> 1L),
            map -> map.computeIfAbsent(ABSENT, key -> null),
            map -> map.computeIfPresent(ABSENT, (key, old) -> 1L),
            map -> map.merge(1L, 1L, Long::sum),
            map -> map.replaceAll((key, old) -> old),
            SyncMap::clear,
            SyncMap::size,
            SyncMap::mappingCount,
            SyncMap::isEmpty,
            SyncMap::stats,
            SyncMap::check,
            SyncMap::toString,
            SyncMap::hashCode,
            map -> map.forEach((key, value) -> {}),
            map -> map.keySet().iterator(),
            map -> map.keySet().contains(ABSENT),
            map -> map.values().size(),
            map -> map.entrySet().iterator(),
            map -> map.entrySet().contains(Map.entry(1L, 1L)));

    private static final List<Consumer<SyncLongLongMap>> OPERATIONS_ON_LONGS = List.of(
            map -> map.get(1),
            map -> map.get(ABSENT),
            map -> map.getOrDefault(ABSENT, 1),
            map -> map.containsKey(1),
            map -> map.containsKey(ABSENT),
            map -> map.put(1, 1),
            map -> map.put(ABSENT, 1),
            map -> map.putIfAbsent(1, 1),
            map -> map.putIfAbsent(ABSENT, 1),
            map -> map.add(1, 1),
            map -> map.merge(1, 1, Long::sum),
            map -> map.merge(ABSENT, 1, Long::sum),
            map -> map.replace(1, 1, 1),
            map -> map.replace(ABSENT, 1, 1),
            map -> map.remove(1),
            map -> map.remove(ABSENT),
            map -> map.remove(1, 1),
            map -> map.forEach((key, value) -> {}),
            map -> map.getAll(new long[] {1}, new long[1]),
            map -> map.getAll(new long[0], new long[0]),
            map -> map.putAll(new long[] {ABSENT}, new long[1]),
            map -> map.putAll(new long[0], new long[0]),
            map -> map.asMap().get(1L),
            map -> map.asMap().get("of another class"),
            map -> map.asMap().put(ABSENT, 1L),
            map -> map.asMap().remove(1L),
            map -> map.asMap().remove("of another class", 1L),
            map -> map.asMap().merge(1L, 1L, Long::sum),
            map -> map.asMap().containsValue(1L),
            map -> map.asMap().size(),
            map -> map.asMap().keySet().iterator(),
            map -> map.asMap().entrySet().contains(Map.entry(1L, 1L)),
            SyncLongLongMap::toString,
            SyncLongLongMap::size,
            SyncLongLongMap::isEmpty,
            SyncLongLongMap::clear,
            SyncLongLongMap::stats,
            SyncLongLongMap::check);

    /** A way in which a map ends, and the message of every later operation. */
    enum End {
        OWN_FREED("the map was ended by free()"),
        OWN_CLOSED("the map was ended by close()"),
        FREED("the map was ended by free()"),
        CLOSED("the map was ended by close()"),
        HEAP_CLOSED("the heap was ended by NativeHeap.close()"),
        FREED_IN_ARENA("the map was ended by free()"),
        CLOSED_IN_ARENA("the map was ended by close()"),
        ARENA_CLOSED("the arena of the heap has ended");

        final String message;

        End(String what) {
            message = "Already closed: " + what;
        }

        boolean isInArena() {
            return compareTo(FREED_IN_ARENA) >= 0;
        }
    }

    /** A heap and three maps. */
    private static final class HeapAndMaps implements AutoCloseable {
        final End end;
        final Arena arena = Arena.ofShared();
        final NativeHeap heap;
        final SyncMap<Long, Long> map;
        final SyncLongLongMap longs;
        final SyncMap<Long, Long> empty;

        HeapAndMaps(End end) {
            this.end = end;
            NativeHeap.Builder builder = NativeHeap.builder().shared().maxBytes(MAX_BYTES);
            heap = (end.isInArena() ? builder.arena(arena) : builder).open();
            boolean own = end == End.OWN_FREED || end == End.OWN_CLOSED;
            map = own ? SyncMap.make(Type.LONG, Type.LONG) : SyncMap.make(heap, Type.LONG, Type.LONG);
            longs = own ? SyncLongLongMap.make() : SyncLongLongMap.make(heap);
            empty = own ? SyncMap.make(Type.LONG, Type.LONG) : SyncMap.make(heap, Type.LONG, Type.LONG);
            for (long key = 0; key < 100; key++) {
                map.put(key, 1L);
                longs.put(key, 1);
            }
        }

        void end() {
            switch (end) {
                case OWN_FREED, FREED, FREED_IN_ARENA -> {
                    map.free();
                    longs.free();
                    empty.free();
                    assertThat(heap.stats().inUse()).isZero();
                }
                case OWN_CLOSED, CLOSED, CLOSED_IN_ARENA -> {
                    map.close();
                    longs.close();
                    empty.close();
                    assertThat(heap.stats().inUse()).isZero();
                }
                case HEAP_CLOSED -> heap.close();
                case ARENA_CLOSED -> arena.close();
            }
        }

        @Override
        public void close() {
            heap.close();
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyOperationAfterTheEndThrowsAlreadyClosed(End end) {
        try (HeapAndMaps world = new HeapAndMaps(end)) {
            world.end();
            OPERATIONS.forEach(operation -> assertSays(end.message, () -> operation.accept(world.map)));
            OPERATIONS.forEach(operation -> assertSays(end.message, () -> operation.accept(world.empty)));
            OPERATIONS_ON_LONGS.forEach(operation -> assertSays(end.message, () -> operation.accept(world.longs)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anIteratorMadeBeforeTheEndThrowsAlreadyClosedAfterwards(End end) {
        try (HeapAndMaps world = new HeapAndMaps(end)) {
            Iterator<Long> fresh = world.map.keySet().iterator();
            Iterator<Map.Entry<Long, Long>> used = world.map.entrySet().iterator();
            Map.Entry<Long, Long> entry = used.next();
            Iterator<Long> looked = world.map.keySet().iterator();
            assertThat(looked.hasNext()).isTrue();
            Iterator<Long> done = world.empty.keySet().iterator();
            assertThat(done.hasNext()).isFalse();
            world.end();
            for (Iterator<?> iterator : List.of(fresh, used, looked, done)) {
                assertSays(end.message, iterator::hasNext);
                assertSays(end.message, iterator::next);
            }
            assertSays(end.message, used::remove);
            assertSays(end.message, () -> entry.setValue(2L));
            assertThat(entry.getValue()).as("the value that the entry has read").isOne();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLoopOverAMapThatEndsMeanwhileThrowsAlreadyClosed(End end) {
        try (HeapAndMaps world = new HeapAndMaps(end)) {
            assertSays(
                    end.message,
                    () -> world.longs.forEach((key, value) -> {
                        if (world.heap.isAlive()) {
                            world.end();
                        }
                    }));
            assertSays(end.message, () -> world.map.forEach((key, value) -> {}));
        }
    }

    private static void assertSays(String message, Runnable operation) {
        assertThatIllegalStateException().isThrownBy(operation::run).withMessage(message);
    }

    /** The message may differ if the map ends during the operation. */
    private static void assertClosed(Runnable operation) {
        assertThatIllegalStateException().isThrownBy(operation::run).withMessageStartingWith("Already closed");
    }

    /** A finally block may do this, or a try block whose arena was closed first. */
    @ParameterizedTest
    @EnumSource
    void aMapThatHasEndedMayBeFreedOrClosedAgain(End end) {
        try (HeapAndMaps world = new HeapAndMaps(end)) {
            world.end();
            for (int i = 0; i < 2; i++) {
                world.map.free();
                world.map.close();
                world.longs.close();
                world.longs.free();
            }
            assertSays(end.message, world.map::size);
            assertSays(end.message, world.longs::size);
        }
    }

    @Test
    void theMessageStatesTheMapAndTheCallThatEndedIt() {
        SyncMap<Long, Long> orders =
                SyncMap.builder(Type.LONG, Type.LONG).name("orders").make();
        orders.free();
        orders.close();
        assertSays("Already closed: the map 'orders' was ended by free()", orders::size);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHeapThatAMapHasMadeEndsWithTheMap(boolean frees) {
        SyncMap<Long, Long> map = SyncMap.make(Type.LONG, Type.LONG);
        SyncMap<Long, Long> bounded =
                SyncMap.builder(Type.LONG, Type.LONG).maxEntries(100).make();
        SyncLongLongMap longs = SyncLongLongMap.make();
        List<NativeHeap> heaps = List.of(map.heap, bounded.heap, longs.shards.heap);
        assertThat(heaps).doesNotHaveDuplicates().allMatch(NativeHeap::isAlive);
        if (frees) {
            map.free();
            bounded.free();
            longs.free();
        } else {
            map.close();
            bounded.close();
            longs.close();
        }
        assertThat(heaps).noneMatch(NativeHeap::isAlive);
    }

    /**
     * Writes the memory of a heap to a pipe that is full. The writing thread uses the memory until
     * the test reads the rest.
     */
    private static final class Dump {
        private final Pipe pipe;
        private final ByteBuffer read = ByteBuffer.allocate(1 << 20);
        private final Thread thread;

        Dump(NativeHeap heap) throws IOException {
            pipe = Pipe.open();
            ByteBuffer bytes = heap.segment().asSlice(0, read.capacity()).asByteBuffer();
            thread = Thread.ofPlatform().daemon().start(() -> {
                try {
                    pipe.sink().write(bytes);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            read.limit(1);
            readRest();
            // the pipe is smaller, so the thread writes until all has been read
            read.limit(read.capacity());
        }

        private void readRest() throws IOException {
            while (read.hasRemaining()) {
                pipe.source().read(read);
            }
        }

        void end() throws Exception {
            readRest();
            thread.join();
            pipe.sink().close();
            pipe.source().close();
        }
    }

    @Test
    void aHeapThatCouldNotEndMayBeClosedAgain() throws Exception {
        NativeHeap heap = NativeHeap.ofShared();
        Dump dump = new Dump(heap);
        assertThatIllegalStateException().isThrownBy(heap::close).withMessageContaining("acquired");
        assertThat(heap.isAlive()).isTrue();
        heap.free(heap.allocate(100));
        dump.end();
        heap.close();
        assertThat(heap.isAlive()).isFalse();
    }

    @Test
    void aHeapInAFileThatCouldNotEndLetsThreadsWriteAgain(@TempDir Path directory) throws Exception {
        NativeHeap heap = NativeHeap.builder()
                .shared()
                .maxBytes(8 << 20)
                .file(directory.resolve("heap"))
                .open();
        SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits", 0, 2);
        hits.put(1, 1);
        Dump dump = new Dump(heap);
        assertThatIllegalStateException().isThrownBy(heap::close).withMessageContaining("acquired");
        hits.put(2, 2);
        assertThat(hits.get(1) + hits.get(2)).isEqualTo(3);
        for (int i = 0; i < hits.shards(); i++) {
            LongLongMap table = hits.shards.get(i).table;
            assertThat(table.cachedArray).isEqualTo(table.field(HmapLayout.BUCKETS));
        }
        dump.end();
        heap.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> hits.get(1))
                .withMessageStartingWith("Already closed: the heap was ended by NativeHeap.close()");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aMapWhoseHeapCouldNotEndStaysOpenAndMayBeClosedAgain(boolean frees) throws Exception {
        SyncMap<Long, Long> map = SyncMap.make(Type.LONG, Type.LONG);
        SyncLongLongMap longs = SyncLongLongMap.make();
        map.put(1L, 2L);
        longs.put(1, 2);
        Dump dump = new Dump(map.heap);
        Dump dumpOfLongs = new Dump(longs.shards.heap);
        for (int i = 0; i < 2; i++) {
            assertThatIllegalStateException()
                    .isThrownBy(frees ? map::free : map::close)
                    .withMessageContaining("acquired");
            assertThatIllegalStateException()
                    .isThrownBy(frees ? longs::free : longs::close)
                    .withMessageContaining("acquired");
        }
        assertThat(map.put(1L, 3L)).isEqualTo(2);
        assertThat(map).isEqualTo(Map.of(1L, 3L));
        assertThat(longs.add(1, 1)).isEqualTo(3);
        assertThat(longs.get(1)).isEqualTo(3);
        dump.end();
        dumpOfLongs.end();
        map.close();
        longs.close();
        assertThat(map.heap.isAlive()).isFalse();
        assertThat(longs.shards.heap.isAlive()).isFalse();
        assertSays("Already closed: the map was ended by close()", map::size);
    }

    @Test
    void aMapThatCouldNotBeFreedStaysClosedAndMayBeFreedAgain() {
        try (HeapAndMaps world = new HeapAndMaps(End.FREED)) {
            ObjectTable<Long, Long> broken = tableWithoutChains(world.map);
            long buckets = broken.field(HmapLayout.BUCKETS);
            broken.setField(HmapLayout.BUCKETS, 8); // no block begins there
            assertThatIllegalArgumentException().isThrownBy(world.map::close);
            OPERATIONS.forEach(operation ->
                    assertSays("Already closed: the map is being ended by close()", () -> operation.accept(world.map)));
            broken.setField(HmapLayout.BUCKETS, buckets);
            world.end();
            assertSays(End.FREED.message, world.map::size);
        }
    }

    /** Returns the table of a shard, with one array and no overflow bucket that could be reached only through it. */
    private static ObjectTable<Long, Long> tableWithoutChains(SyncMap<Long, Long> map) {
        for (int i = 0; i < map.shards.count(); i++) {
            ObjectTable<Long, Long> table = map.shards.get(i).table;
            MapStats stats = table.stats();
            if (stats.buckets() != 0 && stats.overflowBuckets() == 0 && !stats.growing()) {
                return table;
            }
        }
        throw new AssertionError("all shards have overflow buckets");
    }

    @ParameterizedTest
    @EnumSource(names = {"FREED", "CLOSED", "FREED_IN_ARENA", "CLOSED_IN_ARENA"})
    void aMapThatEndsLeavesTheCallersHeapUsable(End end) {
        try (HeapAndMaps world = new HeapAndMaps(end)) {
            long empty = world.empty.stats().bytes();
            if (end == End.FREED || end == End.FREED_IN_ARENA) {
                world.map.free();
                world.longs.free();
            } else {
                world.map.close();
                world.longs.close();
            }
            assertThat(world.heap.stats().inUse()).isEqualTo(empty);
            world.empty.put(1L, 1L);
            assertThat(world.empty.get(1L)).isOne();
        }
    }

    /** As with a plain map, the heap allocates nothing more. */
    @Test
    void aMapInADetachedHeapCanBeReadUntilTheMapIsClosed() {
        try (HeapAndMaps world = new HeapAndMaps(End.ARENA_CLOSED)) {
            world.heap.close();
            assertThat(world.map.get(1L)).isOne();
            assertThat(world.map.get(ABSENT)).isNull();
            assertThat(world.map).hasSize(100);
            assertThat(world.longs.get(1)).isOne();
            assertSays(End.HEAP_CLOSED.message, () -> world.map.put(1L, 2L));
            assertSays(End.HEAP_CLOSED.message, () -> world.map.remove(1L));
            world.map.close();
            assertSays(End.HEAP_CLOSED.message, () -> world.map.get(1L));
        }
    }

    @ParameterizedTest
    @EnumSource
    void readersAndWritersDuringTheEndGetRightValuesAndThenAlreadyClosed(End end) throws Exception {
        for (int round = 0; round < 8; round++) {
            try (HeapAndMaps world = new HeapAndMaps(end)) {
                int last = 3;
                CountDownLatch busy = new CountDownLatch(last);
                ConcurrentThreads.run(last + 1, id -> {
                    if (id == last) {
                        busy.await();
                        world.end();
                        return;
                    }
                    assertClosed(() -> {
                        for (long i = 0; ; i++) {
                            work(world, id, i);
                            if (i == 100) {
                                busy.countDown();
                            }
                        }
                    });
                });
            }
        }
    }

    private static void work(HeapAndMaps world, int id, long i) {
        long key = i % 100;
        switch (id) {
            case 0 -> {
                assertThat(world.map.get(key)).isEqualTo(1);
                assertThat(world.longs.get(key)).isOne();
                assertThat(world.map.get(ABSENT)).isNull();
            }
            case 1 -> {
                assertThat(world.map.put(key, 1L)).isEqualTo(1);
                assertThat(world.longs.putIfAbsent(key, 2)).isOne();
                world.map.put(ABSENT + 1 + i, 1L);
            }
            default -> {
                assertThat(world.map.compute(key, (same, old) -> old)).isEqualTo(1);
                int[] seen = {0};
                world.longs.forEach((same, value) -> seen[0]++);
                assertThat(seen[0]).isEqualTo(100);
            }
        }
    }
}
