package io.memmap.bench;

import java.util.List;

/**
 * Points of one run.
 *
 * @param y in the subject's unit
 */
record Curve(Subject subject, List<Double> x, List<Double> y) {
    /** Takes the points that a contender reported, x and y scaled. */
    static Curve of(Subject subject, List<Message.Point> points, double xScale, double yScale) {
        return new Curve(
                subject,
                points.stream().map(point -> point.x() * xScale).toList(),
                points.stream().map(point -> point.y() * yScale).toList());
    }
}
