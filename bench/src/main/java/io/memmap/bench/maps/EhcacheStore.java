package io.memmap.bench.maps;

import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.MemoryUnit;
import org.ehcache.core.internal.statistics.DefaultStatisticsService;
import org.ehcache.spi.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Ehcache's off-heap store alone. It has room for all entries, because it silently drops entries
 * that do not fit.
 */
final class EhcacheStore<K, V> implements AutoCloseable {
    private static final String NAME = "bench";
    private static final long LEAST_BYTES = 64 << 20;

    private final DefaultStatisticsService statistics = new DefaultStatisticsService();
    private final CacheManager manager;
    final Cache<K, V> map;

    /** Makes a store of this many bytes, for values that Ehcache can serialize. */
    EhcacheStore(Class<K> key, Class<V> value, long bytes) {
        this(key, value, null, bytes);
    }

    EhcacheStore(Class<K> key, Class<V> value, @Nullable Serializer<V> serializer, long bytes) {
        CacheConfigurationBuilder<K, V> configuration = CacheConfigurationBuilder.newCacheConfigurationBuilder(
                key,
                value,
                ResourcePoolsBuilder.newResourcePoolsBuilder().offheap(Math.max(LEAST_BYTES, bytes), MemoryUnit.B));
        if (serializer != null) {
            configuration = configuration.withValueSerializer(serializer);
        }
        manager = CacheManagerBuilder.newCacheManagerBuilder()
                .using(statistics)
                .withCache(NAME, configuration)
                .build(true);
        map = manager.getCache(NAME, key, value);
    }

    long size() {
        return statistics
                .getCacheStatistics(NAME)
                .getTierStatistics()
                .values()
                .iterator()
                .next()
                .getMappings();
    }

    @Override
    public void close() {
        manager.close();
    }
}
