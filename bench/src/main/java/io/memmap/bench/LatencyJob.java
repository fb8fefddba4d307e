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
        ChildJvm.Outcome outcome = ReportJob.withArguments(contender, jvm.newJvm())
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
