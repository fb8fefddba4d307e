package io.memmap.bench.result;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Compares two results figure by figure. If each side has three runs or more, a difference is
 * beyond noise if the two ranges do not overlap and the medians differ by more than 3%. No rank
 * test could say more: the chance that three of three values lie apart by luck is one in ten; for
 * five of five it is one in 126. Fewer runs have no meaningful range. There a difference is beyond
 * noise if the ranges are apart by more than a factor that times of operations seldom reach between
 * two days.
 */
public final class Comparison {
    public static final int LEAST_RUNS = 3;
    private static final double LEAST_DIFFERENCE = 0.03;
    private static final double LEAST_FACTOR_OF_FEW = 1.5;

    private Comparison() {}

    /** A figure that both results have. */
    public record Row(Subject subject, Samples before, Samples after) {
        /** Returns the later median divided by the earlier one. */
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

        /** Returns the mark of the figure; empty if the difference is within noise. */
        public String mark() {
            if (!isBeyondNoise()) {
                return "";
            }
            return ratio() > 1 == subject.isMoreBetter() ? "better" : "WORSE";
        }
    }

    /**
     * Returns the figures of maps that both results have. Those beyond noise come first, the
     * largest difference at the top.
     */
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
