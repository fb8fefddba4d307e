package io.memmap.bench.text;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Formats numbers as people read them. */
public final class Text {
    public static final String NONE = "-";

    private Text() {}

    /** Returns a number with separators: 12,253,744. */
    public static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Returns a time with three significant digits and a unit: 85 ns, 1.20 us, 735 ms. */
    public static String nanos(double nanos) {
        if (nanos < 1000) {
            return String.format(Locale.ROOT, "%.0f ns", nanos);
        }
        double inUnit = nanos;
        int unit = -1;
        while (inUnit >= 1000 && unit < 2) {
            inUnit /= 1000;
            unit++;
        }
        return digits(inUnit) + " " + new String[] {"us", "ms", "s"}[unit];
    }

    public static String nanos(long nanos) {
        return nanos((double) nanos);
    }

    /** Returns a number with three significant digits: 1.23, 12.3, 123. */
    public static String digits(double number) {
        int decimals = Math.abs(number) < 10 ? 2 : Math.abs(number) < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%,." + decimals + "f", number);
    }

    /** Returns a ratio: 0x, 0.0051x, 0.51x, 1.27x, 513x. */
    public static String ratio(double ratio) {
        return (ratio < 0.1
                        ? new BigDecimal(ratio)
                                .round(new MathContext(2))
                                .stripTrailingZeros()
                                .toPlainString()
                        : digits(ratio))
                + "x";
    }

    /** Returns a figure in its unit. */
    public static String figure(double value, String unit) {
        return switch (unit) {
            case "ns" -> value < 1000 ? digits(value) + " ns" : nanos(value);
            case "B" -> Bytes.format(Math.round(value));
            case "bytes" -> digits(value) + " B";
            case "" -> count(Math.round(value));
            default -> digits(value) + " " + unit;
        };
    }

    /** Returns a percentile without trailing zeros: 90%, 99.99%. */
    public static String percent(double percent) {
        String text = String.format(Locale.ROOT, "%.4f", percent).replaceAll("\\.?0+$", "");
        return (text.isEmpty() ? "0" : text) + "%";
    }
}
