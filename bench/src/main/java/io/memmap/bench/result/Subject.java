package io.memmap.bench.result;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.text.Text;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a figure is of.
 *
 * @param part the section of the report: of operations, latency, gc, memory or windows
 * @param operation what was done, or when
 * @param contender as people call it
 * @param size entries
 * @param variant what else differs: the order of keys, the collector; may be empty
 * @param figure what was measured
 * @param unit of the figure: {@code ns}, {@code B}, {@code %}, words, or empty for a count
 */
public record Subject(
        String part, String operation, String contender, long size, String variant, String figure, String unit) {
    /** The same of another contender. */
    public Subject of(String otherContender) {
        return new Subject(part, operation, otherContender, size, variant, figure, unit);
    }

    /** The same at another moment, or of another operation. */
    public Subject when(String otherOperation) {
        return new Subject(part, otherOperation, contender, size, variant, figure, unit);
    }

    /** Another figure of the same. */
    public Subject ofFigure(String otherFigure) {
        return ofFigure(otherFigure, unit);
    }

    /** Another figure of the same, in another unit. */
    public Subject ofFigure(String otherFigure, String otherUnit) {
        return new Subject(part, operation, contender, size, variant, otherFigure, otherUnit);
    }

    /** The contender, if it is a map from long to long. */
    public Optional<Contender> longContender() {
        return Arrays.stream(Contender.values())
                .filter(each -> each.title().equals(contender))
                .findFirst();
    }

    /** Whether more of it is better: so it is of what a program has or does beside a collector only. */
    boolean isMoreBetter() {
        return unit.equals("%") || figure.equals(FigureNames.ALLOCATED);
    }

    /** Whether it is the machine's, with no map: noise, and the loops that maps are measured beside. */
    boolean isOfMachine() {
        return part.equals(ResultFile.NOISE)
                || contender.startsWith(FigureNames.NO_OP_LOOP)
                || contender.equals(FigureNames.ARRAY_LOOP);
    }

    public String describe() {
        return part + ", " + operation + ", " + Text.count(size) + " entries"
                + (variant.isEmpty() ? "" : ", " + variant) + ", " + contender + ", " + figure;
    }
}
