package io.memmap.bench.result;

import java.util.List;

/**
 * Points of one run.
 *
 * @param y in the subject's unit
 */
public record Curve(Subject subject, List<Double> x, List<Double> y) {}
