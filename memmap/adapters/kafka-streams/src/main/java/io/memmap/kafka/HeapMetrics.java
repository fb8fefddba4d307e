package io.memmap.kafka;

import io.memmap.HeapStats;
import io.memmap.NativeHeap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.streams.StreamsMetrics;

/** The figures of a heap as metrics of Kafka, in the group {@value #GROUP}. */
final class HeapMetrics {
    static final String GROUP = "stream-memmap-metrics";

    private final StreamsMetrics owner;
    private final NativeHeap heap;
    private final List<MetricName> names = new ArrayList<>();

    HeapMetrics(StreamsMetrics owner, NativeHeap heap) {
        this.owner = owner;
        this.heap = heap;
        add("max-bytes", "The bound of the heap that all stores share", HeapStats::maxBytes);
        add("committed-bytes", "The memory that the operating system backs", HeapStats::committed);
        add("in-use-bytes", "The bytes of all live blocks, which hold the stores' entries", HeapStats::inUse);
        add("blocks", "The number of live blocks", HeapStats::blocks);
        add("longest-free-bytes", "The longest run of free memory within the bound", HeapStats::longestFree);
    }

    private void add(String name, String description, ToLongFunction<HeapStats> figure) {
        Metrics registry = KafkaInternals.registry(owner);
        if (registry != null) {
            MetricName full = registry.metricName(name, GROUP, description, KafkaInternals.clientTags(owner));
            Gauge<Long> gauge = (config, now) -> read(figure);
            registry.addMetric(full, gauge);
            names.add(full);
        }
    }

    /** Reads a figure; 0 if the heap ends meanwhile. */
    private long read(ToLongFunction<HeapStats> figure) {
        try {
            return figure.applyAsLong(heap.stats());
        } catch (IllegalStateException ended) {
            return 0;
        }
    }

    void close() {
        Metrics registry = KafkaInternals.registry(owner);
        if (registry != null) {
            names.forEach(registry::removeMetric);
        }
    }
}
