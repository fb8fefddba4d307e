package io.memmap.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@link MemStats} as Micrometer's meters. Micrometer is an optional dependency: only who uses this class needs it.
 *
 * <p>The sums over all heaps, without a tag or with the tag {@code kind}, are read whenever the registry asks, from any thread:
 * some hundred nanoseconds a live heap for each meter. Heaps and maps come and go, so their rows, with the tags {@code heap},
 * {@code kind}, {@code map} and {@code type}, are as {@link #refresh()} found them last; call it before a scrape or by a
 * timer. Maps of one name and type in a heap are one row, and so are all that have none: name those you want to see apart. Rows
 * are gauges; what is cumulative is counted over all heaps only.
 */
@SuppressWarnings("exports") // who uses this class requires Micrometer's module anyway
public final class MicrometerMeters implements MeterBinder {
    private final List<Rows<?>> rows = new ArrayList<>();

    /** The rows of one figure in one registry. */
    private record Rows<T>(Reading<T> reading, MultiGauge gauge, Function<MemStats, Stream<Tagged<T>>> parts) {
        void register(MemStats stats) {
            List<MultiGauge.Row<?>> all = new ArrayList<>();
            parts.apply(stats)
                    .forEach(part -> all.add(MultiGauge.Row.of(
                            part.tags, reading.value().apply(part.part).doubleValue())));
            gauge.register(all, true);
        }
    }

    /** A part of a snapshot and its tags. */
    private record Tagged<T>(Tags tags, T part) {}

    /** Makes meters of no registry yet. */
    public MicrometerMeters() {}

    /**
     * Registers the meters, and rows for the heaps and maps that there are.
     *
     * @param registry gets them; it can be one of several
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        for (Reading<MemStats> reading : Reading.PROCESS) {
            bind(registry, reading, Tags.empty(), stats -> stats);
        }
        List<MemStats.Kind> kinds = MemStats.read(Detail.HEAPS).kinds();
        for (int i = 0; i < kinds.size(); i++) {
            int index = i;
            for (Reading<MemStats.Kind> reading : Reading.PROCESS_KIND) {
                bind(
                        registry,
                        reading,
                        kindTag(kinds.get(i)),
                        stats -> stats.kinds().get(index));
            }
        }
        synchronized (rows) {
            add(registry, Reading.HEAP, MicrometerMeters::heaps);
            add(registry, Reading.HEAP_KIND, MicrometerMeters::heapKinds);
            add(registry, Reading.MAP, MicrometerMeters::maps);
        }
        refresh();
    }

    /** Reads all heaps and maps, and makes their rows those that there are now. Any thread may call it. */
    public void refresh() {
        MemStats stats = MemStats.read();
        synchronized (rows) {
            rows.forEach(row -> row.register(stats));
        }
    }

    private static <T> void bind(MeterRegistry registry, Reading<T> reading, Tags tags, Function<MemStats, T> part) {
        Figure figure = reading.figure();
        if (figure.cumulative()) {
            // The registry holds the object weakly; the list of readings holds it for good.
            FunctionCounter.builder(figure.name(), reading, any -> now(any, part))
                    .tags(tags)
                    .baseUnit(unit(figure))
                    .description(figure.answers())
                    .register(registry);
        } else {
            Gauge.builder(figure.name(), () -> now(reading, part))
                    .tags(tags)
                    .baseUnit(unit(figure))
                    .description(figure.answers())
                    .register(registry);
        }
    }

    private static <T> double now(Reading<T> reading, Function<MemStats, T> part) {
        return reading.value().apply(part.apply(MemStats.read(Detail.HEAPS))).doubleValue();
    }

    private <T> void add(
            MeterRegistry registry, List<Reading<T>> readings, Function<MemStats, Stream<Tagged<T>>> parts) {
        for (Reading<T> reading : readings) {
            Figure figure = reading.figure();
            if (!figure.cumulative()) {
                MultiGauge gauge = MultiGauge.builder(figure.name())
                        .baseUnit(unit(figure))
                        .description(figure.answers())
                        .register(registry);
                rows.add(new Rows<>(reading, gauge, parts));
            }
        }
    }

    private static @Nullable String unit(Figure figure) {
        return figure.unit().isEmpty() ? null : figure.unit();
    }

    private static Stream<Tagged<MemStats.Heap>> heaps(MemStats stats) {
        return stats.heaps().stream().map(heap -> new Tagged<>(heapTag(heap), heap));
    }

    private static Stream<Tagged<MemStats.Kind>> heapKinds(MemStats stats) {
        return stats.heaps().stream()
                .flatMap(heap -> heap.kinds().stream()
                        .map(kind -> new Tagged<>(heapTag(heap).and(kindTag(kind)), kind)));
    }

    private static Stream<Tagged<MemStats.Map>> maps(MemStats stats) {
        return stats.heaps().stream()
                .flatMap(heap -> heap.mapsByName().stream()
                        .map(map -> new Tagged<>(heapTag(heap).and("map", map.name(), "type", map.type()), map)));
    }

    private static Tags heapTag(MemStats.Heap heap) {
        return Tags.of("heap", Long.toString(heap.id()));
    }

    private static Tags kindTag(MemStats.Kind kind) {
        return Tags.of("kind", kind.kind());
    }
}
