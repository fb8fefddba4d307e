package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.HeapFileException.Reason;
import io.memmap.format.HeaderSums;
import io.memmap.format.HeapLayout;
import io.memmap.format.Mem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests heaps in files: what comes back, and which files are refused and why. */
class HeapFileTest {
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
        return NativeHeap.builder().maxBytes(8 * MIB).file(path).open();
    }

    /** Makes a file with one map. */
    private void makeFile() {
        try (NativeHeap heap = open()) {
            LongLongMap.open(heap, "hits").put(404, 1);
        }
    }

    private HeapFileException refusal() {
        HeapFileException refusal = catchThrowableOfType(HeapFileException.class, this::open);
        assertThat(refusal).as("the exception for " + path).isNotNull();
        assertThat(refusal.path()).isEqualTo(path);
        assertThat(refusal).hasMessageContaining(path.getFileName().toString());
        return refusal;
    }

    private void assertRefused(Reason reason, String... words) {
        HeapFileException refusal = refusal();
        assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(reason);
        assertThat(words).allSatisfy(word -> assertThat(refusal).hasMessageContaining(word));
    }

    /** Changes the first page of the file. */
    private void change(Consumer<MemorySegment> action) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            action.accept(file.map(FileChannel.MapMode.READ_WRITE, 0, HeapLayout.PAGE_BYTES, arena));
        }
    }

    // ------------------------------------------------------------------------------- what comes back

    @Test
    void allMapsComeBackAfterAClose() {
        try (NativeHeap heap = open()) {
            LongLongMap hits = LongLongMap.open(heap, "hits");
            LongLongMap buckets = LongLongMap.builder(heap)
                    .name("buckets")
                    .geometry(Geometry.GO)
                    .open();
            IntIntMap ints = IntIntMap.open(heap, "ints");
            var strings = MemMap.open(heap, "strings", Type.UTF8, Type.UTF8);
            LongStructMap points = LongStructMap.open(heap, "points", POINT);
            for (int i = 0; i < 10_000; i++) {
                hits.put(i, -i);
                buckets.put(i, i);
                ints.put(i, ~i);
                strings.set("key " + i, "value ".repeat(i % 20));
                points.put(i, MemorySegment.ofArray(new long[] {i, -i}));
            }
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CREATED);
            assertThat(heap.opening().generation()).isEqualTo(1);
        }
        try (NativeHeap heap = open()) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
            assertThat(heap.opening().generation()).isEqualTo(2);
            assertThat(heap.opening().maps()).isEqualTo(5);
            heap.check();
            LongLongMap hits = LongLongMap.open(heap, "hits");
            LongLongMap buckets = LongLongMap.open(heap, "buckets");
            IntIntMap ints = IntIntMap.open(heap, "ints");
            var strings = MemMap.open(heap, "strings", Type.UTF8, Type.UTF8);
            LongStructMap points = LongStructMap.open(heap, "points", POINT);
            for (HashTable map : new HashTable[] {hits, buckets, ints, strings, points}) {
                map.check();
                assertThat(map.size()).isEqualTo(10_000);
            }
            for (int i = 0; i < 10_000; i++) {
                assertThat(hits.get(i)).isEqualTo(-i);
                assertThat(buckets.get(i)).isEqualTo(i);
                assertThat(ints.get(i)).isEqualTo(~i);
                assertThat(strings.get("key " + i)).isEqualTo("value ".repeat(i % 20));
                long[] point = new long[2];
                assertThat(points.get(i, MemorySegment.ofArray(point))).isTrue();
                assertThat(point).containsExactly(i, -i);
                hits.remove(i);
                strings.delete("key " + i);
            }
        }
        try (NativeHeap heap = open()) {
            assertThat(heap.maps().get("hits").size()).isZero();
            assertThat(heap.maps().get("ints").size()).isEqualTo(10_000);
            assertThat(heap.opening().generation()).isEqualTo(3);
        }
    }

    @Test
    void theHeapIsFoundByItsPointersToo() {
        long pointer;
        long block;
        try (NativeHeap heap = open()) {
            LongLongMap map = LongLongMap.make(heap);
            map.put(1, 2);
            pointer = map.pointer();
            block = heap.allocate(100);
            heap.slice(block, 100).setString(0, "hello");
        }
        try (NativeHeap heap = open()) {
            assertThat(LongLongMap.at(heap, pointer).get(1)).isEqualTo(2);
            assertThat(heap.slice(block, 100).getString(0)).isEqualTo("hello");
            assertThat(heap.maps()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"confined", "shared", "callers"})
    void everyArenaClosesTheFile(String arena) {
        for (int round = 1; round <= 3; round++) {
            try (Arena callers = Arena.ofShared()) {
                NativeHeap.Builder builder =
                        NativeHeap.builder().maxBytes(8 * MIB).file(path);
                NativeHeap heap = switch (arena) {
                    case "confined" -> builder.confined().open();
                    case "shared" -> builder.shared().open();
                    default -> builder.arena(callers).open();
                };
                assertThat(LongLongMap.open(heap, "hits").add(1, 1)).isEqualTo(round);
                heap.close();
            }
        }
    }

    @Test
    void aHeapInMemoryWasCreated() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CREATED);
            assertThat(heap.opening().generation()).isZero();
            heap.sync();
        }
    }

    @Test
    void aSyncedFileThatIsNotClosedSaysSo() throws IOException {
        try (NativeHeap heap = open()) {
            LongLongMap.open(heap, "hits").put(1, 1);
            heap.sync();
            change(page ->
                    assertThat(Mem.getInt(page, HeapLayout.FILE_STATE_OFFSET)).isEqualTo(HeapLayout.FILE_OPEN));
        }
        change(page ->
                assertThat(Mem.getInt(page, HeapLayout.FILE_STATE_OFFSET)).isEqualTo(HeapLayout.FILE_CLEAN));
    }

    // -------------------------------------------------------------------------------------- the file

    @Test
    void aNewFileIsItsOwnersAndSparse() throws IOException {
        try (NativeHeap heap =
                NativeHeap.builder().maxBytes(1L << 30).file(path).open()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-------");
            assertThat(Files.size(path)).isEqualTo(heap.stats().reserved()).isGreaterThanOrEqualTo(1L << 30);
            assertThat((int) Files.getAttribute(path, "unix:nlink")).isEqualTo(1);
        }
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void theRestOfAnUnfinishedCreationIsReplaced() throws IOException {
        Files.writeString(directory.resolve("heap.new"), "half a heap");
        makeFile();
        makeFile();
        Files.createLink(directory.resolve("heap.new"), path); // its maker died between two calls
        makeFile();
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void aPathMayBeASymbolicLink() throws IOException {
        Path target = directory.resolve("target");
        path = target;
        makeFile();
        path = Files.createSymbolicLink(directory.resolve("link"), target);
        try (NativeHeap heap = open()) {
            assertThat(LongLongMap.open(heap, "hits").get(404)).isEqualTo(1);
        }
    }

    @Test
    void anOpenHeapOutlivesTheNameOfItsFile() throws IOException {
        try (NativeHeap heap = open()) {
            LongLongMap hits = LongLongMap.open(heap, "hits");
            Files.delete(path);
            try (NativeHeap other = open()) {
                assertThat(other.maps()).isEmpty();
            }
            for (int i = 0; i < 100_000; i++) {
                hits.put(i, i);
            }
            hits.check();
        }
        try (NativeHeap heap = open()) {
            assertThat(heap.maps()).isEmpty();
        }
    }

    @Test
    void theBoundCanChangeUpToTheSizeOfTheFile() throws IOException {
        makeFile();
        long size = Files.size(path);
        try (NativeHeap heap = NativeHeap.builder().maxBytes(size).file(path).open()) {
            assertThat(heap.stats().maxBytes()).isEqualTo(size);
            heap.allocate(2 * MIB);
        }
        try (NativeHeap heap = NativeHeap.builder().maxBytes(4 * MIB).file(path).open()) {
            assertThat(heap.stats().maxBytes()).isEqualTo(4 * MIB);
            heap.check();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> NativeHeap.builder().maxBytes(size + 1).file(path).open())
                .withMessageContaining("at most the size of the file, " + size);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NativeHeap.builder().maxBytes(MIB).file(path).open())
                .withMessageContaining("at least what the heap in the file needs");
        try (NativeHeap heap = NativeHeap.builder().file(path).open()) {
            assertThat(heap.stats().maxBytes()).isEqualTo(4 * MIB);
        }
    }

    // ------------------------------------------------------------------------------------ the lock

    @Test
    void aFileIsOpenOnceAtATime() throws IOException {
        try (NativeHeap heap = open()) {
            LongLongMap.open(heap, "hits").put(1, 1);
            assertRefused(
                    Reason.IN_USE,
                    "in use by this process, " + ProcessHandle.current().pid());
            // a lock of the process would end here
            Files.readAllBytes(Files.writeString(directory.resolve("other"), "other"));
            try (FileChannel same = FileChannel.open(path, StandardOpenOption.READ)) {
                assertThat(same.size()).isPositive();
            }
            assertRefused(Reason.IN_USE);
        }
        makeFile();
    }

    // ------------------------------------------------------------------------- files that are refused

    @Test
    void anEmptyFileIsNoHeap() throws IOException {
        Files.createFile(path);
        assertRefused(Reason.NOT_A_HEAP, "is empty");
        assertThat(Files.size(path)).isZero();
    }

    @Test
    void aTextIsNoHeap() throws IOException {
        Files.writeString(path, "These are not the bytes of a heap.\n".repeat(1000));
        assertRefused(Reason.NOT_A_HEAP, "does not begin as one");
        assertThat(Files.readString(path)).startsWith("These are");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 4095, 4096, 1 << 20})
    void garbageIsNoHeap(int bytes) throws IOException {
        byte[] garbage = new byte[bytes];
        new Random(bytes).nextBytes(garbage);
        Files.write(path, garbage);
        assertRefused(Reason.NOT_A_HEAP);
        assertThat(Files.readAllBytes(path)).isEqualTo(garbage);
    }

    @Test
    void aDirectoryIsNoHeap() {
        path = directory;
        assertRefused(Reason.NOT_A_HEAP, "is a directory");
    }

    @Test
    void aDeviceIsNoHeap() {
        path = Path.of("/dev/null");
        HeapFileException refusal = refusal();
        assertThat(refusal.reason()).isIn(Reason.NOT_A_HEAP, Reason.NOT_SUPPORTED);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 4096, 8 << 20})
    void anOpenFileThatIsShorterIsTruncated(long missing) throws IOException {
        makeFile();
        Path copy = directory.resolve("copy");
        try (NativeHeap heap = open()) {
            heap.sync();
            Files.copy(path, copy);
        }
        path = copy;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(file.length() - missing);
        }
        assertRefused(Reason.TRUNCATED, "its heap had");
    }

    @ParameterizedTest
    @ValueSource(longs = {4096, 5000, 100_000, 520_000})
    void aClosedFileThatIsShorterThanItsContentIsTruncated(long length) throws IOException {
        makeFile();
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length);
        }
        assertRefused(Reason.TRUNCATED, "its heap had");
        assertThat(Files.size(path)).isEqualTo(length);
    }

    @Test
    void aClosedFileNeedsNoHoleAtItsEnd() throws IOException {
        makeFile();
        long length = Files.size(path);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length / 4);
        }
        try (NativeHeap heap = open()) {
            assertThat(LongLongMap.open(heap, "hits").get(404)).isEqualTo(1);
            assertThat(Files.size(path)).isEqualTo(length);
            heap.check();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 100, 3391})
    void aFileThatEndsInItsHeaderIsTruncated(long length) throws IOException {
        makeFile();
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length);
        }
        assertRefused(Reason.TRUNCATED, "after " + length + " bytes");
    }

    @Test
    void aLongerFileIsDamaged() throws IOException {
        makeFile();
        Files.write(path, new byte[1], StandardOpenOption.APPEND);
        assertRefused(Reason.DAMAGED, "capacity");
    }

    /** Every bit of the header counts, as the file was closed. */
    @Test
    void aFlippedBitOfTheHeaderIsFound() throws IOException {
        makeFile();
        byte[] header = Arrays.copyOf(readPage(), (int) HeapLayout.CLOSE_CHECK_OFFSET + Integer.BYTES);
        Random random = new Random(1);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 2000; i++) {
                int bit = i < 640 ? i : random.nextInt(8 * header.length);
                byte[] flipped = header.clone();
                flipped[bit >> 3] ^= (byte) (1 << (bit & 7));
                file.write(ByteBuffer.wrap(flipped), 0);
                HeapFileException refusal = refusal();
                assertThat(refusal.reason())
                        .as("bit " + bit + ": " + refusal.getMessage())
                        .isIn(
                                Reason.NOT_A_HEAP,
                                Reason.NEWER_VERSION,
                                Reason.NOT_SUPPORTED,
                                Reason.DAMAGED,
                                Reason.LOST_POWER);
            }
            file.write(ByteBuffer.wrap(header), 0);
        }
        makeFile();
    }

    private byte[] readPage() throws IOException {
        try (var in = Files.newInputStream(path)) {
            return in.readNBytes((int) HeapLayout.PAGE_BYTES);
        }
    }

    @Test
    void aNewerVersionIsRefused() throws IOException {
        makeFile();
        change(page -> Mem.setInt(page, HeapLayout.VERSION_OFFSET, HeapLayout.VERSION + 1));
        assertRefused(Reason.NEWER_VERSION, "version 3", "knows version 2");
        change(page -> {
            Mem.setInt(page, HeapLayout.VERSION_OFFSET, HeapLayout.VERSION);
            Mem.setInt(page, HeapLayout.FEATURES_OFFSET, 4);
        });
        assertRefused(Reason.NEWER_VERSION, "features 4");
    }

    @Test
    void anOlderVersionIsRefused() throws IOException {
        makeFile();
        change(page -> Mem.setInt(page, HeapLayout.VERSION_OFFSET, 1));
        assertRefused(Reason.NOT_SUPPORTED, "version 1", "reads version 2");
    }

    @Test
    void anotherHashFunctionIsRefused() throws IOException {
        makeFile();
        change(page -> {
            Mem.setInt(page, HeapLayout.HASH_VERSION_OFFSET, 99);
            Mem.setInt(page, HeapLayout.HEADER_CHECK_OFFSET, HeaderSums.ofConstants(page));
        });
        assertRefused(Reason.OTHER_HASH, "hash function 99");
    }

    @Test
    void aFileOfALostBootIsRefused() throws IOException {
        makeFile();
        change(page -> {
            Mem.setInt(page, HeapLayout.FILE_STATE_OFFSET, HeapLayout.FILE_OPEN);
            Mem.setLong(page, HeapLayout.BOOT_ID_OFFSET, 1);
        });
        assertRefused(Reason.LOST_POWER, "when the machine went down");
    }

    @Test
    void aBrokenDirectoryIsDamage() throws IOException {
        makeFile();
        try (NativeHeap heap = open()) {
            MemMap<String, Long> names = MemMap.at(heap, heap.directory(), Type.UTF8, Type.LONG);
            names.set("hits", 4096L);
        }
        assertRefused(Reason.DAMAGED, "the map named hits is broken");
        assertRefused(Reason.DAMAGED, "the map named hits is broken"); // and it was closed
    }

    @Test
    void aDumpOfAHeapInMemoryIsRefused() throws IOException {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(MIB).open();
                FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            file.write(heap.segment().asByteBuffer());
        }
        assertRefused(Reason.DAMAGED, "a heap that is in no file");
    }

    @Test
    void aDirectoryWithTheNameOfTheUnfinishedFileIsNamed() throws IOException {
        Path obstacle = Files.createDirectory(directory.resolve("heap.new"));
        assertRefused(
                Reason.IO_ERROR,
                "cannot make the heap file " + path + ", as " + obstacle + " is in the way",
                "Is a directory",
                "Delete or rename " + obstacle);
        assertThat(obstacle).isEmptyDirectory();
        Files.delete(obstacle);
        makeFile();
    }

    @Test
    void aMissingDirectoryIsAnError() {
        path = directory.resolve("missing").resolve("heap");
        assertRefused(Reason.IO_ERROR, "No such file or directory");
    }

    @Test
    void aFileSystemThatKeepsNoPagesIsRefused() {
        path = Path.of("/proc/self/comm");
        assumeTrue(Files.exists(path));
        assertRefused(Reason.NOT_SUPPORTED, "cannot hold a heap", "/dev/shm");
    }

    @Test
    void aPathOfAnotherFileSystemIsRefused() throws IOException {
        try (var zip = FileSystems.newFileSystem(directory.resolve("heaps.zip"), java.util.Map.of("create", "true"))) {
            assertThatThrownBy(
                            () -> NativeHeap.builder().file(zip.getPath("heap")).open())
                    .isInstanceOfSatisfying(
                            HeapFileException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_SUPPORTED));
        }
    }

    @Test
    void aHeapWithoutVirtualMemoryIsRefused() {
        assertThatThrownBy(() ->
                        NativeHeap.builder().virtualMemory(false).file(path).open())
                .isInstanceOf(HeapFileException.class)
                .hasMessageContaining("no virtual memory");
        assertThat(path).doesNotExist();
    }

    @Test
    void aClosedArenaMakesNoFile() {
        Arena closed = Arena.ofShared();
        closed.close();
        assertThatThrownBy(() -> NativeHeap.builder().arena(closed).file(path).open())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Already closed");
        assertThat(path).doesNotExist();
    }
}
