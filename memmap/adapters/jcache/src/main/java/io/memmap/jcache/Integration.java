package io.memmap.jcache;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/**
 * The loader and the writer of a cache. What they throw becomes a {@link CacheLoaderException} or a
 * {@link CacheWriterException}.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
final class Integration<K, V> {
    private final @Nullable CacheLoader<K, V> loader;
    private final boolean readsThrough;
    /** The writer; null if the cache does not write through. */
    private final @Nullable CacheWriter<? super K, ? super V> writer;

    Integration(CompleteConfiguration<K, V> configuration) {
        loader = create(configuration.getCacheLoaderFactory());
        readsThrough = loader != null && configuration.isReadThrough();
        writer = configuration.isWriteThrough() ? create(configuration.getCacheWriterFactory()) : null;
    }

    private static <T> @Nullable T create(@Nullable Factory<? extends T> factory) {
        return factory == null ? null : factory.create();
    }

    boolean hasLoader() {
        return loader != null;
    }

    boolean readsThrough() {
        return readsThrough;
    }

    boolean writesThrough() {
        return writer != null;
    }

    /** Returns the loader and the writer, as far as there are any. */
    Stream<Object> objects() {
        return Stream.of(Stream.ofNullable(loader), Stream.ofNullable(writer)).flatMap(object -> object);
    }

    /** Loads a value; returns null if the loader has no value. */
    @Nullable
    V load(K key) {
        return loader == null ? null : loading(() -> loader.load(key));
    }

    /** Loads values; keys without a value are not in the result, or have the value null. */
    Map<K, @Nullable V> loadAll(Set<? extends K> keys) {
        Map<K, @Nullable V> loaded = loader == null ? null : loading(() -> loader.loadAll(keys));
        return loaded == null ? Map.of() : loaded;
    }

    void write(K key, V value) {
        if (writer != null) {
            writing(() -> writer.write(new CacheEntry<>(key, value)));
        }
    }

    /** Writes entries. If it throws, the entries that are left have not been written. */
    @SuppressWarnings("unchecked") // the writer takes entries of all subclasses of its own K and V
    void writeAll(Collection<Cache.Entry<? extends K, ? extends V>> entries) {
        if (writer != null) {
            writing(() -> ((CacheWriter<K, V>) writer).writeAll(entries));
        }
    }

    void delete(K key) {
        if (writer != null) {
            writing(() -> writer.delete(key));
        }
    }

    /** Deletes keys. If it throws, the keys that are left have not been deleted. */
    void deleteAll(Collection<K> keys) {
        if (writer != null) {
            writing(() -> writer.deleteAll(keys));
        }
    }

    private static <T> @Nullable T loading(Supplier<? extends @Nullable T> load) {
        try {
            return load.get();
        } catch (CacheLoaderException e) {
            throw e;
        } catch (Exception e) { // also checked ones, which other languages do not declare
            throw new CacheLoaderException("the CacheLoader has failed: " + e, e);
        }
    }

    private static void writing(Runnable write) {
        try {
            write.run();
        } catch (CacheWriterException e) {
            throw e;
        } catch (Exception e) {
            throw new CacheWriterException("the CacheWriter has failed: " + e, e);
        }
    }
}
