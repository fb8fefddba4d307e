package io.memmap.bench.job;

import io.memmap.bench.child.ChildJvm;
import io.memmap.bench.child.ChildOutcome;
import io.memmap.bench.child.Figures;
import io.memmap.bench.child.TextMemory;
import io.memmap.bench.child.TextMemory.MemoryMetric;
import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.TextContender;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Runs {@link TextMemory} for several contenders, each in a fresh JVM. */
final class TextMemoryJob {
    /** The size of the Java heap. The whole heap is touched, so it is no larger than needed. */
    private static final long MOST_JAVA_HEAP = 1L << 30;

    private final JvmSettings jvm;
    private final int size;
    private final Map<TextContender, Figures> outcomes = new EnumMap<>(TextContender.class);

    TextMemoryJob(JvmSettings jvm, int size) {
        this.jvm = jvm;
        this.size = size;
    }

    /** Runs one contender. */
    void run(TextContender contender) {
        ChildJvm child = jvm.newJvm(MOST_JAVA_HEAP).option(JvmSettings.PRE_TOUCH);
        JvmArguments.OF_OBJECTS.forEach(child::option);
        ChildOutcome outcome =
                child.run(TextMemory.class, List.of(contender.name(), Integer.toString(size)), progress -> {});
        outcomes.put(contender, outcome.figuresOf(contender.title()));
    }

    static List<String> header() {
        return List.of("bytes an entry", "entries", "key and value", "Java heap", "used", "committed", "resident");
    }

    /** Returns a row for each contender that was measured. */
    List<List<String>> rows() {
        List<List<String>> rows = new ArrayList<>();
        outcomes.forEach((contender, figures) -> {
            OptionalLong entries = figures.get(MemoryMetric.ENTRIES.name());
            if (entries.isPresent()) {
                List<String> row = new ArrayList<>(List.of(contender.title(), Text.count(entries.getAsLong())));
                for (MemoryMetric figure : List.of(
                        MemoryMetric.PAYLOAD,
                        MemoryMetric.JAVA_HEAP,
                        MemoryMetric.USED,
                        MemoryMetric.COMMITTED,
                        MemoryMetric.RESIDENT)) {
                    row.add(anEntry(figures.get(figure.name()), entries.getAsLong()));
                }
                rows.add(row);
            }
        });
        return rows;
    }

    private static String anEntry(OptionalLong bytes, long entries) {
        return bytes.isEmpty() ? Text.NONE : Text.digits((double) bytes.getAsLong() / entries);
    }
}
