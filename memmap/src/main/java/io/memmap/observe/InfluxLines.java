package io.memmap.observe;

import io.memmap.observe.metric.MetricReader;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Writes a snapshot in InfluxDB's line protocol, which TDengine and other stores also take:
 *
 * <pre>memmap_map,heap=1,map=orders,type=map[long]long size=3i,used_bytes=640i,overflow_share=0.0 1700000000000000000</pre>
 *
 * <p>The measurements are {@code memmap} for the process, {@code memmap_kind} for each kind of
 * block, {@code memmap_heap}, {@code memmap_heap_kind}, {@code memmap_file} for a heap in a file,
 * {@code memmap_snapshot} for a heap that has one, {@code memmap_map} and, for the maps that
 * are used as caches, {@code memmap_cache}. The tags are {@code heap}, {@code kind}, {@code file},
 * {@code map} and {@code type}. Maps of the same name and type in a heap are summed in one line. Counts are integers; shares and seconds are floats. Commas, spaces
 * and equals signs in tags are escaped with a backslash. Characters for which the protocol has no
 * escape are written as their code in hexadecimal, as in a URL: {@code %0A} for a line feed and the
 * same for other control characters, {@code %5C} for a backslash, and {@code %25} for the percent
 * sign itself. So two different names never become one series. A tag without a value is left out.
 */
public final class InfluxLines {
    private static final String MEASUREMENT = "memmap";

    private InfluxLines() {}

    /**
     * Appends a snapshot, with one line for the process and for each kind, heap, map and cache.
     *
     * @param stats the snapshot
     * @param out receives the lines, each ended by a line feed
     * @throws IOException if {@code out} throws it
     */
    public static void write(MemStats stats, Appendable out) throws IOException {
        long nanos = TimeUnit.MILLISECONDS.toNanos(stats.timeMillis());
        line(out, MEASUREMENT, Map.of(), MetricReader.PROCESS, stats, nanos);
        for (MemStats.Kind kind : stats.kinds()) {
            line(out, "memmap_kind", Map.of("kind", kind.kind()), MetricReader.PROCESS_KIND, kind, nanos);
        }
        for (MemStats.Heap heap : stats.heaps()) {
            String id = Long.toString(heap.id());
            line(out, "memmap_heap", Map.of("heap", id), MetricReader.HEAP, heap, nanos);
            for (MemStats.Kind kind : heap.kinds()) {
                Map<String, String> tags = Map.of("heap", id, "kind", kind.kind());
                line(out, "memmap_heap_kind", tags, MetricReader.HEAP_KIND, kind, nanos);
            }
            MemStats.File file = heap.file();
            if (file != null) {
                line(out, "memmap_file", Map.of("heap", id, "file", file.path()), MetricReader.FILE, file, nanos);
            }
            if (heap.snapshots().taken() != 0) {
                line(out, "memmap_snapshot", Map.of("heap", id), MetricReader.SNAPSHOT, heap.snapshots(), nanos);
            }
            for (MemStats.Map map : heap.mapsByName()) {
                Map<String, String> tags = Map.of("heap", id, "map", map.name(), "type", map.type());
                line(out, "memmap_map", tags, MetricReader.MAP, map, nanos);
            }
            for (MemStats.Cache cache : heap.cachesByName()) {
                Map<String, String> tags = Map.of("heap", id, "map", cache.name(), "type", cache.type());
                line(out, "memmap_cache", tags, MetricReader.CACHE, cache, nanos);
            }
        }
    }

    private static <T> void line(
            Appendable out,
            String measurement,
            Map<String, String> tags,
            List<MetricReader<T>> readers,
            T part,
            long nanos)
            throws IOException {
        out.append(measurement);
        // servers prefer sorted tags
        for (Map.Entry<String, String> tag : new TreeMap<>(tags).entrySet()) {
            if (!tag.getValue().isEmpty()) {
                out.append(',');
                escape(out, tag.getKey());
                out.append('=');
                escape(out, tag.getValue());
            }
        }
        char separator = ' ';
        for (Iterator<MetricReader<T>> all = readers.iterator(); all.hasNext(); separator = ',') {
            MetricReader<T> reader = all.next();
            out.append(separator);
            escape(out, field(measurement, reader.metric()));
            Number value = reader.read(part);
            out.append('=').append(value.toString()).append(value instanceof Long ? "i" : "");
        }
        out.append(' ').append(Long.toString(nanos)).append('\n');
    }

    /**
     * Returns the metric's name without the part that the measurement repeats, and with its unit.
     */
    private static String field(String measurement, Metric metric) {
        String name = metric.name().replace('.', '_');
        String scope = measurement.endsWith("_kind")
                ? measurement.substring(0, measurement.length() - "_kind".length())
                : measurement;
        String unit = metric.unit().isEmpty() ? "" : "_" + metric.unit();
        return name.substring(scope.length() + 1) + unit;
    }

    /** Appends a name or a tag's value, escaped. Different texts are always written differently. */
    static void escape(Appendable out, String text) throws IOException {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean isLoneSurrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
            if (c == '%' || c == '\\' || Character.isISOControl(c) || isLoneSurrogate) {
                out.append(String.format(Locale.ROOT, "%%%02X", c));
            } else {
                out.append(c == ',' || c == '=' || c == ' ' ? "\\" : "").append(Character.toString(c));
            }
        }
    }
}
