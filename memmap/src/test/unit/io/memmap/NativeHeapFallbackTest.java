package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.format.BlockKind;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Heaps without virtual memory: it is switched off, the JVM denies native access, or the address
 * space is limited.
 */
@Tag("slow")
class NativeHeapFallbackTest {
    private static final long MIB = 1 << 20;
    private static final List<String> NATIVE_ACCESS = List.of("--enable-native-access=ALL-UNNAMED");

    @Test
    void aSparseFileCountsTouchedBytesAsCommitted() {
        try (NativeHeap heap = open(256 * MIB)) {
            assumeTrue(heap.stats().committed() < heap.stats().reserved(), "no sparse file here");
            assertThat(heap.stats().committed()).isLessThan(MIB);
            long pointer = heap.tryReserve(8 * MIB, BlockKind.BUCKET);
            assertThat(heap.stats().committed()).isLessThan(MIB);
            heap.commit(pointer, 8 * MIB);
            long touched = heap.stats().committed();
            assertThat(touched).isBetween(8 * MIB, 9 * MIB);
            heap.release(pointer, pointer + 8 * MIB);
            heap.free(pointer, BlockKind.BUCKET);
            assertThat(heap.stats().committed())
                    .as("committed bytes after free, which gives nothing back")
                    .isEqualTo(touched);
            heap.checkZeroes();
        }
    }

    @Test
    void freedMemoryIsZeroWhenItIsHandedOutAgain() {
        try (NativeHeap heap = open(8 * MIB)) {
            for (int round = 0; round < 3; round++) {
                long pointer = heap.allocate(5 * MIB);
                for (long offset = pointer; offset < pointer + 5 * MIB; offset += 8) {
                    assertThat(heap.memory.get(ValueLayout.JAVA_LONG, offset)).isZero();
                    heap.memory.set(ValueLayout.JAVA_LONG, offset, -1);
                }
                heap.free(pointer);
            }
            heap.checkZeroes();
        }
    }

    @Test
    void openFailsIfThereIsNotEnoughMemory() {
        assertThatThrownBy(() -> open(1L << 42))
                .isInstanceOf(HeapExhaustedException.class)
                .hasMessageContaining((1L << 42) + " bytes")
                .hasCauseInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void withoutNativeAccessTheJvmNamesTheOptionAndAHeapTakesTheBytesThatAreTouched() throws Exception {
        Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        try (NativeHeap heap = open(8 * MIB)) {
            assumeTrue(heap.stats().committed() < heap.stats().reserved(), () -> "no sparse file in " + directory);
        }
        String output =
                runProgram(DefaultHeaps.class, List.of("6"), List.of("--illegal-native-access=deny"), List.of());
        assertThat(output)
                .contains("6 heaps; little is resident; each says so")
                .contains("--enable-native-access=ALL-UNNAMED", "--enable-native-access=io.memmap ")
                .contains("Enable-Native-Access: ALL-UNNAMED", "bytes of a sparse temporary file")
                .containsOnlyOnce("WARNING: A native heap has no virtual memory");
    }

    @Test
    void withoutNativeAccessAndFileAHeapTakesOnlyTheGivenBytes() throws Exception {
        List<String> options = List.of("--illegal-native-access=deny", "-Djava.io.tmpdir=/proc/self");
        assertThat(runProgram(DefaultHeaps.class, List.of("1"), options, List.of()))
                .contains("0 heaps; little is resident")
                .contains(
                        "HeapExhaustedException", "--enable-native-access=ALL-UNNAMED", "-Djava.io.tmpdir", "maxBytes");
        assertThat(runProgram(AskedHeap.class, List.of("8"), options, List.of()))
                .contains("committed 8 of 8 MiB")
                .contains("8388608 bytes of its arena, all resident at once");
    }

    @Test
    void underAnAddressSpaceLimitHeapsGetSmallerAndThenTheMessageNamesTheRemedy() throws Exception {
        String output = runProgram(DefaultHeaps.class, List.of("1000"), NATIVE_ACCESS, limitedAddressSpace(4L << 20));
        assertThat(output)
                .contains("heaps; little is resident; each says so")
                .doesNotContain("\n0 heaps", "WARNING")
                .contains("HeapExhaustedException: no room for a heap: ")
                .contains("ENOMEM", "ulimit -v", "vm.max_map_count", "vm.overcommit_memory", "maxBytes");
    }

    @Test
    void theGivenBytesAreReservedOrRefused() throws Exception {
        List<String> limit = limitedAddressSpace(4L << 20);
        assertThat(runProgram(AskedHeap.class, List.of("1500"), NATIVE_ACCESS, limit))
                .contains("committed 0 of 1500 MiB");
        assertThat(runProgram(AskedHeap.class, List.of("5000"), NATIVE_ACCESS, limit))
                .contains("no room for a heap of 5242880000 bytes", "ENOMEM", "ulimit -v", "maxBytes");
    }

    /**
     * Together the heaps have more addresses than 64 bits can name, on a machine with 24 GiB of
     * memory.
     */
    @Test
    void thousandsOfDefaultHeapsCanBeOpen() throws Exception {
        String output = runProgram(DefaultHeaps.class, List.of("6000"), NATIVE_ACCESS, List.of());
        assertThat(output).contains("6000 heaps; little is resident; each says so");
    }

    /** The addresses of dead heaps are reclaimed before an open fails for lack of addresses. */
    @Test
    void underAnAddressSpaceLimitSharedHeapsCanBeOpenedAndClosedForever() throws Exception {
        List<String> limit = limitedAddressSpace(3L << 20);
        assertThat(runProgram(ManyHeaps.class, List.of("256"), NATIVE_ACCESS, limit))
                .contains("all 40 of virtual memory");
        assertThat(runProgram(ManyHeaps.class, List.of("0"), NATIVE_ACCESS, limit))
                .contains("all 40 of virtual memory");
    }

    private static List<String> limitedAddressSpace(long kib) {
        Path shell = Path.of("/bin/sh");
        assumeTrue(Files.isExecutable(shell), () -> "no " + shell + " here");
        return List.of(shell.toString(), "-c", "ulimit -v " + kib + " && exec \"$@\"", "sh");
    }

    /** Runs a program in a JVM of its own and returns what it wrote. */
    private static String runProgram(
            Class<?> program, List<String> arguments, List<String> options, List<String> prefix)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC", "-Xmx300m", "-XX:ReservedCodeCacheSize=32m", "-XX:CompressedClassSpaceSize=64m"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /**
     * Opens heaps, one after the other. Together they have more addresses than the limit allows.
     */
    static final class ManyHeaps {
        private static final int HEAPS = 40;

        private ManyHeaps() {}

        public static void main(String[] arguments) {
            int virtual = 0;
            for (int i = 0; i < HEAPS; i++) {
                NativeHeap.Builder builder = NativeHeap.builder().shared();
                if (!arguments[0].equals("0")) {
                    builder.maxBytes(Long.parseLong(arguments[0]) * MIB);
                }
                try (NativeHeap heap = builder.open()) {
                    virtual += heap.stats().committed() < heap.stats().reserved() ? 1 : 0;
                }
            }
            System.out.println((virtual == HEAPS ? "all " : "") + virtual + " of virtual memory");
        }
    }

    /** Opens heaps of the default size with one entry each, and keeps them open. */
    static final class DefaultHeaps {
        private DefaultHeaps() {}

        public static void main(String[] arguments) throws IOException {
            List<NativeHeap> heaps = new ArrayList<>();
            boolean saysSo = true;
            long before = residentBytes();
            try {
                while (heaps.size() < Integer.parseInt(arguments[0])) {
                    NativeHeap heap = NativeHeap.ofConfined();
                    heaps.add(heap);
                    heap.allocate(1);
                    HeapStats stats = heap.stats();
                    saysSo &= stats.reserved() >= 64 * MIB
                            && stats.reserved() == heap.segment().byteSize()
                            && stats.committed() < MIB;
                }
            } catch (HeapExhaustedException none) {
                System.out.println(none);
            }
            long resident = residentBytes() - before;
            // for the JVM itself and some pages of each heap
            long few = 48 * MIB + heaps.size() * 64L * 1024;
            heaps.forEach(NativeHeap::check);
            heaps.forEach(NativeHeap::close);
            System.out.println();
            System.out.println(heaps.size() + " heaps; " + (resident < few ? "little" : resident + " bytes")
                    + " is resident; " + (saysSo ? "each says so" : "not each says so"));
        }

        /**
         * Returns the resident memory of the process without pages of files, or 0 if the system
         * does not tell it.
         */
        private static long residentBytes() throws IOException {
            Path status = Path.of("/proc/self/status");
            if (!Files.exists(status)) {
                return 0;
            }
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("RssAnon:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
            return 0;
        }
    }

    /** Opens a heap of the given size. */
    static final class AskedHeap {
        private AskedHeap() {}

        public static void main(String[] arguments) {
            long maxBytes = Long.parseLong(arguments[0]) * MIB;
            try (NativeHeap heap = NativeHeap.builder().maxBytes(maxBytes).open()) {
                HeapStats stats = heap.stats();
                System.out.println("committed " + stats.committed() / MIB + " of " + stats.reserved() / MIB + " MiB");
            } catch (HeapExhaustedException none) {
                System.out.println(none);
            }
        }
    }

    private static NativeHeap open(long maxBytes) {
        return NativeHeap.builder().maxBytes(maxBytes).virtualMemory(false).open();
    }
}
