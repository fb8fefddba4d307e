package io.memmap.bench.text;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads and writes sizes as people write them: {@code 32MiB}, {@code 4g}, {@code 1000}. Units are
 * powers of 1024.
 */
public final class Bytes {
    private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*(?:([kmgt])(?:i?b)?|b)?", Pattern.CASE_INSENSITIVE);
    private static final String UNITS = "kmgt";

    /**
     * Returns the number of bytes. Throws an IllegalArgumentException that explains how to write a
     * size.
     */
    public static long parse(String text) {
        Matcher matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            throw wrong(text);
        }
        String unit = matcher.group(2);
        int shift = unit == null ? 0 : 10 * (UNITS.indexOf(unit.toLowerCase(Locale.ROOT)) + 1);
        try {
            long bytes = Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
            if (bytes == 0) {
                throw wrong(text);
            }
            return bytes;
        } catch (ArithmeticException | NumberFormatException tooLarge) {
            throw wrong(text);
        }
    }

    /** Returns a size with three significant digits and a unit: {@code 1.50 GiB}. */
    public static String format(long bytes) {
        if (Math.abs(bytes) < 1024) {
            return bytes + " B";
        }
        double inUnit = bytes;
        int unit = -1;
        while (Math.abs(inUnit) >= 1024) {
            inUnit /= 1024;
            unit++;
        }
        int decimals = Math.abs(inUnit) < 10 ? 2 : Math.abs(inUnit) < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f %siB", inUnit, "KMGTPE".charAt(unit));
    }

    private Bytes() {}

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(
                "not a size: '" + text + "' (a size is a number above 0 and a unit: 512k, 32MiB, 4g)");
    }
}
