package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs {@link GcPressure} and names its figures. */
final class GcJob {
    private GcJob() {}

    /**
     * Runs one contender with one collector.
     *
     * @param title who is told to have been measured
     * @param size the entries that are told
     * @param entries that the map really has
     */
    static void run(
            Measured measured,
            JvmOptions jvm,
            Gc gc,
            Contender contender,
            String title,
            int size,
            int entries,
            int mebibytes,
            int seconds) {
        try {
            Path log = Files.createTempFile("bench", ".gc");
            try {
                Figures figures = jvm.newJvm(gc)
                        .option(GcLog.option(log.toString()))
                        .figures(GcPressure.class, contender, entries, mebibytes, seconds, log);
                name(measured, figures, gc, title, size);
            } finally {
                Files.deleteIfExists(log);
            }
        } catch (IOException failed) {
            throw new BenchException("cannot keep the log of a collector: " + failed);
        }
    }

    private static void name(Measured measured, Figures figures, Gc gc, String title, int size) {
        Subject subject = new Subject("gc", "pressure", title, size, gc.name(), "", "");
        double seconds = number(figures, GcPressure.Figure.WALL) / 1e9;
        double cores = Runtime.getRuntime().availableProcessors();
        add(measured, subject, "pauses", "", number(figures, GcPressure.Figure.PAUSES));
        add(measured, subject, "pause, all", "ns", number(figures, GcPressure.Figure.PAUSE_TOTAL));
        add(measured, subject, "pause, longest", "ns", number(figures, GcPressure.Figure.PAUSE_MAX));
        add(measured, subject, "delay, longest", "ns", number(figures, GcPressure.Figure.LATE_MAX));
        double cpu = number(figures, GcPressure.Figure.GC_CPU) / 1e9;
        add(measured, subject, "GC CPU", "ns", cpu * 1e9);
        add(measured, subject, "GC CPU of the machine", "% used", 100 * cpu / seconds / cores);
        double allocated = number(figures, GcPressure.Figure.ALLOCATED);
        add(measured, subject, "allocated a second", "B", allocated / seconds);
        double still = number(figures, GcPressure.Figure.PAUSE_TOTAL) / 1e9;
        add(measured, subject, "utilisation", "%", 100 * (1 - still / seconds));
        add(
                measured,
                subject,
                "utilisation, worst 100 ms",
                "%",
                number(figures, GcPressure.Figure.LEAST_UTILISATION) / 1e4);
        measured.add(
                Curve.of(of(subject, GcPressure.PAUSE_CURVE, "ns"), figures.curve(GcPressure.PAUSE_CURVE), 1e-6, 1));
    }

    private static Subject of(Subject subject, String figure, String unit) {
        return new Subject(
                subject.part(),
                subject.operation(),
                subject.contender(),
                subject.size(),
                subject.variant(),
                figure,
                unit);
    }

    private static void add(Measured measured, Subject subject, String figure, String unit, double value) {
        measured.add(of(subject, figure, unit), value);
    }

    private static double number(Figures figures, GcPressure.Figure figure) {
        return figures.number(figure.name());
    }
}
