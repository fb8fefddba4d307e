package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.memmap.memory.BlockKind;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Heaps where there is no virtual memory: by a switch, in a JVM that denies native access, and under a limit. */
class NativeHeapFallbackTest {
    private static final long MIB = 1 << 20;

    @Test
    void theWholeCapacityCountsAsCommitted() {
        try (NativeHeap heap = open(8 * MIB)) {
            assertThat(heap.stats().committed())
                    .isEqualTo(8 * MIB)
                    .isEqualTo(heap.stats().reserved());
            long pointer = heap.tryReserve(MIB, BlockKind.BUCKET);
            heap.commit(pointer, MIB);
            heap.release(pointer, pointer + MIB);
            heap.free(pointer, BlockKind.BUCKET);
            assertThat(heap.stats().committed()).isEqualTo(8 * MIB);
            heap.check();
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
    void moreThanThereIsExhaustsMemoryAtOpen() {
        assertThatThrownBy(() -> open(1L << 42))
                .isInstanceOf(HeapExhaustedException.class)
                .hasMessageContaining((1L << 42) + " bytes")
                .hasCauseInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void aJvmThatDeniesNativeAccessGetsAHeapAllTheSame() throws Exception {
        String output = runProgram(List.of("--illegal-native-access=deny"), List.of());
        assertThat(output).contains("committed is all of 268435456").contains("No virtual memory for native heaps");
    }

    @Test
    void aJvmUnderAnAddressSpaceLimitGetsAHeapAllTheSame() throws Exception {
        Path shell = Path.of("/bin/sh");
        assumeTrue(Files.isExecutable(shell), () -> "no " + shell + " here");
        long limitKib = 2 << 20; // enough for a small JVM, and less than a heap reserves by default:
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            assumeTrue(heap.stats().reserved() > limitKib * 1024, "the machine has less memory than the limit");
        }
        String output = runProgram(
                List.of("--enable-native-access=ALL-UNNAMED"),
                List.of(shell.toString(), "-c", "ulimit -v " + limitKib + " && exec \"$@\"", "sh"));
        assertThat(output).contains("committed is all of 268435456").contains("errno 12");
    }

    /** The addresses of dead heaps are taken back before the operating system's are said to be used up. */
    @Test
    void aJvmUnderAnAddressSpaceLimitOpensAndClosesSharedHeapsForEver() throws Exception {
        Path shell = Path.of("/bin/sh");
        assumeTrue(Files.isExecutable(shell), () -> "no " + shell + " here");
        String output = runProgram(
                ManyHeaps.class,
                List.of("--enable-native-access=ALL-UNNAMED"),
                List.of(shell.toString(), "-c", "ulimit -v " + (3 << 20) + " && exec \"$@\"", "sh"));
        assertThat(output).contains("all 40 of virtual memory");
    }

    /** Runs {@link Program} in a JVM of its own and returns what it wrote. */
    private static String runProgram(List<String> options, List<String> prefix)
            throws IOException, InterruptedException {
        return runProgram(Program.class, options, prefix);
    }

    private static String runProgram(Class<?> program, List<String> options, List<String> prefix)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC", "-Xmx300m", "-XX:ReservedCodeCacheSize=32m", "-XX:CompressedClassSpaceSize=64m"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    /** Opens heaps, one after the other, that together have more addresses than there are. */
    static final class ManyHeaps {
        private static final int HEAPS = 40;

        private ManyHeaps() {}

        public static void main(String[] arguments) {
            int virtual = 0;
            for (int i = 0; i < HEAPS; i++) {
                try (NativeHeap heap =
                        NativeHeap.builder().shared().maxBytes(256 * MIB).open()) {
                    virtual += heap.stats().committed() < heap.stats().reserved() ? 1 : 0;
                }
            }
            System.out.println((virtual == HEAPS ? "all " : "") + virtual + " of virtual memory");
        }
    }

    /** Opens two heaps, uses them, and says how they were. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            for (int i = 0; i < 2; i++) {
                try (NativeHeap heap = NativeHeap.ofConfined()) {
                    long pointer = heap.allocate(1_000_000);
                    heap.slice(pointer, 1_000_000).fill((byte) 1);
                    heap.free(pointer);
                    heap.check();
                    HeapStats stats = heap.stats();
                    if (stats.committed() == stats.reserved() && stats.inUse() == 0) {
                        System.out.println("committed is all of " + stats.reserved());
                    }
                }
            }
        }
    }

    private static NativeHeap open(long maxBytes) {
        return NativeHeap.builder().maxBytes(maxBytes).virtualMemory(false).open();
    }
}
