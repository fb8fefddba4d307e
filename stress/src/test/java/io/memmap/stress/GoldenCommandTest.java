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

    /**
     * A trace of Go. A NaN is put, and it is the second NaN that Go hashes. The first was deleted,
     * which had no effect.
     */
    private static final String NAN = """
        # hash=f64 hint=0   (keys are IEEE-754 bits)
        P 4630122629401935872 177156486438615
        S 1 0 0 0 0 0 0 0 0 ab522bc0639a1d67
        D 9221120237041090562
        P 9221120237041090561 236089605299437
        S 2 0 0 0 0 0 3 0 0 ec1715441e93e320
        G 9221120237041090561 0 0
        """;

    @TempDir
    private Path directory;

    @Test
    void theTracesThatAgreeAreCounted() throws IOException {
        Files.writeString(directory.resolve("a.txt"), AGREEING);
        CommandRun run = CommandRun.stress("golden", directory.toString());
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("a.txt", "1 traces, 1 operations, 1 states: no difference");
    }

    @Test
    void theFirstDifferenceIsNamedAndFails() throws IOException {
        Files.writeString(directory.resolve("a.txt"), AGREEING + "P 1 2\nS 2 0 0 0 0 0 0 0 0 cbf29ce484222325\n");
        CommandRun run = CommandRun.stress("golden", directory.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("a.txt", "line 5", "count=2", "count=1");
    }

    @Test
    void tracesOfDoubleKeysAreReplayed() throws IOException {
        Files.writeString(directory.resolve("nan.txt"), NAN);
        CommandRun run = CommandRun.stress("golden", directory.toString());
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("1 traces, 4 operations, 2 states: no difference");
    }

    @Test
    void anEmptyDirectoryFails() {
        CommandRun run = CommandRun.stress("golden", directory.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("there is no trace");
    }

    @Test
    void aMissingDirectoryAndAnUnknownOptionFail() {
        CommandRun missing =
                CommandRun.stress("golden", directory.resolve("none").toString());
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err()).contains("none: no such file or directory; see stress/run golden --help");
        CommandRun unknown = CommandRun.stress("golden", directory.toString(), "--fast");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("Unknown option: '--fast'");
    }
}
