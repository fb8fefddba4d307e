package io.memmap.bench.result;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one run of a step gave.
 *
 * @param step the step's name, the same in every run of it
 * @param command how to run this alone
 * @param noise how the machine was just before
 * @param seconds that it took; 0 if it has not ended
 */
public record Measured(
        String step, String command, @Nullable Noise noise, double seconds, List<Value> values, List<Curve> curves) {
    /** One figure. */
    public record Value(Subject subject, double value) {}

    public Measured(String step, String command) {
        this(step, command, null, 0, new ArrayList<>(), new ArrayList<>());
    }

    /** The same, ended. */
    public Measured ended(Noise before, double after) {
        return new Measured(step, command, before, after, values, curves);
    }

    /** Adds a figure, unless there is none. */
    public void add(Subject subject, double value) {
        if (Double.isFinite(value)) {
            values.add(new Value(subject, value));
        }
    }

    /** Adds a curve, unless it has no points. */
    public void add(Curve curve) {
        if (!curve.x().isEmpty()) {
            curves.add(curve);
        }
    }
}
