package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs {@link GcPressure} and names its figures. */
final class GcJob {
    private GcJob() {}

    /**
     * Runs one contender with one collector.
     *
     * @param title who is told to have been measured
     * @param arguments of GcPressure, without its first and its last
     */
    static void run(
            Measured measured,
            JvmOptions jvm,
            Gc gc,
            Contender contender,
            String title,
            int size,
            List<String> arguments) {
        try {
            Path log = Files.createTempFile("bench", ".gc");
            try {
                List<String> all = new ArrayList<>(List.of(contender.name()));
                all.addAll(arguments);
                all.add(log.toString());
                ChildJvm child =
                        ReportJob.withArguments(contender, jvm.newJvm(gc)).option(GcLog.option(log.toString()));
                Figures figures =
                        child.run(GcPressure.class, all, progress -> {}).figuresOf(title);
                name(measured, figures, gc, title, size);
            } finally {
                Files.deleteIfExists(log);
            }
        } catch (IOException failed) {
            throw new BenchException("cannot keep the log of a collector: " + failed);
        }
    }

    private static void name(Measured measured, Figures figures, Gc gc, String title, int size) {
        double seconds = number(figures, GcPressure.Figure.WALL) / 1e9;
        double cores = Runtime.getRuntime().availableProcessors();
        add(measured, gc, title, size, "pauses", "", number(figures, GcPressure.Figure.PAUSES));
        add(measured, gc, title, size, "pause, all", "ns", number(figures, GcPressure.Figure.PAUSE_TOTAL));
        add(measured, gc, title, size, "pause, longest", "ns", number(figures, GcPressure.Figure.PAUSE_MAX));
        add(measured, gc, title, size, "delay, longest", "ns", number(figures, GcPressure.Figure.LATE_MAX));
        double cpu = number(figures, GcPressure.Figure.GC_CPU) / 1e9;
        add(measured, gc, title, size, "GC CPU", "ns", cpu * 1e9);
        add(measured, gc, title, size, "GC CPU of the machine", "% used", 100 * cpu / seconds / cores);
        double allocated = number(figures, GcPressure.Figure.ALLOCATED);
        add(measured, gc, title, size, "allocated a second", "B", allocated / seconds);
        double still = number(figures, GcPressure.Figure.PAUSE_TOTAL) / 1e9;
        add(measured, gc, title, size, "utilisation", "%", 100 * (1 - still / seconds));
        add(
                measured,
                gc,
                title,
                size,
                "utilisation, worst 100 ms",
                "%",
                number(figures, GcPressure.Figure.LEAST_UTILISATION) / 1e4);
        measured.add(Curve.of(
                new Subject("gc", "pressure", title, size, gc.name(), GcPressure.PAUSE_CURVE, "ns"),
                figures.curve(GcPressure.PAUSE_CURVE),
                1e-6,
                1));
    }

    private static void add(
            Measured measured, Gc gc, String title, int size, String figure, String unit, double value) {
        measured.add(new Subject("gc", "pressure", title, size, gc.name(), figure, unit), value);
    }

    private static double number(Figures figures, GcPressure.Figure figure) {
        return ReportJob.number(figures, figure.name());
    }
}
