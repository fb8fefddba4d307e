package io.memmap.bench.report;

import io.memmap.bench.child.Shape;
import io.memmap.bench.child.ShapeOperation;
import io.memmap.bench.child.ShapeTimes;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Samples;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The times of one operation at one size in loops of several shapes: a row for each contender, a
 * column for each shape.
 */
public final class ShapeTable {
    /** The part of the subjects. */
    public static final String PART = "shapes";

    private final ShapeOperation operation;
    private final long size;
    private final Map<Contender, Map<Shape, Samples>> samples = new EnumMap<>(Contender.class);

    private ShapeTable(ShapeOperation operation, long size) {
        this.operation = operation;
        this.size = size;
    }

    /** Returns the subject of the figure by which contenders are compared. */
    public static Subject subject(ShapeOperation operation, Contender contender, long size, Shape shape) {
        return new Subject(
                PART,
                operation.title(),
                contender.title(),
                size,
                shape.title(),
                ShapeTimes.TimeMetric.CPU_QUARTILE.title(),
                "ns");
    }

    /** Returns the tables of all operations and sizes that a result has. */
    public static List<ShapeTable> all(ResultFile result) {
        List<ShapeTable> tables = new ArrayList<>();
        for (ShapeOperation operation : ShapeOperation.values()) {
            Map<Long, ShapeTable> bySize = new TreeMap<>();
            for (ResultFile.Figure figure : result.figures(subject -> isCompared(subject, operation))) {
                bySize.computeIfAbsent(figure.subject().size(), size -> new ShapeTable(operation, size))
                        .add(figure);
            }
            tables.addAll(bySize.values());
        }
        return tables;
    }

    private static boolean isCompared(Subject subject, ShapeOperation operation) {
        return subject.part().equals(PART)
                && subject.operation().equals(operation.title())
                && subject.figure().equals(ShapeTimes.TimeMetric.CPU_QUARTILE.title());
    }

    private void add(ResultFile.Figure figure) {
        figure.subject()
                .longContender()
                .ifPresent(contender -> Stream.of(Shape.values())
                        .filter(shape -> shape.title().equals(figure.subject().variant()))
                        .forEach(shape -> samples.computeIfAbsent(contender, absent -> new EnumMap<>(Shape.class))
                                .put(shape, figure.samples())));
    }

    /** Returns the operation and the number of entries. */
    public String title() {
        return operation.title() + ", " + Text.count(size) + " entries";
    }

    /** Returns the contenders that were measured, in their order. */
    List<Contender> contenders() {
        return List.copyOf(samples.keySet());
    }

    /** Returns the shapes that were measured. */
    List<Shape> shapes() {
        return Stream.of(Shape.values())
                .filter(shape -> samples.values().stream().anyMatch(row -> row.containsKey(shape)))
                .toList();
    }

    /** Returns the times of a contender in the forks; empty if it was not measured. */
    Optional<Samples> samples(Contender contender, Shape shape) {
        return Optional.ofNullable(samples.getOrDefault(contender, Map.of()).get(shape));
    }

    Subject subject(Contender contender, Shape shape) {
        return subject(operation, contender, size, shape);
    }

    public List<String> header() {
        List<String> header = new ArrayList<>(List.of(title() + ", ns"));
        shapes().forEach(shape -> header.add(shape.title()));
        return header;
    }

    /** Returns a row for each contender: the title, and a cell for each shape. */
    public List<List<String>> rows() {
        return contenders().stream().map(this::row).toList();
    }

    private List<String> row(Contender contender) {
        List<String> row = new ArrayList<>(List.of(contender.title()));
        for (Shape shape : shapes()) {
            row.add(samples(contender, shape)
                    .map(times -> (times.format(Text::digits) + " " + ratios(times, shape)).strip())
                    .orElse(Text.NONE));
        }
        return row;
    }

    /**
     * Returns the median divided by that of the best primitive map in the Java heap, and by that of
     * Eclipse Collections.
     */
    String ratios(Samples times, Shape shape) {
        OptionalDouble best = Stream.of(Contender.values())
                .filter(Contender::isPrimitivePeer)
                .flatMap(peer -> samples(peer, shape).stream())
                .mapToDouble(Samples::median)
                .min();
        if (best.isEmpty()) {
            return "";
        }
        String toBest = Text.ratio(times.median() / best.getAsDouble());
        return samples(Contender.ECLIPSE, shape)
                .map(eclipse -> toBest + " / " + Text.ratio(times.median() / eclipse.median()))
                .orElse(toBest);
    }
}
