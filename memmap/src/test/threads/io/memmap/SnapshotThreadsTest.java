package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.Snapshot.Consistency;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests snapshots of maps for many threads, also while threads write. */
class SnapshotThreadsTest {
    private static final int WRITERS = 2;
    private static final int SNAPSHOTS = 12;
    private static final StructLayout POINT =
            MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("x"), ValueLayout.JAVA_LONG.withName("y"));

    private TestDirectory directory;
    private Path file;
    private NativeHeap heap;

    @BeforeEach
    void openTheHeap() throws IOException {
        directory = TestDirectory.inMemory();
        file = directory.resolve("snapshot");
        heap = NativeHeap.builder().shared().maxBytes(64 << 20).open();
    }

    @AfterEach
    void deleteTheFiles() throws IOException {
        heap.close();
        directory.close();
    }

    private NativeHeap open() {
        return NativeHeap.builder().shared().maxBytes(64 << 20).file(file).open();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSnapshotHasEachKindOfMap(boolean inFile) {
        if (inFile) {
            heap.close();
            heap = NativeHeap.builder()
                    .shared()
                    .maxBytes(64 << 20)
                    .file(directory.resolve("source"))
                    .open();
        }
        SyncLongLongMap longs = SyncLongLongMap.open(heap, "longs");
        SyncMap<String, String> texts = SyncMap.open(heap, "texts", Type.UTF8, Type.UTF8);
        SyncLongStructMap points = SyncLongStructMap.open(heap, "points", POINT);
        SyncMap<Long, String> cache = openCache(heap);
        LongLongMap plain = LongLongMap.open(heap, "plain");
        if (!inFile) {
            SyncLongLongMap.make(heap).put(1, 1); // without a name
        }
        for (int i = 0; i < 3000; i++) {
            longs.put(i, -i);
            texts.put("key " + i, "value ".repeat(i % 9));
            points.put(i, MemorySegment.ofArray(new long[] {i, ~i}));
            plain.put(i, i + 1);
            cache.put((long) i, "value " + i);
        }
        for (Consistency consistency : Consistency.values()) {
            heap.snapshot(file, consistency);
            try (NativeHeap copy = open()) {
                assertThat(copy.maps()).containsOnlyKeys("cache", "longs", "plain", "points", "texts");
                // a second copy, of maps that no thread has opened
                copy.snapshot(directory.resolve("source2"), consistency);
                assertHasAll(copy, texts);
            }
            try (NativeHeap copy = NativeHeap.builder()
                    .shared()
                    .file(directory.resolve("source2"))
                    .open()) {
                assertHasAll(copy, texts);
            }
        }
    }

    private static SyncMap<Long, String> openCache(NativeHeap heap) {
        return SyncMap.builder(heap, Type.LONG, Type.UTF8)
                .name("cache")
                .shards(4)
                .maxEntries(1000)
                .expireAfterWrite(Duration.ofDays(1))
                .open();
    }

    private static void assertHasAll(NativeHeap copy, SyncMap<String, String> texts) {
        copy.check();
        long inUse = copy.stats().inUse();
        SyncLongLongMap longs = SyncLongLongMap.open(copy, "longs");
        SyncMap<String, String> copied = SyncMap.open(copy, "texts", Type.UTF8, Type.UTF8);
        SyncLongStructMap points = SyncLongStructMap.open(copy, "points", POINT);
        LongLongMap plain = LongLongMap.open(copy, "plain");
        assertThat(copied).isEqualTo(texts);
        SyncMap<Long, String> cache = openCache(copy);
        cache.shards.check();
        assertThat(cache.size()).isEqualTo(1000);
        cache.forEach((key, value) -> assertThat(value).isEqualTo("value " + key));
        long[] point = new long[2];
        for (int i = 0; i < 3000; i++) {
            assertThat(longs.get(i)).isEqualTo(-i);
            assertThat(points.get(i, MemorySegment.ofArray(point))).isTrue();
            assertThat(point).containsExactly(i, ~i);
            assertThat(plain.get(i)).isEqualTo(i + 1);
        }
        longs.put(-1, 1); // the map goes on
        assertThat(longs.size()).isEqualTo(3001);
        for (String name : copy.maps().keySet()) {
            copy.remove(name);
        }
        assertThat(copy.stats().inUse())
                .as("bytes in use without the maps, of " + inUse)
                .isEqualTo(
                        MemMap.at(copy, copy.directory(), Type.UTF8, Type.LONG).bytes());
        copy.check();
    }

    /**
     * Each writer counts in two maps and then in its word. So at each moment the word is at most
     * the second count, that is at most the first, and that is at most one more than the word.
     */
    @ParameterizedTest
    @EnumSource(Consistency.class)
    void aSnapshotBesideWritersIsAsConsistentAsItSays(Consistency consistency) throws InterruptedException {
        SyncLongLongMap first = SyncLongLongMap.open(heap, "first");
        SyncMap<String, Long> second = SyncMap.open(heap, "second", Type.UTF8, Type.LONG);
        SyncMap<Long, String> cache = openCache(heap);
        HeapWords words = heap.words("counts", WRITERS);
        for (int i = 0; i < 20_000; i++) { // so that the copying takes a while
            first.put(1000 + i, i);
            second.put("other " + i, (long) i);
        }
        run(
                (writer, count) -> {
                    first.put(writer, count);
                    second.put("writer " + writer, count);
                    first.put(
                            100_000 + count % 5000 * WRITERS + writer,
                            count); // the map grows, and is changed everywhere
                    cache.put(count * WRITERS + writer, "value " + (count * WRITERS + writer)); // evicts
                    if (count % 2000 == 0) {
                        cache.clear(); // so that the cache grows again
                    }
                    words.set(writer, count);
                },
                () -> {
                    heap.snapshot(file, consistency);
                    try (NativeHeap copy = open()) {
                        copy.check();
                        SyncLongLongMap firstCopy = SyncLongLongMap.open(copy, "first");
                        SyncMap<String, Long> secondCopy = SyncMap.open(copy, "second", Type.UTF8, Type.LONG);
                        SyncMap<Long, String> cacheCopy = openCache(copy);
                        cacheCopy.shards.check();
                        cacheCopy.forEach((key, value) -> assertThat(value).isEqualTo("value " + key));
                        HeapWords wordsCopy = copy.words("counts", WRITERS);
                        for (int writer = 0; writer < WRITERS; writer++) {
                            long word = wordsCopy.get(writer);
                            long one = firstCopy.getOrDefault(writer, 0);
                            Long two = secondCopy.get("writer " + writer);
                            assertThat(one).isGreaterThanOrEqualTo(word);
                            assertThat(two == null ? 0 : two).isGreaterThanOrEqualTo(word);
                            if (consistency == Consistency.ALL_AT_ONCE) {
                                assertThat(one).isBetween(word, word + 1);
                                assertThat(two == null ? 0 : two).isBetween(word, one);
                            }
                        }
                        for (int i = 0; i < 20_000; i++) {
                            assertThat(firstCopy.get(1000 + i)).isEqualTo(i);
                        }
                        assertThat(secondCopy.size()).isBetween(20_000, 20_000 + WRITERS);
                    }
                });
    }

    /** Runs an action again and again in each writer, while this thread does another one. */
    private static void run(BiConsumer<Integer, Long> write, Runnable action) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int writer = i;
            Thread thread = new Thread(() -> {
                try {
                    for (long count = 1; !Thread.interrupted(); count++) {
                        write.accept(writer, count);
                    }
                } catch (Throwable failed) {
                    failure.set(failed);
                }
            });
            thread.start();
            writers.add(thread);
        }
        try {
            for (int i = 0; i < SNAPSHOTS; i++) {
                action.run();
            }
        } finally {
            writers.forEach(Thread::interrupt);
            for (Thread writer : writers) {
                writer.join();
            }
        }
        assertThat(failure.get()).isNull();
    }

    @ParameterizedTest
    @EnumSource(Consistency.class)
    void aFunctionUnderALockCanTakeASnapshot(Consistency consistency) {
        SyncMap<String, Long> map = SyncMap.open(heap, "map", Type.UTF8, Type.LONG);
        SyncLongLongMap other = SyncLongLongMap.open(heap, "other");
        other.put(1, 2);
        map.put("key", 1L);
        map.compute("key", (key, value) -> {
            heap.snapshot(file, consistency);
            return 3L;
        });
        try (NativeHeap copy = open()) {
            assertThat(SyncMap.open(copy, "map", Type.UTF8, Type.LONG).get("key"))
                    .isEqualTo(1);
            assertThat(SyncLongLongMap.open(copy, "other").get(1)).isEqualTo(2);
        }
        assertThat(map.get("key")).isEqualTo(3);
    }

    @Test
    void mapsThatAreMadeAndRemovedMeanwhileAreInTheSnapshotOrNot() throws InterruptedException {
        SyncLongLongMap kept = SyncLongLongMap.open(heap, "kept");
        kept.put(1, 1);
        run(
                (writer, count) -> {
                    SyncLongLongMap.open(heap, "writer " + writer).put(1, count);
                    heap.remove("writer " + writer);
                },
                () -> {
                    try {
                        heap.snapshot(file, Consistency.ALL_AT_ONCE);
                    } catch (IllegalStateException removed) {
                        assertThat(removed).hasMessageContaining("writer ");
                        return;
                    }
                    try (NativeHeap copy = open()) {
                        copy.check();
                        assertThat(SyncLongLongMap.open(copy, "kept").get(1)).isEqualTo(1);
                    }
                });
    }

    @Test
    void aSnapshotOfAClosedHeapIsRefused() {
        SyncLongLongMap.open(heap, "map");
        heap.close();
        for (Consistency consistency : Consistency.values()) {
            assertThatThrownBy(() -> heap.snapshot(file, consistency))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("Already closed");
        }
        assertThat(directory.path()).isEmptyDirectory();
    }
}
