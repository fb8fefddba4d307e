package io.memmap.stress.leaks;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/**
 * How fast something grows: the slope of the least-squares line.
 *
 * @param perSecond negative if it shrinks
 * @param error its standard error, where residues that follow each other count as fewer points, as {@code GrowthWatch} does it
 */
record Slope(double perSecond, double error) {
    /** Fits a line through points, of which there are 3 or more at different times. */
    static <T> Slope of(List<T> points, ToDoubleFunction<T> seconds, ToDoubleFunction<T> value) {
        SimpleRegression line = new SimpleRegression();
        points.forEach(point -> line.addData(seconds.applyAsDouble(point), value.applyAsDouble(point)));
        double before = 0;
        double squares = 0;
        double neighbours = 0;
        for (T point : points) {
            double residue = value.applyAsDouble(point) - line.predict(seconds.applyAsDouble(point));
            squares += residue * residue;
            neighbours += residue * before;
            before = residue;
        }
        double r = neighbours > 0 ? neighbours / squares : 0;
        return new Slope(line.getSlope(), line.getSlopeStdErr() * Math.sqrt((1 + r) / (1 - r)));
    }

    /** The slope less twice its error. */
    double least() {
        return perSecond - 2 * error;
    }

    /** Whether more than chance has made it grow. */
    boolean isGrowing() {
        return least() > 0;
    }
}
