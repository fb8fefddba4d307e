package io.memmap.bench.job;

import io.memmap.bench.child.ChildJvm;
import io.memmap.bench.child.ChildOutcome;
import io.memmap.bench.child.Figures;
import io.memmap.bench.child.FillMemory;
import io.memmap.bench.child.GrowthMemory;
import io.memmap.bench.child.Message;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Bytes;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/** Runs {@link FillMemory} for several contenders, each in a fresh JVM. */
public final class MemoryJob {
    /** The contenders that are compared by default. */
    public static final List<Contender> CONTENDERS = List.of(
            Contender.MEMMAP_PAGE,
            Contender.MEMMAP_PAGE_HUGE,
            Contender.MEMMAP_LINE,
            Contender.MEMMAP_LINE_HUGE,
            Contender.MEMMAP_GO,
            Contender.MEMMAP_GO_HUGE,
            Contender.FASTUTIL,
            Contender.AGRONA,
            Contender.HPPC,
            Contender.ECLIPSE,
            Contender.JDK_HASHMAP);

    /**
     * The Java heap beside a map outside of it. The whole heap is touched, so it is no larger than
     * needed.
     */
    private static final long MOST_JAVA_HEAP = 256 << 20;

    private final JvmSettings jvm;
    private final int size;
    private final Map<Contender, Figures> outcomes = new EnumMap<>(Contender.class);

    public MemoryJob(JvmSettings jvm, int size) {
        this.jvm = jvm;
        this.size = size;
    }

    /** Runs one contender. */
    public void run(Contender contender, Consumer<Message.Progress> progress) {
        ChildOutcome outcome = jvm.newJvm()
                .optionsOf(contender)
                .run(FillMemory.class, List.of(contender.name(), Integer.toString(size)), progress);
        outcomes.put(contender, outcome.figuresOf(contender.title()));
    }

    /**
     * Measures the memory of one contender as the system counts it, once. A Java heap that holds
     * the entries shrinks with them. Another Java heap has a fixed size and is touched before, so
     * that only the map grows.
     */
    public static void growth(Measured measured, JvmSettings jvm, Contender contender, int size) {
        ChildJvm child = contender.isOffHeap()
                ? jvm.newJvm(MOST_JAVA_HEAP).option(JvmSettings.PRE_TOUCH)
                : jvm.growingJvm().option("-XX:MinHeapFreeRatio=10").option("-XX:MaxHeapFreeRatio=20");
        name(measured, child.figures(GrowthMemory.class, contender, size), contender.title(), size);
    }

    /** Adds the figures of a growth to a run. */
    static void name(Measured measured, Figures figures, String title, int size) {
        Subject subject = new Subject("memory", "growth", title, size, "", FigureNames.RESIDENT, "B");
        for (GrowthMemory.Moment moment : GrowthMemory.Moment.values()) {
            double bytes = figures.number(moment.name());
            measured.add(subject.when(moment.title()), bytes);
            measured.add(subject.when(moment.title()).ofFigure(FigureNames.RESIDENT_AN_ENTRY, "bytes"), bytes / size);
        }
        measured.add(ReportedCurve.of(subject, figures.curve(GrowthMemory.GROWTH), 1, 1));
    }

    public static List<String> header() {
        return List.of("memory", "when", "entries", "committed", "bytes an entry", "of the peak", "resident");
    }

    /**
     * Returns a row for each contender and moment that was measured. For a map in the Java heap,
     * committed is what a GC leaves. A map outside of it may not report committed bytes.
     */
    public List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        outcomes.forEach((contender, figures) -> {
            for (FillMemory.Moment moment : FillMemory.Moment.values()) {
                OptionalLong entries = figures.get(moment.entries());
                OptionalLong committed = figures.get(moment.committed());
                OptionalLong peak = figures.get(FillMemory.Moment.PEAK.committed());
                if (entries.isPresent()) {
                    rows.add(List.of(
                            contender.title(),
                            moment.title(),
                            Text.count(entries.getAsLong()),
                            text(committed, Bytes::format),
                            text(committed, bytes -> Text.digits((double) bytes / entries.getAsLong())),
                            text(
                                    peak.isPresent() ? committed : peak,
                                    bytes -> Text.digits(100.0 * bytes / peak.getAsLong()) + "%"),
                            text(figures.get(moment.resident()), Bytes::format)));
                }
            }
        });
        return rows;
    }

    private static String text(OptionalLong bytes, LongFunction<String> format) {
        return bytes.isEmpty() ? Text.NONE : format.apply(bytes.getAsLong());
    }
}
