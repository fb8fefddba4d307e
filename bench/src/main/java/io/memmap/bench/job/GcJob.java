package io.memmap.bench.job;

import io.memmap.bench.child.Figures;
import io.memmap.bench.child.Gc;
import io.memmap.bench.child.GcLog;
import io.memmap.bench.child.GcPressure;
import io.memmap.bench.child.Message;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Runs {@link GcPressure} and names its figures. */
public final class GcJob {
    private static final double WINDOW_NANOS = 100e6;

    private GcJob() {}

    /**
     * Runs one contender with one collector.
     *
     * @param title the name of the contender in the result
     * @param size the number of entries in the result
     * @param entries the number of entries that the map really has
     */
    public static void run(
            Measured measured,
            JvmSettings jvm,
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
                name(measured, figures, gc.name(), title, size);
            } finally {
                Files.deleteIfExists(log);
            }
        } catch (IOException failed) {
            throw new BenchException("cannot write the log of a collector: " + failed);
        }
    }

    /** Adds the figures of a load under a collector to a run. */
    static void name(Measured measured, Figures figures, String collector, String title, int size) {
        Subject subject = new Subject("gc", "pressure", title, size, collector, "", "");
        List<Message.Point> pauses = figures.curve(FigureNames.PAUSES);
        double seconds = number(figures, GcPressure.LoadMetric.WALL) / 1e9;
        List<Message.Point> stood = union(pauses, figures.curve(GcPressure.STALL_CURVE));
        double cpu = number(figures, GcPressure.LoadMetric.GC_CPU);
        add(measured, subject, "pauses", "", pauses.size());
        add(measured, subject, "pause, all", "ns", all(pauses));
        add(measured, subject, "pause, longest", "ns", longest(pauses));
        add(measured, subject, "delay, longest", "ns", number(figures, GcPressure.LoadMetric.LATE_MAX));
        add(measured, subject, FigureNames.GC_CPU, "ns", cpu);
        double cores = Runtime.getRuntime().availableProcessors();
        add(measured, subject, "GC CPU of the machine", "% used", 100 * cpu / 1e9 / seconds / cores);
        add(measured, subject, FigureNames.ALLOCATED, "B", number(figures, GcPressure.LoadMetric.ALLOCATED) / seconds);
        add(measured, subject, "utilisation", "%", 100 * (1 - all(stood) / 1e9 / seconds));
        add(measured, subject, "utilisation, worst 100 ms", "%", leastUtilisation(stood));
        measured.add(ReportedCurve.of(subject.ofFigure(FigureNames.PAUSES, "ns"), pauses, 1e-6, 1));
    }

    private static double all(List<Message.Point> pauses) {
        return pauses.stream().mapToLong(Message.Point::y).sum();
    }

    private static double longest(List<Message.Point> pauses) {
        return pauses.stream().mapToLong(Message.Point::y).max().orElse(0);
    }

    /** Returns the pauses and stalls in the order of time. Those that overlap become one. */
    static List<Message.Point> union(List<Message.Point> pauses, List<Message.Point> stalls) {
        List<Message.Point> union = new ArrayList<>();
        Stream.concat(pauses.stream(), stalls.stream())
                .sorted(Comparator.comparingLong(GcJob::start))
                .forEach(next -> {
                    boolean overlaps =
                            !union.isEmpty() && start(next) < union.getLast().x() * 1000;
                    union.add(overlaps ? joined(union.removeLast(), next) : next);
                });
        return union;
    }

    private static Message.Point joined(Message.Point first, Message.Point next) {
        long end = Math.max(first.x(), next.x());
        return new Message.Point(first.curve(), end, end * 1000 - start(first));
    }

    private static long start(Message.Point pause) {
        return pause.x() * 1000 - pause.y();
    }

    /**
     * Returns the smallest share, in percent, of a window of 100 ms that is not a pause. This is
     * the mutator utilisation. The worst window ends with a pause.
     *
     * @param pauses the end of each in microseconds, and its nanoseconds
     */
    static double leastUtilisation(List<Message.Point> pauses) {
        double worst = 0;
        for (Message.Point last : pauses) {
            double end = last.x() * 1e3;
            double still = 0;
            for (Message.Point pause : pauses) {
                double pauseEnd = Math.min(end, pause.x() * 1e3);
                double pauseStart = Math.max(end - WINDOW_NANOS, pause.x() * 1e3 - pause.y());
                still += Math.max(0, pauseEnd - pauseStart);
            }
            worst = Math.max(worst, still);
        }
        return 100 - Math.min(100, 100 * worst / WINDOW_NANOS);
    }

    private static void add(Measured measured, Subject subject, String figure, String unit, double value) {
        measured.add(subject.ofFigure(figure, unit), value);
    }

    private static double number(Figures figures, GcPressure.LoadMetric figure) {
        return figures.number(figure.name());
    }
}
