package io.memmap.bench.maps;

import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.MemoryUnit;
import org.ehcache.core.internal.statistics.DefaultStatisticsService;

/** Ehcache's off-heap store alone, with room for all entries, because it drops silently what does not fit. */
final class EhcacheMap extends LongMap {
    private static final String NAME = "bench";
    /** What an entry takes while its segment's table grows, and room for uneven segments. */
    private static final long BYTES_AN_ENTRY = 320;

    private static final long LEAST_BYTES = 64 << 20;

    private final DefaultStatisticsService statistics = new DefaultStatisticsService();
    private final CacheManager manager;
    private final Cache<Long, Long> map;

    EhcacheMap(int limit) {
        manager = CacheManagerBuilder.newCacheManagerBuilder()
                .using(statistics)
                .withCache(
                        NAME,
                        CacheConfigurationBuilder.newCacheConfigurationBuilder(
                                Long.class,
                                Long.class,
                                ResourcePoolsBuilder.newResourcePoolsBuilder()
                                        .offheap(Math.max(LEAST_BYTES, limit * BYTES_AN_ENTRY), MemoryUnit.B)))
                .build(true);
        map = manager.getCache(NAME, Long.class, Long.class);
    }

    @Override
    public long get(long key) {
        Long value = map.get(key);
        return value == null ? 0 : value;
    }

    @Override
    public void put(long key, long value) {
        map.put(key, value);
    }

    @Override
    public void add(long key, long delta) {
        map.put(key, get(key) + delta);
    }

    @Override
    public void remove(long key) {
        map.remove(key);
    }

    @Override
    public long sumOfAll() {
        long sum = 0;
        for (Cache.Entry<Long, Long> entry : map) {
            sum += entry.getValue();
        }
        return sum;
    }

    @Override
    public void clear() {
        map.clear();
    }

    @Override
    public long size() {
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
