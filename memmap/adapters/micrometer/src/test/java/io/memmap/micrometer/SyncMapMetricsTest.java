package io.memmap.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.SyncMap;
import io.memmap.Type;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A map has the meters that Micrometer has for every cache. */
class SyncMapMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private double count(String name, String... tags) {
        return registry.get(name)
                .tags("cache", "pages", "app", "shop")
                .tags(tags)
                .functionCounter()
                .count();
    }

    @Test
    void theFiguresOfACacheHaveMicrometersNames() {
        AtomicLong clock = new AtomicLong();
        SyncMap<Long, String> map = SyncMapMetrics.monitor(
                registry,
                SyncMap.builder(Type.LONG, Type.UTF8)
                        .maxEntries(2)
                        .expireAfterWrite(Duration.ofNanos(10))
                        .ticker(clock::get)
                        .recordStats()
                        .make(),
                "pages",
                Tags.of("app", "shop"));
        try (map) {
            map.put(1L, "a");
            map.get(1L);
            map.get(2L);
            map.get(2L, key -> "b");
            map.get(3L, key -> null);
            map.put(4L, "d");
            assertThat(registry.get("cache.size").gauge().value()).isEqualTo(2);
            clock.addAndGet(10);
            map.purgeExpired();
            assertThat(count("cache.gets", "result", "hit")).isEqualTo(1);
            assertThat(count("cache.gets", "result", "miss")).isEqualTo(3);
            assertThat(count("cache.puts")).isEqualTo(3);
            assertThat(count("cache.evictions")).isEqualTo(3);
            assertThat(count("cache.evictions.by", "cause", "size")).isEqualTo(1);
            assertThat(count("cache.evictions.by", "cause", "expired")).isEqualTo(2);
            assertThat(count("cache.evictions.by", "cause", "too_large")).isZero();
            assertThat(count("cache.load", "result", "success")).isEqualTo(1);
            assertThat(count("cache.load", "result", "failure")).isEqualTo(1);
            assertThat(registry.get("cache.load.duration").timeGauge().value()).isPositive();
            assertThat(registry.get("cache.size").gauge().value()).isZero();
        }
        assertThat(registry.get("cache.size").gauge().value()).isZero();
        assertThat(count("cache.puts")).isEqualTo(3);
    }
}
