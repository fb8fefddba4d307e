package io.memmap.stress.leaks;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Compares the two forms of an accident. The broken form must grow and be found; the mended form
 * must not grow and must not be reported.
 */
record Comparison(Findings broken, Findings mended) {
    /**
     * The growth that the mended form may show because of noise, as a share of the broken form's
     * growth.
     */
    private static final double FLAT_SHARE = 0.05;

    private static final double LEAST_PRECISION = 0.95;
    private static final int ROWS = 8;
    private static final double MIB = 1 << 20;

    /** A figure of a process, such as its resident memory. */
    private record Figure(String title, ToDoubleFunction<Reading> value) {
        Slope slope(Findings findings) {
            return Slope.of(findings.readings(), Reading::seconds, value);
        }
    }

    private static final Figure RESIDENT = new Figure("RSS", reading -> reading.resident() / MIB);
    private static final Figure COMMITTED = new Figure("committed", reading -> reading.committed() / MIB);
    private static final Figure IN_USE = new Figure("in use", reading -> reading.inUse() / MIB);
    private static final Figure JAVA = new Figure("Java heap", reading -> reading.java() / MIB);
    private static final Figure HEAPS = new Figure("open heaps", Reading::heaps);

    private static final List<Figure> FIGURES = List.of(RESIDENT, COMMITTED, IN_USE, JAVA, HEAPS);
    /** The figures that must grow in the broken form only. */
    private static final List<Figure> NATIVE = List.of(RESIDENT, COMMITTED, IN_USE);

    /**
     * Returns the bytes that the search attributed in the broken form, divided by the true bytes of
     * the leak.
     */
    double precision() {
        return (double) broken.attributedBytes() / broken.keptBytes();
    }

    /** Returns the errors; an empty list if all is well. */
    List<String> failures() {
        List<String> failures = new ArrayList<>();
        for (Figure figure : NATIVE) {
            Slope leak = figure.slope(broken);
            Slope flat = figure.slope(mended);
            if (!leak.isGrowing()) {
                failures.add("the broken form does not grow: " + figure.title() + " " + slope(leak));
            }
            if (flat.least() > FLAT_SHARE * leak.perSecond()) {
                failures.add("the mended form grows: " + figure.title() + " " + slope(flat));
            }
        }
        if (broken.suspects().isEmpty()) {
            failures.add("the broken form was not reported");
        }
        broken.suspects().stream()
                .map(Findings.Suspect::line)
                .filter(line -> !broken.planted().contains(line))
                .forEach(line -> failures.add("a line was named that does not leak: " + line));
        broken.dropped().stream()
                .map(Findings.Dropped::line)
                .filter(line -> !broken.planted().contains(line))
                .forEach(line ->
                        failures.add("a dropped heap or map was reported for a line that does not leak: " + line));
        if (!(precision() >= LEAST_PRECISION && precision() <= 2 - LEAST_PRECISION)) {
            failures.add(String.format(
                    Locale.ROOT,
                    "%,d bytes were attributed, but %,d are true: %.1f%%",
                    broken.attributedBytes(),
                    broken.keptBytes(),
                    100 * precision()));
        }
        mended.suspects().forEach(suspect -> failures.add("the mended form was reported: " + suspect.line()));
        mended.dropped().forEach(leak -> failures.add("the mended form was reported to drop memory: " + leak.line()));
        return failures;
    }

    void print(PrintWriter out) {
        printOverTime(out);
        printSlopes(out);
        printSearch(out);
    }

    private void printOverTime(PrintWriter out) {
        out.printf("%-14s %-44s   %s%n", "MiB, heaps", "broken", "mended");
        out.printf("%-14s", "seconds");
        for (int form = 0; form < 2; form++) {
            FIGURES.forEach(figure -> out.printf(" %10s", figure.title()));
            out.print("  ");
        }
        out.println();
        int last = Math.min(broken.readings().size(), mended.readings().size()) - 1;
        for (int row = 0; row < ROWS; row++) {
            int reading = last * row / (ROWS - 1);
            out.printf("%-14.1f", broken.readings().get(reading).seconds());
            for (Findings findings : List.of(broken, mended)) {
                Reading shown = findings.readings().get(reading);
                FIGURES.forEach(figure -> out.printf(" %,10.1f", figure.value().applyAsDouble(shown)));
                out.print("  ");
            }
            out.println();
        }
    }

    private void printSlopes(PrintWriter out) {
        out.printf("%-14s %-28s %s%n", "a second", "broken", "mended");
        for (Figure figure : FIGURES) {
            out.printf("%-14s %-28s %s%n", figure.title(), slope(figure.slope(broken)), slope(figure.slope(mended)));
        }
    }

    private static String slope(Slope slope) {
        return String.format(Locale.ROOT, "%,10.3f +- %.3f", slope.perSecond(), slope.error());
    }

    private void printSearch(PrintWriter out) {
        int number = 1;
        for (Findings.Suspect suspect : broken.suspects()) {
            out.printf(
                    "%-14s %d. %s: %.1f MiB, %.3f +- %.3f MiB/s, oldest %.0f s%n",
                    number == 1 ? "GrowthWatch" : "",
                    number,
                    suspect.line(),
                    suspect.bytes() / MIB,
                    suspect.slope().perSecond() / MIB,
                    suspect.slope().error() / MIB,
                    suspect.oldestMillis() / 1e3);
            number++;
        }
        broken.dropped()
                .forEach(leak -> out.printf(
                        "%-14s %,d of kind %s dropped, opened at %s: %.1f MiB%n",
                        "LeakReport", leak.count(), leak.what(), leak.line(), leak.bytes() / MIB));
        broken.planted().forEach(line -> out.printf("%-14s %s%n", "planted", line));
        out.printf(
                "%-14s %,d bytes attributed, %,d true: %.2f%%%n",
                "precision", broken.attributedBytes(), broken.keptBytes(), 100 * precision());
        out.printf(
                "%-14s %s%n",
                "mended", mended.suspects().isEmpty() && mended.dropped().isEmpty() ? "not reported" : "reported");
    }
}
