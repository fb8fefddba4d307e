package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashCommandTest {
    @TempDir
    private Path directory;

    @Test
    void aKilledWriterLosesNothing() {
        CommandRun run = CommandRun.stress(
                "crash", "--seconds", "1", "--kills", "1", "--seed", "7", "--directory", directory.toString());
        assertThat(run.err()).doesNotContain("stress/run");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("seed 7, files in " + directory, "full disk")
                .containsPattern("kills of processes +1\n")
                .containsPattern("openings: RECOVERED +[1-4]\n")
                .contains("closed: refused: TRUNCATED", "unclosed: ")
                .containsPattern("errors +0\n");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void oneWriterHasOneFile() {
        CommandRun run = CommandRun.stress(
                "crash", "--seconds=1", "--kills=1", "--writers=1", "--copies=1", "--directory=" + directory);
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).containsPattern("files of killed writers +1\n").containsPattern("errors +0\n");
    }

    @Test
    void wrongOptionsAreRefused() {
        assertRefused("--seconds must be 1..1000000: 0", "--seconds", "0");
        assertRefused("--minutes must be 1..16666: 0", "--minutes", "0");
        assertRefused("--minutes and --seconds exclude each other", "--minutes", "1", "--seconds", "1");
        assertRefused("--kills must be 1..2147483647: 0", "--kills", "0");
        assertRefused("--writers must be 1..64: 65", "--writers", "65");
        assertRefused("Unknown option: '--fast'", "--fast");
    }

    private static void assertRefused(String message, String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "crash";
        System.arraycopy(options, 0, arguments, 1, options.length);
        CommandRun run = CommandRun.stress(arguments);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(message);
    }

    @Test
    void aSeedGivesAllKindsOfOperationsOnAllMaps() {
        Map<String, Integer> kinds = new HashMap<>();
        for (long number = 1; number <= 2_000_000; number++) {
            CrashStep step = CrashStep.of(7, number);
            kinds.merge(step.kind() + " " + CrashMaps.name(step.map()), 1, Integer::sum);
        }
        assertThat(kinds).hasSize(CrashStep.Kind.values().length * CrashMaps.COUNT);
    }
}
