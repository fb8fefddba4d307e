package io.memmap.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.observe.MemStats;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Maps with different names stay different, whatever characters the names contain. */
class ExportedNamesTest {
    private static final List<String> NAMES = List.of(
            "",
            " ",
            "a",
            "a ",
            "a b",
            "a\nb",
            "a\r\nb",
            "a\0b",
            "a,b",
            "a=b",
            "a\"b",
            "a\\b",
            "a\\nb",
            "a\\",
            "a}b",
            "#a",
            "\ud83d\ude00");

    private final NativeHeap heap = NativeHeap.ofConfined();
    private String id;

    @BeforeEach
    void makeMaps() {
        for (String name : NAMES) {
            LongLongMap.builder(heap).name(name).make().put(1, 2);
        }
        id = Long.toString(MemStats.read().heaps().getLast().id());
    }

    @AfterEach
    void close() {
        heap.close();
    }

    @Test
    void micrometerHasARowForEachName() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new MicrometerMeters().bindTo(registry);
        assertThat(registry.get("memmap.map.size").tag("heap", id).gauges())
                .allMatch(gauge -> gauge.value() == 1)
                .extracting((Gauge gauge) -> gauge.getId().getTag("map"))
                .containsExactlyInAnyOrderElementsOf(NAMES);
    }

    @Test
    void prometheusHasALineForEachName() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new MicrometerMeters().bindTo(registry);
        assertThat(List.of(registry.scrape().split("\n")))
                .allMatch(line -> line.matches("(?s)#.*|[a-z_]+(\\{([a-z]+=\"(\\\\[\\\\\"n]|[^\\\\\"])*\",?)+})? \\S+"))
                .filteredOn(line -> line.startsWith("memmap_map_size{heap=\"" + id + "\""))
                .doesNotHaveDuplicates()
                .hasSize(NAMES.size());
    }
}
