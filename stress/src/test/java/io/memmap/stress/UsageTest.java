package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What all commands have in common: help, version, and one line of message for each mistake of a
 * user.
 */
class UsageTest {
    @TempDir
    private Path directory;

    private static void assertRefused(int exitCode, String line, String... arguments) {
        CommandRun run = CommandRun.stress(arguments);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode);
        assertThat(run.err())
                .startsWith("stress/run: ")
                .contains(line, "; see stress/run")
                .hasLineCount(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void allCommandsHaveHelpAndVersionByBothNames() {
        Stream<String> commands = Main.commandLine().getSubcommands().keySet().stream();
        Stream.concat(Stream.of(""), commands).forEach(name -> {
            List<String> texts = new ArrayList<>();
            for (String option : List.of("-h", "--help", "-V", "--version")) {
                CommandRun run = name.isEmpty() ? CommandRun.stress(option) : CommandRun.stress(name, option);
                assertThat(run.exitCode()).as(name + option).isZero();
                assertThat(run.err()).isEmpty();
                texts.add(run.out());
            }
            assertThat(texts.get(0)).startsWith("Usage: stress/run").isEqualTo(texts.get(1));
            assertThat(texts.get(2))
                    .isEqualTo(texts.get(3))
                    .matches("stress/run [0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?, Java [1-9][0-9].*\\R");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "'', Missing required subcommand; see stress/run --help",
        "observe --bogus, Unknown option: '--bogus'; see stress/run observe --help",
        "trace --seconds many, 'many' is not an int",
        "trace --heap 0, '--heap must be a size above 0, such as 512m: 0'",
        "jcstress --test (, --test is not a regular expression: (",
        "bogus, Unmatched argument at index 0: 'bogus'",
        "golden, Missing required parameter: 'DIR'; see stress/run golden --help"
    })
    void wrongArgumentsAreReportedInOneLineWithAHint(String arguments, String line) {
        assertRefused(2, line, arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));
    }

    @Test
    void aFileThatCannotBeWrittenIsReportedBeforeTheRun() throws IOException {
        Path absent = directory.resolve("absent").resolve("file");
        assertRefused(1, absent + ": no such file or directory", "trace", "--out", absent.toString());
        Path file = Files.createFile(directory.resolve("file"));
        assertRefused(1, file + ": this is a file and not a directory", "leaks", "--profiles", file.toString());
    }

    @Test
    void tracesThatCannotBeReadAreNamed() throws IOException {
        Path trace = Files.writeString(directory.resolve("a.txt.gz"), "no gzip");
        assertRefused(1, trace + ": this is not a directory", "golden", trace.toString());
        CommandRun run = CommandRun.stress("golden", directory.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("stress/run: " + trace + ": Not in GZIP format; see stress/run golden --help")
                .hasLineCount(1);
    }
}
