package io.memmap.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.NativeHeap;
import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.configuration.OptionalFeature;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Managers, configurations, bounds and the end of caches, as far as the TCK does not test them. */
class CacheManagerTest {
    @RegisterExtension
    final TestManager caches = new TestManager();

    private static Object statistic(Cache<?, ?> cache, String name) throws Exception {
        return ManagementFactory.getPlatformMBeanServer()
                .getAttribute(
                        new ObjectName("javax.cache:type=CacheStatistics,CacheManager=memmap.default,Cache="
                                + cache.getName()),
                        name);
    }

    @Test
    void cachingFindsTheProvider() {
        assertThat(Caching.getCachingProvider()).isInstanceOf(MemmapCachingProvider.class);
        assertThat(caches.provider().isSupported(OptionalFeature.STORE_BY_REFERENCE))
                .isFalse();
    }

    @Test
    void storageByReferenceIsRefused() {
        assertThatThrownBy(() -> caches.cache(new MutableConfiguration<>().setStoreByValue(false)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("leave out setStoreByValue(false)");
    }

    @Test
    void aBoundedCacheEvictsAndCountsThat() throws Exception {
        Cache<Integer, String> cache = caches.cache(new MemmapConfiguration<Integer, String>()
                .setMaxEntries(100)
                .setShards(1)
                .setTypes(Integer.class, String.class)
                .setStatisticsEnabled(true));
        for (int i = 0; i < 1_000; i++) {
            cache.put(i, "value");
        }
        assertThat(cache).hasSize(100);
        assertThat(statistic(cache, "CacheEvictions")).isEqualTo(900L);
    }

    @Test
    void propertiesOfTheManagerBoundTheCachesOfFrameworks() {
        caches.with(MemmapCachingProvider.MAX_ENTRIES, "10");
        Cache<Integer, Integer> bounded = caches.cache(new MutableConfiguration<>());
        Cache<Integer, Integer> own = caches.cache(new MemmapConfiguration<>());
        for (int i = 0; i < 100; i++) {
            bounded.put(i, i);
            own.put(i, i);
        }
        assertThat(bounded).hasSizeLessThanOrEqualTo(10).isNotEmpty();
        assertThat(own).hasSize(100);
    }

    @Test
    void aPropertyThatIsNoNumberIsNamed() {
        caches.with(MemmapCachingProvider.MAX_BYTES, "1 GiB");
        assertThatThrownBy(() -> caches.cache(new MutableConfiguration<>()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the property io.memmap.jcache.maxBytes must be a number: 1 GiB");
    }

    @Test
    void anEntryThatIsTooLargeIsDroppedLikeAnEvictedOne() throws Exception {
        Cache<Integer, byte[]> cache = caches.cache(new MemmapConfiguration<Integer, byte[]>()
                .setMaxBytes(1 << 20)
                .setTypes(Integer.class, byte[].class)
                .setStatisticsEnabled(true));
        cache.put(1, new byte[10]);
        cache.put(1, new byte[1 << 20]);
        assertThat(cache.containsKey(1)).isFalse();
        assertThat(statistic(cache, "CacheEvictions")).isEqualTo(1L);
    }

    @Test
    void aCacheLeavesNoByteInTheHeapThatItWasGiven() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            long before = heap.stats().inUse();
            Cache<String, byte[]> cache = caches.cache(new MemmapConfiguration<String, byte[]>()
                    .setHeap(heap)
                    .setMaxEntries(1_000)
                    .setTypes(String.class, byte[].class));
            for (int i = 0; i < 5_000; i++) {
                cache.put("key " + i, new byte[i % 500]);
            }
            assertThat(heap.stats().inUse()).isGreaterThan(before);
            heap.check();
            cache.close();
            assertThat(heap.stats().inUse()).isEqualTo(before);
            assertThat(heap.isAlive()).isTrue();
        }
    }

    @Test
    void aFullHeapIsACacheException() {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(1 << 20).open()) {
            Cache<Integer, byte[]> cache = caches.cache(new MemmapConfiguration<Integer, byte[]>()
                    .setHeap(heap)
                    .setShards(1)
                    .setTypes(Integer.class, byte[].class));
            cache.put(1, new byte[10]);
            assertThatThrownBy(() -> cache.put(1, new byte[2 << 20]))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining("there is no memory for an entry of the cache " + cache.getName());
            assertThat(cache.get(1)).hasSize(10);
            cache.close();
        }
    }

    @SuppressWarnings("unchecked") // JCache takes a class for the configuration
    @Test
    void aConfigurationIsCopiedWhole() throws Exception {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            MemmapConfiguration<Integer, String> configuration = new MemmapConfiguration<Integer, String>()
                    .setHeap(heap)
                    .setMaxBytes(1 << 20)
                    .setMaxEntries(100)
                    .setShards(2)
                    .setSerialFilter(info -> java.io.ObjectInputFilter.Status.ALLOWED)
                    .setTicker(() -> 0)
                    .setStoredKeyType(io.memmap.Type.INT)
                    .setStoredValueType(io.memmap.Type.UTF8);
            Cache<Integer, String> cache = caches.cache(configuration);
            MemmapConfiguration<Integer, String> copy = cache.getConfiguration(MemmapConfiguration.class);
            assertThat(copy).isEqualTo(configuration).hasSameHashCodeAs(configuration);
            assertThat(copy.getHeap()).isSameAs(heap);
            configuration.setMaxEntries(7);
            copy.setMaxEntries(8);
            assertThat(cache.getConfiguration(MemmapConfiguration.class).getMaxEntries())
                    .isEqualTo(100);
            assertThat(cache.getConfiguration(CompleteConfiguration.class).isStoreByValue())
                    .isTrue();
            assertThat(cache.getConfiguration(Configuration.class)).isNotNull();
            assertThatThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(configuration))
                    .isInstanceOf(NotSerializableException.class);
            cache.close();
        }
    }

    @Test
    void negativeBoundsAreRefused() {
        MemmapConfiguration<Integer, String> configuration = new MemmapConfiguration<>();
        assertThatThrownBy(() -> configuration.setMaxEntries(-1))
                .hasMessage("maxEntries must be 1 or more, or 0 for the default: -1");
        assertThatThrownBy(() -> configuration.setMaxBytes(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> configuration.setShards(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNameWithSignsThatBeansDoNotTakeIsAllowed() {
        CacheManager manager = caches.provider().getCacheManager(TestManager.uri(), null);
        Cache<?, ?> cache = manager.createCache(
                "a*b?:=,\"\n",
                new MutableConfiguration<>().setStatisticsEnabled(true).setManagementEnabled(true));
        cache.close();
        assertThat(manager.getCacheNames()).isEmpty();
    }

    @Test
    void theSwitchesOfACacheThatIsNotThereAreRefused() {
        assertThatThrownBy(() -> caches.manager().enableStatistics("none", true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no cache none: the manager has []");
    }

    @Test
    void aClosedCacheSaysSo() {
        Cache<Integer, Integer> cache = caches.cache(new MutableConfiguration<>());
        var iterator = cache.iterator();
        caches.manager().close();
        for (Runnable operation : Set.<Runnable>of(
                () -> cache.get(1), () -> cache.put(1, 1), () -> cache.putAll(Map.of(1, 1)), iterator::next)) {
            assertThatThrownBy(operation::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the cache " + cache.getName() + " is closed");
        }
    }

    @Test
    void aCacheClosesWhatItsFactoriesHaveMade() {
        AtomicInteger closed = new AtomicInteger();
        class Listener extends Recorder<Integer, Integer> implements AutoCloseable {
            @Override
            public void close() {
                closed.incrementAndGet();
                throw new IllegalStateException("meant: it stops nothing");
            }
        }
        Cache<Integer, Integer> cache = caches.cache(new MutableConfiguration<Integer, Integer>()
                .addCacheEntryListenerConfiguration(new Listener().configuration(true))
                .addCacheEntryListenerConfiguration(new Listener().configuration(false)));
        cache.close();
        cache.close();
        assertThat(closed).hasValue(2);
    }

    /** A value that the processor has loaded is in the resource, so its removal goes through. */
    @Test
    void aProcessorThatRemovesWhatItHasLoadedDeletesItFromTheResource() {
        Map<Integer, Integer> resource = new java.util.concurrent.ConcurrentHashMap<>(Map.of(1, 10));
        Cache<Integer, Integer> cache = caches.cache(new MutableConfiguration<Integer, Integer>()
                .setReadThrough(true)
                .setWriteThrough(true)
                .setCacheWriterFactory(() -> new MapWriter<>(resource))
                .setCacheLoaderFactory(() -> new javax.cache.integration.CacheLoader<>() {
                    @Override
                    public Integer load(Integer key) {
                        return resource.get(key);
                    }

                    @Override
                    public Map<Integer, Integer> loadAll(Iterable<? extends Integer> keys) {
                        return Map.copyOf(resource);
                    }
                }));
        Integer result = cache.invoke(1, (entry, _) -> {
            Integer loaded = entry.getValue();
            entry.setValue(loaded + 1);
            entry.remove();
            return entry.exists() ? null : loaded;
        });
        assertThat(result).isEqualTo(10);
        assertThat(resource).isEmpty();
        assertThat(cache).isEmpty();
    }
}
