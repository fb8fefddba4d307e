package io.memmap.bench.job;

import io.memmap.bench.child.ChildProcess;
import io.memmap.bench.child.Figures;
import io.memmap.bench.child.FillLatency;
import io.memmap.bench.child.Message;
import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.maps.NativeKind;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A map of another language from long to long. It is built from a source in the resources: see
 * {@link NativeContenders}. It is measured with the same keys as the Java maps and reports by the
 * same {@link Message}s.
 *
 * @param title the name that people know it by
 * @param program the file to run
 */
public record NativeContender(NativeKind kind, String title, String program) {
    /** The memory limits of the garbage collector of Go. */
    enum GoGc {
        /** The heap may double between two cycles. */
        BY_DEFAULT("Go's, GOGC=100"),
        /** Like the heap of a JVM: collected when it is full. */
        LIMITED("Go's, GOGC=off, GOMEMLIMIT as the Java heaps");

        private final String title;

        GoGc(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    /** The names of the figures of the timed operations. */
    private static final Map<LongOperation, String> OPERATIONS = new EnumMap<>(Map.of(
            LongOperation.HIT, "hit",
            LongOperation.MISS, "miss",
            LongOperation.OVERWRITE, "overwrite",
            LongOperation.REPLACE, "replace",
            LongOperation.ITERATE, "iterate",
            LongOperation.FILL, "fill",
            LongOperation.FILL_PRESIZED, "fillPresized"));

    private static final double PICOS_A_NANO = 1000;

    /** Times all operations on a map of this many entries. */
    public void times(Measured measured, int size) {
        Figures figures = run(builder -> {}, "time", size);
        OPERATIONS.forEach((operation, name) -> measured.add(
                new Subject("operations", operation.title(), title, size, "uniform keys", "time", "ns"),
                figures.number(name) / PICOS_A_NANO));
    }

    /** Times each put while a map grows from empty. */
    public void latency(Measured measured, int size) {
        Figures figures = run(builder -> {}, "latency", size);
        Subject subject = new Subject("latency", FigureNames.PUTS, title, size, "", "", "ns");
        LatencyJob.name(measured, figures, FillLatency.PUT, subject, FigureNames.NO_OP_LOOP + " of " + title);
    }

    /** Measures the memory of the process while a map grows and shrinks. */
    public void memory(Measured measured, int size) {
        MemoryJob.name(measured, run(builder -> {}, "memory", size), title, size);
    }

    /**
     * A measurement of what live entries cost the garbage collector of Go.
     *
     * @param title the name of the contender in the result
     * @param collector the limits of the collector
     */
    public record Pressure(String title, String collector, Consumer<Measured> work) {
        /** Whether the collector has its default limits. */
        boolean isByDefault() {
            return collector.equals(GoGc.BY_DEFAULT.title());
        }
    }

    /**
     * Returns the measurements with an empty map, a map of numbers and a map of pointers; empty for
     * a language without a garbage collector.
     */
    public List<Pressure> pressures(long heapBytes, int size, int mebibytes, int seconds) {
        List<Pressure> pressures = new ArrayList<>();
        for (GoGc collector : kind.isGo() ? GoGc.values() : new GoGc[0]) {
            pressures.add(pressure(collector, heapBytes, ", an empty map", size, 0, false, mebibytes, seconds));
            pressures.add(pressure(collector, heapBytes, "", size, size, false, mebibytes, seconds));
            pressures.add(pressure(collector, heapBytes, ", map of pointers", size, size, true, mebibytes, seconds));
        }
        return pressures;
    }

    private Pressure pressure(
            GoGc collector,
            long heapBytes,
            String suffix,
            int size,
            int entries,
            boolean pointers,
            int mebibytes,
            int seconds) {
        String shown = title + suffix;
        Consumer<ProcessBuilder> limits = builder -> {
            boolean limited = collector == GoGc.LIMITED;
            builder.environment().put("GOGC", limited ? "off" : "100");
            builder.environment().put("GOMEMLIMIT", limited ? heapBytes + "B" : "off");
        };
        return new Pressure(
                shown,
                collector.title(),
                measured -> GcJob.name(
                        measured,
                        run(limits, "gc", entries, pointers, mebibytes, seconds),
                        collector.title(),
                        shown,
                        size));
    }

    private Figures run(Consumer<ProcessBuilder> setUp, Object... arguments) {
        ProcessBuilder builder = new ProcessBuilder(program);
        for (Object argument : arguments) {
            builder.command().add(argument.toString());
        }
        setUp.accept(builder);
        return ChildProcess.run(builder, 0, progress -> {}).figuresOf(title);
    }
}
