package io.memmap.bench.result;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Two results, figure by figure. Where each side has three runs or more, a difference is beyond noise if their ranges do
 * not overlap and the medians differ by more than 3%. No test of ranks could tell more: the chance that three of three lie
 * apart by luck is one in ten, that five of five do is one in 126. Fewer runs have no range to speak of; there a difference
 * is beyond noise if the ranges are apart by more than a factor that the times of operations seldom reach from one day to
 * the next.
 */
public final class Comparison {
    public static final int LEAST_RUNS = 3;
    private static final double LEAST_DIFFERENCE = 0.03;
    private static final double LEAST_FACTOR_OF_FEW = 1.5;

    private Comparison() {}

    /** A figure in both. */
    public record Row(Subject subject, Samples before, Samples after) {
        /** The later median over the earlier one. */
        public double ratio() {
            return after.median() / before.median();
        }

        public boolean isBeyondNoise() {
            double factor = hasFewRuns() ? LEAST_FACTOR_OF_FEW : 1;
            boolean apart = after.min() > factor * before.max() || before.min() > factor * after.max();
            return apart && Math.abs(ratio() - 1) > LEAST_DIFFERENCE;
        }

        public boolean hasFewRuns() {
            return Math.min(before.count(), after.count()) < LEAST_RUNS;
        }

        /** How it is marked. */
        public String mark() {
            if (!isBeyondNoise()) {
                return "";
            }
            return ratio() > 1 == subject.isMoreBetter() ? "better" : "WORSE";
        }
    }

    /** The figures of maps that both have, those beyond noise first, the greatest difference on top. */
    public static List<Row> rows(ResultFile before, ResultFile after) {
        List<Row> rows = new ArrayList<>();
        for (ResultFile.Figure figure : before.figures()) {
            Optional<ResultFile.Figure> later = after.figure(figure.subject());
            if (later.isPresent()
                    && !figure.subject().isOfMachine()
                    && figure.samples().median() > 0) {
                rows.add(new Row(figure.subject(), figure.samples(), later.get().samples()));
            }
        }
        rows.sort(Comparator.comparing((Row row) -> !row.isBeyondNoise())
                .thenComparingDouble(row -> -Math.abs(Math.log(Math.max(row.ratio(), 1e-9)))));
        return rows;
    }
}
