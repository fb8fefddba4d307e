package io.memmap.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.observe.MemStats;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MicrometerMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MicrometerMeters meters = new MicrometerMeters();

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    @Test
    void sumsAreReadOnRequest() {
        meters.bindTo(registry);
        double blobs = registry.get("memmap.allocations")
                .tag("kind", "blob")
                .functionCounter()
                .count();
        double used = gauge("memmap.used", "kind", "blob");
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            heap.allocate(1000);
            assertThat(registry.get("memmap.allocations")
                            .tag("kind", "blob")
                            .functionCounter()
                            .count())
                    .isEqualTo(blobs + 1);
            assertThat(gauge("memmap.used", "kind", "blob"))
                    .isEqualTo(used + heap.stats().blob());
            assertThat(gauge("memmap.committed"))
                    .isEqualTo((double) MemStats.read().committed());
            assertThat(gauge("memmap.max")).isEqualTo((double) MemStats.read().maxBytes());
        }
        assertThat(gauge("memmap.used", "kind", "blob")).isEqualTo(used);
    }

    @Test
    void aFileAndASnapshotHaveRows(@TempDir Path directory) {
        meters.bindTo(registry);
        Path file = directory.resolve("heap");
        double taken = registry.get("memmap.snapshots.taken").functionCounter().count();
        try (NativeHeap heap = NativeHeap.builder().maxBytes(8 << 20).file(file).open()) {
            meters.refresh();
            MemStats.Heap seen = MemStats.read().heaps().getLast();
            String id = Long.toString(seen.id());
            assertThat(gauge(
                            "memmap.file.generation",
                            "heap",
                            id,
                            "file",
                            seen.file().path()))
                    .isEqualTo(1);
            assertThat(registry.find("memmap.snapshot.age").tag("heap", id).gauges())
                    .isEmpty();
            long bytes = heap.snapshot(directory.resolve("snapshot")).bytes();
            meters.refresh();
            assertThat(gauge("memmap.snapshot.size", "heap", id)).isEqualTo((double) bytes);
            assertThat(gauge("memmap.snapshot.age", "heap", id)).isNotNegative();
            assertThat(registry.get("memmap.snapshots.taken").functionCounter().count())
                    .isEqualTo(taken + 1);
        }
        meters.refresh();
        assertThat(registry.find("memmap.file.generation").gauges()).isEmpty();
    }

    @Test
    void rowsComeAndGoWithHeapsAndMaps() {
        meters.bindTo(registry);
        String id;
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.builder(heap).name("orders").make();
            map.put(1, 2);
            meters.refresh();
            id = Long.toString(MemStats.read().heaps().getLast().id());
            assertThat(gauge("memmap.map.size", "heap", id, "map", "orders", "type", "map[long]long"))
                    .isEqualTo(1);
            assertThat(gauge("memmap.map.used", "heap", id, "map", "orders"))
                    .isEqualTo((double) map.stats().bytes());
            assertThat(gauge("memmap.heap.max", "heap", id))
                    .isEqualTo((double) heap.stats().maxBytes());
            assertThat(gauge("memmap.heap.committed", "heap", id))
                    .isEqualTo((double) heap.stats().committed());
            assertThat(gauge("memmap.heap.used", "heap", id, "kind", "bucket"))
                    .isEqualTo((double) heap.stats().bucket());
        }
        meters.refresh();
        assertThat(registry.find("memmap.heap.committed").tag("heap", id).gauges())
                .isEmpty();
        assertThat(registry.find("memmap.map.size").tag("heap", id).gauges()).isEmpty();
    }

    @Test
    void metersHaveAUnitAndStateTheQuestionTheyAnswer() {
        meters.bindTo(registry);
        assertThat(registry.get("memmap.committed").gauge().getId().getBaseUnit())
                .isEqualTo("bytes");
        assertThat(registry.get("memmap.oldest.age").gauge().getId().getBaseUnit())
                .isEqualTo("seconds");
        assertThat(registry.getMeters())
                .allMatch(
                        meter -> String.valueOf(meter.getId().getDescription()).contains("?"));
    }

    @Test
    void prometheusGetsNamesInItsOwnStyle() {
        PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).name("a \"quoted\" name").make().put(1, 2);
            meters.bindTo(prometheus);
            List<String> lines = prometheus.scrape().lines().toList();
            assertThat(lines).anyMatch(line -> line.startsWith("memmap_committed_bytes "));
            assertThat(lines).anyMatch(line -> line.startsWith("memmap_allocations_total{kind=\"blob\"} "));
            assertThat(lines)
                    .anyMatch(line -> line.startsWith("memmap_map_size{")
                            && line.contains("map=\"a \\\"quoted\\\" name\"")
                            && line.contains("type=\"map[long]long\"")
                            && line.endsWith(" 1.0"));
            double age = lines.stream()
                    .filter(line -> line.startsWith("memmap_oldest_age_seconds "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                    .findFirst()
                    .orElseThrow();
            assertThat(age).isCloseTo(MemStats.read().oldestAgeNanos() / 1e9, within(3600.0));
        }
    }

    private WeakReference<MeterRegistry> bindAndDrop(Consumer<MeterRegistry> last) {
        MeterRegistry dropped = new SimpleMeterRegistry();
        meters.bindTo(dropped);
        last.accept(dropped);
        return new WeakReference<>(dropped);
    }

    private void assertCollected(List<WeakReference<MeterRegistry>> dropped) {
        for (int i = 0; i < 10 && !dropped.stream().allMatch(one -> one.refersTo(null)); i++) {
            System.gc();
        }
        assertThat(dropped).allMatch(one -> one.refersTo(null));
        meters.refresh();
    }

    @Test
    void aClosedOrDroppedRegistryCanBeCollected() {
        assertCollected(List.of(bindAndDrop(MeterRegistry::close), bindAndDrop(kept -> {})));
    }

    @Test
    void aClosedRegistryGetsNoMoreRows() {
        meters.bindTo(registry);
        registry.close();
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).name("too late").make();
            meters.refresh();
            assertThat(registry.find("memmap.map.size").tag("map", "too late").gauges())
                    .isEmpty();
        }
    }

    @Test
    void aRegistryInUseKeepsItsRowsAfterGarbageCollections() {
        meters.bindTo(registry);
        System.gc();
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.builder(heap).name("later").make();
            meters.refresh();
            map.put(1, 2);
            System.gc();
            meters.refresh();
            assertThat(gauge("memmap.map.size", "map", "later")).isEqualTo(1);
        }
    }

    @Test
    void bindingTwiceRegistersEachMeterOnce() {
        meters.bindTo(registry);
        int once = registry.getMeters().size();
        meters.bindTo(registry);
        assertThat(registry.getMeters()).hasSize(once);
    }

    @Test
    void closingRemovesAllMetersFromAnOpenRegistry() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap.builder(heap).name("a").make();
            registry.config().commonTags("common", "tag");
            meters.bindTo(registry);
            assertThat(registry.getMeters()).isNotEmpty();
            meters.close();
            assertThat(registry.getMeters()).isEmpty();
            meters.refresh();
            assertThat(registry.getMeters()).isEmpty();
            meters.bindTo(registry);
            assertThat(gauge("memmap.map.size", "map", "a")).isZero();
        }
    }
}
