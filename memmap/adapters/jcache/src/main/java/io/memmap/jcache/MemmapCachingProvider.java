package io.memmap.jcache;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Predicate;
import javax.cache.CacheManager;
import javax.cache.configuration.OptionalFeature;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * Makes cache managers whose caches lie outside the Java heap. {@code Caching.getCachingProvider()}
 * finds this provider if its module or its jar is there. If other providers are there too, name it:
 * {@code Caching.getCachingProvider("io.memmap.jcache.MemmapCachingProvider")}, or set the system
 * property {@code javax.cache.spi.CachingProvider} to that name.
 *
 * <p><b>Managers.</b> There is one for each URI and class loader. A URI is only a name. A manager
 * lives until it is closed, or this provider is. Its class loader finds the classes of serialized
 * keys and values; then that of the thread does.
 *
 * <p><b>Properties.</b> {@link #MAX_ENTRIES} and {@link #MAX_BYTES} in the properties of a manager
 * bound each of its caches that is created with a configuration of another class than
 * {@link MemmapConfiguration}. So do frameworks that create the caches themselves.
 *
 * <p><b>Caches.</b>
 *
 * <ul>
 *   <li>Entries are stored by value. {@code setStoreByValue(false)} is refused with
 *       {@link UnsupportedOperationException}.
 *   <li>Each cache has memory outside the Java heap, which {@code close} frees, of the cache, of
 *       its manager or of the provider. The entries are gone then.
 *   <li>A cache without bounds grows until the memory ends. An operation that needs memory then
 *       throws {@link javax.cache.CacheException}.
 *   <li>Operations are atomic for their key. Loaders, writers and entry processors run while the
 *       thread holds the lock of the key, which a 256th of the other keys share. The loader of
 *       {@code getAll} and {@code loadAll} runs without a lock.
 *   <li>Synchronous listeners run in the thread of the operation, after it has released the lock,
 *       and for each key in the order of the changes. Asynchronous ones run in virtual threads.
 *   <li>All this code may use the cache. But two threads whose code waits for the other one's key
 *       wait for ever.
 *   <li>An entry that has expired is removed, and its event is published, when an operation finds
 *       it. Each put looks at two more entries. A read moves the time of expiry only if it then
 *       lies later by more than a 1024th of the lifetime. The time is exact to the nanosecond.
 *   <li>If an {@code ExpiryPolicy} throws an exception, the entry keeps its time of expiry, and a
 *       new one does not expire.
 *   <li>{@code CacheEvictions} counts entries that a bound has removed. The average times are those
 *       of the whole operation, with its loader or writer.
 *   <li>The annotations of JCache are left to frameworks.
 * </ul>
 *
 * <p>Any thread may use a provider, its managers and their caches.
 */
public final class MemmapCachingProvider implements CachingProvider {
    /**
     * The property of a manager with the most entries of each of its caches: {@value}.
     *
     * @see MemmapConfiguration#setMaxEntries
     */
    public static final String MAX_ENTRIES = "io.memmap.jcache.maxEntries";

    /**
     * The property of a manager with the most bytes of each of its caches: {@value}.
     *
     * @see MemmapConfiguration#setMaxBytes
     */
    public static final String MAX_BYTES = "io.memmap.jcache.maxBytes";

    private static final URI DEFAULT_URI = URI.create("memmap:default");

    /** What a manager is found by. */
    private record Place(URI uri, ClassLoader loader) {
        static Place of(CacheManager manager) {
            return new Place(manager.getURI(), manager.getClassLoader());
        }
    }

    /** Guarded by itself. */
    private final Map<Place, MemmapCacheManager> managers = new HashMap<>();

    /** Makes a provider without managers. {@code Caching} calls it. */
    public MemmapCachingProvider() {}

    @Override
    public CacheManager getCacheManager(
            @Nullable URI uri, @Nullable ClassLoader classLoader, @Nullable Properties properties) {
        URI name = uri == null ? getDefaultURI() : uri;
        ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
        synchronized (managers) {
            return managers.computeIfAbsent(
                    new Place(name, loader),
                    _ -> new MemmapCacheManager(
                            this, name, loader, properties == null ? getDefaultProperties() : properties));
        }
    }

    @Override
    public CacheManager getCacheManager(@Nullable URI uri, @Nullable ClassLoader classLoader) {
        return getCacheManager(uri, classLoader, null);
    }

    @Override
    public CacheManager getCacheManager() {
        return getCacheManager(null, null, null);
    }

    @Override
    public ClassLoader getDefaultClassLoader() {
        return MemmapCachingProvider.class.getClassLoader();
    }

    /**
     * Returns the URI of the default manager, {@code memmap:default}.
     *
     * @return the URI
     */
    @Override
    public URI getDefaultURI() {
        return DEFAULT_URI;
    }

    /**
     * Returns new properties without entries.
     *
     * @return the properties
     */
    @Override
    public Properties getDefaultProperties() {
        return new Properties();
    }

    @Override
    public void close() {
        close(manager -> true);
    }

    @Override
    public void close(ClassLoader classLoader) {
        close(manager -> manager.getClassLoader().equals(classLoader));
    }

    @Override
    public void close(URI uri, ClassLoader classLoader) {
        close(manager -> Place.of(manager).equals(new Place(uri, classLoader)));
    }

    private void close(Predicate<CacheManager> which) {
        List<MemmapCacheManager> closed;
        synchronized (managers) {
            closed = managers.values().stream().filter(which).toList();
        }
        closed.forEach(MemmapCacheManager::close);
    }

    /** Drops a manager that is being closed. */
    void forget(MemmapCacheManager manager) {
        synchronized (managers) {
            managers.remove(Place.of(manager), manager);
        }
    }

    /**
     * Returns false: entries are stored by value alone.
     *
     * @param feature the feature
     * @return false
     */
    @Override
    public boolean isSupported(OptionalFeature feature) {
        return false;
    }
}
