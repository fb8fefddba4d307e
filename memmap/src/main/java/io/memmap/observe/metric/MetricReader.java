package io.memmap.observe.metric;

import io.memmap.observe.MemStats;
import io.memmap.observe.Metric;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A metric and the function that reads its value from a snapshot. The lists here are the one source
 * of {@link MemStats#metrics()}, of the meters, of the lines and of the page.
 *
 * @param metric the name, unit and meaning of the metric
 * @param value returns the value: a Long, or a Double for shares and seconds
 * @param <T> the part of a snapshot that has the value
 */
public record MetricReader<T>(Metric metric, Function<T, Number> value) {
    /** The metrics of the process, without tags. */
    public static final List<MetricReader<MemStats>> PROCESS = List.of(
            counter("memmap.heaps.opened", "How many heaps has the process opened?", MemStats::heapsOpened),
            watched(counter(
                    "memmap.heaps.closed",
                    "Are heaps closed as fast as they are opened? If not, they leak.",
                    MemStats::heapsClosed)),
            gauge("memmap.heaps.unreadable", "", "How many live heaps cannot be read by this thread?", s ->
                    (long) s.unreadableHeaps()),
            gauge("memmap.max", "bytes", "How many bytes can the live heaps commit at most?", MemStats::maxBytes),
            gauge(
                    "memmap.reserved",
                    "bytes",
                    "How many bytes of addresses have the live heaps reserved?",
                    MemStats::reserved),
            watched(gauge(
                    "memmap.committed",
                    "bytes",
                    "How much of the machine's memory do native heaps take? No figure of the JVM has it.",
                    MemStats::committed)),
            gauge(
                    "memmap.metadata",
                    "bytes",
                    "How much of the committed memory is for the heaps' own tables?",
                    MemStats::metadata),
            counter("memmap.growths", "How often have maps begun to grow?", MemStats::growths),
            counter("memmap.shrinks", "How often have maps begun to halve?", MemStats::shrinks),
            counter("memmap.evacuations", "How many bucket chains or pages have growths moved?", MemStats::evacuations),
            watched(gauge(
                    "memmap.oldest.age",
                    "seconds",
                    "How long has the oldest heap been open? A request's heap should be no older than a request.",
                    s -> seconds(s.oldestAgeNanos()))),
            counter(
                    "memmap.repairs",
                    "How many heaps in files were repaired at their opening, as a process had ended without a close?",
                    MemStats::repairs),
            counter("memmap.snapshots.taken", "How many snapshots of heaps were written?", MemStats::snapshots),
            watched(counter(
                    "memmap.snapshots.failed",
                    "How many snapshots have failed? What changes after the last one is lost with the machine.",
                    MemStats::failedSnapshots)));

    /** The metrics of one kind of block in all heaps, with the tag kind. */
    public static final List<MetricReader<MemStats.Kind>> PROCESS_KIND = kinds("memmap", true);

    /** The metrics of a heap, with the tag heap. */
    public static final List<MetricReader<MemStats.Heap>> HEAP = List.of(
            gauge("memmap.heap.max", "bytes", "How many bytes can the heap commit at most?", MemStats.Heap::maxBytes),
            gauge(
                    "memmap.heap.reserved",
                    "bytes",
                    "How many bytes of addresses has the heap reserved?",
                    MemStats.Heap::reserved),
            watched(gauge(
                    "memmap.heap.committed",
                    "bytes",
                    "How much memory does the heap take? If far more than is in use, it is fragmented or was larger.",
                    MemStats.Heap::committed)),
            gauge(
                    "memmap.heap.metadata",
                    "bytes",
                    "How much of the committed memory is for the heap's own tables?",
                    MemStats.Heap::metadata),
            gauge("memmap.heap.age", "seconds", "How long has the heap been open?", h -> seconds(h.ageNanos())));

    /** The metrics of one kind of block in a heap, with the tags heap and kind. */
    public static final List<MetricReader<MemStats.Kind>> HEAP_KIND = kinds("memmap.heap", false);

    /** The metrics of the file of a heap, with the tags heap and file. */
    public static final List<MetricReader<MemStats.File>> FILE = List.of(
            gauge(
                    "memmap.file.generation",
                    "",
                    "How often has the file been opened to write? If more often than the program starts, who does it?",
                    MemStats.File::generation),
            gauge(
                    "memmap.file.opening.time",
                    "seconds",
                    "How long did the opening take, with the repair if one was needed?",
                    file -> seconds(file.openingNanos())),
            gauge(
                    "memmap.file.undone",
                    "",
                    "How many maps had an operation that the repair has finished or undone?",
                    MemStats.File::undone),
            gauge(
                    "memmap.file.freed.blocks",
                    "",
                    "How many blocks that no map referred to has the repair freed?",
                    MemStats.File::freedBlocks),
            gauge(
                    "memmap.file.sync.time",
                    "seconds",
                    "How long did the last call of sync take?",
                    file -> seconds(file.syncNanos())));

    /** The metrics of the last snapshot of a heap that has one, with the tag heap. */
    public static final List<MetricReader<MemStats.Snapshots>> SNAPSHOT = List.of(
            watched(gauge(
                    "memmap.snapshot.age",
                    "seconds",
                    "How old is the last snapshot? What has changed since is lost if the machine goes down.",
                    last -> seconds(last.ageNanos()))),
            gauge(
                    "memmap.snapshot.time",
                    "seconds",
                    "How long did the last snapshot take?",
                    last -> seconds(last.tookNanos())),
            gauge("memmap.snapshot.size", "bytes", "How large is the file of the last snapshot?", last -> last.bytes()),
            gauge("memmap.snapshot.maps", "", "How many maps does the last snapshot have?", last ->
                    (long) last.maps()));

    /** The metrics of the maps of one name and type in a heap, with the tags heap, map and type. */
    public static final List<MetricReader<MemStats.Map>> MAP = List.of(
            gauge("memmap.map.tables", "", "How many maps, or shards of one map, does this row sum up?", m ->
                    (long) m.tables()),
            watched(gauge(
                    "memmap.map.size",
                    "",
                    "How many entries are there? A map that only grows is a leak.",
                    MemStats.Map::size)),
            gauge("memmap.map.used", "bytes", "How much memory does the map use?", MemStats.Map::inUse),
            gauge(
                    "memmap.map.next.growth",
                    "",
                    "At how many entries will the map have begun to grow?",
                    MemStats.Map::nextGrowthAt),
            watched(gauge(
                    "memmap.map.overflow.share",
                    "",
                    "What share of the buckets are overflow buckets? Above a quarter, the keys are badly spread.",
                    MemStats.Map::overflowShare)));

    /** The metrics of the caches of one name and type in a heap, with the tags heap, map and type. */
    public static final List<MetricReader<MemStats.Cache>> CACHE = List.of(
            counter("memmap.cache.hits", "How many reads have found a value?", MemStats.Cache::hits),
            watched(counter(
                    "memmap.cache.misses",
                    "How many reads have found none? If most, the cache is too small or of no use.",
                    MemStats.Cache::misses)),
            counter("memmap.cache.puts", "How many values were put?", MemStats.Cache::puts),
            counter("memmap.cache.loads", "How many loads have made a value?", MemStats.Cache::loads),
            counter(
                    "memmap.cache.failed.loads",
                    "How many loads have thrown an exception or returned null?",
                    MemStats.Cache::failedLoads),
            new MetricReader<>(
                    new Metric("memmap.cache.load.time", "seconds", true, false, "How long did all loads take?"),
                    cache -> seconds(cache.loadNanos())),
            counter("memmap.cache.evictions", "How many entries were removed to make room?", MemStats.Cache::evictions),
            counter(
                    "memmap.cache.expirations",
                    "How many entries were removed because they had expired?",
                    MemStats.Cache::expirations),
            counter(
                    "memmap.cache.too.large",
                    "How many entries were dropped because they were too large?",
                    MemStats.Cache::tooLarge));

    private static List<MetricReader<MemStats.Kind>> kinds(String prefix, boolean watch) {
        MetricReader<MemStats.Kind> used =
                gauge(prefix + ".used", "bytes", "How many bytes are in use for each purpose?", MemStats.Kind::inUse);
        MetricReader<MemStats.Kind> objects =
                gauge(prefix + ".objects", "", "How many live blocks are there?", MemStats.Kind::objects);
        return List.of(
                watch ? watched(used) : used,
                objects,
                counter(prefix + ".allocations", "How many blocks were allocated?", MemStats.Kind::allocations),
                counter(
                        prefix + ".frees",
                        "How many blocks were freed, or ended with their heap?",
                        MemStats.Kind::frees));
    }

    /** Returns the value of the metric in this part of a snapshot. */
    public Number read(T part) {
        return value.apply(part);
    }

    private static <T> MetricReader<T> gauge(String name, String unit, String answers, Function<T, Number> value) {
        return new MetricReader<>(new Metric(name, unit, false, false, answers), value);
    }

    private static <T> MetricReader<T> counter(String name, String answers, Function<T, Number> value) {
        return new MetricReader<>(new Metric(name, "", true, false, answers), value);
    }

    private static <T> MetricReader<T> watched(MetricReader<T> reader) {
        Metric metric = reader.metric;
        return new MetricReader<>(
                new Metric(metric.name(), metric.unit(), metric.cumulative(), true, metric.answers()), reader.value);
    }

    private static double seconds(long nanos) {
        return nanos / (double) TimeUnit.SECONDS.toNanos(1);
    }
}
