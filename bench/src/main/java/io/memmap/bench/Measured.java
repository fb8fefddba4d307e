package io.memmap.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What one run of a step gave.
 *
 * @param step the step's name, the same in every run of it
 * @param command how to run this alone
 */
record Measured(String step, String command, List<Value> values, List<Curve> curves) {
    /** One figure. */
    record Value(Subject subject, double value) {}

    Measured(String step, String command) {
        this(step, command, new ArrayList<>(), new ArrayList<>());
    }

    /** Adds a figure, unless there is none. */
    void add(Subject subject, double value) {
        if (Double.isFinite(value)) {
            values.add(new Value(subject, value));
        }
    }

    /** Adds a curve, unless it has no points. */
    void add(Curve curve) {
        if (!curve.x().isEmpty()) {
            curves.add(curve);
        }
    }
}
