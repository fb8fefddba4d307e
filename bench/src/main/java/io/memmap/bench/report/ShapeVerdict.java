package io.memmap.bench.report;

import io.memmap.bench.child.Shape;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.result.Comparison;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Samples;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Judges a map of this project against another one. It is faster only if it is faster in the loops
 * of all shapes, beyond noise ({@link Comparison}).
 */
public final class ShapeVerdict {
    private ShapeVerdict() {}

    private enum Outcome {
        FASTER,
        EVEN,
        SLOWER
    }

    private record InShape(Shape shape, double ratio, Outcome outcome) {
        private String describe() {
            return shape.title() + " " + Text.ratio(ratio);
        }
    }

    /**
     * Returns a line for each other map of this project, operation and size; then a line for each
     * such map.
     */
    public static List<String> lines(ResultFile result, Contender old) {
        List<String> lines = new ArrayList<>();
        for (Contender candidate : Contender.values()) {
            if (candidate != old && isJudged(candidate)) {
                lines.addAll(linesOf(result, candidate, old));
            }
        }
        return lines;
    }

    /** Whether a contender is judged: the maps of this project and their twins are. */
    public static boolean isJudged(Contender contender) {
        return contender.isMemmap() || contender.isTwin();
    }

    private static List<String> linesOf(ResultFile result, Contender candidate, Contender old) {
        List<String> lines = new ArrayList<>();
        int comparisons = 0;
        int won = 0;
        for (ShapeTable table : ShapeTable.all(result)) {
            List<InShape> all = inShapes(table, candidate, old);
            if (!all.isEmpty()) {
                boolean wins = all.stream().allMatch(each -> each.outcome() == Outcome.FASTER);
                comparisons++;
                won += wins ? 1 : 0;
                lines.add(candidate.title() + ", " + table.title() + ": " + (wins ? range(all) : exceptions(all)));
            }
        }
        if (comparisons > 0) {
            lines.add(candidate.title() + ": "
                    + (won == comparisons
                            ? "wins in all shapes of all comparisons"
                            : "does not win: in " + (comparisons - won) + " of " + comparisons
                                    + " comparisons it is not faster in all shapes"));
        }
        return lines;
    }

    private static List<InShape> inShapes(ShapeTable table, Contender candidate, Contender old) {
        List<InShape> all = new ArrayList<>();
        for (Shape shape : table.shapes()) {
            table.samples(candidate, shape)
                    .ifPresent(after -> table.samples(old, shape)
                            .ifPresent(
                                    before -> all.add(inShape(table.subject(candidate, shape), shape, before, after))));
        }
        return all;
    }

    private static InShape inShape(Subject subject, Shape shape, Samples before, Samples after) {
        Comparison.Row row = new Comparison.Row(subject, before, after);
        Outcome outcome = !row.isBeyondNoise() ? Outcome.EVEN : row.ratio() < 1 ? Outcome.FASTER : Outcome.SLOWER;
        return new InShape(shape, row.ratio(), outcome);
    }

    private static String range(List<InShape> all) {
        var ratios = all.stream().mapToDouble(InShape::ratio).summaryStatistics();
        return "wins in all shapes, " + Text.ratio(ratios.getMin()) + " to " + Text.ratio(ratios.getMax());
    }

    private static String exceptions(List<InShape> all) {
        return Stream.of(Outcome.SLOWER, Outcome.EVEN, Outcome.FASTER)
                .map(outcome -> all.stream()
                        .filter(each -> each.outcome() == outcome)
                        .map(InShape::describe)
                        .collect(Collectors.joining(", ", word(outcome) + " in ", "")))
                .filter(text -> !text.endsWith(" in "))
                .collect(Collectors.joining("; "));
    }

    private static String word(Outcome outcome) {
        return switch (outcome) {
            case FASTER -> "faster";
            case EVEN -> "even within noise";
            case SLOWER -> "SLOWER";
        };
    }
}
