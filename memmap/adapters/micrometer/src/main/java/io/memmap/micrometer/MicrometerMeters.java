package io.memmap.micrometer;

import io.memmap.observe.MemStats;
import io.memmap.observe.MemStats.Detail;
import io.memmap.observe.Metric;
import io.memmap.observe.metric.MetricReader;
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
 * Registers the figures of {@link MemStats} as Micrometer's meters.
 *
 * <p><b>Sums.</b> The meters of the sums over all heaps have no tag, or the tag {@code kind}. The
 * registry may read them at any time and from any thread. Each meter costs some hundred nanoseconds
 * per live heap.
 *
 * <p><b>Rows.</b> Heaps and maps come and go, so their meters are rows that {@link #refresh()}
 * updates. A row has the tags {@code heap}, {@code kind}, {@code file}, {@code map} and {@code type}.
 * Call {@link #refresh()} before a scrape or by a timer. Maps of the same name and type in a heap share
 * one row, and all unnamed maps of a type share one too; name the maps that you want to see apart.
 * Rows are gauges. Cumulative metrics exist only as sums over all heaps.
 *
 * <p><b>Lifetime.</b> The meters do not keep a registry alive, and a closed registry is dropped.
 * {@link #close()} removes the meters from a registry that lives on, such as Micrometer's global
 * one.
 */
public final class MicrometerMeters implements MeterBinder, AutoCloseable {
    // Guarded by itself, as are the parts of each element.
    private final List<Bound> bounds = new ArrayList<>();

    /** The meters in one registry. Only the weak reference leads from here to the registry. */
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

    /**
     * The rows of one metric in one registry. Micrometer's MultiGauge cannot be used here, because
     * it would keep the registry alive.
     */
    private record Rows<T>(MetricReader<T> reader, Function<MemStats, Stream<Tagged<T>>> parts, Set<Meter.Id> ids) {
        void refresh(MeterRegistry registry, MemStats stats) {
            Set<Meter.Id> gone = new HashSet<>(ids);
            parts.apply(stats).forEach(part -> {
                Meter.Id id = id(reader.metric(), part.tags, Meter.Type.GAUGE);
                if (gone.remove(id)) { // a gauge keeps its first value
                    registry.removeByPreFilterId(id);
                }
                double value = reader.read(part.part).doubleValue();
                ids.add(gauge(registry, reader.metric(), part.tags, () -> value));
            });
            gone.forEach(registry::removeByPreFilterId);
            ids.removeAll(gone);
        }
    }

    /** A part of a snapshot and its tags. */
    private record Tagged<T>(Tags tags, T part) {}

    /** Makes meters that are not yet bound to a registry. */
    public MicrometerMeters() {}

    /**
     * Registers the meters, and rows for the current heaps and maps. In a registry that has the
     * meters already, this updates the rows.
     *
     * @param registry the registry that gets the meters; they can be bound to several
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

    /**
     * Reads all heaps and maps, and updates the rows: adds new ones and removes those of heaps and
     * maps that are gone. Any thread may call this method.
     */
    public void refresh() {
        MemStats stats = MemStats.read();
        synchronized (bounds) {
            bounds.removeIf(bound -> bound.open() == null);
            bounds.forEach(bound -> bound.refresh(stats));
        }
    }

    /**
     * Removes the meters from all registries that they are bound to. The registries stay open, and
     * the meters can be bound again.
     */
    @Override
    public void close() {
        synchronized (bounds) {
            bounds.forEach(Bound::remove);
            bounds.clear();
        }
    }

    private static List<Meter.Id> bindSums(MeterRegistry registry) {
        List<Meter.Id> sums = new ArrayList<>();
        for (MetricReader<MemStats> reader : MetricReader.PROCESS) {
            sums.add(bind(registry, reader, Tags.empty(), stats -> stats));
        }
        List<MemStats.Kind> kinds = MemStats.read(Detail.HEAPS).kinds();
        for (int i = 0; i < kinds.size(); i++) {
            int index = i;
            for (MetricReader<MemStats.Kind> reader : MetricReader.PROCESS_KIND) {
                sums.add(bind(
                        registry,
                        reader,
                        kindTag(kinds.get(i)),
                        stats -> stats.kinds().get(index)));
            }
        }
        return sums;
    }

    /**
     * Registers a meter that reads the metric whenever the registry asks for it. Returns the
     * meter's id.
     */
    private static <T> Meter.Id bind(
            MeterRegistry registry, MetricReader<T> reader, Tags tags, Function<MemStats, T> part) {
        Metric metric = reader.metric();
        if (!metric.cumulative()) {
            return gauge(registry, metric, tags, () -> now(reader, part));
        }
        // The registry holds this object weakly. The list of readers keeps it alive for good.
        FunctionCounter.builder(metric.name(), reader, any -> now(any, part))
                .tags(tags)
                .baseUnit(unit(metric))
                .description(metric.answers())
                .register(registry);
        return id(metric, tags, Meter.Type.COUNTER);
    }

    private static Meter.Id gauge(MeterRegistry registry, Metric metric, Tags tags, Supplier<Number> value) {
        Gauge.builder(metric.name(), value)
                .tags(tags)
                .baseUnit(unit(metric))
                .description(metric.answers())
                .register(registry);
        return id(metric, tags, Meter.Type.GAUGE);
    }

    /** Returns the id that a meter has before the registry's filters change it. */
    private static Meter.Id id(Metric metric, Tags tags, Meter.Type type) {
        return new Meter.Id(metric.name(), tags, unit(metric), metric.answers(), type);
    }

    private static <T> double now(MetricReader<T> reader, Function<MemStats, T> part) {
        return reader.read(part.apply(MemStats.read(Detail.HEAPS))).doubleValue();
    }

    private static List<Rows<?>> rows() {
        List<Rows<?>> rows = new ArrayList<>();
        add(rows, MetricReader.HEAP, MicrometerMeters::heaps);
        add(rows, MetricReader.HEAP_KIND, MicrometerMeters::heapKinds);
        add(rows, MetricReader.FILE, MicrometerMeters::files);
        add(rows, MetricReader.SNAPSHOT, MicrometerMeters::snapshots);
        add(rows, MetricReader.MAP, MicrometerMeters::maps);
        return rows;
    }

    private static <T> void add(
            List<Rows<?>> rows, List<MetricReader<T>> readers, Function<MemStats, Stream<Tagged<T>>> parts) {
        for (MetricReader<T> reader : readers) {
            if (!reader.metric().cumulative()) {
                rows.add(new Rows<>(reader, parts, new HashSet<>()));
            }
        }
    }

    private static @Nullable String unit(Metric metric) {
        return metric.unit().isEmpty() ? null : metric.unit();
    }

    private static Stream<Tagged<MemStats.Heap>> heaps(MemStats stats) {
        return stats.heaps().stream().map(heap -> new Tagged<>(heapTag(heap), heap));
    }

    private static Stream<Tagged<MemStats.Kind>> heapKinds(MemStats stats) {
        return stats.heaps().stream()
                .flatMap(heap -> heap.kinds().stream()
                        .map(kind -> new Tagged<>(heapTag(heap).and(kindTag(kind)), kind)));
    }

    private static Stream<Tagged<MemStats.File>> files(MemStats stats) {
        return stats.heaps().stream().flatMap(heap -> {
            MemStats.File file = heap.file();
            return file == null
                    ? Stream.empty()
                    : Stream.of(new Tagged<>(heapTag(heap).and("file", file.path()), file));
        });
    }

    private static Stream<Tagged<MemStats.Snapshots>> snapshots(MemStats stats) {
        return stats.heaps().stream()
                .filter(heap -> heap.snapshots().taken() != 0)
                .map(heap -> new Tagged<>(heapTag(heap), heap.snapshots()));
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
