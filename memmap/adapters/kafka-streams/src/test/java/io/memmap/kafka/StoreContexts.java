package io.memmap.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.memmap.observe.MemStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.internals.MockStreamsMetrics;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.internals.ThreadCache;
import org.apache.kafka.test.InternalMockProcessorContext;
import org.apache.kafka.test.MockRecordCollector;
import org.apache.kafka.test.StreamsTestUtils;
import org.apache.kafka.test.TestUtils;

/** What the tests of the stores share. */
final class StoreContexts {
    private StoreContexts() {}

    /** Returns the context of a task of an application of its own, whose record cache has some room. */
    static InternalMockProcessorContext<?, ?> context(Map<String, ?> settings) {
        Properties properties = StreamsTestUtils.getStreamsConfig();
        properties.putAll(settings);
        ThreadCache cache = new ThreadCache(new LogContext("test "), 2_000, new MockStreamsMetrics(new Metrics()));
        return new InternalMockProcessorContext<>(
                TestUtils.tempDirectory(),
                Serdes.Bytes(),
                Serdes.ByteArray(),
                new MockRecordCollector(),
                cache,
                new StreamsConfig(properties));
    }

    static Bytes key(String text) {
        return Bytes.wrap(bytes(text));
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, UTF_8);
    }

    /** Returns the entries as text, and closes the iterator. */
    static <K> List<String> list(KeyValueIterator<K, byte[]> iterator) {
        try (iterator) {
            List<String> entries = new ArrayList<>();
            while (iterator.hasNext()) {
                KeyValue<K, byte[]> entry = iterator.next();
                entries.add(entry.key + "=" + text(entry.value));
            }
            return entries;
        }
    }

    /** Returns the bytes that all maps of a name have in all heaps. */
    static long bytesOf(String store) {
        return MemStats.read().heaps().stream()
                .flatMap(heap -> heap.maps().stream())
                .filter(map -> map.name().equals(store))
                .mapToLong(MemStats.Map::inUse)
                .sum();
    }
}
