package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ObserveCommandTest {
    @Test
    void thePageIsServedUntilTheTimeIsOver() {
        CommandRun run = CommandRun.stress("observe", "--seconds", "1");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).matches("http://127\\.0\\.0\\.1:[0-9]+/\\R");
    }

    @Test
    void aPortOutOfRangeIsRefused() {
        CommandRun run = CommandRun.stress("observe", "--port", "65536");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--port must be 0..65535: 65536");
    }
}
