package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests heaps in files with huge pages, in a tmpfs that has them. Mounting it needs root. */
class HugeFileTest {
    private static final long HUGE_PAGE_BYTES = 2 << 20;
    private static final long MAX_BYTES = 64 << 20;

    @TempDir
    private Path directory;

    @AutoClose
    private TestDisk mounted;

    private Path disk;
    private Path path;

    @BeforeEach
    void mount() throws IOException {
        mounted = TestDisk.tmpfs(directory, "size=24m,huge=advise");
        disk = mounted.path();
        path = disk.resolve("heap");
    }

    private static NativeHeap.Builder builder(Path file) {
        return NativeHeap.builder().maxBytes(MAX_BYTES).file(file);
    }

    private NativeHeap open() {
        return builder(path).pages(Pages.HUGE).open();
    }

    private static Map<Long, Long> fill(LongLongMap map, long entries) {
        Map<Long, Long> model = new HashMap<>();
        for (long key = 0; key < entries; key++) {
            map.put(key, -key);
            model.put(key, -key);
        }
        return model;
    }

    /** Returns the line of /proc/self/smaps about the mapping of a file that begins with this word. */
    private static String mappingOf(Path file, String word) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"), StandardCharsets.UTF_8);
        int at = 0;
        while (!lines.get(at).contains(" " + file)) { // a new file has the name with which it was made
            at++;
        }
        while (!lines.get(at).startsWith(word)) {
            at++;
        }
        return lines.get(at);
    }

    @Test
    void theKernelIsAskedForHugePagesAtWholeAddresses() throws IOException {
        try (NativeHeap heap = open()) {
            fill(LongLongMap.open(heap, "longs"), 100_000);
            assertThat(heap.memory.address() % HUGE_PAGE_BYTES).isZero();
            assertThat(mappingOf(path, "VmFlags:")).contains(" hg");
            assertThat(heap.stats().committed() % HUGE_PAGE_BYTES).isZero();
            heap.check();
        }
        try (NativeHeap small = builder(disk.resolve("small")).open()) {
            fill(LongLongMap.open(small, "longs"), 1000);
            assertThat(mappingOf(disk.resolve("small"), "VmFlags:")).contains(" nh");
            assertThat(small.stats().committed()).isLessThan(HUGE_PAGE_BYTES);
        }
    }

    @Test
    void aFileKeepsItsPages() {
        Map<Long, Long> model;
        try (NativeHeap heap = open()) {
            model = fill(LongLongMap.open(heap, "longs"), 100_000);
        }
        try (NativeHeap heap = builder(path).open()) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
            assertThat(heap.stats().committed() % HUGE_PAGE_BYTES).isZero();
            LongLongMap longs = LongLongMap.open(heap, "longs");
            assertThat(longs.asMap()).isEqualTo(model);
            longs.check();
            heap.check();
        }
        try (NativeHeap small = builder(disk.resolve("small")).open()) {
            LongLongMap.open(small, "longs").put(1, 2);
        }
        try (NativeHeap small = builder(disk.resolve("small")).pages(Pages.HUGE).open()) {
            assertThat(LongLongMap.open(small, "longs").get(1)).isEqualTo(2);
            assertThat(small.stats().committed()).isLessThan(HUGE_PAGE_BYTES);
        }
    }

    @Test
    void aFileThatWasOpenIsRepaired() throws IOException {
        Path copy = directory.resolve("copy"); // in another file system, where the pages are small
        Map<Long, Long> model;
        try (NativeHeap heap = open()) {
            LongLongMap longs = LongLongMap.open(heap, "longs");
            model = fill(longs, 50_000);
            TestDisk.run("cp", "--sparse=always", path.toString(), copy.toString());
            longs.clear();
        }
        try (NativeHeap heap = builder(copy).open()) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.RECOVERED);
            LongLongMap longs = LongLongMap.open(heap, "longs");
            assertThat(longs.asMap()).isEqualTo(model);
            longs.check();
            heap.check();
        }
    }

    @Test
    void memoryGoesBackInWholePages() throws IOException {
        try (NativeHeap heap = open()) {
            long free = Files.getFileStore(disk).getUsableSpace();
            fill(LongLongMap.open(heap, "longs"), 200_000);
            long taken = free - Files.getFileStore(disk).getUsableSpace();
            assertThat(taken).isGreaterThan(4 << 20);
            assertThat(taken % HUGE_PAGE_BYTES).isZero();
            heap.remove("longs");
            heap.trim();
            // the array of the directory is left
            assertThat(free - Files.getFileStore(disk).getUsableSpace()).isLessThanOrEqualTo(HUGE_PAGE_BYTES);
        }
    }

    @Test
    void aFullDiskChangesNothing() {
        try (NativeHeap heap = open()) {
            LongLongMap longs = LongLongMap.open(heap, "longs");
            Map<Long, Long> model = new HashMap<>();
            HeapExhaustedException full = catchThrowableOfType(HeapExhaustedException.class, () -> {
                for (long key = 0; ; key++) {
                    longs.put(key, key);
                    model.put(key, key);
                }
            });
            assertThat(full).hasMessageContainingAll("the file system of " + path, "has 0 bytes left");
            assertThat(longs.asMap()).isEqualTo(model);
            longs.check();
            heap.check();
            for (long key = 0; key < model.size(); key += 2) {
                assertThat(longs.remove(key)).isTrue(); // without new pages
            }
            longs.check();
        }
    }

    @Test
    void anotherHeapReadsTheFile() {
        try (NativeHeap heap = builder(path).shared().pages(Pages.HUGE).open()) {
            SyncLongLongMap longs = SyncLongLongMap.open(heap, "longs");
            for (long key = 1; key <= 50_000; key++) {
                longs.put(key, -key);
            }
            try (NativeHeap same =
                    NativeHeap.builder().shared().file(path).readOnly().open()) {
                SyncLongLongMap read = SyncLongLongMap.open(same, "longs");
                assertThat(read.size()).isEqualTo(50_000);
                longs.put(7, 8);
                assertThat(read.get(7)).isEqualTo(8);
                assertThat(read.get(50_000)).isEqualTo(-50_000);
            }
        }
    }

    @Test
    void aSnapshotHasSmallPages() {
        Path snapshot = disk.resolve("snapshot");
        Map<Long, Long> model;
        try (NativeHeap heap = open()) {
            model = fill(LongLongMap.open(heap, "longs"), 50_000);
            heap.snapshot(snapshot);
        }
        try (NativeHeap heap = builder(snapshot).open()) {
            assertThat(LongLongMap.open(heap, "longs").asMap()).isEqualTo(model);
            assertThat(heap.stats().committed()).isLessThan(2 * HUGE_PAGE_BYTES);
        }
    }

    @Test
    void aFileInAnotherFileSystemIsRefused() throws IOException {
        assumeTrue(!Files.getFileStore(directory).type().equals("tmpfs"), "the directory for files is in tmpfs");
        assertThatThrownBy(() ->
                        builder(directory.resolve("heap")).pages(Pages.HUGE).open())
                .isInstanceOfSatisfying(
                        HeapFileException.class,
                        e -> assertThat(e.reason()).isEqualTo(HeapFileException.Reason.NOT_SUPPORTED))
                .hasMessageContaining("use Pages.SMALL, or a file in tmpfs");
        assertThat(directory.resolve("heap")).doesNotExist();
    }
}
