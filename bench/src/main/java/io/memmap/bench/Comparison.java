package io.memmap.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Two results, figure by figure. A difference is beyond noise if each side has three runs or more, the ranges of both do not
 * overlap, and the medians differ by more than 3%. With few runs no test of ranks could tell more: the chance that three of three
 * lie apart by luck is one in ten, that five of five do is one in 126.
 */
final class Comparison {
    private static final int LEAST_RUNS = 3;
    private static final double LEAST_DIFFERENCE = 0.03;

    private Comparison() {}

    /** A figure in both. */
    record Row(Subject subject, Samples before, Samples after) {
        /** The later median over the earlier one. */
        double ratio() {
            return after.median() / before.median();
        }

        boolean isBeyondNoise() {
            boolean apart = after.min() > before.max() || after.max() < before.min();
            return before.count() >= LEAST_RUNS
                    && after.count() >= LEAST_RUNS
                    && apart
                    && Math.abs(ratio() - 1) > LEAST_DIFFERENCE;
        }

        /** How it is marked: of all figures that are measured more is worse, but of the share that a program has. */
        String mark() {
            if (!isBeyondNoise()) {
                return "";
            }
            boolean moreIsBetter = subject.unit().equals("%");
            return ratio() > 1 == moreIsBetter ? "better" : "WORSE";
        }
    }

    /** The figures that both have, those beyond noise first, the greatest difference on top. */
    static List<Row> rows(ResultFile before, ResultFile after) {
        List<Row> rows = new ArrayList<>();
        for (ResultFile.Figure figure : before.figures()) {
            Optional<ResultFile.Figure> later = after.figure(figure.subject());
            if (later.isPresent() && figure.samples().median() > 0) {
                rows.add(new Row(figure.subject(), figure.samples(), later.get().samples()));
            }
        }
        rows.sort(Comparator.comparing((Row row) -> !row.isBeyondNoise())
                .thenComparingDouble(row -> -Math.abs(Math.log(Math.max(row.ratio(), 1e-9)))));
        return rows;
    }
}
