package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.memmap.HeapFileException.Reason;
import io.memmap.format.HeapLayout;
import io.memmap.format.HmapLayout;
import io.memmap.observe.MemStats;
import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests heaps in a file system without room. Each operation either succeeds or throws and changes
 * nothing, and no access ends with a signal.
 */
@Tag("slow")
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"tmpfs", "ext4"})
class FullDiskTest {
    private static final int DISK_BYTES = 8 << 20;
    /** The most that a heap keeps of memory that was freed: its tables, and slabs of several kinds. */
    private static final long KEPT_BYTES = 3 << 19;

    private static final int ROUNDS = 4;
    private static final StructLayout POINT =
            MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("x"), ValueLayout.JAVA_LONG.withName("y"));

    @TempDir
    private static Path directory;

    @Parameter
    private String fileSystem;

    @AutoClose
    private TestDisk mounted;

    private Path disk;

    @BeforeEach
    void mount() throws IOException {
        mounted = fileSystem.equals("tmpfs")
                ? TestDisk.tmpfs(directory, "size=" + DISK_BYTES)
                : TestDisk.ext4(directory, 2 * DISK_BYTES);
        disk = mounted.path();
    }

    private NativeHeap open() {
        return NativeHeap.builder()
                .maxBytes(1L << 30)
                .file(disk.resolve("heap"))
                .open();
    }

    private long left() throws IOException {
        FileStore store = Files.getFileStore(disk);
        return store.getUsableSpace();
    }

    /** Makes a file of this many bytes, or of as many as there are. */
    private static void take(Path file, long bytes) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            byte[] page = new byte[4096];
            for (long i = 0; i < bytes; i += page.length) {
                out.write(page);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    /** A map of longs to longs of some class, for one test of all classes. */
    interface Subject {
        void put(long key, long value);

        void remove(long key);

        /** Returns the value of a key; 0 if it is absent. */
        long get(long key);

        HashTable map();

        static Subject of(LongLongMap map) {
            return new Subject() {
                @Override
                public void put(long key, long value) {
                    map.put(key, value);
                }

                @Override
                public void remove(long key) {
                    map.remove(key);
                }

                @Override
                public long get(long key) {
                    return map.get(key);
                }

                @Override
                public HashTable map() {
                    return map;
                }
            };
        }

        static Subject of(MemMap<String, String> map) {
            return new Subject() {
                private static final String PADDING = "-".repeat(60);

                @Override
                public void put(long key, long value) {
                    map.set("key " + key, value + PADDING.substring((int) (key % 60)));
                }

                @Override
                public void remove(long key) {
                    map.delete("key " + key);
                }

                @Override
                public long get(long key) {
                    String value = map.get("key " + key);
                    return value == null ? 0 : Long.parseLong(value.replace("-", ""));
                }

                @Override
                public HashTable map() {
                    return map;
                }
            };
        }

        static Subject of(LongStructMap map) {
            return new Subject() {
                @Override
                public void put(long key, long value) {
                    map.put(key, MemorySegment.ofArray(new long[] {value, key}));
                }

                @Override
                public void remove(long key) {
                    map.remove(key);
                }

                @Override
                public long get(long key) {
                    long[] point = new long[2];
                    return map.get(key, MemorySegment.ofArray(point)) ? point[0] : 0;
                }

                @Override
                public HashTable map() {
                    return map;
                }
            };
        }
    }

    enum Kind {
        PAGES {
            @Override
            Subject open(NativeHeap heap) {
                return Subject.of(LongLongMap.open(heap, name()));
            }
        },
        LINES {
            @Override
            Subject open(NativeHeap heap) {
                return Subject.of(LongLongMap.builder(heap)
                        .name(name())
                        .geometry(Geometry.LINE)
                        .open());
            }
        },
        GO {
            @Override
            Subject open(NativeHeap heap) {
                return Subject.of(LongLongMap.builder(heap)
                        .name(name())
                        .geometry(Geometry.GO)
                        .open());
            }
        },
        STRINGS {
            @Override
            Subject open(NativeHeap heap) {
                return Subject.of(MemMap.open(heap, name(), Type.UTF8, Type.UTF8));
            }
        },
        STRUCTS {
            @Override
            Subject open(NativeHeap heap) {
                return Subject.of(LongStructMap.open(heap, name(), POINT));
            }
        };

        abstract Subject open(NativeHeap heap);
    }

    static Stream<Kind> kinds() {
        return Stream.of(Kind.values());
    }

    /**
     * Fills the disk, removes a part, and fills it again, and compares the map with a Java map after
     * each exception. Also lets files of others take and free the last pages.
     */
    @ParameterizedTest
    @MethodSource("kinds")
    void aMapOnAFullDiskKeepsAllEntries(Kind kind) throws IOException {
        Random random = new Random(kind.name().hashCode());
        Map<Long, Long> expected = new HashMap<>();
        try (NativeHeap heap = open()) {
            Subject subject = kind.open(heap);
            int full = 0;
            for (int round = 0; round < ROUNDS; round++) {
                Path others = disk.resolve("others");
                take(others, random.nextInt(1 << 20));
                HeapExhaustedException exhausted = null;
                while (exhausted == null) {
                    long key = random.nextLong(1, 1L << 40);
                    try {
                        subject.put(key, key + round);
                        expected.put(key, key + round);
                    } catch (HeapExhaustedException expectedHere) {
                        exhausted = expectedHere;
                        assertThat(subject.get(key)).isEqualTo(expected.getOrDefault(key, 0L));
                    }
                }
                full++;
                assertThat(exhausted).hasMessageContaining("the file system of " + disk);
                compare(subject, expected, random);
                heap.check();
                MemStats.read();
                Files.delete(others);
                for (long key : List.copyOf(expected.keySet())) {
                    if (random.nextInt(10) < (round % 3 == 0 ? 9 : 2)) {
                        subject.remove(key);
                        expected.remove(key);
                    }
                }
                compare(subject, expected, random);
            }
            assertThat(full).isEqualTo(ROUNDS);
            assertThat(expected).isNotEmpty();
        }
        try (NativeHeap heap = open()) {
            heap.check();
            Subject subject = kind.open(heap);
            compare(subject, expected, random);
            subject.map().clear();
            subject.map().check();
            heap.remove(kind.name());
            heap.check();
        }
    }

    private static void compare(Subject subject, Map<Long, Long> expected, Random random) {
        subject.map().check();
        assertThat(subject.map().size()).isEqualTo(expected.size());
        expected.forEach((key, value) -> {
            if (subject.get(key) != value) {
                assertThat(subject.get(key)).as("value of " + key).isEqualTo(value);
            }
        });
        for (int i = 0; i < 5000; i++) { // these read all pages of the arrays
            long absent = random.nextLong(1L << 40, 1L << 41);
            assertThat(subject.get(absent)).isZero();
        }
        subject.map().stats();
        long[] walked = {0};
        subject.map().forEachSlot(slot -> walked[0]++);
        assertThat(walked[0]).isEqualTo(expected.size());
    }

    @Test
    void aBlockForWhichTheDiskHasNoRoomIsNotAllocated() throws IOException {
        try (NativeHeap heap = open()) {
            long before = heap.stats().committed();
            long left = left();
            assertThatThrownBy(() -> heap.allocate(2 * DISK_BYTES))
                    .isInstanceOf(HeapExhaustedException.class)
                    .hasMessageContaining("Make room in it");
            assertThat(heap.stats().committed() - before).isLessThanOrEqualTo(2 * HeapLayout.PAGE_BYTES);
            assertThat(left()).as("what was backed is given back").isGreaterThan(left - (64 << 10));
            heap.check();
            heap.free(heap.allocate(DISK_BYTES / 2));
            LongLongMap map = LongLongMap.open(heap, "hits");
            assertThatThrownBy(() -> map.reserve(10_000_000)).isInstanceOf(HeapExhaustedException.class);
            assertThat(catchThrowable(() -> LongLongMap.make(heap, 10_000_000)))
                    .isInstanceOf(HeapExhaustedException.class);
            map.put(1, 1);
            assertThat(map.get(1)).isEqualTo(1);
        }
    }

    @Test
    void smallBlocksFillTheDiskToTheLastPage() throws IOException {
        try (NativeHeap heap = open()) {
            long last = 0;
            for (int round = 0; round < 3; round++) {
                Map<Long, Integer> blocks = new HashMap<>();
                for (int bytes = 100; bytes >= 16; ) {
                    try {
                        long block = heap.allocate(bytes);
                        heap.slice(block, bytes).fill((byte) bytes);
                        blocks.put(block, bytes);
                    } catch (HeapExhaustedException full) {
                        bytes /= 2;
                    }
                }
                heap.check();
                long count = blocks.size();
                assertThat(count).isGreaterThan(50_000);
                assertThat(round == 0 || Math.abs(count - last) < last / 50).isTrue();
                last = count;
                blocks.forEach((block, bytes) -> {
                    assertThat(heap.slice(block, bytes).get(ValueLayout.JAVA_BYTE, bytes - 1))
                            .isEqualTo((byte) (int) bytes);
                    heap.free(block);
                });
                heap.check();
            }
        }
    }

    @Test
    void aFullDiskHasNoRoomForANewHeap() throws IOException {
        Path others = disk.resolve("others");
        take(others, 3 * DISK_BYTES);
        assertThatThrownBy(this::open)
                .isInstanceOf(HeapExhaustedException.class)
                .hasMessageContaining("the file system of " + disk);
        try (var files = Files.list(disk)) {
            assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith("heap"));
        }
        Files.delete(others);
        open().close();
    }

    @Test
    void freedMemoryGoesBackToTheDisk() throws IOException {
        NativeHeap.Builder small = NativeHeap.builder().maxBytes(2 * DISK_BYTES).file(disk.resolve("heap"));
        try (NativeHeap heap = small.open()) {
            long left = left();
            LongLongMap map = LongLongMap.open(heap, "hits");
            for (int i = 0; i < 100_000; i++) {
                map.put(i, i);
            }
            assertThat(left()).isLessThan(left - (3 << 20));
            map.free();
            long block = heap.allocate(3 << 20);
            heap.free(block);
            assertThat(left()).isGreaterThan(left - KEPT_BYTES);
            heap.checkZeroes();
            assertThat(left()).isGreaterThan(left - KEPT_BYTES);
        }
    }

    /** The pages of a snapshot are backed beforehand. Those that no block has taken go back. */
    @Test
    void aSnapshotTakesOnlyThePagesOfItsBlocks() throws IOException {
        Path file = disk.resolve("snapshot");
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Long> map = SyncMap.builder(heap, Type.INT, Type.LONG)
                    .name("map")
                    .shards(1)
                    .open();
            HashTable table = map.shards.get(0).table;
            for (int i = 0; table.field(HmapLayout.RELEASED) - table.field(HmapLayout.OLD_BUCKETS) < 500_000; i++) {
                map.put(i, (long) i); // until a growth has released a part of the old array
            }
            long before = left();
            heap.snapshot(file);
            long taken = before - left();
            try (NativeHeap copy =
                    NativeHeap.builder().shared().file(file).readOnly().open()) {
                assertThat(taken).isLessThan(copy.stats().committed() + 100_000);
            }
        }
    }

    /** Other files leave more and more room, so that the snapshot ends at one place after the other. */
    @Test
    void aSnapshotThatHasNoRoomLeavesTheOneBefore() throws IOException {
        Path file = disk.resolve("snapshot");
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(16 << 20).open()) {
            LongLongMap longs = LongLongMap.open(heap, "longs");
            longs.put(1, 1);
            heap.snapshot(file);
            MemMap<String, String> texts = MemMap.open(heap, "texts", Type.UTF8, Type.UTF8);
            SyncMap<Long, Long> cache = SyncMap.builder(heap, Type.LONG, Type.LONG)
                    .name("cache")
                    .maxEntries(4000)
                    .open();
            for (int i = 0; i < 5000; i++) {
                longs.put(i, i);
                cache.put((long) i, (long) i);
                texts.put("key " + i, "value ".repeat(i % 20));
            }
            int failures = 0;
            boolean done = false;
            for (long room = 0; !done; room += 100_000) {
                Path other = disk.resolve("other");
                take(other, 4 * DISK_BYTES);
                try (FileChannel channel = FileChannel.open(other, StandardOpenOption.WRITE)) {
                    channel.truncate(Math.max(0, channel.size() - room));
                }
                try {
                    heap.snapshot(file);
                    done = true;
                } catch (HeapExhaustedException full) {
                    failures++;
                    assertThat(full).hasMessageContaining("bytes left");
                    assertThat(disk.resolve("snapshot.new")).doesNotExist();
                }
                Files.delete(other);
                try (NativeHeap copy = NativeHeap.builder().file(file).open()) {
                    copy.check();
                    assertThat(copy.maps()).hasSize(done ? 3 : 1);
                    LongLongMap copied = LongLongMap.open(copy, "longs");
                    copied.check();
                    assertThat(copied.size()).isEqualTo(done ? 5000 : 1);
                }
                heap.check();
                longs.check();
                texts.check();
                cache.shards.check();
            }
            assertThat(failures).isGreaterThan(4);
        }
        Files.delete(file);
    }

    @Test
    void aReadOnlyFileSystemIsAnError() throws IOException {
        open().close();
        mounted.makeReadOnly();
        for (String name : List.of("heap", "new")) {
            assertThatThrownBy(
                            () -> NativeHeap.builder().file(disk.resolve(name)).open())
                    .isInstanceOfSatisfying(
                            HeapFileException.class, e -> assertThat(e.reason()).isEqualTo(Reason.IO_ERROR))
                    .hasMessageContaining("Read-only file system");
        }
    }
}
