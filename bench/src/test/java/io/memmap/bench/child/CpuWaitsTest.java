package io.memmap.bench.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CpuWaitsTest {
    @TempDir
    private Path directory;

    private CpuWaits waits(String text) throws IOException {
        return CpuWaits.of(Files.writeString(directory.resolve("schedstat"), text));
    }

    @Test
    void theSecondNumberIsReadAnewEachTime() throws IOException {
        try (CpuWaits waits = waits("1267650600 45568 17\n")) {
            assertThat(waits.isCounted()).isTrue();
            assertThat(waits.nanos()).isEqualTo(45_568);
            waits("1267650600228 98765432101234 18\n").close();
            assertThat(waits.nanos()).isEqualTo(98_765_432_101_234L);
        }
    }

    /** A kernel that counts nothing shows zeros. A thread that reads has run, so its last number is not 0. */
    @ParameterizedTest
    @ValueSource(strings = {"0 0 0\n", ""})
    void aKernelWithoutTheCountHasNoWaits(String text) throws IOException {
        try (CpuWaits waits = waits(text)) {
            assertThat(waits.isCounted()).isFalse();
            assertThat(waits.nanos()).isZero();
        }
    }

    @Test
    void aSystemWithoutTheFileHasNoWaits() throws IOException {
        try (CpuWaits waits = CpuWaits.of(directory.resolve("absent"))) {
            assertThat(waits.isCounted()).isFalse();
            assertThat(waits.nanos()).isZero();
        }
    }
}
