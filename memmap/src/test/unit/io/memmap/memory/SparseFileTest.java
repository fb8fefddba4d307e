package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
    private static final long BYTES = 64L << 20;

    @TempDir
    private Path directory;

    @BeforeEach
    void aFileCanBeMapped() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            SparseFile.map(directory, arena, BYTES, BYTES, true);
        } catch (IOException none) {
            assumeTrue(false, none::getMessage);
        }
    }

    @Test
    void aSparseFileIsZeroAndLeavesNoFile() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = SparseFile.map(directory, arena, BYTES, BYTES, true);
            assertThat(memory.byteSize()).isEqualTo(BYTES);
            assertThat(directory).isEmptyDirectory();
            assertThat(memory.get(ValueLayout.JAVA_LONG, BYTES - 8)).isZero();
            memory.set(ValueLayout.JAVA_LONG, BYTES - 8, 7);
            assertThat(memory.get(ValueLayout.JAVA_LONG, BYTES - 8)).isEqualTo(7);
        }
    }

    @Test
    void aSizeThatIsNotAvailableIsReduced() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            long most = 1L << 50; // more than the number of addresses
            MemorySegment memory = SparseFile.map(directory, arena, most, BYTES, false);
            assertThat(memory.byteSize()).isBetween(BYTES, most / 4);
            assertThatThrownBy(() -> SparseFile.map(directory, arena, most, most, true))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll(most + " bytes", "java.io.tmpdir");
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void anInterruptedThreadGetsASparseFileAndStaysInterrupted() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Thread.currentThread().interrupt();
            try {
                assertThat(SparseFile.map(directory, arena, BYTES, BYTES, true).byteSize())
                        .isEqualTo(BYTES);
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }
    }

    @Test
    void aFileSystemInMemoryIsNotUsed() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory) && Files.getFileStore(memory).type().equals("tmpfs"), "no tmpfs here");
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> SparseFile.map(memory, arena, BYTES, BYTES, true))
                    .isInstanceOf(IOException.class)
                    .hasMessageContainingAll("tmpfs", "java.io.tmpdir");
        }
    }
}
