package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.HeapFileException;
import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Opening;
import io.memmap.Snapshot;
import io.memmap.SyncLongLongMap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What observers see of heaps in files, of their openings and of snapshots. */
class FileFiguresTest {
    @TempDir
    private Path directory;

    private NativeHeap open(String name) {
        return builder(name).open();
    }

    private NativeHeap.Builder builder(String name) {
        return NativeHeap.builder().shared().maxBytes(8 << 20).file(directory.resolve(name));
    }

    /** Returns the figures of the heap that was opened last. */
    private static MemStats.Heap seen() {
        return MemStats.read().heaps().getLast();
    }

    @Test
    void aHeapInMemoryHasNeitherFileNorSnapshot() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            assertThat(heap.stats().inUse()).isZero();
            assertThat(seen().file()).isNull();
            assertThat(seen().isReadOnly()).isFalse();
            assertThat(seen().snapshots()).isEqualTo(new MemStats.Snapshots(0, 0, "", -1, 0, 0, 0, false, "", -1));
        }
    }

    @Test
    void aFileHasTheFiguresOfItsOpening() throws IOException {
        try (NativeHeap heap = open("a")) {
            MemStats.File file = seen().file();
            assertThat(file.path())
                    .isEqualTo(directory.toRealPath().resolve("a").toString());
            assertThat(file.fileSystem()).isIn("tmpfs", "ext4", "xfs", "overlay");
            assertThat(file.opening()).isEqualTo(Opening.How.CREATED);
            assertThat(file.generation()).isEqualTo(1);
            assertThat(file.openingNanos()).isEqualTo(heap.opening().time().toNanos());
            assertThat(seen().reserved()).isEqualTo(Files.size(directory.resolve("a")));
            assertThat(seen().committed()).isEqualTo(heap.stats().committed());
        }
        try (NativeHeap heap = open("a")) {
            MemStats.File file = seen().file();
            assertThat(file.opening()).isEqualTo(Opening.How.CLEAN);
            assertThat(file.generation()).isEqualTo(heap.opening().generation()).isEqualTo(2);
        }
    }

    @Test
    void aRepairIsCountedAndDescribed() throws IOException {
        long repairs = MemStats.read().repairs();
        try (NativeHeap heap = open("open")) {
            SyncLongLongMap.open(heap, "hits").put(1, 1);
            Files.copy(directory.resolve("open"), directory.resolve("left open"));
        }
        try (NativeHeap heap = open("left open")) {
            MemStats.File file = seen().file();
            assertThat(file.opening()).isEqualTo(Opening.How.RECOVERED);
            assertThat(file.freedBlocks()).isEqualTo(heap.opening().freedBlocks());
            assertThat(file.undone()).isEqualTo(heap.opening().undone());
        }
        assertThat(MemStats.read().repairs()).isEqualTo(repairs + 1);
    }

    @Test
    void aSyncIsCounted() {
        try (NativeHeap heap = open("a")) {
            assertThat(seen().file().syncs()).isZero();
            assertThat(seen().file().syncAgeNanos()).isEqualTo(-1);
            heap.sync();
            heap.sync();
            assertThat(seen().file().syncs()).isEqualTo(2);
            assertThat(seen().file().syncAgeNanos()).isNotNegative();
            assertThat(seen().file().syncNanos()).isPositive();
            assertThat(seen().file().opening()).isEqualTo(Opening.How.CREATED);
        }
    }

    @Test
    void theLastSnapshotHasItsFiguresInMemoryToo() {
        MemStats before = MemStats.read();
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncLongLongMap.open(heap, "hits").put(1, 1);
            heap.snapshot(directory.resolve("first"));
            assertThat(seen().snapshots().allAtOnce()).isFalse();
            Path file = directory.resolve("second");
            Snapshot snapshot = heap.snapshot(file, Snapshot.Consistency.ALL_AT_ONCE);
            MemStats.Snapshots seen = seen().snapshots();
            assertThat(seen.taken()).isEqualTo(2);
            assertThat(seen.failed()).isZero();
            assertThat(seen.path()).isEqualTo(file.toString());
            assertThat(seen.ageNanos()).isNotNegative();
            assertThat(seen.tookNanos()).isEqualTo(snapshot.time().toNanos());
            assertThat(seen.bytes()).isEqualTo(snapshot.bytes());
            assertThat(seen.maps()).isEqualTo(1);
            assertThat(seen.allAtOnce()).isTrue();
            assertThat(seen.failureAgeNanos()).isEqualTo(-1);
        }
        assertThat(MemStats.read().snapshots()).isEqualTo(before.snapshots() + 2);
        assertThat(MemStats.read().failedSnapshots()).isEqualTo(before.failedSnapshots());
    }

    @Test
    void aFailedSnapshotIsCountedWithItsReasonAndTheOneBeforeStays() {
        long failed = MemStats.read().failedSnapshots();
        try (NativeHeap heap = open("a")) {
            heap.snapshot(directory.resolve("good"));
            assertThatThrownBy(() -> heap.snapshot(directory.resolve("a"))).isInstanceOf(HeapFileException.class);
            MemStats.Snapshots seen = seen().snapshots();
            assertThat(seen.taken()).isEqualTo(1);
            assertThat(seen.failed()).isEqualTo(1);
            assertThat(seen.path()).endsWith("good");
            assertThat(seen.failure()).contains("is in use");
            assertThat(seen.failureAgeNanos()).isNotNegative();
        }
        assertThat(MemStats.read().failedSnapshots()).isEqualTo(failed + 1);
    }

    @Test
    void aReadOnlyHeapIsSeenAndIsInNoSum() {
        try (NativeHeap writer = open("a")) {
            SyncLongLongMap.open(writer, "hits").put(404, 1);
            MemStats alone = MemStats.read();
            try (NativeHeap reader = builder("a").readOnly().open()) {
                MemStats both = MemStats.read();
                MemStats.Heap seen = both.heaps().getLast();
                assertThat(reader.isAlive()).isTrue();
                assertThat(seen.isReadOnly()).isTrue();
                assertThat(seen.file().opening()).isEqualTo(Opening.How.READ_ONLY);
                assertThat(seen.inUse()).isEqualTo(writer.stats().inUse());
                assertThat(seen.maps())
                        .filteredOn(map -> map.name().equals("hits"))
                        .singleElement()
                        .satisfies(map -> assertThat(map.size()).isEqualTo(1));
                assertThat(both.committed())
                        .isEqualTo(both.heaps().stream()
                                .filter(heap -> !heap.isReadOnly())
                                .mapToLong(MemStats.Heap::committed)
                                .sum());
                // the end of a heap that another test has left can take some away
                assertThat(both.allocations()).isLessThanOrEqualTo(alone.allocations());
                assertThat(both.heapsOpened()).isEqualTo(alone.heapsOpened() + 1);
            }
            assertThat(MemStats.read().heapsClosed()).isGreaterThan(alone.heapsClosed());
            assertThat(MemStats.read().allocations()).isLessThanOrEqualTo(alone.allocations());
        }
    }

    @Test
    void aFileThatHasLostItsPagesMakesNoObserverFail() throws IOException {
        try (NativeHeap writer = open("a")) {
            SyncLongLongMap.open(writer, "hits").put(404, 1);
        }
        try (NativeHeap reader = builder("a").readOnly().open()) {
            assertThat(reader.isAlive()).isTrue();
            assertThat(seen().isReadOnly()).isTrue();
            Files.write(directory.resolve("a"), new byte[0]);
            assertThat(MemStats.read().heaps()).noneMatch(MemStats.Heap::isReadOnly);
            assertThat(MemStats.read().unreadableHeaps()).isPositive();
        }
    }

    @Test
    void theListOfMapsStatesTheBytesOfEachMap() {
        try (NativeHeap heap = open("a")) {
            SyncLongLongMap hits = SyncLongLongMap.open(heap, "hits");
            SyncMap<String, Long> names = SyncMap.open(heap, "names", Type.UTF8, Type.LONG);
            for (long key = 0; key < 20_000; key++) {
                hits.put(key, key);
                names.put("a name that is longer than its slot " + key, key);
            }
            names.ordered().firstKey();
            assertThat(heap.maps().get("hits").bytes()).isEqualTo(hits.stats().bytes());
            assertThat(heap.maps().get("names").bytes()).isEqualTo(names.stats().bytes());
            assertThat(seen().maps())
                    .filteredOn(MemStats.Map::named)
                    .allSatisfy(map -> assertThat(map.inUse())
                            .isEqualTo(heap.maps().get(map.name()).bytes()))
                    .extracting(MemStats.Map::name)
                    .containsExactlyInAnyOrder("hits", "names");
        }
    }

    @Test
    void onlyMapsOfTheDirectoryAreNamed() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).name("label").make().put(1, 1);
            MemMap.open(heap, "names", Type.UTF8, Type.INT).set("one", 1);
            assertThat(seen().maps())
                    .filteredOn(MemStats.Map::named)
                    .extracting(MemStats.Map::name)
                    .containsExactly("names");
            assertThat(seen().maps()).extracting(MemStats.Map::name).contains("label");
        }
    }
}
