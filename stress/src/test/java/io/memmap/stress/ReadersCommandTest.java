package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadersCommandTest {
    @TempDir
    private Path directory;

    @Test
    void readersMeetNothingWrong() {
        CommandRun run = CommandRun.stress("readers", "--seconds", "1", "--directory", directory.toString());
        assertThat(run.err()).doesNotContain("stress/run");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .containsPattern("reads +[0-9,]+\n")
                .containsPattern("killed writers +[1-9][0-9]*\n")
                .containsPattern("errors +0\n");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void wrongOptionsAreRefused() {
        CommandRun run = CommandRun.stress("readers", "--readers", "0");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--readers must be 1..64: 0");
    }
}
