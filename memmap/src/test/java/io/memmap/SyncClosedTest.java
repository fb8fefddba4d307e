package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The end of a map for many threads, by all its ways: whatever is asked of it then is answered with "Already closed". */
@Timeout(60)
@SuppressWarnings({"ReturnValueIgnored", "CollectionIncompatibleType"}) // nothing is to be returned
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

    /** How a map ends. */
    enum End {
        FREE,
        CLOSE,
        HEAP_CLOSED,
        FREE_IN_ARENA,
        CLOSE_IN_ARENA,
        ARENA_CLOSED;

        boolean isInArena() {
            return compareTo(FREE_IN_ARENA) >= 0;
        }
    }

    /** A heap and the maps in it. */
    private static final class World implements AutoCloseable {
        final End end;
        final Arena arena = Arena.ofShared();
        final NativeHeap heap;
        final SyncMap<Long, Long> map;
        final SyncLongLongMap longs;
        final SyncMap<Long, Long> empty;

        World(End end) {
            this.end = end;
            NativeHeap.Builder builder = NativeHeap.builder().shared().maxBytes(MAX_BYTES);
            heap = (end.isInArena() ? builder.arena(arena) : builder).open();
            map = SyncMap.make(heap, Type.LONG, Type.LONG);
            longs = SyncLongLongMap.make(heap);
            empty = SyncMap.make(heap, Type.LONG, Type.LONG);
            for (long key = 0; key < 100; key++) {
                map.put(key, 1L);
                longs.put(key, 1);
            }
        }

        void end() {
            switch (end) {
                case FREE, FREE_IN_ARENA -> {
                    map.free();
                    longs.free();
                    empty.free();
                    assertThat(heap.stats().inUse()).isZero();
                }
                case CLOSE, CLOSE_IN_ARENA -> {
                    map.close();
                    longs.close();
                    empty.close();
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
    void everyOperationAfterTheEndSaysSo(End end) {
        try (World world = new World(end)) {
            world.end();
            OPERATIONS.forEach(operation -> assertClosed(() -> operation.accept(world.map)));
            OPERATIONS.forEach(operation -> assertClosed(() -> operation.accept(world.empty)));
            OPERATIONS_ON_LONGS.forEach(operation -> assertClosed(() -> operation.accept(world.longs)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anIteratorMadeBeforeTheEndSaysSoAfterIt(End end) {
        try (World world = new World(end)) {
            Iterator<Long> fresh = world.map.keySet().iterator();
            Iterator<Map.Entry<Long, Long>> used = world.map.entrySet().iterator();
            Map.Entry<Long, Long> entry = used.next();
            Iterator<Long> looked = world.map.keySet().iterator();
            assertThat(looked.hasNext()).isTrue();
            Iterator<Long> done = world.empty.keySet().iterator();
            assertThat(done.hasNext()).isFalse();
            world.end();
            for (Iterator<?> iterator : List.of(fresh, used, looked, done)) {
                assertClosed(iterator::hasNext);
                assertClosed(iterator::next);
            }
            assertClosed(used::remove);
            assertClosed(() -> entry.setValue(2L));
            assertThat(entry.getValue()).as("what was read").isOne();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWalkOverAMapThatEndsMeanwhileSaysSo(End end) {
        try (World world = new World(end)) {
            assertClosed(() -> world.longs.forEach((key, value) -> {
                if (world.heap.isAlive()) {
                    world.end();
                }
            }));
            assertClosed(() -> world.map.forEach((key, value) -> {}));
        }
    }

    private static void assertClosed(Runnable operation) {
        assertThatIllegalStateException().isThrownBy(operation::run).withMessage("Already closed");
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"HEAP_CLOSED", "ARENA_CLOSED"})
    void aMapThatHasEndedMayEndAgain(End end) {
        try (World world = new World(end)) {
            world.end();
            for (int i = 0; i < 2; i++) {
                world.map.free();
                world.map.close();
                world.longs.close();
                world.longs.free();
            }
        }
    }

    /** As a try block does whose arena was closed first. */
    @ParameterizedTest
    @EnumSource(names = {"HEAP_CLOSED", "ARENA_CLOSED"})
    void aMapWhoseHeapHasEndedMayBeClosed(End end) {
        try (World world = new World(end)) {
            world.end();
            assertThatCode(world.map::close).doesNotThrowAnyException();
            assertThatCode(world.longs::close).doesNotThrowAnyException();
            assertThatCode(world.map::free).doesNotThrowAnyException();
        }
    }

    @Test
    void closeInAnArenaLeavesTheArenaAlive() {
        try (World world = new World(End.CLOSE_IN_ARENA)) {
            world.map.close();
            assertThat(world.heap.isAlive()).isFalse();
            assertThat(world.arena.scope().isAlive()).isTrue();
            assertThat(world.heap.segment().scope().isAlive()).isTrue();
        }
    }

    @Test
    void freeLeavesTheHeapToOthers() {
        try (World world = new World(End.FREE)) {
            long empty = world.empty.stats().bytes();
            world.map.free();
            world.longs.free();
            assertThat(world.heap.stats().inUse()).isEqualTo(empty);
            world.empty.put(1L, 1L);
            assertThat(world.empty.get(1L)).isOne();
        }
    }

    /** As a plain map: the heap hands nothing out any more. */
    @Test
    void aMapInADetachedHeapIsToBeReadUntilItIsClosedItself() {
        try (World world = new World(End.ARENA_CLOSED)) {
            world.heap.close();
            assertThat(world.map.get(1L)).isOne();
            assertThat(world.map.get(ABSENT)).isNull();
            assertThat(world.map).hasSize(100);
            assertThat(world.longs.get(1)).isOne();
            assertClosed(() -> world.map.put(1L, 2L));
            assertClosed(() -> world.map.remove(1L));
            world.map.close();
            assertClosed(() -> world.map.get(1L));
        }
    }

    @ParameterizedTest
    @EnumSource
    void readersAndWritersUnderTheEndGetRightValuesAndThenTheEnd(End end) throws Exception {
        for (int round = 0; round < 8; round++) {
            try (World world = new World(end)) {
                int last = 3;
                CountDownLatch busy = new CountDownLatch(last);
                Threads.run(last + 1, id -> {
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

    private static void work(World world, int id, long i) {
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
