package io.memmap.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.command.Version;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Subject;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Tests mistakes of a user. Each gets a message of one line before anything runs. */
final class UsageTest {
    @TempDir
    private Path directory;

    private final BenchRun bench = new BenchRun();

    private void assertRefused(int exitCode, String line, String... arguments) {
        assertThat(bench.run(arguments)).as(bench.err()).isEqualTo(exitCode);
        assertThat(bench.err())
                .startsWith("bench/run: ")
                .contains(line, "; see bench/run")
                .hasLineCount(1);
        assertThat(bench.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "latency --seconds 0, --seconds must be 1 or more",
        "latency --gets -1, --gets and --puts must be 1 to 10000000 a second: -1",
        "gc --allocate 0, --allocate and --seconds 1 or more",
        "native --rounds 0, must be 1 or more",
        "threads --minutes -3, --minutes must be above 0: -3.0",
        "objects --minutes NaN, --minutes must be above 0: NaN",
        "prices --minutes 0, --minutes must be above 0: 0.0",
        "prices --forks 0, --forks must be 1 or more: 0",
        "threads --quick --forks 2, '--quick runs one round, so it excludes --forks: 2'",
        "prices --quick --minutes 2, '--quick runs one round, so it excludes --minutes: 2.0'",
        "overlap --forks 0, --forks must be 1 or more: 0",
        "order --size 0, --size must be 1 to 500000000: 0",
        "order --forks 0, --forks must be 1 or more: 0",
        "order --quick --forks 2, '--quick runs one fork, so it excludes --forks: 2'",
        "shapes --size 1, --size must be 2 or more: 1",
        "shapes --forks 0, --forks must be 1 or more: 0",
        "shapes --shape round, '--shape'",
        "shapes --bogus, Unknown option: '--bogus'; see bench/run shapes --help",
        "shapes --contender HPPC --against FASTUTIL, --against FASTUTIL has no other map of memmap to judge",
        "report --minutes 0, --minutes must be above 0: 0.0",
        "report --minutes -3, --minutes must be above 0: -3.0",
        "report --quick --full, --quick and --full exclude each other",
        "report --only [, not a regular expression: [",
        "report --keep, '--keep needs --full without --only'",
        "report --quick --minutes 5 --keep, '--keep needs --full without --only'",
        "report --full --only gc --keep, '--keep needs --full without --only'",
        "jmh --bogus, bogus is not a recognized option; see bench/run jmh --help",
        "jmh nothing -p size=1, no benchmark matches [nothing]",
        "latency --bogus, Unknown option: '--bogus'; see bench/run latency --help",
        "count --seconds, Unknown option: '--seconds'; see bench/run --help"
    })
    void argumentsThatAreWrongByThemselvesExitWith2(String arguments, String line) {
        assertRefused(2, line, arguments.split(" ", -1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"compare", "page"})
    void theMessageNamesAFileThatIsNoResult(String command) throws IOException {
        Path file = directory.resolve("file.json");
        String[] arguments = command.equals("page")
                ? new String[] {command, file.toString()}
                : new String[] {command, file.toString(), file.toString()};
        assertRefused(1, "cannot read " + file + ": no such file or directory", arguments);
        Files.writeString(file, "");
        assertRefused(1, file + " is not a result of bench/run report: its format is none, not 1", arguments);
        Files.writeString(file, "{\"format\":1}");
        assertRefused(1, file + " is not a result of bench/run report: it has no date", arguments);
        Files.writeString(file, "Not JSON");
        assertRefused(1, file + " is not a result of bench/run report: its JSON is broken", arguments);
        Files.write(file, new byte[] {(byte) 0x80, 0});
        assertRefused(1, "cannot read " + file + ": it is not a text file", arguments);
    }

    @Test
    void theMessageNamesAMissingPartOfAFigure() throws IOException {
        Subject subject = new Subject("gc", "pressure", "fastutil", 1, "G1", "utilisation", "%");
        Measured measured = new Measured("a", "bench/run x");
        measured.add(subject, 1);
        ResultFile.Start start = new ResultFile.Start(
                "2026-01-01T00:00:00Z", MachineDescription.here(), "1a2b, clean", 0.5, "bench/run", "G1");
        String json =
                ResultFile.of(start, List.of(measured), List.of(), List.of()).toJson();
        Path file = Files.writeString(directory.resolve("file.json"), json.replace("\"unit\":\"%\"", "\"other\":1"));
        assertRefused(1, "it has no unit", "page", file.toString());
        Files.writeString(file, json.replace("[1.0]", "[null]"));
        assertRefused(1, "it has no value in values", "page", file.toString());
        Files.writeString(file, json.replace("[1.0]", "[]"));
        assertRefused(1, "a figure has no value", "page", file.toString());
        Files.writeString(file, json.replace("2026-01-01T00:00:00Z", "today"));
        assertRefused(1, "its date is today", "page", file.toString());
    }

    @Test
    void aDirectoryThatCannotBeMadeIsRefused() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertRefused(1, "cannot make the directory " + file + ": it is a file", "report", "--dir", file.toString());
        assertRefused(1, "cannot make the directory /proc/x", "report", "--dir", "/proc/x");
    }

    private Stream<String> commands() {
        return Main.commandLine().getSubcommands().keySet().stream();
    }

    @Test
    void allCommandsHaveHelpAndVersionByBothNames() {
        Stream.concat(Stream.of(""), commands().filter(name -> !name.equals("jmh")))
                .forEach(name -> {
                    List<String> texts = new ArrayList<>();
                    for (String option : List.of("-h", "--help", "-V", "--version")) {
                        String[] arguments = name.isEmpty() ? new String[] {option} : new String[] {name, option};
                        assertThat(bench.run(arguments)).as(name + option).isZero();
                        assertThat(bench.err()).isEmpty();
                        texts.add(bench.out());
                    }
                    assertThat(texts.get(0)).startsWith("Usage: bench/run").isEqualTo(texts.get(1));
                    assertThat(texts.get(2)).isEqualTo(texts.get(3)).isEqualTo(Version.line() + System.lineSeparator());
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"-V", "--version"})
    void jmhPrintsTheVersion(String option) {
        assertThat(bench.run("jmh", option)).isZero();
        assertThat(bench.out()).isEqualTo(Version.line() + System.lineSeparator());
    }

    @Test
    void theVersionComesFromTheBuild() {
        assertThat(Version.line()).matches("bench/run [0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?, Java [1-9][0-9].*");
    }

    @Test
    void anOutputOfJmhThatCannotBeWrittenIsRefused() {
        assertRefused(
                1,
                "cannot write /nowhere/x: it is a directory, or its directory does not exist",
                "jmh",
                "-o",
                "/nowhere/x",
                "Hit");
    }

    @Test
    void theMessageForAnUnknownCommandNamesTheHelp() {
        assertRefused(1, "there is no file and no command latenxy; see bench/run --help", "latenxy");
    }

    @Test
    void aReportWithoutStepsIsRefusedAndWritesNothing() {
        assertThat(bench.run("report", "--only", "zzzz", "--dir", directory.toString()))
                .isEqualTo(2);
        assertThat(bench.err())
                .contains("bench/run: --only matches no step of --quick: zzzz; see bench/run report --help");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aFailedBenchmarkIsNamedAndTheOthersRun() throws IOException {
        System.setProperty("jmh.ignoreLock", "true");
        Path page = directory.resolve("jmh.txt");
        String arguments =
                "jmh Batches.getAll -p contender=FASTUTIL,MEMMAP_LINE -p size=20000 -p keys=UNIFORM -p polluted=false"
                        + " -f 1 -wi 0 -i 1 -r 20ms -jvmArgs --enable-native-access=ALL-UNNAMED -o " + page;
        assertThat(bench.run(arguments.split(" ", -1))).isEqualTo(1);
        assertThat(bench.err())
                .contains("Batches.getAll, AverageTime, contender=FASTUTIL,", "failed")
                .hasLineCount(1);
        assertThat(Files.readString(page)).containsPattern("(?m)^Batches.getAll +MEMMAP_LINE +UNIFORM .* ns/op$");
    }
}
