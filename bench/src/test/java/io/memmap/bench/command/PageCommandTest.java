package io.memmap.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.report.HtmlReport;
import io.memmap.bench.report.ReadmeTable;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the page and the table that {@code bench/run page} makes from a result. */
final class PageCommandTest {
    private static final Subject HIT = new Subject("operations", "hit", "fastutil", 1000, "uniform keys", "time", "ns");
    private static final ResultFile.Start START = new ResultFile.Start(
            "2026-01-01T00:00:00Z", MachineDescription.here(), "1a2b, clean", 0.5, "bench/run <report>", "G1");
    private static final Path KEPT = Path.of("results");

    @TempDir
    private Path directory;

    private Path result;
    private Path readme;
    private final BenchRun bench = new BenchRun();

    private static Measured run(String step, Subject subject, double value) {
        Measured measured = new Measured(step, "bench/run x");
        measured.add(subject, value);
        return measured;
    }

    @BeforeEach
    void writeAResultAndAReadme() throws IOException {
        Subject larger = new Subject("operations", "hit", "fastutil", 2000, "uniform keys", "time", "ns");
        Subject polluted = new Subject("operations", "hit", "HPPC", 1000, "uniform keys, polluted", "time", "ns");
        List<Measured> runs = List.of(
                run("a", HIT.of(Contender.MEMMAP_LINE.title()), 50),
                run("b", HIT.of(Contender.MEMMAP_GO.title()), 60),
                run("c", HIT, 100),
                run("d", HIT.of(Contender.HPPC.title()), 25),
                run("e", HIT.of(Contender.JDK_HASHMAP.title()), 200),
                run("f", larger, 100),
                run("g", larger.of(Contender.MEMMAP_LINE.title()), 70),
                run("k", HIT.of("absl::flat_hash_map"), 25),
                run("l", HIT.of("Go 1.23.4"), 500),
                run("h", polluted, 100),
                run("i", polluted.of(Contender.MEMMAP_LINE.title()), 80));
        result = Files.writeString(
                directory.resolve("result.json"),
                ResultFile.of(START, runs, List.of(), List.of()).toJson());
        readme = Files.writeString(
                directory.resolve("README.md"),
                "before\n" + ReadmeTable.BEGIN + "\nold\n" + ReadmeTable.END + "\nafter\n");
    }

    private void assertRefused(int exitCode, String line, String... arguments) {
        assertThat(bench.run(arguments)).as(bench.err()).isEqualTo(exitCode);
        assertThat(bench.err())
                .startsWith("bench/run: ")
                .contains(line, "; see bench/run page --help")
                .hasLineCount(1);
        assertThat(bench.out()).isEmpty();
    }

    @Test
    void thePageReplacesTheNamedFile() throws IOException {
        Path page = Files.writeString(directory.resolve("report.html"), "old");
        assertThat(bench.run("page", result.toString(), "--out", page.toString()))
                .isZero();
        assertThat(bench.out()).isEqualTo(page + System.lineSeparator());
        assertThat(page).hasContent(new HtmlReport(ResultFile.read(result)).render());
        assertThat(directory.resolve("result.html")).doesNotExist();
    }

    @Test
    void withoutANameThePageLiesBesideTheResult() {
        assertThat(bench.run("page", result.toString())).isZero();
        assertThat(directory.resolve("result.html")).isNotEmptyFile();
    }

    @Test
    void theTableHasTheBestOfEachMeasuredClassAtOneSize() throws IOException {
        assertThat(bench.run("page", result.toString(), "--size", "1000", "--readme", readme.toString()))
                .as(bench.err())
                .isZero();
        assertThat(readme)
                .content()
                .startsWith("before\n" + ReadmeTable.BEGIN + "\n\n| at 1,000 entries | memmap | primitive, on-heap"
                        + " | boxed, on-heap | Go | C++ |\n")
                .contains("| hit | 50.0 ns | 2.00x HPPC | 0.25x HashMap<Long, Long> | 0.10x Go 1.23.4 | 2.00x"
                        + " absl::flat_hash_map |\n\n2026-01-01, commit 1a2b, clean; ")
                .endsWith("`bench/run <report>`, G1\n\n" + ReadmeTable.END + "\nafter\n")
                .doesNotContain("70.0", "80.0", "old");
        String once = Files.readString(readme);
        assertThat(bench.run("page", result.toString(), "--size", "1000", "--readme", readme.toString()))
                .isZero();
        assertThat(readme).hasContent(once);
    }

    @Test
    void aReadmeThatCannotTakeTheTableIsRefusedBeforeThePageIsWritten() throws IOException {
        String[] arguments = {"page", result.toString(), "--readme", readme.toString()};
        assertRefused(1, result + " has no comparison at 10,000,000 entries", arguments);
        Files.writeString(readme, "no marks");
        assertRefused(
                1,
                readme + " has no place for the table: add a line " + ReadmeTable.BEGIN,
                "page",
                result.toString(),
                "--size",
                "1000",
                "--readme",
                readme.toString());
        assertThat(directory.resolve("result.html")).doesNotExist();
    }

    @Test
    void thePageNeverReplacesItsResult() {
        assertRefused(
                2, "--out names the result itself: " + result, "page", result.toString(), "--out", result.toString());
    }

    @Test
    void aPageThatCannotBeWrittenIsRefused() {
        Path page = directory.resolve("absent").resolve("report.html");
        assertRefused(1, "cannot write " + page, "page", result.toString(), "--out", page.toString());
        assertRefused(1, "cannot write " + directory, "page", result.toString(), "--out", directory.toString());
    }

    /** Returns the kept files with this ending, the latest last. */
    private static List<Path> kept(String ending) throws IOException {
        try (Stream<Path> files = Files.list(KEPT)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aKeptPageIsThatOfItsResult() throws IOException {
        assertThat(kept(".html")).isNotEmpty().allSatisfy(page -> {
            Path kept = KEPT.resolve(page.getFileName().toString().replace(".html", ".json"));
            assertThat(Files.readString(page))
                    .as("bench/run page bench/%s writes this page anew", kept)
                    .isEqualTo(new HtmlReport(ResultFile.read(kept)).render())
                    .doesNotContain("src=", "http:", "https:", "@import", "url(");
            assertThat(Files.size(page)).isLessThan(1 << 20);
        });
    }

    @Test
    void theReadmeHasTheTableOfTheLatestKeptResult() throws IOException {
        Path latest = kept(".json").getLast();
        Path root = Path.of("..", "README.md");
        String text = Files.readString(root);
        assertThat(text)
                .as("bench/run page --readme README.md writes this table anew")
                .isEqualTo(ReadmeTable.replaced(
                        root, text, ReadmeTable.render(latest, ResultFile.read(latest), 10_000_000)));
    }
}
