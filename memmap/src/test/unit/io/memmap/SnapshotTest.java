package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.memmap.HeapFileException.Reason;
import io.memmap.format.HmapLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests snapshots of heaps: what is in them, which files they replace, and the words of a heap. */
class SnapshotTest {
    private static final long MIB = 1 << 20;

    @TempDir
    private Path directory;

    private Path file;
    private NativeHeap heap;

    @BeforeEach
    void openTheHeap() {
        file = directory.resolve("snapshot");
        heap = NativeHeap.builder().maxBytes(64 * MIB).open();
    }

    @AfterEach
    void closeTheHeap() {
        heap.close();
    }

    private NativeHeap open() {
        return NativeHeap.builder().maxBytes(64 * MIB).file(file).open();
    }

    private Reason refusalOf(Path path) {
        HeapFileException refusal = catchThrowableOfType(HeapFileException.class, () -> heap.snapshot(path));
        assertThat(refusal).hasMessageContaining(path.getFileName().toString());
        return refusal.reason();
    }

    private void assertNoOtherFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
    }

    private void writeSnapshotWith(long value) {
        LongLongMap.open(heap, "longs").put(1, value);
        heap.snapshot(file);
    }

    private void assertSnapshotHas(long value) {
        try (NativeHeap copy = open()) {
            assertThat(LongLongMap.open(copy, "longs").get(1)).isEqualTo(value);
            copy.check();
        }
    }

    /** A snapshot ends behind its content, and a heap that is read only cannot make the file longer. */
    @Test
    void aSnapshotCanBeReadOnly() throws IOException {
        writeSnapshotWith(7);
        heap.words("position", 2).set(1, 9);
        heap.snapshot(file);
        long length = Files.size(file);
        try (NativeHeap copy =
                NativeHeap.builder().shared().file(file).readOnly().open()) {
            copy.check();
            assertThat(copy.maps().keySet()).containsExactly("longs");
            assertThat(LongLongMap.open(copy, "longs").get(1)).isEqualTo(7);
            HeapWords position = copy.words("position", 2);
            assertThat(position.get(1)).isEqualTo(9);
            List<ThrowingCallable> changes = List.of(
                    () -> position.set(1, 10),
                    () -> position.addAndGet(1, 1),
                    () -> position.compareAndSet(1, 9, 10),
                    copy::trim,
                    () -> copy.snapshot(directory.resolve("other")));
            for (ThrowingCallable change : changes) {
                assertThatThrownBy(change)
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("read only");
            }
            assertThatThrownBy(() -> copy.words("none", 1)).hasMessageContaining("no words are named none");
            assertThatThrownBy(() -> copy.words("longs", 1)).hasMessageContaining("is that of a map");
        }
        assertThat(file).hasSize(length);
        assertNoOtherFiles();
    }

    // ------------------------------------------------------------------------------------ contents

    @Test
    void aSnapshotHasTheMapsWithNamesAndNothingElse() throws IOException {
        LongLongMap.open(heap, "longs").put(1, 10);
        MemMap.open(heap, "texts", Type.UTF8, Type.BYTES).put("one", new byte[] {1, 2, 3});
        LongLongMap.make(heap, 1000).put(2, 20);
        heap.allocate(100_000);
        Snapshot snapshot = heap.snapshot(file);
        assertThat(snapshot.file()).isEqualTo(file);
        assertThat(snapshot.maps()).isEqualTo(2);
        assertThat(snapshot.bytes()).isEqualTo(Files.size(file));
        assertThat(snapshot.time()).isPositive();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertNoOtherFiles();
        try (NativeHeap copy = open()) {
            assertThat(copy.opening().how()).isEqualTo(Opening.How.CLEAN);
            assertThat(copy.opening().maps()).isEqualTo(2);
            assertThat(copy.opening().generation()).isEqualTo(2);
            assertThat(copy.maps()).containsOnlyKeys("longs", "texts");
            LongLongMap longs = LongLongMap.open(copy, "longs");
            MemMap<String, byte[]> texts = MemMap.open(copy, "texts", Type.UTF8, Type.BYTES);
            MemMap<String, Long> names = MemMap.at(copy, copy.directory(), Type.UTF8, Type.LONG);
            assertThat(longs.get(1)).isEqualTo(10);
            assertThat(texts.get("one")).containsExactly(1, 2, 3);
            assertThat(copy.stats().inUse()).isEqualTo(longs.bytes() + texts.bytes() + names.bytes());
            assertThat(copy.stats().maxBytes()).isEqualTo(heap.stats().maxBytes());
        }
    }

    @Test
    void anEmptyHeapHasASnapshot() {
        assertThat(heap.snapshot(file).maps()).isZero();
        try (NativeHeap copy = open()) {
            assertThat(copy.maps()).isEmpty();
            assertThat(copy.stats().inUse()).isZero();
        }
    }

    @Test
    void aSnapshotIsAsLongAsItsContentAndCanGrowLikeItsHeap() throws IOException {
        LongLongMap map = LongLongMap.open(heap, "longs");
        for (long key = 0; key < 1000; key++) {
            map.put(key, key);
        }
        Snapshot snapshot = heap.snapshot(file);
        long tables = 4 * 64 * MIB / 64 + MIB; // a 64th of the addresses
        assertThat(snapshot.bytes()).isLessThan(tables + map.bytes());
        try (NativeHeap copy = open()) {
            LongLongMap longs = LongLongMap.open(copy, "longs");
            longs.reserve(300_000);
            assertThat(longs.get(999)).isEqualTo(999);
            assertThat(copy.stats().reserved()).isEqualTo(4 * 64 * MIB);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 4096, 65536})
    void aSnapshotThatWasCutOffIsTruncated(long missing) throws IOException {
        writeSnapshotWith(1);
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength(bytes.length() - missing);
        }
        HeapFileException refusal = catchThrowableOfType(HeapFileException.class, this::open);
        assertThat(refusal.reason()).isEqualTo(Reason.TRUNCATED);
    }

    @Test
    void aSnapshotOfASnapshotIsTheSame() {
        MemMap<String, String> texts = MemMap.open(heap, "texts", Type.UTF8, Type.UTF8);
        for (int i = 0; i < 500; i++) {
            texts.put("key " + i, "value " + i);
        }
        heap.snapshot(file);
        Path second = directory.resolve("second");
        try (NativeHeap copy = open()) {
            copy.snapshot(second);
        }
        try (NativeHeap copy = NativeHeap.builder().file(second).open()) {
            assertThat(MemMap.open(copy, "texts", Type.UTF8, Type.UTF8).asMap()).isEqualTo(texts.asMap());
        }
    }

    /** The arrays are large enough that a growth gives the old one back in pieces. */
    @ParameterizedTest
    @EnumSource(Geometry.class)
    void aLargeMapIsCopiedAtEachStageOfItsGrowth(Geometry geometry) {
        heap.close();
        heap = NativeHeap.builder()
                .maxBytes(64 * MIB)
                .file(directory.resolve("source"))
                .open();
        LongLongMap map =
                LongLongMap.builder(heap).geometry(geometry).name("longs").open();
        int growing = 0;
        int entries = 200_000;
        for (long key = 1; key <= entries; key++) {
            map.put(key, -key);
            if (key > entries / 2 && key % 9001 == 0) {
                growing += assertIsCopied(map, 1, key);
            }
        }
        for (long key = 1; key <= entries; key++) {
            map.remove(key);
            if (key % 18_001 == 0) {
                growing += assertIsCopied(map, key + 1, entries);
            }
        }
        assertThat(growing).as("copies in the middle of a growth").isPositive();
    }

    /** Returns 1 if the map grows or shrinks. */
    private int assertIsCopied(LongLongMap map, long first, long last) {
        heap.snapshot(file);
        try (NativeHeap copy = open()) {
            LongLongMap copied = LongLongMap.at(copy, copy.maps().get("longs").pointer());
            copied.check();
            copy.check();
            assertThat(copied.isGrowing()).isEqualTo(map.isGrowing());
            assertThat(copied.size()).isEqualTo(last - first + 1);
            long hits = 0;
            for (long key = first; key <= last; key++) {
                hits += copied.get(key) == -key ? 1 : 0;
            }
            assertThat(hits).isEqualTo(copied.size());
            for (long key = last; key < last + 3000; key++) { // the growth goes on
                copied.put(key, 1);
            }
            copied.check();
            copied.clear();
            assertThat(copied.size()).isZero();
            return map.isGrowing() ? 1 : 0;
        }
    }

    @Test
    void aHintTakesItsMemoryInTheFile() {
        LongLongMap.builder(heap).hint(100_000).name("longs").open().put(1, 1);
        assertThat(heap.stats().committed()).isLessThan(MIB);
        heap.snapshot(file);
        try (NativeHeap copy = open()) {
            assertThat(copy.stats().committed()).isGreaterThan(MIB);
            assertThat(LongLongMap.open(copy, "longs").get(1)).isEqualTo(1);
        }
    }

    // -------------------------------------------------------------------------------- nested maps

    private static final Type<MemMap<Integer, Integer>> INNER = Type.map(Type.INT, Type.INT);

    @Test
    void mapsThatAreValuesAreCopiedOnce() {
        var outer = MemMap.open(heap, "outer", Type.UTF8, Type.map(Type.INT, INNER));
        var other = MemMap.open(heap, "other", Type.UTF8, INNER);
        var middle = MemMap.make(heap, Type.INT, INNER);
        var inner = MemMap.make(heap, Type.INT, Type.INT);
        var freed = MemMap.make(heap, Type.INT, Type.INT);
        for (int i = 0; i < 300; i++) {
            inner.put(i, i * i);
        }
        outer.put("middle", middle);
        outer.put("again", middle);
        middle.put(1, inner);
        other.put("inner", inner);
        other.put("freed", freed);
        freed.free();
        heap.snapshot(file);
        try (NativeHeap copy = open()) {
            var copied = MemMap.open(copy, "outer", Type.UTF8, Type.map(Type.INT, INNER));
            var copiedOther = MemMap.open(copy, "other", Type.UTF8, INNER);
            var copiedMiddle = copied.get("middle");
            assertThat(copied.get("again")).isEqualTo(copiedMiddle);
            assertThat(copiedMiddle.get(1)).isEqualTo(copiedOther.get("inner"));
            assertThat(copiedMiddle.get(1).asMap()).isEqualTo(inner.asMap());
            assertThat(copiedOther.get("freed").isNil()).isTrue();
            copy.check();
            long names = MemMap.at(copy, copy.directory(), Type.UTF8, Type.LONG).bytes();
            assertThat(copy.stats().inUse())
                    .isEqualTo(names
                            + copied.bytes()
                            + copiedOther.bytes()
                            + copiedMiddle.bytes()
                            + copiedMiddle.get(1).bytes());
            copied.freeDeep();
            assertThat(copiedOther.get("inner").isNil()).isTrue();
        }
    }

    @Test
    void manyLevelsOfMapsTakeNoStack() {
        Type<MemMap<Integer, Long>> type = Type.map(Type.INT, Type.LONG);
        var last = MemMap.open(heap, "maps", Type.INT, type);
        for (int i = 0; i < 20_000; i++) {
            last.put(i, MemMap.make(heap, Type.INT, Type.LONG));
        }
        heap.snapshot(file);
        try (NativeHeap copy = open()) {
            var maps = MemMap.open(copy, "maps", Type.INT, type);
            assertThat(maps.size()).isEqualTo(20_000);
            assertThat(maps.get(19_999).isNil()).isFalse();
            copy.check();
        }
    }

    // ---------------------------------------------------------------------------------- the file

    @Test
    void aSnapshotReplacesTheOneBefore() throws IOException {
        writeSnapshotWith(1);
        assertSnapshotHas(1);
        Files.write(directory.resolve("snapshot.new"), new byte[100]); // of a process that was killed
        writeSnapshotWith(2);
        assertSnapshotHas(2);
        assertNoOtherFiles();
    }

    @Test
    void aLinkToASnapshotStaysALink() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        writeSnapshotWith(1);
        LongLongMap.open(heap, "longs").put(1, 2);
        heap.snapshot(link);
        assertThat(link).isSymbolicLink();
        assertSnapshotHas(2);
    }

    @Test
    void anEmptyFileIsReplaced() throws IOException {
        Files.createFile(file);
        writeSnapshotWith(1);
        assertSnapshotHas(1);
    }

    @Test
    void anotherFileIsNotReplaced() throws IOException {
        Files.writeString(file, "a letter to a friend");
        assertThat(refusalOf(file)).isEqualTo(Reason.NOT_A_HEAP);
        assertThat(file).hasContent("a letter to a friend");
        assertThat(refusalOf(directory)).isEqualTo(Reason.NOT_A_HEAP);
        assertNoOtherFiles();
    }

    @Test
    void aFileThatIsOpenIsNotReplaced() throws IOException {
        writeSnapshotWith(1);
        try (NativeHeap copy = open()) {
            assertThat(refusalOf(file)).isEqualTo(Reason.IN_USE);
            HeapFileException own = catchThrowableOfType(HeapFileException.class, () -> copy.snapshot(file));
            assertThat(own.reason()).isEqualTo(Reason.IN_USE);
            assertThat(LongLongMap.open(copy, "longs").get(1)).isEqualTo(1);
        }
        assertNoOtherFiles();
    }

    @Test
    void aDirectoryThatIsNotThereIsAnError() {
        assertThat(refusalOf(directory.resolve("none").resolve("file"))).isEqualTo(Reason.IO_ERROR);
        assertThat(refusalOf(Path.of("/proc/snapshot"))).isIn(Reason.IO_ERROR, Reason.NOT_SUPPORTED);
    }

    @Test
    void aSnapshotThatFailsLeavesTheOneBefore() throws IOException {
        LongLongMap.open(heap, "a first map").put(1, 1);
        LongLongMap longs = LongLongMap.open(heap, "longs");
        longs.put(1, 7);
        heap.snapshot(file);
        longs.put(1, 8);
        longs.setState(longs.state() | HmapLayout.WRITING); // as if another thread wrote
        assertThatExceptionOfType(ConcurrentModificationException.class)
                .isThrownBy(() -> heap.snapshot(file))
                .withMessageContaining("snapshot");
        longs.setState(longs.state() & ~HmapLayout.WRITING);
        assertNoOtherFiles();
        assertSnapshotHas(7);
        heap.snapshot(file);
        assertSnapshotHas(8);
    }

    @Test
    void aChainThatIsACycleEndsTheSnapshot() throws IOException {
        LongLongMap longs =
                LongLongMap.builder(heap).geometry(Geometry.LINE).name("longs").open();
        longs.put(1, 1);
        long array = longs.field(HmapLayout.BUCKETS);
        longs.setOverflow(array, array);
        assertThatExceptionOfType(ConcurrentModificationException.class).isThrownBy(() -> heap.snapshot(file));
        longs.setOverflow(array, 0);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aClosedHeapAndAnotherThreadAreRefused() throws InterruptedException {
        NativeHeap closed = NativeHeap.ofShared();
        closed.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> closed.snapshot(file))
                .withMessageStartingWith("Already closed");
        assertThatIllegalStateException().isThrownBy(closed::trim).withMessageStartingWith("Already closed");
        Throwable[] thrown = new Throwable[1];
        Thread other = new Thread(() -> {
            try {
                heap.snapshot(file);
            } catch (RuntimeException refused) {
                thrown[0] = refused;
            }
        });
        other.start();
        other.join();
        assertThat(thrown[0]).isInstanceOf(WrongThreadException.class);
        assertThat(directory).isEmptyDirectory();
    }

    // --------------------------------------------------------------------------------------- words

    @Test
    void wordsAreInTheSnapshot() {
        HeapWords position = heap.words("position", 3);
        assertThat(position.size()).isEqualTo(3);
        assertThat(position.get(2)).isZero();
        position.set(0, 7);
        position.set(2, -9);
        assertThat(position.addAndGet(2, 10)).isEqualTo(1);
        assertThat(position.compareAndSet(1, 0, 5)).isTrue();
        assertThat(position.compareAndSet(1, 0, 6)).isFalse();
        assertThat(position).hasToString("3 words named position");
        assertThat(heap.maps()).isEmpty();
        heap.snapshot(file);
        position.set(0, 8);
        try (NativeHeap copy = open()) {
            HeapWords copied = copy.words("position", 3);
            assertThat(List.of(copied.get(0), copied.get(1), copied.get(2))).containsExactly(7L, 5L, 1L);
            assertThat(copy.maps()).isEmpty();
        }
        assertThat(heap.words("position", 3).get(0)).isEqualTo(8);
    }

    @Test
    void wordsAreRemovedByTheirName() {
        HeapWords words = heap.words("words", 2);
        long inUse = heap.stats().inUse();
        assertThat(heap.remove("words")).isTrue();
        assertThat(heap.remove("words")).isFalse();
        assertThat(heap.stats().inUse()).isLessThan(inUse);
        assertThatIllegalStateException().isThrownBy(() -> words.get(0)).withMessageContaining("words named words");
        HeapWords others = heap.words("words", 2);
        others.set(1, 4);
        assertThatIllegalStateException().isThrownBy(() -> words.set(1, 5));
        assertThat(others.get(1)).isEqualTo(4);
    }

    @Test
    void wordsAndMapsHaveNamesOfTheirOwn() {
        LongLongMap.open(heap, "map");
        heap.words("words", 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> heap.words("map", 1))
                .withMessageContaining("is that of a map");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LongLongMap.open(heap, "words"))
                .withMessageContaining("there are words named words");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> heap.words("words", 2))
                .withMessage("there are 1 words named words, not 2");
        assertThatIllegalArgumentException().isThrownBy(() -> heap.words("none", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> heap.words("", 1));
        HeapWords words = heap.words("words", 1);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> words.get(1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> words.set(-1, 0));
        assertThat(Map.copyOf(heap.maps())).containsOnlyKeys("map");
    }

    @Test
    void manyThreadsAddToWords() throws InterruptedException {
        try (NativeHeap shared = NativeHeap.ofShared()) {
            HeapWords words = shared.words("sum", 1);
            Thread[] threads = new Thread[2];
            for (int i = 0; i < threads.length; i++) {
                threads[i] = new Thread(() -> {
                    for (int n = 0; n < 100_000; n++) {
                        words.addAndGet(0, 1);
                    }
                });
                threads[i].start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(words.get(0)).isEqualTo(200_000);
        }
    }

    @Test
    void wordsOutliveAKilledProcess() throws IOException {
        Path copied = directory.resolve("copy");
        try (NativeHeap inFile = open()) {
            inFile.words("position", 600).set(599, 5); // more than a page of words
            inFile.words("other", 1).set(0, 6);
            inFile.remove("other");
            Files.copy(file, copied); // as the file of a process that ends here
        }
        try (NativeHeap recovered = NativeHeap.builder().file(copied).open()) {
            assertThat(recovered.opening().how()).isEqualTo(Opening.How.RECOVERED);
            assertThat(recovered.words("position", 600).get(599)).isEqualTo(5);
            assertThat(recovered.words("other", 1).get(0)).isZero();
            recovered.check();
        }
    }

    // ---------------------------------------------------------------------------------------- trim

    @Test
    void trimGivesBackWhatWasFreed() {
        long pointer = heap.allocate(200_000); // kept as a dirty run
        heap.slice(pointer, 200_000).fill((byte) 1);
        long small = heap.allocate(3000);
        heap.free(pointer);
        heap.free(small);
        long committed = heap.stats().committed();
        long trimmed = heap.trim();
        assertThat(trimmed)
                .isGreaterThan(200_000)
                .isEqualTo(committed - heap.stats().committed());
        assertThat(heap.trim()).isZero();
        heap.check();
        heap.checkZeroes();
    }

    @Test
    void trimGivesSpaceBackToTheFileSystem() throws IOException {
        try (NativeHeap inFile = open()) {
            LongLongMap.open(inFile, "longs").put(1, 1);
            long pointer = inFile.allocate(200_000);
            inFile.slice(pointer, 200_000).fill((byte) 1);
            inFile.free(pointer);
            long used = blocksOf(file);
            assertThat(inFile.trim()).isGreaterThan(200_000);
            assertThat(blocksOf(file)).isLessThanOrEqualTo(used - 200_000 / 512 + 8);
            assertThat(LongLongMap.open(inFile, "longs").get(1)).isEqualTo(1);
        }
    }

    private static long blocksOf(Path path) throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", path.toString()).start();
        return Long.parseLong(
                new String(stat.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII).strip());
    }
}
