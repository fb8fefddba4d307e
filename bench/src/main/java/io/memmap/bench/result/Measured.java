package io.memmap.bench.result;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The figures and curves of one run of a step.
 *
 * @param step the name of the step, the same in every run
 * @param command the command that runs only this step
 * @param noise the noise of the machine just before the run
 * @param seconds the time that the run took; 0 if it has not ended
 */
public record Measured(
        String step, String command, @Nullable Noise noise, double seconds, List<Value> values, List<Curve> curves) {
    /** One figure. */
    public record Value(Subject subject, double value) {}

    public Measured(String step, String command) {
        this(step, command, null, 0, new ArrayList<>(), new ArrayList<>());
    }

    /** Returns this run after its end. */
    public Measured ended(Noise before, double after) {
        return new Measured(step, command, before, after, values, curves);
    }

    /** Adds a figure, unless the value is NaN or infinite. */
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
