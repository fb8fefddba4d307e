package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.memmap.HeapFileException.Reason;
import io.memmap.format.HeapLayout;
import io.memmap.format.HmapLayout;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests heaps that read a file which another heap has open to write, or had. */
class ReadOnlyHeapTest {
    private static final int ENTRIES = 1000;
    private static final StructLayout POINT =
            MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("x"), ValueLayout.JAVA_LONG.withName("y"));

    private static final StructField.OfLong X = StructField.ofLong(POINT, "x");

    @TempDir
    private Path directory;

    private Path path() {
        return directory.resolve("heap");
    }

    private static NativeHeap write(Path path) {
        return NativeHeap.builder().shared().maxBytes(16 << 20).file(path).open();
    }

    private static NativeHeap read(Path path) {
        return NativeHeap.builder().shared().file(path).readOnly().open();
    }

    private static void fill(NativeHeap heap) {
        SyncLongLongMap longs = SyncLongLongMap.open(heap, "longs", 0, 4);
        SyncMap<String, String> texts = SyncMap.open(heap, "texts", Type.UTF8, Type.UTF8);
        SyncLongStructMap points = SyncLongStructMap.open(heap, "points", POINT);
        LongLongMap plain = LongLongMap.open(heap, "plain");
        SyncLongStructRef point = points.ref();
        for (int i = 0; i < ENTRIES; i++) {
            longs.put(i, 3L * i);
            texts.put("key " + i, text(i));
            long value = i;
            point.updateOrAdd(i, view -> view.set(X, value));
            plain.put(i, -i);
        }
    }

    private static String text(int i) {
        return "value ".repeat(i % 10 == 0 ? 1000 : 1) + i;
    }

    private static void verify(NativeHeap reader) {
        SyncLongLongMap longs = SyncLongLongMap.open(reader, "longs");
        SyncMap<String, String> texts = SyncMap.open(reader, "texts", Type.UTF8, Type.UTF8);
        SyncLongStructMap points = SyncLongStructMap.open(reader, "points", POINT);
        assertThat(longs.shards()).isEqualTo(4);
        assertThat(longs.size()).isEqualTo(ENTRIES);
        assertThat(texts).hasSize(ENTRIES);
        long[] keys = new long[ENTRIES + 1];
        SyncLongStructRef point = points.ref();
        for (int i = 0; i < ENTRIES; i++) {
            keys[i] = i;
            assertThat(longs.get(i)).isEqualTo(3L * i);
            assertThat(longs.containsKey(i)).isTrue();
            assertThat(texts.get("key " + i)).isEqualTo(text(i));
            assertThat(texts.containsKey("key " + i)).isTrue();
            assertThat(point.read(i)).isTrue();
            assertThat(point.get(X)).isEqualTo(i);
        }
        keys[ENTRIES] = -1;
        long[] values = new long[keys.length];
        assertThat(longs.getAll(keys, values)).isEqualTo(ENTRIES);
        assertThat(values[7]).isEqualTo(21);
        assertThat(longs.getOrDefault(-1, 5)).isEqualTo(5);
        assertThat(texts.get("none")).isNull();
        assertThat(texts.getAll(List.of("key 10", "none", "key 3")))
                .isEqualTo(Map.of("key 10", text(10), "key 3", text(3)));
        assertThat(texts.<Long>read("key 20", bytes -> bytes.byteSize())).isEqualTo(text(20).length());

        Map<Long, Long> walked = new HashMap<>();
        longs.forEach((key, value) -> assertThat(walked.put(key, value)).isNull());
        assertThat(walked).hasSize(ENTRIES).containsEntry(7L, 21L).isEqualTo(longs.asMap());
        Map<String, String> entries = new HashMap<>();
        texts.forEach((key, value) -> assertThat(entries.put(key, value)).isNull());
        assertThat(entries).hasSize(ENTRIES).containsEntry("key 10", text(10)).isEqualTo(texts);
        List<Long> pointKeys = new ArrayList<>();
        points.forEach((key, view) -> pointKeys.add(key));
        assertThat(pointKeys).hasSize(ENTRIES).doesNotHaveDuplicates();
        try (NativeHeap memory = NativeHeap.ofShared()) {
            assertThat(texts.copyTo(memory)).isEqualTo(entries);
        }
    }

    // ------------------------------------------------------------------------------------- reading

    @Test
    void aReaderReadsAFileThatIsClosed() {
        try (NativeHeap writer = write(path())) {
            fill(writer);
        }
        try (NativeHeap reader = read(path())) {
            assertThat(reader.opening().how()).isEqualTo(Opening.How.READ_ONLY);
            assertThat(reader.opening().generation()).isOne();
            assertThat(reader.opening().maps()).isEqualTo(4);
            assertThat(reader.maps().keySet()).containsExactly("longs", "plain", "points", "texts");
            assertThat(reader.maps().get("longs").size()).isEqualTo(ENTRIES);
            verify(reader);
            SyncLongLongMap longs = SyncLongLongMap.open(reader, "longs");
            longs.check();
            assertThat(longs.stats().size()).isEqualTo(ENTRIES);
            assertThat(reader.stats().inUse()).isPositive();
            reader.check();
            write(path()).close(); // nothing keeps writers out any more
        }
        try (NativeHeap writer = write(path())) {
            assertThat(writer.opening().how()).isEqualTo(Opening.How.CLEAN);
        }
    }

    @Test
    void aReaderReadsWhatAWriterHasJustWritten() {
        try (NativeHeap writer = write(path());
                NativeHeap reader = read(path())) {
            assertThat(reader.maps()).isEmpty();
            fill(writer);
            verify(reader);
            SyncLongLongMap written = SyncLongLongMap.open(writer, "longs");
            SyncLongLongMap longs = SyncLongLongMap.open(reader, "longs");
            for (int i = 0; i < 20_000; i++) { // doublings
                written.put(i, i + 1);
                assertThat(longs.get(i)).isEqualTo(i + 1);
            }
            assertThat(longs.size()).isEqualTo(20_000);
            for (int i = 0; i < 20_000; i++) { // halvings, and pages that go back
                written.remove(i);
                assertThat(longs.containsKey(i)).isFalse();
            }
            assertThat(longs.isEmpty()).isTrue();
            SyncLongLongMap later = SyncLongLongMap.open(writer, "later");
            later.put(1, 2);
            assertThat(SyncLongLongMap.open(reader, "later").get(1)).isEqualTo(2);
        }
    }

    @Test
    void severalReadersReadBesideAWriter() {
        try (NativeHeap writer = write(path())) {
            fill(writer);
            try (NativeHeap first = read(path());
                    NativeHeap second = read(path())) {
                verify(first);
                verify(second);
            }
            SyncLongLongMap.open(writer, "longs").put(1, 1);
        }
    }

    /** The entries say which values belong to them, so that no value can be right by chance. */
    @Test
    void aReaderBesideAWritingThreadBelievesNothingTorn() throws Exception {
        try (NativeHeap writer = write(path());
                NativeHeap reader = read(path())) {
            SelfChecking.Writer writing = new SelfChecking.Writer(writer);
            Thread thread = Thread.ofPlatform().start(() -> {
                while (!writing.isStopped()) {
                    writing.write(1000);
                }
            });
            try {
                writing.awaitFirst();
                SelfChecking.Reader reading = new SelfChecking.Reader(reader);
                for (int round = 0; round < 3; round++) {
                    reading.read(30_000);
                    reading.walk();
                }
                assertThat(reading.found()).isPositive();
            } finally {
                writing.stop();
                thread.join();
            }
            writing.check();
        }
    }

    // -------------------------------------------------------------------------------------- writing

    @Test
    void aReaderChangesNothing() {
        try (NativeHeap writer = write(path())) {
            fill(writer);
        }
        try (NativeHeap reader = read(path())) {
            SyncLongLongMap longs = SyncLongLongMap.open(reader, "longs");
            SyncMap<String, String> texts = SyncMap.open(reader, "texts", Type.UTF8, Type.UTF8);
            LongLongMap plain = LongLongMap.open(reader, "plain");
            List<ThrowingCallable> changes = List.of(
                    () -> longs.put(1, 1),
                    () -> longs.put(-1, 1),
                    () -> longs.add(1, 1),
                    () -> longs.putIfAbsent(-1, 1),
                    () -> longs.remove(1),
                    () -> longs.clear(),
                    () -> longs.free(),
                    () -> longs.merge(1, 1, Long::sum),
                    () -> longs.asMap().entrySet().iterator().next().setValue(4L),
                    () -> texts.put("key 1", "1"),
                    () -> texts.remove("key 1"),
                    () -> texts.compute("key 1", (key, value) -> value),
                    () -> texts.get("none", key -> "made"),
                    () -> texts.update("key 1", bytes -> {}),
                    () -> texts.clear(),
                    () -> texts.ordered(),
                    () -> plain.put(1, 1),
                    () -> plain.put(-1, 1),
                    () -> plain.remove(1),
                    () -> plain.clear(),
                    () -> plain.free(),
                    () -> reader.allocate(10),
                    () -> reader.free(reader.allocate(10)),
                    () -> reader.remove("longs"),
                    () -> reader.sync(),
                    () -> LongLongMap.make(reader),
                    () -> SyncLongLongMap.make(reader));
            for (ThrowingCallable change : changes) {
                assertThatThrownBy(change)
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("read only");
            }
            longs.close();
            verify(reader);
        }
    }

    @Test
    void aReaderMakesNoMap() {
        write(path()).close();
        try (NativeHeap reader = read(path())) {
            assertThatThrownBy(() -> SyncLongLongMap.open(reader, "hits"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no map is named hits");
        }
    }

    @Test
    void aReaderAsksForTheTypeOfTheMap() {
        try (NativeHeap writer = write(path());
                NativeHeap reader = read(path())) {
            fill(writer);
            assertThatThrownBy(() -> SyncLongLongMap.open(reader, "texts"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("map[utf8]utf8");
            assertThatThrownBy(() -> SyncLongLongMap.open(reader, "plain"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("for one thread");
        }
    }

    @Test
    void aMapThatTheWriterFreesIsClosed() {
        try (NativeHeap writer = write(path());
                NativeHeap reader = read(path())) {
            fill(writer);
            SyncLongLongMap longs = SyncLongLongMap.open(reader, "longs");
            writer.remove("longs");
            assertThatThrownBy(() -> longs.get(1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("freed by the process that writes");
            SyncLongLongMap.open(writer, "longs", 0, 2).put(1, 5);
            assertThatThrownBy(() -> longs.get(1)).isInstanceOf(IllegalStateException.class);
            assertThat(SyncLongLongMap.open(reader, "longs").get(1)).isEqualTo(5);
        }
    }

    @Test
    void aClosedReaderSaysSo() {
        write(path()).close();
        NativeHeap reader = read(path());
        reader.close();
        assertThatThrownBy(reader::maps)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Already closed");
    }

    // ---------------------------------------------------------------------------------- plain maps

    @Test
    void aPlainMapIsReadOnlyWhileNoProcessWrites() {
        NativeHeap writer = write(path());
        fill(writer);
        try (NativeHeap reader = read(path())) {
            HeapFileException refused =
                    catchThrowableOfType(HeapFileException.class, () -> LongLongMap.open(reader, "plain"));
            assertThat(refused.reason()).isEqualTo(Reason.IN_USE);
            assertThat(refused)
                    .hasMessageContaining("plain")
                    .hasMessageContaining(
                            "this process, " + ProcessHandle.current().pid());
            assertThat(catchThrowableOfType(HeapFileException.class, reader::check)
                            .reason())
                    .isEqualTo(Reason.IN_USE);
            writer.close();
            LongLongMap plain = LongLongMap.open(reader, "plain");
            assertThat(plain.size()).isEqualTo(ENTRIES);
            assertThat(plain.get(7)).isEqualTo(-7);
            reader.check();
            HeapFileException keptOut = catchThrowableOfType(HeapFileException.class, () -> write(path()));
            assertThat(keptOut.reason()).isEqualTo(Reason.IN_USE);
            assertThat(keptOut).hasMessageContaining("a heap that is read only");
        }
        write(path()).close();
    }

    // ------------------------------------------------------------------------------ writers that die

    /** Copies the file of a heap that is open. To the copy the heap is a process that has died. */
    private Path copyOfOpen(Path file) throws IOException {
        return Files.copy(file, directory.resolve("copy"));
    }

    private static void setSequence(Path file, long header, long sequence) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            channel.write(word.putLong(sequence).flip(), header + HmapLayout.SEQUENCE);
        }
    }

    @Test
    void aWriterThatDiedInAWriteIsReportedForItsShardUntilASuccessorRepairsIt() throws Exception {
        Path copy;
        long header;
        long sequence;
        int shard = 1;
        LongPredicate isInShard;
        try (NativeHeap writer = write(path())) {
            fill(writer);
            SyncLongLongMap longs = SyncLongLongMap.open(writer, "longs");
            isInShard = key -> longs.shards.indexOf(longs.hash(key)) == shard;
            header = longs.shards.get(shard).table.hmap;
            sequence = longs.shards.get(shard).table.field(HmapLayout.SEQUENCE);
            copy = copyOfOpen(path());
            setSequence(copy, header, sequence + 1);
            try (NativeHeap reader = read(copy)) {
                SyncLongLongMap read = SyncLongLongMap.open(reader, "longs");
                SyncMap<String, String> texts = SyncMap.open(reader, "texts", Type.UTF8, Type.UTF8);
                int others = 0;
                for (long key = 0; key < ENTRIES; key++) {
                    long now = key;
                    if (isInShard.test(key)) {
                        HeapFileException died = catchThrowableOfType(HeapFileException.class, () -> read.get(now));
                        assertThat(died.reason()).isEqualTo(Reason.WRITER_DIED);
                        assertThat(died).hasMessageContaining("longs").hasMessageContaining("Open the file to write");
                        key += 50;
                    } else {
                        assertThat(read.get(key)).isEqualTo(3 * key);
                        others++;
                    }
                }
                assertThat(others).isPositive();
                assertThat(catchThrowableOfType(HeapFileException.class, read::size)
                                .reason())
                        .isEqualTo(Reason.WRITER_DIED);
                assertThat(texts.get("key 1")).isEqualTo(text(1));
                assertThat(catchThrowableOfType(HeapFileException.class, () -> LongLongMap.open(reader, "plain"))
                                .reason())
                        .isEqualTo(Reason.WRITER_DIED);

                try (NativeHeap successor = write(copy)) {
                    assertThat(successor.opening().how()).isEqualTo(Opening.How.RECOVERED);
                    for (long key = 0; key < ENTRIES; key++) {
                        assertThat(read.get(key)).isEqualTo(3 * key);
                    }
                    SyncLongLongMap.open(successor, "longs").put(5, 6);
                    assertThat(read.get(5)).isEqualTo(6);
                }
                assertThat(read.get(5)).isEqualTo(6);
            }
        }
    }

    @Test
    void aReaderGoesOnAfterAWriterThatDiedBetweenWrites() throws Exception {
        try (NativeHeap writer = write(path())) {
            fill(writer);
            try (NativeHeap reader = read(copyOfOpen(path()))) {
                verify(reader);
            }
        }
    }

    // ------------------------------------------------------------------------------------- refusals

    private Reason refusal(Path file) {
        return catchThrowableOfType(HeapFileException.class, () -> read(file)).reason();
    }

    @Test
    void filesThatAreNoHeapsAreRefused() throws Exception {
        assertThatThrownBy(() -> read(path()))
                .isInstanceOf(HeapFileException.class)
                .hasMessageContaining("there is no heap file");
        assertThat(path()).doesNotExist();
        assertThat(refusal(directory)).isEqualTo(Reason.NOT_A_HEAP);
        assertThat(refusal(Files.createFile(directory.resolve("empty")))).isEqualTo(Reason.NOT_A_HEAP);
        write(path()).close();
        try (FileChannel file = FileChannel.open(path(), StandardOpenOption.WRITE)) {
            file.truncate(2 * HeapLayout.PAGE_BYTES); // without the tables of the heap
        }
        assertThat(refusal(path())).isEqualTo(Reason.TRUNCATED);
        assertThatThrownBy(() -> NativeHeap.builder().readOnly().open())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("file(...)");
    }

    @Test
    void aFileThatWasOpenWhenTheMachineWentDownIsRefused() throws Exception {
        try (NativeHeap writer = write(path())) {
            fill(writer);
            Path copy = copyOfOpen(path());
            try (FileChannel file = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.allocate(16), HeapLayout.BOOT_ID_OFFSET);
            }
            assertThat(refusal(copy)).isEqualTo(Reason.LOST_POWER);
        }
    }

    @Test
    void aCacheIsNotOpenedReadOnly() {
        try (NativeHeap heap = write(path())) {
            SyncMap.builder(heap, Type.LONG, Type.LONG)
                    .name("cache")
                    .maxEntries(100)
                    .open()
                    .put(1L, 2L);
        }
        try (NativeHeap heap = read(path())) {
            assertThat(heap.maps().keySet()).containsExactly("cache");
            SyncMapBuilder<Long, Long> cache =
                    SyncMap.builder(heap, Type.LONG, Type.LONG).name("cache").maxEntries(100);
            assertThatThrownBy(cache::open)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("the map cache has limits");
            assertThatThrownBy(() -> SyncMap.open(heap, "cache", Type.LONG, Type.LONG))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("with limits");
        }
    }
}
