package io.memmap.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command that compares hit rates. */
final class CacheCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return commandLine.execute(arguments);
    }

    @Test
    void everyTraceIsWithinTwoPointsAndInThePage(@TempDir Path directory) throws IOException {
        Path page = directory.resolve("cache.md");
        assertThat(run("cache", "--quick", "--output", page.toString()))
                .as(out.toString() + err)
                .isZero();
        for (CacheTrace trace : CacheTrace.values()) {
            assertThat(out.toString()).contains(trace.title());
            assertThat(Files.readString(page)).contains("| " + trace.title() + " | 512 | ");
        }
        assertThat(out.toString()).contains("24 of 24 hit rates are at most 2 points below");
    }

    @Test
    void aHitRateThatIsTooLowIsCounted() {
        CacheJob.Result good = new CacheJob.Result(512, CacheTrace.LOOP_2, 50, 48, 1, 1);
        CacheJob.Result bad = new CacheJob.Result(512, CacheTrace.LOOP_2, 50, 47.9, 1, 1);
        assertThat(good.isWithin()).isTrue();
        assertThat(bad.isWithin()).isFalse();
        assertThat(CacheJob.verdict(List.of(good, bad)))
                .startsWith("1 of 2 hit rates")
                .contains("worst is -2.10");
    }

    @Test
    void tracesAreTheSameEachTime() {
        for (CacheTrace trace : CacheTrace.values()) {
            long[] keys = trace.keys(100, 1000);
            assertThat(trace.keys(100, 1000)).isEqualTo(keys);
        }
        assertThat(CacheTrace.LOOP_2.keys(2, 9)).containsExactly(0, 1, 2, 3, 0, 1, 2, 3, 0);
    }

    @Test
    void aPageThatCannotBeWrittenIsRefusedFirst() {
        assertThat(run("cache", "--output", "/nowhere/page.md")).isEqualTo(1);
        assertThat(err.toString()).contains("cannot write");
    }
}
