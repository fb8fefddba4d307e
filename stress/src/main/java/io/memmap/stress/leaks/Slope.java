package io.memmap.stress.leaks;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/**
 * The growth rate of a figure: the slope of its least-squares line.
 *
 * @param perSecond the growth per second, negative if the figure shrinks
 * @param error the standard error of the growth. If neighbouring residuals are correlated, the
 *     points count as fewer, as in {@code GrowthWatch}
 */
record Slope(double perSecond, double error) {
    /** Fits a line through at least 3 points at different times. */
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

    /** Returns the slope minus twice its error. */
    double least() {
        return perSecond - 2 * error;
    }

    /** Returns whether the figure grows by more than chance explains. */
    boolean isGrowing() {
        return least() > 0;
    }
}
