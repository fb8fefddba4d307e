package io.memmap.bench.result;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.text.Text;
import java.util.Arrays;
import java.util.Optional;

/**
 * The subject of a figure: what was measured, on which contender, and how.
 *
 * @param part the section of the report: operations, shapes, latency, gc, memory, kafka, restart,
 *     noise or windows
 * @param operation the operation, or the moment of a measurement
 * @param contender the name that people know it by
 * @param size the number of entries
 * @param variant another difference, such as the order of keys or the collector; may be empty
 * @param figure the name of the figure
 * @param unit the unit of the figure: {@code ns}, {@code B}, {@code %}, words, or empty for a count
 */
public record Subject(
        String part, String operation, String contender, long size, String variant, String figure, String unit) {
    /** Returns the same subject with another contender. */
    public Subject of(String otherContender) {
        return new Subject(part, operation, otherContender, size, variant, figure, unit);
    }

    /** Returns the same subject with another operation or moment. */
    public Subject when(String otherOperation) {
        return new Subject(part, otherOperation, contender, size, variant, figure, unit);
    }

    /** Returns the same subject with another figure. */
    public Subject ofFigure(String otherFigure) {
        return ofFigure(otherFigure, unit);
    }

    /** Returns the same subject with another figure and unit. */
    public Subject ofFigure(String otherFigure, String otherUnit) {
        return new Subject(part, operation, contender, size, variant, otherFigure, otherUnit);
    }

    /** Returns the contender if it is a map from long to long. */
    public Optional<Contender> longContender() {
        return Arrays.stream(Contender.values())
                .filter(each -> each.title().equals(contender))
                .findFirst();
    }

    /**
     * Whether a larger value is better. This is so only for the utilisation and the allocation of a
     * program beside a collector.
     */
    boolean isMoreBetter() {
        return unit.equals("%") || figure.equals(FigureNames.ALLOCATED);
    }

    /**
     * Whether the figure is about the machine and not about a map: the noise, and the loops that
     * maps are compared with.
     */
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
