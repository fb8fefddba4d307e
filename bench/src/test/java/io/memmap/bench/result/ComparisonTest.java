package io.memmap.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.BenchRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which differences between two results are marked. */
final class ComparisonTest {
    private static final Subject HIT = new Subject("operations", "hit", "fastutil", 1000, "uniform keys", "time", "ns");
    private static final Subject PRESSURE = new Subject("gc", "pressure", "fastutil", 1, "G1", "", "");

    private static ResultFile result(Subject subject, double... values) {
        List<Measured> runs = Arrays.stream(values)
                .mapToObj(value -> {
                    Measured measured = new Measured("a", "bench/run x");
                    measured.add(subject, value);
                    return measured;
                })
                .toList();
        ResultFile.Start start = new ResultFile.Start(
                "2026-01-01T00:00:00Z", MachineDescription.here(), "1a2b, clean", 0.5, "bench/run report", "G1");
        return ResultFile.of(start, runs, List.of(), List.of());
    }

    private static double[] times(double factor, double... values) {
        return Arrays.stream(values).map(value -> factor * value).toArray();
    }

    private static String mark(Subject subject, double[] before, double[] after) {
        return Comparison.rows(result(subject, before), result(subject, after))
                .getFirst()
                .mark();
    }

    @Test
    void aDifferenceOfThreeRunsIsMarkedIfTheRangesDoNotOverlap() {
        assertThat(mark(HIT, new double[] {10, 11, 12}, new double[] {13, 14, 15}))
                .isEqualTo("WORSE");
        assertThat(mark(HIT, new double[] {13, 14, 15}, new double[] {10, 11, 12}))
                .isEqualTo("better");
        assertThat(mark(HIT, new double[] {10, 11, 21}, new double[] {20, 21, 22}))
                .isEmpty();
        assertThat(mark(HIT, new double[] {100, 100.1, 100.2}, new double[] {101, 101.1, 101.2}))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void onlyALargeDifferenceOfFewerRunsIsMarked(int count) {
        double[] before = Arrays.copyOf(new double[] {10, 11}, count);
        assertThat(mark(HIT, before, times(10, before))).isEqualTo("WORSE");
        assertThat(mark(HIT, times(10, before), before)).isEqualTo("better");
        assertThat(mark(HIT, before, times(1.2, before))).isEmpty();
        assertThat(mark(HIT, times(1.2, before), before)).isEmpty();
        assertThat(mark(HIT, before, new double[] {12, 12, 12})).isEmpty();
    }

    @Test
    void moreIsBetterForSomeFigures() {
        for (Subject subject :
                List.of(PRESSURE.ofFigure("utilisation", "%"), PRESSURE.ofFigure(FigureNames.ALLOCATED, "B"))) {
            assertThat(mark(subject, new double[] {90, 91, 92}, new double[] {50, 51, 52}))
                    .isEqualTo("WORSE");
            assertThat(mark(subject, new double[] {50}, new double[] {92})).isEqualTo("better");
        }
        assertThat(mark(PRESSURE.ofFigure("GC CPU of the machine", "% used"), new double[] {1}, new double[] {9}))
                .isEqualTo("WORSE");
    }

    @Test
    void figuresOfTheMachineAreNotCompared() {
        for (Subject subject : List.of(
                HIT.of(FigureNames.NO_OP_LOOP),
                HIT.of(FigureNames.NO_OP_LOOP + " of absl::flat_hash_map"),
                HIT.of(FigureNames.ARRAY_LOOP),
                ResultFile.CLOCK,
                ResultFile.GAP)) {
            assertThat(Comparison.rows(result(subject, 1), result(subject, 10))).isEmpty();
        }
    }

    @Test
    void theCommandSaysHowManyFiguresHadFewRuns(@TempDir Path directory) throws IOException {
        Path before = Files.writeString(
                directory.resolve("a.json"), result(HIT, 10, 11).toJson());
        Path after = Files.writeString(
                directory.resolve("b.json"), result(HIT, 100, 110, 120).toJson());
        BenchRun bench = new BenchRun();
        assertThat(bench.run("compare", before.toString(), after.toString())).isZero();
        assertThat(bench.out())
                .contains("1 of 1 figures differ beyond noise; 1 had fewer than 3 runs")
                .containsPattern("fastutil, time .* WORSE");
    }
}
