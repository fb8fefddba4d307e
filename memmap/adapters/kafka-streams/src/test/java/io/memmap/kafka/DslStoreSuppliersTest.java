package io.memmap.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.observe.MemStats;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.DslKeyValueParams;
import org.apache.kafka.streams.state.DslSessionParams;
import org.apache.kafka.streams.state.DslWindowParams;
import org.apache.kafka.streams.state.HeadersBytesStoreSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One setting gives all operators of the DSL our stores. */
class DslStoreSuppliersTest {
    private final MemmapDslStoreSuppliers suppliers = new MemmapDslStoreSuppliers();

    @ParameterizedTest
    @CsvSource({"DEFAULT, false", "HEADERS, false", "DEFAULT, true", "HEADERS, true"})
    void anApplicationHasOurStores(String format, boolean persistent, @TempDir Path directory) {
        int heaps = MemStats.read().heaps().size();
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "application");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:9092");
        settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, MemmapDslStoreSuppliers.class.getName());
        settings.put(StreamsConfig.DSL_STORE_FORMAT_CONFIG, format);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
        settings.put(MemmapStoresConfig.MAX_BYTES_CONFIG, "8388608");
        settings.put(MemmapStoresConfig.PERSISTENT_CONFIG, persistent);
        StreamsBuilder builder = new StreamsBuilder();
        KGroupedStream<String, String> words = builder.stream("words", Consumed.with(Serdes.String(), Serdes.String()))
                .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()));
        words.count(Materialized.as("counts"));
        words.windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofSeconds(10))).count(Materialized.as("windowed"));
        words.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofSeconds(5)))
                .emitStrategy(EmitStrategy.onWindowClose())
                .count(Materialized.as("sessions"));
        try (TopologyTestDriver driver = new TopologyTestDriver(builder.build(), settings)) {
            TestInputTopic<String, String> input =
                    driver.createInputTopic("words", new StringSerializer(), new StringSerializer());
            input.pipeInput("k", "a", Instant.ofEpochSecond(1));
            input.pipeInput("k", "b", Instant.ofEpochSecond(2));
            input.pipeInput("k", "a", Instant.ofEpochSecond(3));
            List<MemStats.Heap> all = MemStats.read().heaps();
            assertThat(all).hasSize(heaps + 1);
            MemStats.Heap ours = all.getLast();
            assertThat(ours.maxBytes()).isEqualTo(8388608);
            assertThat(ours.maps().stream().map(map -> nameOfStore(map.name(), persistent)))
                    .contains("counts", "windowed", "sessions", "sessions by time");
            assertThat(ours.maps().stream().anyMatch(map -> map.name().endsWith("_0/counts")))
                    .isEqualTo(persistent);
            assertThat(driver.<String, Long>getKeyValueStore("counts").get("a")).isEqualTo(2);
            if (format.equals("DEFAULT")) {
                assertThat(driver.<String, Long>getTimestampedKeyValueStore("counts")
                                .get("a")
                                .timestamp())
                        .isEqualTo(3_000);
            }
            assertThat(driver.<String, Long>getWindowStore("windowed").fetch("a", 0))
                    .isEqualTo(2);
            assertThat(driver.<String, Long>getSessionStore("sessions").fetchSession("a", 1_000, 3_000))
                    .isEqualTo(2);
        }
        assertThat(MemStats.read().heaps()).hasSize(heaps);
    }

    /** Returns the name of a map without the task and the segment that it has in a file. */
    private static String nameOfStore(String map, boolean persistent) {
        return persistent ? map.replaceFirst("^\\d+_\\d+/", "").replaceFirst("/\\d+", "") : map;
    }

    @Test
    void theFormatOfHeadersIsKept() {
        EmitStrategy update = EmitStrategy.onWindowUpdate();
        for (DslStoreFormat format : DslStoreFormat.values()) {
            assertThat(List.of(
                            suppliers.keyValueStore(new DslKeyValueParams("s", format)),
                            suppliers.windowStore(new DslWindowParams(
                                    "s", Duration.ofMinutes(2), Duration.ofMinutes(1), false, update, false, format)),
                            suppliers.sessionStore(new DslSessionParams("s", Duration.ofMinutes(2), update, format))))
                    .allMatch(supplier ->
                            supplier instanceof HeadersBytesStoreSupplier == (format == DslStoreFormat.HEADERS))
                    .allMatch(supplier -> supplier.name().equals("s"));
        }
    }

    @Test
    void theRecordCacheSortsAsTheStoreDoes() {
        Duration retention = Duration.ofMinutes(8);
        assertThat(MemmapStores.windowStore("s", retention, retention, false).segmentIntervalMs())
                .isEqualTo(120_000);
        assertThat(MemmapStores.timeOrderedWindowStore("s", retention, retention, false)
                        .segmentIntervalMs())
                .isEqualTo(1);
        assertThat(MemmapStores.sessionStore("s", retention).segmentIntervalMs())
                .isEqualTo(120_000);
        assertThat(MemmapStores.persistentWindowStore("s", retention, retention, false)
                        .segmentIntervalMs())
                .isEqualTo(120_000);
        assertThat(MemmapStores.persistentSessionStore("s", Duration.ofSeconds(8))
                        .segmentIntervalMs())
                .isEqualTo(60_000);
        assertThat(suppliers
                        .windowStore(new DslWindowParams(
                                "s",
                                retention,
                                retention,
                                true,
                                EmitStrategy.onWindowClose(),
                                true,
                                DslStoreFormat.PLAIN))
                        .segmentIntervalMs())
                .isEqualTo(1);
    }
}
