package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class GoldenCommandTest {
    private static final String AGREEING = """
        # hash=good hint=0
        S 0 0 0 0 0 0 0 0 0 cbf29ce484222325
        G 7 0 0
        """;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    @Test
    void countsWhatAgrees() throws IOException {
        Files.writeString(directory.resolve("a.txt"), AGREEING);
        assertThat(run("golden", directory.toString())).isZero();
        assertThat(out.toString()).contains("a.txt", "1 traces, 1 operations, 1 states: no difference");
    }

    @Test
    void firstDifferenceIsNamedAndFails() throws IOException {
        Files.writeString(directory.resolve("a.txt"), AGREEING + "P 1 2\nS 2 0 0 0 0 0 0 0 0 cbf29ce484222325\n");
        assertThat(run("golden", directory.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("a.txt", "line 5", "count=2", "count=1");
    }

    @Test
    void doubleKeysAreSkippedAndAnEmptyDirectoryFails() throws IOException {
        Files.writeString(directory.resolve("nan.txt"), "# hash=f64 hint=0   (keys are IEEE-754 bits)\n");
        assertThat(run("golden", directory.toString())).isEqualTo(1);
        assertThat(out.toString()).contains("nan.txt", "skipped");
        assertThat(err.toString()).contains("no trace to replay");
    }

    @Test
    void missingDirectoryAndUnknownOptionFail() {
        assertThat(run("golden", directory.resolve("none").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("cannot read");
        assertThat(run("golden", directory.toString(), "--fast")).isEqualTo(2);
        assertThat(err.toString()).contains("Unknown option: '--fast'");
    }

    private int run(String... args) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(args);
    }
}
