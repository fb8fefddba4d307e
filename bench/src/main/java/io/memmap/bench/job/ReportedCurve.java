package io.memmap.bench.job;

import io.memmap.bench.child.Message;
import io.memmap.bench.result.Curve;
import io.memmap.bench.result.Subject;
import java.util.List;

/** Makes curves of the points that a contender reported. */
final class ReportedCurve {
    private ReportedCurve() {}

    /** Returns the curve of these points, with x and y multiplied by their scales. */
    static Curve of(Subject subject, List<Message.Point> points, double xScale, double yScale) {
        return new Curve(
                subject,
                points.stream().map(point -> point.x() * xScale).toList(),
                points.stream().map(point -> point.y() * yScale).toList());
    }
}
