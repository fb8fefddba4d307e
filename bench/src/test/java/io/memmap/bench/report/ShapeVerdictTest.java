package io.memmap.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.child.Shape;
import io.memmap.bench.child.ShapeOperation;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.ResultFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The judgement of a map in loops of all shapes. */
final class ShapeVerdictTest {
    private final List<Measured> runs = new ArrayList<>();

    private void add(Contender contender, Shape shape, double... values) {
        for (double value : values) {
            Measured run = new Measured("a", "bench/run x");
            run.add(ShapeTable.subject(ShapeOperation.HIT, contender, 1000, shape), value);
            runs.add(run);
        }
    }

    private ResultFile result() {
        ResultFile.Start start = new ResultFile.Start(
                "2026-01-01T00:00:00Z", MachineDescription.here(), "1a2b, clean", 0.5, "bench/run", "G1");
        return ResultFile.of(start, runs, List.of(), List.of());
    }

    @Test
    void aMapThatIsFasterInAllShapesWins() {
        for (Shape shape : Shape.values()) {
            add(Contender.MEMMAP_LINE, shape, 20, 21, 22);
            double time = shape == Shape.STATIC ? 15 : 10;
            add(Contender.MEMMAP_GO, shape, time, time, time);
        }
        assertThat(ShapeVerdict.lines(result(), Contender.MEMMAP_LINE))
                .containsExactly(
                        "memmap GO, 4K pages, hit, 1,000 entries: wins in all shapes, 0.48x to 0.71x",
                        "memmap GO, 4K pages: wins in all shapes of all comparisons");
    }

    @Test
    void aMapThatIsNotFasterInOneShapeDoesNotWin() {
        for (Shape shape : List.of(Shape.ARRAY, Shape.COMPUTED, Shape.STATIC)) {
            add(Contender.MEMMAP_LINE, shape, 20, 21, 22);
        }
        add(Contender.MEMMAP_GO, Shape.ARRAY, 10, 10, 10);
        add(Contender.MEMMAP_GO, Shape.COMPUTED, 19, 21, 23);
        add(Contender.MEMMAP_GO, Shape.STATIC, 30, 31, 32);
        add(Contender.HPPC, Shape.ARRAY, 10, 10, 10);
        assertThat(ShapeVerdict.lines(result(), Contender.MEMMAP_LINE))
                .containsExactly(
                        "memmap GO, 4K pages, hit, 1,000 entries: SLOWER in static, with rivals 1.48x; even within"
                                + " noise in computed key 1.00x; faster in array of keys 0.48x",
                        "memmap GO, 4K pages: does not win: in 1 of 1 comparisons it is not faster in all shapes");
    }

    @Test
    void ratiosAreToTheBestPrimitiveMapAndToEclipse() {
        add(Contender.MEMMAP_LINE, Shape.ARRAY, 30);
        add(Contender.HPPC, Shape.ARRAY, 15);
        add(Contender.ECLIPSE, Shape.ARRAY, 20);
        add(Contender.ECLIPSE, Shape.LAMBDA, 20);
        ShapeTable table = ShapeTable.all(result()).getFirst();
        assertThat(table.header()).containsExactly("hit, 1,000 entries, ns", "array of keys", "lambda");
        assertThat(table.rows())
                .containsExactly(
                        List.of("memmap LINE, 4K pages", "30.0 2.00x / 1.50x", "-"),
                        List.of("HPPC", "15.0 1.00x / 0.75x", "-"),
                        List.of("Eclipse Collections", "20.0 1.33x / 1.00x", "20.0 1.00x / 1.00x"));
    }
}
