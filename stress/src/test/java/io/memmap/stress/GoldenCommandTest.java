package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenCommandTest {
    private static final String AGREEING = """
        # hash=good hint=0
        S 0 0 0 0 0 0 0 0 0 cbf29ce484222325
        G 7 0 0
        """;

    @TempDir
    private Path directory;

    @Test
    void countsWhatAgrees() throws IOException {
        Files.writeString(directory.resolve("a.txt"), AGREEING);
        CommandRun run = CommandRun.stress("golden", directory.toString());
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("a.txt", "1 traces, 1 operations, 1 states: no difference");
    }

    @Test
    void firstDifferenceIsNamedAndFails() throws IOException {
        Files.writeString(directory.resolve("a.txt"), AGREEING + "P 1 2\nS 2 0 0 0 0 0 0 0 0 cbf29ce484222325\n");
        CommandRun run = CommandRun.stress("golden", directory.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("a.txt", "line 5", "count=2", "count=1");
    }

    @Test
    void doubleKeysAreSkippedAndAnEmptyDirectoryFails() throws IOException {
        Files.writeString(directory.resolve("nan.txt"), "# hash=f64 hint=0   (keys are IEEE-754 bits)\n");
        CommandRun run = CommandRun.stress("golden", directory.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("nan.txt", "skipped");
        assertThat(run.err()).contains("no trace to replay");
    }

    @Test
    void missingDirectoryAndUnknownOptionFail() {
        CommandRun missing =
                CommandRun.stress("golden", directory.resolve("none").toString());
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).contains("cannot read");
        CommandRun unknown = CommandRun.stress("golden", directory.toString(), "--fast");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("Unknown option: '--fast'");
    }
}
