package io.memmap.bench.result;

import io.memmap.bench.text.Text;
import java.util.Arrays;
import java.util.function.DoubleFunction;

/** The values of one figure from several runs. */
public final class Samples {
    private double[] values = {};

    public void add(double value) {
        values = Arrays.copyOf(values, values.length + 1);
        values[values.length - 1] = value;
        Arrays.sort(values);
    }

    public int count() {
        return values.length;
    }

    /** Returns the middle value, or the mean of the two middle values; NaN if there is none. */
    public double median() {
        int middle = values.length / 2;
        if (values.length == 0) {
            return Double.NaN;
        }
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    public double min() {
        return values.length == 0 ? Double.NaN : values[0];
    }

    public double max() {
        return values.length == 0 ? Double.NaN : values[values.length - 1];
    }

    /** Returns the median in its unit, with the range if there is more than one value. */
    public String format(String unit) {
        return format(value -> Text.figure(value, unit));
    }

    /**
     * Returns the median, with the range if there is more than one value: {@code 61 ns (58 ns..70
     * ns)}.
     */
    public String format(DoubleFunction<String> format) {
        return switch (values.length) {
            case 0 -> Text.NONE;
            case 1 -> format.apply(values[0]);
            default -> format.apply(median()) + " (" + format.apply(min()) + ".." + format.apply(max()) + ")";
        };
    }
}
