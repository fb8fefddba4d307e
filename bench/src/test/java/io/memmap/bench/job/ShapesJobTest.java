package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import io.memmap.bench.child.Shape;
import io.memmap.bench.child.ShapeOperation;
import io.memmap.bench.child.ShapeTimes;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.report.ShapeTable;
import io.memmap.bench.result.ResultFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShapesJobTest {
    private final BenchRun bench = new BenchRun();

    @Test
    void everyShapeIsAColumnAndTheResultIsKept(@TempDir Path directory) {
        Path json = directory.resolve("shapes.json");
        String arguments = "shapes --size 1000 --contender memmap_go,ECLIPSE --shape ARRAY,STATIC --operation HIT"
                + " --forks 1 --heap 256m --against MEMMAP_LINE --json " + json;
        assertThat(bench.run(arguments.split(" ", -1))).as(bench.err()).isZero();
        assertThat(bench.out())
                .contains("# Measured 20", "x: the median divided by that of the best primitive map")
                .contains("`bench/run shapes --size 1000 --contender MEMMAP_GO,ECLIPSE --shape ARRAY,STATIC"
                        + " --operation HIT --against MEMMAP_LINE --forks 1 --minutes 25.0`")
                .contains("| hit, 1,000 entries, ns | array of keys | static, with rivals |")
                .containsPattern("\\| memmap LINE, 4K pages \\| [0-9.]+ [0-9.]+x / [0-9.]+x \\| [0-9.]+ [0-9.]+x / ")
                .containsPattern("\\| Eclipse Collections \\| [0-9.]+ [0-9.]+x / 1.00x \\|")
                .contains("## Judged against memmap LINE, 4K pages", "- memmap GO, 4K pages, hit, 1,000 entries: ")
                .doesNotContain("Failed");
        ResultFile result = ResultFile.read(json);
        assertThat(result.machine().cpu()).isNotBlank();
        for (ShapeTimes.TimeMetric metric : ShapeTimes.TimeMetric.values()) {
            assertThat(result.figure(ShapeTable.subject(ShapeOperation.HIT, Contender.ECLIPSE, 1000, Shape.STATIC)
                            .ofFigure(metric.title())))
                    .hasValueSatisfying(figure -> assertThat(figure.values()).allMatch(value -> value > 0));
        }
        assertThat(bench.run("compare", json.toString(), json.toString())).isZero();
    }

    @Test
    void aReportHasEveryShapeOfEveryMapThatIsFastEnough() {
        assertThat(ShapeTask.full()).doesNotHaveDuplicates();
        for (Contender contender : Contender.values()) {
            for (Shape shape : Shape.values()) {
                ShapeTask task = new ShapeTask(contender, shape, 10_000_000, ShapeTask.OPERATIONS);
                assertThat(ShapeTask.full().contains(task)).isEqualTo(contender != Contender.MAPDB);
            }
        }
        assertThat(ShapeTask.full().stream().map(Rank::of).distinct()).containsOnly(Rank.values());
    }

    @Test
    void helpNamesEveryOption() {
        assertThat(bench.run("shapes", "--help")).isZero();
        assertThat(bench.out())
                .contains("--size", "--contender", "--shape", "--operation", "--against", "--json")
                .contains("--quick", "--forks", "--minutes", "--out", "--heap", "DEPENDENT", "OVERWRITE");
    }
}
