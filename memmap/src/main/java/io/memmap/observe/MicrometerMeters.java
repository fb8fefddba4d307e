package io.memmap.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
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
 *
 * <p><b>Lifetime.</b> It does not keep a registry alive, and it forgets one that is closed. {@link #close()} takes the meters out of
 * a registry that lives on, such as Micrometer's global one.
 */
@SuppressWarnings("exports") // who uses this class requires Micrometer's module anyway
public final class MicrometerMeters implements MeterBinder, AutoCloseable {
    private final List<Bound> bounds = new ArrayList<>(); // guarded by itself, as are the parts of each

    /** The meters in one registry. Nothing here leads to the registry but the weak reference. */
    private record Bound(WeakReference<MeterRegistry> registry, List<Meter.Id> sums, List<Rows<?>> rows) {
        /** Returns the registry, or null if it is closed or collected. */
        @Nullable
        MeterRegistry open() {
            MeterRegistry open = registry.get();
            return open == null || open.isClosed() ? null : open;
        }

        void refresh(MemStats stats) {
            MeterRegistry open = open();
            if (open != null) {
                rows.forEach(row -> row.refresh(open, stats));
            }
        }

        void remove() {
            MeterRegistry open = open();
            if (open != null) {
                sums.forEach(open::removeByPreFilterId);
                rows.forEach(row -> row.ids.forEach(open::removeByPreFilterId));
            }
        }
    }

    /** The rows of one figure in one registry: Micrometer's MultiGauge would hold the registry. */
    private record Rows<T>(Reading<T> reading, Function<MemStats, Stream<Tagged<T>>> parts, Set<Meter.Id> ids) {
        void refresh(MeterRegistry registry, MemStats stats) {
            Set<Meter.Id> gone = new HashSet<>(ids);
            parts.apply(stats).forEach(part -> {
                Meter.Id id = id(reading.figure(), part.tags, Meter.Type.GAUGE);
                if (gone.remove(id)) { // a gauge keeps the value that it was registered with
                    registry.removeByPreFilterId(id);
                }
                double value = reading.value().apply(part.part).doubleValue();
                ids.add(gauge(registry, reading.figure(), part.tags, () -> value));
            });
            gone.forEach(registry::removeByPreFilterId);
            ids.removeAll(gone);
        }
    }

    /** A part of a snapshot and its tags. */
    private record Tagged<T>(Tags tags, T part) {}

    /** Makes meters of no registry yet. */
    public MicrometerMeters() {}

    /**
     * Registers the meters, and rows for the heaps and maps that there are. In a registry that has them already, it renews the rows.
     *
     * @param registry gets them; it can be one of several
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        synchronized (bounds) {
            if (bounds.stream().noneMatch(bound -> bound.registry.refersTo(registry))) {
                bounds.add(new Bound(new WeakReference<>(registry), bindSums(registry), rows()));
            }
        }
        refresh();
    }

    /** Reads all heaps and maps, and makes their rows those that there are now. Any thread may call it. */
    public void refresh() {
        MemStats stats = MemStats.read();
        synchronized (bounds) {
            bounds.removeIf(bound -> bound.open() == null);
            bounds.forEach(bound -> bound.refresh(stats));
        }
    }

    /** Removes the meters from the registries that they are bound to, which stay open. They can be bound again. */
    @Override
    public void close() {
        synchronized (bounds) {
            bounds.forEach(Bound::remove);
            bounds.clear();
        }
    }

    private static List<Meter.Id> bindSums(MeterRegistry registry) {
        List<Meter.Id> sums = new ArrayList<>();
        for (Reading<MemStats> reading : Reading.PROCESS) {
            sums.add(bind(registry, reading, Tags.empty(), stats -> stats));
        }
        List<MemStats.Kind> kinds = MemStats.read(Detail.HEAPS).kinds();
        for (int i = 0; i < kinds.size(); i++) {
            int index = i;
            for (Reading<MemStats.Kind> reading : Reading.PROCESS_KIND) {
                sums.add(bind(
                        registry,
                        reading,
                        kindTag(kinds.get(i)),
                        stats -> stats.kinds().get(index)));
            }
        }
        return sums;
    }

    /** Registers a meter that reads the figure whenever it is asked; returns what it is called. */
    private static <T> Meter.Id bind(
            MeterRegistry registry, Reading<T> reading, Tags tags, Function<MemStats, T> part) {
        Figure figure = reading.figure();
        if (!figure.cumulative()) {
            return gauge(registry, figure, tags, () -> now(reading, part));
        }
        // The registry holds the object weakly; the list of readings holds it for good.
        FunctionCounter.builder(figure.name(), reading, any -> now(any, part))
                .tags(tags)
                .baseUnit(unit(figure))
                .description(figure.answers())
                .register(registry);
        return id(figure, tags, Meter.Type.COUNTER);
    }

    private static Meter.Id gauge(MeterRegistry registry, Figure figure, Tags tags, Supplier<Number> value) {
        Gauge.builder(figure.name(), value)
                .tags(tags)
                .baseUnit(unit(figure))
                .description(figure.answers())
                .register(registry);
        return id(figure, tags, Meter.Type.GAUGE);
    }

    /** Returns the name before the registry's filters change it. */
    private static Meter.Id id(Figure figure, Tags tags, Meter.Type type) {
        return new Meter.Id(figure.name(), tags, unit(figure), figure.answers(), type);
    }

    private static <T> double now(Reading<T> reading, Function<MemStats, T> part) {
        return reading.value().apply(part.apply(MemStats.read(Detail.HEAPS))).doubleValue();
    }

    private static List<Rows<?>> rows() {
        List<Rows<?>> rows = new ArrayList<>();
        add(rows, Reading.HEAP, MicrometerMeters::heaps);
        add(rows, Reading.HEAP_KIND, MicrometerMeters::heapKinds);
        add(rows, Reading.MAP, MicrometerMeters::maps);
        return rows;
    }

    private static <T> void add(
            List<Rows<?>> rows, List<Reading<T>> readings, Function<MemStats, Stream<Tagged<T>>> parts) {
        for (Reading<T> reading : readings) {
            if (!reading.figure().cumulative()) {
                rows.add(new Rows<>(reading, parts, new HashSet<>()));
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
