package io.memmap.bench.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.bench.BenchRun;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the table that {@code bench/run table} makes from a result. */
final class TableCommandTest {
    private static final Subject HIT = new Subject("operations", "hit", "fastutil", 1000, "uniform keys", "time", "ns");
    private static final ResultFile.Start START =
            new ResultFile.Start("2026-01-01T00:00:00Z", MachineDescription.here(), 0.5, "bench/run <report>", "G1");

    @TempDir
    private Path directory;

    private static Measured run(String step, Subject subject, double value) {
        Measured measured = new Measured(step, "bench/run x");
        measured.add(subject, value);
        return measured;
    }

    @Test
    void theTableHasTheBestOfEachClassAtOneSize() throws IOException {
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
        Path file = Files.writeString(
                directory.resolve("result.json"),
                ResultFile.of(START, runs, List.of(), List.of()).toJson());
        BenchRun bench = new BenchRun();
        assertThat(bench.run("table", file.toString(), "--size", "1000")).isZero();
        assertThat(bench.out())
                .contains("| at 1,000 entries |", "bench/run <report>")
                .contains("| hit | 50.0 ns | 2.00x HPPC | 0.25x HashMap<Long, Long> | - | 0.10x Go 1.23.4 | 2.00x"
                        + " absl::flat_hash_map |")
                .doesNotContain("70.0", "80.0");
        assertThat(bench.run("table", file.toString())).isEqualTo(1);
        assertThat(bench.err()).hasLineCount(1).contains("no comparison at 10,000,000 entries");
    }

    @Test
    void theReadmeHasMarkersForTheTable() throws IOException {
        Path readme = Path.of("..", "README.md");
        String text = Files.readString(readme);
        String replaced = TableCommand.replaced(readme, text, "| a table |\n");
        assertThat(replaced).contains(TableCommand.BEGIN + "\n\n| a table |\n\n" + TableCommand.END);
        assertThat(TableCommand.replaced(readme, replaced, "| a table |\n")).isEqualTo(replaced);
        assertThatThrownBy(() -> TableCommand.replaced(readme, "no marks", ""))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("has no place for the table");
    }
}
