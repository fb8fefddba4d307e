package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.memmap.HeapFileException.Reason;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process reads the maps of a file while another process writes them, dies, and has a successor. */
@Tag("slow")
class ReaderProcessTest {
    private static final int READS = 30_000;
    private static final int ROUNDS = 2;

    @TempDir
    private Path directory;

    private final List<Process> children = new ArrayList<>();

    private Path path() {
        return directory.resolve("heap");
    }

    private static NativeHeap write(Path path) {
        return NativeHeap.builder().shared().maxBytes(64 << 20).file(path).open();
    }

    private NativeHeap read() {
        return NativeHeap.builder().shared().file(path()).readOnly().open();
    }

    /** Does one thing with the heap file that its second argument names. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            Path path = Path.of(arguments[1]);
            switch (arguments[0]) {
                case "write" -> {
                    SelfChecking.Writer writer = new SelfChecking.Writer(write(path));
                    writer.write(SelfChecking.KEYS);
                    System.out.println("written");
                    while (true) {
                        writer.write(SelfChecking.KEYS);
                    }
                }
                case "hold" -> {
                    NativeHeap heap = write(path);
                    SyncLongLongMap map = SyncLongLongMap.open(heap, "held", 0, 2);
                    for (int i = 0; i < 100; i++) {
                        map.put(i, i);
                    }
                    map.shards.lock(map.shards.of(map.hash(1))); // and be killed in the write
                    System.out.println("written");
                    System.out.println("ends with " + System.in.read());
                }
                case "truncated" -> readTruncated(path);
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }

        private static void readTruncated(Path path) throws IOException {
            try (NativeHeap heap = write(path)) {
                SyncLongLongMap map = SyncLongLongMap.open(heap, "longs");
                for (int i = 0; i < 10_000; i++) {
                    map.put(i, i);
                }
            }
            NativeHeap reader =
                    NativeHeap.builder().shared().file(path).readOnly().open();
            SyncLongLongMap map = SyncLongLongMap.open(reader, "longs");
            for (int i = 0; i < 1_000_000; i++) { // compiles the path
                if (map.get(i % 10_000) != i % 10_000) {
                    throw new AssertionError();
                }
            }
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                file.truncate(4096);
            }
            int refused = 0;
            for (int i = 0; i < 10_000; i++) {
                try {
                    map.get(i);
                } catch (HeapFileException | InternalError e) {
                    refused++;
                }
            }
            System.out.println(refused > 0 ? "refused" : "read");
        }
    }

    private BufferedReader start(String action) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx200m",
                "-XX:ErrorFile=" + directory.resolve("hs_err.log"),
                "-XX:-CreateCoredumpOnCrash",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                action,
                path().toString());
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        children.add(child);
        return child.inputReader();
    }

    private void kill() throws InterruptedException {
        children.removeLast().destroyForcibly().waitFor();
    }

    @AfterEach
    void killAll() throws InterruptedException {
        while (!children.isEmpty()) {
            kill();
        }
    }

    @Test
    void aReaderReadsOnBesideWritersThatAreKilled() throws Exception {
        assertThat(start("write").readLine()).isEqualTo("written");
        try (NativeHeap heap = read()) {
            SelfChecking.Reader reader = new SelfChecking.Reader(heap);
            for (int round = 0; round < ROUNDS; round++) {
                reader.read(READS);
                reader.walk();
                kill();
                try { // between writes, or in one
                    reader.read(READS / 10);
                } catch (HeapFileException died) {
                    assertThat(died.reason()).isEqualTo(Reason.WRITER_DIED);
                }
                assertThat(start("write").readLine()).isEqualTo("written");
            }
            reader.read(READS);
            assertThat(reader.found()).isPositive();
            kill();
        }
    }

    @Test
    void aWriterThatIsKilledInAWriteIsReportedAndItsSuccessorIsRead() throws Exception {
        assertThat(start("hold").readLine()).isEqualTo("written");
        try (NativeHeap heap = read()) {
            SyncLongLongMap map = SyncLongLongMap.open(heap, "held");
            children.getLast()
                    .destroyForcibly(); // it may not have ended when it is reported, nor when the lock is asked
            assertThat(catchThrowableOfType(HeapFileException.class, () -> map.get(1))
                            .reason())
                    .isEqualTo(Reason.WRITER_DIED);
            long other = otherShard(map);
            assertThat(map.get(other)).isEqualTo(other);
            try (NativeHeap successor = write(path())) {
                assertThat(successor.opening().how()).isEqualTo(Opening.How.RECOVERED);
                assertThat(map.get(1)).isEqualTo(1);
            }
            assertThat(map.size()).isEqualTo(100);
        }
    }

    private static long otherShard(SyncLongLongMap map) {
        long key = 2;
        while (map.shards.of(map.hash(key)) == map.shards.of(map.hash(1))) {
            key++;
        }
        return key;
    }

    /** A read waits for a writer that is alive, and for no other one. */
    @Test
    void aReaderWaitsForAWriterThatHoldsAShard() throws Exception {
        assertThat(start("hold").readLine()).isEqualTo("written");
        try (NativeHeap heap = read()) {
            SyncLongLongMap map = SyncLongLongMap.open(heap, "held");
            long[] value = {0};
            Throwable[] thrown = {null};
            Thread waiting = Thread.ofPlatform().start(() -> {
                try {
                    value[0] = map.get(1);
                } catch (Throwable e) {
                    thrown[0] = e;
                }
            });
            long other = otherShard(map);
            assertThat(map.get(other)).isEqualTo(other);
            assertThat(waiting.isAlive()).isTrue();
            kill();
            waiting.join();
            assertThat(value[0]).isZero();
            assertThat(thrown[0]).isInstanceOf(HeapFileException.class).hasMessageContaining("died");
        }
    }

    @Test
    void aFileThatIsDeletedIsReadOn() throws Exception {
        assertThat(start("write").readLine()).isEqualTo("written");
        try (NativeHeap heap = read()) {
            SelfChecking.Reader reader = new SelfChecking.Reader(heap);
            Files.delete(path());
            reader.read(READS / 10);
            assertThat(reader.found()).isPositive();
            assertThatThrownBy(this::read).isInstanceOf(HeapFileException.class);
        }
    }

    @Test
    void aFileThatIsTruncatedEndsNoProcess() throws Exception {
        assertThat(start("truncated").readLine()).isEqualTo("refused");
        assertThat(children.getLast().waitFor()).isZero();
        assertThat(directory.resolve("hs_err.log")).doesNotExist();
    }
}
