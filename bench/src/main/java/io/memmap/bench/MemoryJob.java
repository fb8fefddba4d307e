package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Runs {@link FillMemory} for several contenders, each in a fresh JVM. */
final class MemoryJob {
    /** Those whose memory is compared. */
    static final List<Contender> CONTENDERS = List.of(
            Contender.MEMMAP_LINE,
            Contender.MEMMAP_LINE_HUGE,
            Contender.MEMMAP_GO,
            Contender.MEMMAP_GO_HUGE,
            Contender.FASTUTIL,
            Contender.AGRONA,
            Contender.HPPC,
            Contender.ECLIPSE,
            Contender.JDK_HASHMAP);

    private final JvmOptions jvm;
    private final int size;
    private final Map<Contender, Figures> outcomes = new EnumMap<>(Contender.class);

    MemoryJob(JvmOptions jvm, int size) {
        this.jvm = jvm;
        this.size = size;
    }

    /** Runs one contender. */
    void run(Contender contender, Consumer<Message.Progress> progress) {
        ChildJvm.Outcome outcome = jvm.newJvm()
                .optionsOf(contender)
                .run(FillMemory.class, List.of(contender.name(), Integer.toString(size)), progress);
        outcomes.put(contender, outcome.figuresOf(contender.title()));
    }

    /**
     * Measures one contender as the system sees it, once. Its Java heap shrinks with what is live.
     */
    static void growth(Measured measured, JvmOptions jvm, Contender contender, int size) {
        Figures figures = jvm.growingJvm()
                .option("-XX:MinHeapFreeRatio=10")
                .option("-XX:MaxHeapFreeRatio=20")
                .figures(GrowthMemory.class, contender, size);
        Subject subject = new Subject("memory", "growth", contender.title(), size, "", "resident", "B");
        for (GrowthMemory.Moment moment : GrowthMemory.Moment.values()) {
            measured.add(subject.when(moment.title()), figures.number(moment.name()));
        }
        measured.add(Curve.of(subject, figures.curve(GrowthMemory.GROWTH), 1, 1));
    }

    static List<String> header() {
        return List.of("memory", "when", "entries", "committed", "bytes an entry", "of the peak", "resident");
    }

    /** A row for each contender and moment that was measured. Of a map in the Java heap committed is what a GC leaves. */
    List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        outcomes.forEach((contender, figures) -> {
            for (FillMemory.Moment moment : FillMemory.Moment.values()) {
                OptionalLong entries = figures.get(moment.entries());
                OptionalLong committed = figures.get(moment.committed());
                if (entries.isPresent() && committed.isPresent()) {
                    rows.add(List.of(
                            contender.title(),
                            moment.title(),
                            Text.count(entries.getAsLong()),
                            Bytes.format(committed.getAsLong()),
                            Text.digits((double) committed.getAsLong() / entries.getAsLong()),
                            share(committed.getAsLong(), figures.get(FillMemory.Moment.PEAK.committed())),
                            figures.get(moment.resident()).stream()
                                    .mapToObj(Bytes::format)
                                    .findFirst()
                                    .orElse(Text.NONE)));
                }
            }
        });
        return rows;
    }

    private static String share(long bytes, OptionalLong peak) {
        return peak.isEmpty() ? Text.NONE : Text.digits(100.0 * bytes / peak.getAsLong()) + "%";
    }
}
