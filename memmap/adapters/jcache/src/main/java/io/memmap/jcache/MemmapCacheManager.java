package io.memmap.jcache;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/** The caches of one URI and one class loader. */
final class MemmapCacheManager implements CacheManager {
    private final MemmapCachingProvider provider;
    private final URI uri;
    private final ClassLoader loader;
    private final Properties properties;
    private final Map<String, MemmapCache<?, ?>> caches = new ConcurrentHashMap<>();
    private volatile boolean closed;

    MemmapCacheManager(MemmapCachingProvider provider, URI uri, ClassLoader loader, Properties properties) {
        this.provider = provider;
        this.uri = uri;
        this.loader = loader;
        this.properties = new Properties();
        this.properties.putAll(properties);
    }

    @Override
    public CachingProvider getCachingProvider() {
        return provider;
    }

    @Override
    public URI getURI() {
        return uri;
    }

    @Override
    public ClassLoader getClassLoader() {
        return loader;
    }

    @Override
    public Properties getProperties() {
        return properties;
    }

    @Override
    public <K, V, C extends Configuration<K, V>> Cache<K, V> createCache(String name, C configuration) {
        requireOpen();
        Objects.requireNonNull(name, "name");
        MemmapConfiguration<K, V> settings = settings(Objects.requireNonNull(configuration, "configuration"));
        if (!settings.isStoreByValue()) {
            throw new UnsupportedOperationException("the entries of the cache " + name
                    + " lie outside the Java heap, so they are stored by value: leave out setStoreByValue(false)");
        }
        requireNew(caches.get(name), name);
        MemmapCache<K, V> cache = new MemmapCache<>(name, this, settings);
        try {
            requireNew(caches.putIfAbsent(name, cache), name);
            requireOpen(); // otherwise close has not seen the cache
            cache.enableStatistics(settings.isStatisticsEnabled());
            cache.enableManagement(settings.isManagementEnabled());
        } catch (RuntimeException | Error e) {
            cache.close();
            throw e;
        }
        return cache;
    }

    private static void requireNew(@Nullable Object present, String name) {
        if (present != null) {
            throw new CacheException("there is a cache " + name + " already: take it from getCache, or destroy it");
        }
    }

    private <K, V> MemmapConfiguration<K, V> settings(Configuration<K, V> configuration) {
        CompleteConfiguration<K, V> complete = configuration instanceof CompleteConfiguration<K, V> given
                ? given
                : new MutableConfiguration<K, V>()
                        .setTypes(configuration.getKeyType(), configuration.getValueType())
                        .setStoreByValue(configuration.isStoreByValue());
        MemmapConfiguration<K, V> settings = new MemmapConfiguration<>(complete);
        if (!(configuration instanceof MemmapConfiguration)) {
            settings.setMaxEntries(number(MemmapCachingProvider.MAX_ENTRIES))
                    .setMaxBytes(number(MemmapCachingProvider.MAX_BYTES));
        }
        return settings;
    }

    private long number(String property) {
        String text = properties.getProperty(property, "0");
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the property " + property + " must be a number: " + text, e);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // the types are compared
    public <K, V> @Nullable Cache<K, V> getCache(String name, Class<K> keyType, Class<V> valueType) {
        requireOpen();
        Objects.requireNonNull(keyType, "keyType");
        Objects.requireNonNull(valueType, "valueType");
        MemmapCache<?, ?> cache = caches.get(Objects.requireNonNull(name, "name"));
        if (cache == null) {
            return null;
        }
        requireType(cache, "key", cache.keyClass(), keyType);
        requireType(cache, "value", cache.valueClass(), valueType);
        return (Cache<K, V>) cache;
    }

    private static void requireType(Cache<?, ?> cache, String role, Class<?> configured, Class<?> asked) {
        if (configured != asked) {
            throw new ClassCastException("the " + role + " type of the cache " + cache.getName() + " is "
                    + configured.getName() + ", not " + asked.getName());
        }
    }

    @Override
    @SuppressWarnings("unchecked") // JCache leaves it to the caller
    public <K, V> @Nullable Cache<K, V> getCache(String name) {
        requireOpen();
        return (Cache<K, V>) caches.get(Objects.requireNonNull(name, "name"));
    }

    @Override
    public Iterable<String> getCacheNames() {
        requireOpen();
        return List.copyOf(caches.keySet());
    }

    @Override
    public void destroyCache(String name) {
        requireOpen();
        MemmapCache<?, ?> cache = caches.get(Objects.requireNonNull(name, "name"));
        if (cache != null) {
            cache.close(); // frees the entries too
        }
    }

    /** Drops a cache that is being closed. */
    void forget(MemmapCache<?, ?> cache) {
        caches.remove(cache.getName(), cache);
    }

    @Override
    public void enableManagement(String name, boolean enabled) {
        cache(name).enableManagement(enabled);
    }

    @Override
    public void enableStatistics(String name, boolean enabled) {
        cache(name).enableStatistics(enabled);
    }

    private MemmapCache<?, ?> cache(String name) {
        requireOpen();
        MemmapCache<?, ?> cache = caches.get(Objects.requireNonNull(name, "name"));
        if (cache == null) {
            throw new IllegalArgumentException("there is no cache " + name + ": the manager has " + caches.keySet());
        }
        return cache;
    }

    @Override
    public void close() {
        closed = true;
        provider.forget(this);
        Throwable failure = null;
        for (MemmapCache<?, ?> cache : caches.values()) {
            try {
                cache.close();
            } catch (RuntimeException e) {
                failure = Failures.add(failure, e);
            }
        }
        Failures.log("the close of a cache", failure); // JCache ignores it
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the cache manager " + uri + " is closed");
        }
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return CacheEntry.unwrap(this, type);
    }

    @Override
    public String toString() {
        return "cache manager " + uri;
    }
}
