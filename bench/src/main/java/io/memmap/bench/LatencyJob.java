package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Runs {@link FillLatency} for several contenders, interleaved, each time in a fresh JVM. */
final class LatencyJob {
    /** Those whose worst puts are compared. */
    static final List<Contender> CONTENDERS = List.of(
            Contender.MEMMAP_LINE,
            Contender.MEMMAP_LINE_HUGE,
            Contender.MEMMAP_GO,
            Contender.FASTUTIL,
            Contender.AGRONA,
            Contender.HPPC,
            Contender.ECLIPSE,
            Contender.JDK_HASHMAP);

    private final JvmOptions jvm;
    private final int size;
    private final Map<Contender, Map<Latencies.Point, Samples>> puts = new EnumMap<>(Contender.class);
    private final Map<Latencies.Point, Samples> noOps = new EnumMap<>(Latencies.Point.class);
    private final Map<Contender, Samples> nanosAPut = new EnumMap<>(Contender.class);

    LatencyJob(JvmOptions jvm, int size) {
        this.jvm = jvm;
        this.size = size;
    }

    /** Runs one contender once more. */
    void run(Contender contender, Consumer<Message.Progress> progress) {
        ChildJvm.Outcome outcome = jvm.newJvm()
                .optionsOf(contender)
                .run(FillLatency.class, List.of(contender.name(), Integer.toString(size)), progress);
        Figures figures = outcome.figuresOf(contender.title());
        for (Latencies.Point point : Latencies.Point.values()) {
            add(
                    puts.computeIfAbsent(contender, absent -> new EnumMap<>(Latencies.Point.class)),
                    point,
                    figures,
                    FillLatency.PUT);
            add(noOps, point, figures, FillLatency.NO_OP);
        }
        figures.get(FillLatency.NANOS)
                .ifPresent(nanos -> nanosAPut
                        .computeIfAbsent(contender, absent -> new Samples())
                        .add((double) nanos / size));
    }

    private static void add(
            Map<Latencies.Point, Samples> samples, Latencies.Point point, Figures figures, String distribution) {
        OptionalLong nanos = figures.get(point.figure(distribution));
        if (nanos.isPresent()) {
            samples.computeIfAbsent(point, absent -> new Samples()).add((double) nanos.getAsLong());
        }
    }

    /** Runs a fill once. */
    static void puts(Measured measured, JvmOptions jvm, Contender contender, int size) {
        Figures figures = jvm.newJvm().figures(FillLatency.class, contender, size);
        name(measured, figures, FillLatency.PUT, "put while growing", contender, size);
    }

    /** Runs gets beside a writer once. */
    static void gets(Measured measured, JvmOptions jvm, Contender contender, int size, int getsASecond, int seconds) {
        Figures figures = jvm.newJvm().figures(GetLatency.class, contender, size, getsASecond, seconds);
        String operation = contender.isShared() ? "get beside a writing thread" : "get between writes";
        name(measured, figures, GetLatency.GET, operation, contender, size);
    }

    private static void name(
            Measured measured, Figures figures, String distribution, String operation, Contender contender, int size) {
        Subject subject = new Subject("latency", operation, contender.title(), size, "", "", "ns");
        for (Latencies.Point point : Latencies.Point.values()) {
            Subject figure = subject.ofFigure(point.title());
            measured.add(figure, figures.number(point.figure(distribution)));
            measured.add(figure.of(HtmlReport.NO_OP), figures.number(point.figure(FillLatency.NO_OP)));
        }
        measured.add(
                Curve.of(subject.ofFigure(FillLatency.PERCENTILES), figures.curve(FillLatency.PERCENTILES), 1e-3, 1));
        measured.add(Curve.of(subject.ofFigure(FillLatency.WORST), thinned(figures.curve(FillLatency.WORST)), 1e-6, 1));
    }

    /** At most 250 points, each the worst of those that it stands for. */
    private static List<Message.Point> thinned(List<Message.Point> points) {
        int each = Math.max(1, (points.size() + 249) / 250);
        List<Message.Point> thinned = new ArrayList<>();
        for (int from = 0; from < points.size(); from += each) {
            List<Message.Point> some = points.subList(from, Math.min(points.size(), from + each));
            long worst = some.stream().mapToLong(Message.Point::y).max().orElseThrow();
            thinned.add(
                    new Message.Point(some.getFirst().curve(), some.getFirst().x(), worst));
        }
        return thinned;
    }

    /** The header of the table. */
    static List<String> header() {
        List<String> header = new ArrayList<>(List.of("each put while filling"));
        for (Latencies.Point point : Latencies.Point.values()) {
            header.add(point.title());
        }
        header.add("mean");
        return header;
    }

    /** A row for each contender that has run, and one for the loop that puts nothing. */
    List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        puts.forEach((contender, samples) -> rows.add(row(
                contender.title(),
                samples,
                nanosAPut.getOrDefault(contender, new Samples()).format(Text::nanos))));
        rows.add(row("no-op loop", noOps, Text.NONE));
        return rows;
    }

    private static List<String> row(String title, Map<Latencies.Point, Samples> samples, String mean) {
        List<String> row = new ArrayList<>(List.of(title));
        for (Latencies.Point point : Latencies.Point.values()) {
            row.add(samples.getOrDefault(point, new Samples()).format(Text::nanos));
        }
        row.add(mean);
        return row;
    }
}
