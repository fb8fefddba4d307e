package io.memmap.bench.result;

import java.util.List;

/**
 * The points of a curve, of one run.
 *
 * @param y values in the unit of the subject
 */
public record Curve(Subject subject, List<Double> x, List<Double> y) {}
