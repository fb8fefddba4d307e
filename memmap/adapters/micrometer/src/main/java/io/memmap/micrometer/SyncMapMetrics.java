package io.memmap.micrometer;

import io.memmap.CacheStats;
import io.memmap.SyncMap;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.cache.CacheMeterBinder;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Registers the figures of {@link SyncMap#cacheStats} under the names that Micrometer uses for
 * every cache: {@code cache.size}, {@code cache.gets} with the tag {@code result} (hit or miss),
 * {@code cache.puts}, {@code cache.evictions}, {@code cache.load} with the tag {@code result}
 * (success or failure) and {@code cache.load.duration}. So a dashboard for Caffeine shows a memmap
 * cache. {@code cache.evictions} counts what the map has removed by itself, as for Caffeine;
 * {@code cache.evictions.by} has the same number by the tag {@code cause}: size, expired or
 * too_large.
 *
 * <p>Without {@link io.memmap.SyncMapBuilder#recordStats} only the size and the evictions are
 * counted. The meters do not keep the map alive. After the end of the map they keep their values,
 * and the size is 0.
 */
public final class SyncMapMetrics extends CacheMeterBinder<SyncMap<?, ?>> {
    /**
     * Makes meters that are not yet bound to a registry.
     *
     * @param map the map
     * @param name the value of the tag {@code cache}
     * @param tags more tags for each meter
     */
    public SyncMapMetrics(SyncMap<?, ?> map, String name, Iterable<Tag> tags) {
        super(map, name, tags);
    }

    /**
     * Registers the meters of a map.
     *
     * @param registry the registry that gets the meters
     * @param map the map
     * @param name the value of the tag {@code cache}
     * @param tags more tags for each meter
     * @param <M> the class of the map
     * @return the map
     */
    public static <M extends SyncMap<?, ?>> M monitor(MeterRegistry registry, M map, String name, Iterable<Tag> tags) {
        new SyncMapMetrics(map, name, tags).bindTo(registry);
        return map;
    }

    private CacheStats stats() {
        @Nullable SyncMap<?, ?> map = getCache();
        return map == null ? new CacheStats(0, 0, 0, 0, 0, 0, 0, 0, 0) : map.cacheStats();
    }

    @Override
    @SuppressWarnings("exports") // the annotation is not needed to use the class
    protected @Nullable Long size() {
        @Nullable SyncMap<?, ?> map = getCache();
        try {
            return map == null ? null : map.mappingCount();
        } catch (IllegalStateException closed) {
            return null;
        }
    }

    @Override
    protected long hitCount() {
        return stats().hits();
    }

    @Override
    protected Long missCount() {
        return stats().misses();
    }

    @Override
    protected Long evictionCount() {
        CacheStats stats = stats();
        return stats.evictions() + stats.expirations() + stats.tooLarge();
    }

    @Override
    protected long putCount() {
        return stats().puts();
    }

    @Override
    protected void bindImplementationSpecificMetrics(MeterRegistry registry) {
        SyncMap<?, ?> map = getCache();
        if (map == null) {
            return;
        }
        count(registry, map, "cache.load", "result", "success", CacheStats::loads, "Loads that made a value");
        count(registry, map, "cache.load", "result", "failure", CacheStats::failedLoads, "Loads that made no value");
        String removed = "Entries that the map has removed by itself, by cause";
        count(registry, map, "cache.evictions.by", "cause", "size", CacheStats::evictions, removed);
        count(registry, map, "cache.evictions.by", "cause", "expired", CacheStats::expirations, removed);
        count(registry, map, "cache.evictions.by", "cause", "too_large", CacheStats::tooLarge, removed);
        TimeGauge.builder(
                        "cache.load.duration",
                        map,
                        TimeUnit.NANOSECONDS,
                        each -> each.cacheStats().loadNanos())
                .tags(getTagsWithCacheName())
                .description("The time that all loads took")
                .register(registry);
    }

    private void count(
            MeterRegistry registry,
            SyncMap<?, ?> map,
            String name,
            String tag,
            String value,
            ToDoubleFunction<CacheStats> figure,
            String description) {
        FunctionCounter.builder(name, map, each -> figure.applyAsDouble(each.cacheStats()))
                .tags(Tags.concat(getTagsWithCacheName(), tag, value))
                .description(description)
                .register(registry);
    }
}
