package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.HeapFileException.Reason;
import io.memmap.format.HeapLayout;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests heaps in files that several processes open, at once or one after the other. */
@Tag("slow")
class HeapFileProcessTest {
    private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";
    private static final int ENTRIES = 50_000;

    @TempDir
    private Path directory;

    private Path path() {
        return directory.resolve("heap");
    }

    private static NativeHeap open(Path path) {
        return NativeHeap.builder().maxBytes(64 << 20).file(path).open();
    }

    /** Does one thing with the heap file that its first argument names. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            Path path = Path.of(arguments[1]);
            switch (arguments[0]) {
                case "fill" -> {
                    try (NativeHeap heap = open(path)) {
                        fill(heap);
                    }
                }
                case "hold" -> {
                    try (NativeHeap heap = open(path)) {
                        System.out.println("open " + heap.opening().how());
                        int end = System.in.read();
                        System.out.println("closing " + end);
                    }
                }
                case "halt" -> {
                    fill(open(path));
                    Runtime.getRuntime().halt(0);
                }
                default -> {
                    try (NativeHeap heap = open(path)) {
                        System.out.println("open " + heap.opening().how());
                    } catch (HeapFileException refused) {
                        System.out.println(refused.reason() + " " + refused.getMessage());
                    }
                }
            }
        }

        private static void fill(NativeHeap heap) {
            LongLongMap hits = LongLongMap.open(heap, "hits");
            MemMap<String, String> texts = MemMap.open(heap, "texts", Type.UTF8, Type.UTF8);
            for (int i = 0; i < ENTRIES; i++) {
                hits.put(i, 3L * i);
                texts.set("key " + i, "value " + i);
            }
        }
    }

    private Process start(String action, String... options) throws IOException {
        return start(List.of(), action, options);
    }

    private Process start(List<String> prefix, String action, String... options) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx200m", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Program.class.getName(), action));
        command.add(path().toString());
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private String run(String action, String... options) throws IOException, InterruptedException {
        return outputOf(start(action, options));
    }

    private static String outputOf(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void anotherProcessFindsAllMaps() throws Exception {
        run("fill", NATIVE_ACCESS);
        try (NativeHeap heap = open(path())) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
            verify(heap);
        }
    }

    private static void verify(NativeHeap heap) {
        heap.check();
        LongLongMap hits = LongLongMap.open(heap, "hits");
        MemMap<String, String> texts = MemMap.open(heap, "texts", Type.UTF8, Type.UTF8);
        hits.check();
        texts.check();
        assertThat(hits.size()).isEqualTo(ENTRIES);
        assertThat(texts.size()).isEqualTo(ENTRIES);
        for (int i = 0; i < ENTRIES; i++) {
            assertThat(hits.get(i)).isEqualTo(3L * i);
            assertThat(texts.get("key " + i)).isEqualTo("value " + i);
        }
    }

    @Test
    void twoProcessesDoNotHaveOneFileOpen() throws Exception {
        Process holder = start("hold", NATIVE_ACCESS);
        try (BufferedReader lines = holder.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("open CREATED");
            HeapFileException refused = catchThrowableOfType(HeapFileException.class, () -> open(path()));
            assertThat(refused.reason()).isEqualTo(Reason.IN_USE);
            assertThat(refused).hasMessageContaining("in use by process " + holder.pid());
            holder.outputWriter().append("\n").flush();
            assertThat(lines.readLine()).startsWith("closing");
            assertThat(holder.waitFor()).isZero();
        }
        try (NativeHeap heap = open(path())) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
            assertThat(run("try", NATIVE_ACCESS))
                    .startsWith("IN_USE ")
                    .contains("in use by process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void theLockOfADeadProcessIsGone() throws Exception {
        Process holder = start("hold", NATIVE_ACCESS);
        try (BufferedReader lines = holder.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("open CREATED");
            holder.destroyForcibly().waitFor();
        }
        try (NativeHeap heap = open(path())) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.RECOVERED);
        }
    }

    @Test
    void aFileThatWasNotClosedIsRepaired() throws Exception {
        run("halt", NATIVE_ACCESS);
        try (NativeHeap heap = open(path())) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.RECOVERED);
            assertThat(heap.opening().generation()).isEqualTo(2);
            verify(heap);
        }
        try (NativeHeap heap = open(path())) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
        }
    }

    @Test
    void aDamagedFileThatWasNotClosedIsRefused() throws Exception {
        run("halt", NATIVE_ACCESS);
        try (FileChannel file = FileChannel.open(path(), StandardOpenOption.WRITE)) {
            // The pointer of the directory leads nowhere. It has no checksum while the file is open.
            ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            file.write(word.putLong(12_345).flip(), HeapLayout.DIRECTORY_OFFSET);
        }
        HeapFileException refused = catchThrowableOfType(HeapFileException.class, () -> open(path()));
        assertThat(refused.reason()).isEqualTo(Reason.DAMAGED);
        assertThat(refused).hasMessageContaining("no map begins at the pointer of the directory, 12345");
    }

    @Test
    void aLimitOnTheSizeOfFilesIsNamed() throws Exception {
        Path shell = Path.of("/bin/sh");
        assumeTrue(Files.isExecutable(shell), () -> "no " + shell + " here");
        List<String> limit = List.of(shell.toString(), "-c", "ulimit -f 1000 && exec \"$@\"", "sh");
        assertThat(outputOf(start(limit, "try", NATIVE_ACCESS)))
                .startsWith("IO_ERROR ")
                .contains("ulimit -f");
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void withoutNativeAccessTheMessageNamesTheOption() throws Exception {
        assertThat(run("try", "--illegal-native-access=deny"))
                .startsWith("NOT_SUPPORTED ")
                .contains(NATIVE_ACCESS);
        assertThat(path()).doesNotExist();
    }
}
