package io.memmap.bench.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ChildFailureTest {
    private static final long HEAP = 256 << 20;

    private static String reason(int exitCode, String... lines) {
        return ChildFailure.of(exitCode, null, List.of(lines), HEAP)
                .map(ChildFailure::reason)
                .orElse("");
    }

    @Test
    void exitCodeZeroIsNoFailure() {
        assertThat(ChildFailure.of(0, null, List.of("some warning"), HEAP)).isEmpty();
    }

    @Test
    void theReasonStatesTheSizeOfAFullJavaHeap() {
        assertThat(reason(3)).isEqualTo("ran out of memory: its Java heap of 256 MiB is full (--heap gives it more)");
        assertThat(reason(1, "java.lang.OutOfMemoryError: Java heap space")).startsWith("ran out of memory");
    }

    @Test
    void theReasonNamesAMachineWithoutEnoughMemory() {
        assertThat(reason(1, "Error occurred during initialization of VM", "Could not reserve enough space for heap"))
                .isEqualTo("could not reserve its memory: the machine has too little");
        assertThat(reason(137)).contains("when memory runs out");
    }

    @Test
    void theReasonIsTheFailureThatTheContenderReported() {
        assertThat(ChildFailure.of(1, "no room", List.of(), HEAP)).hasValue(new ChildFailure("failed: no room"));
        assertThat(ChildFailure.of(0, "no room", List.of(), HEAP)).hasValue(new ChildFailure("failed: no room"));
    }

    @Test
    void theReasonIsOtherwiseTheFirstInformativeLine() {
        assertThat(reason(
                        1, "Picked up JAVA_TOOL_OPTIONS: x", "Error occurred during initialization", "Too small heap"))
                .isEqualTo("failed with exit code 1: Too small heap");
        assertThat(reason(9)).isEqualTo("failed with exit code 9");
    }
}
