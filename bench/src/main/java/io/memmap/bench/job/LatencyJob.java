package io.memmap.bench.job;

import io.memmap.bench.child.Figures;
import io.memmap.bench.child.FillLatency;
import io.memmap.bench.child.GetLatency;
import io.memmap.bench.child.Latencies;
import io.memmap.bench.child.Message;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Runs {@link FillLatency} and {@link GetLatency}, and names their figures. */
public final class LatencyJob {
    /** The contenders that are compared by default. */
    public static final List<Contender> CONTENDERS = List.of(
            Contender.MEMMAP_PAGE,
            Contender.MEMMAP_PAGE_HUGE,
            Contender.MEMMAP_LINE,
            Contender.MEMMAP_LINE_HUGE,
            Contender.MEMMAP_GO,
            Contender.FASTUTIL,
            Contender.AGRONA,
            Contender.HPPC,
            Contender.ECLIPSE,
            Contender.JDK_HASHMAP);

    private static final int MOST_POINTS = 250;

    private LatencyJob() {}

    /**
     * Runs one fill.
     *
     * @param rate puts a second; 0 for as many as possible, and only then also gets after the fill
     */
    public static void puts(
            Measured measured,
            JvmSettings jvm,
            Contender contender,
            int size,
            int rate,
            Consumer<Message.Progress> progress) {
        Figures figures = jvm.newJvm()
                .optionsOf(contender)
                .run(
                        FillLatency.class,
                        List.of(contender.name(), Integer.toString(size), Integer.toString(rate)),
                        progress)
                .figuresOf(contender.title());
        Subject subject = new Subject("latency", FigureNames.puts(rate), contender.title(), size, "", "", "ns");
        name(measured, figures, FillLatency.PUT, subject, FigureNames.NO_OP_LOOP);
        measured.add(subject.ofFigure("mean"), figures.number(FillLatency.NANOS) / size);
        if (rate == 0) {
            Subject get = new Subject("latency", FigureNames.GETS, contender.title(), size, "", "", "ns");
            for (Latencies.Point point : Latencies.Point.values()) {
                measured.add(get.ofFigure(point.title()), figures.number(point.figure(FillLatency.GET)));
            }
        }
    }

    /** Runs gets beside a writer once. */
    public static void gets(Measured measured, JvmSettings jvm, Contender contender, int size, int rate, int seconds) {
        Figures figures = jvm.newJvm().figures(GetLatency.class, contender, size, rate, seconds);
        String operation = contender.isShared() ? "get beside a writing thread" : "get between writes";
        Subject subject = new Subject("latency", operation, contender.title(), size, "", "", "ns");
        name(measured, figures, GetLatency.GET, subject, FigureNames.NO_OP_LOOP);
    }

    /**
     * Adds the figures of a distribution and of the loops beside it to a run.
     *
     * @param noOp the name of the loop that does nothing
     */
    static void name(Measured measured, Figures figures, String distribution, Subject subject, String noOp) {
        for (Latencies.Point point : Latencies.Point.values()) {
            Subject figure = subject.ofFigure(point.title());
            measured.add(figure, figures.number(point.figure(distribution)));
            measured.add(figure.of(noOp), figures.number(point.figure(FillLatency.NO_OP)));
            measured.add(figure.of(FigureNames.ARRAY_LOOP), figures.number(point.figure(FillLatency.ARRAY)));
        }
        Subject percentiles = subject.ofFigure(FigureNames.PERCENTILES);
        measured.add(ReportedCurve.of(percentiles, figures.curve(FigureNames.PERCENTILES), 1e-3, 1));
        measured.add(ReportedCurve.of(percentiles.of(noOp), figures.curve(FillLatency.NO_OP_PERCENTILES), 1e-3, 1));
        measured.add(ReportedCurve.of(
                subject.ofFigure(FigureNames.WORST), thinned(figures.curve(FigureNames.WORST)), 1e-6, 1));
    }

    /** Returns a bounded number of points. Each is the worst of the points that it replaces. */
    private static List<Message.Point> thinned(List<Message.Point> points) {
        int each = Math.max(1, (points.size() + MOST_POINTS - 1) / MOST_POINTS);
        List<Message.Point> thinned = new ArrayList<>();
        for (int from = 0; from < points.size(); from += each) {
            List<Message.Point> some = points.subList(from, Math.min(points.size(), from + each));
            long worst = some.stream().mapToLong(Message.Point::y).max().orElseThrow();
            thinned.add(
                    new Message.Point(some.getFirst().curve(), some.getFirst().x(), worst));
        }
        return thinned;
    }
}
