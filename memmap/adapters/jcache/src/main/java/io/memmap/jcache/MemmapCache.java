package io.memmap.jcache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.integration.CacheWriterException;
import javax.cache.integration.CompletionListener;
import javax.cache.management.CacheMXBean;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;

/**
 * A cache over a {@link Store}. This class says what each operation of JCache does: to the entries,
 * to the external resource through the {@link Integration}, and to the {@link Statistics}.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
final class MemmapCache<K, V> implements Cache<K, V> {
    /** The number of entries that {@code removeAll()} removes at a time. */
    private static final int BATCH = 1024;

    private final String name;
    private final MemmapCacheManager manager;

    /** Guarded by itself: its listeners and two flags change. */
    private final MemmapConfiguration<K, V> configuration;

    private final Class<K> keyClass;
    private final Class<V> valueClass;
    private final Statistics statistics = new Statistics();
    private final ThreadFactory threads;
    private final Integration<K, V> integration;
    private final Store<K, V> store;
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile boolean closed;

    /** Makes a cache, which takes over the configuration. */
    MemmapCache(String name, MemmapCacheManager manager, MemmapConfiguration<K, V> configuration) {
        this.name = name;
        this.manager = manager;
        this.configuration = configuration;
        keyClass = configuration.getKeyType();
        valueClass = configuration.getValueType();
        threads = Thread.ofVirtual().name("memmap cache " + name).factory();
        integration = new Integration<>(configuration);
        store = new Store<>(this, configuration, manager.getClassLoader(), threads, statistics::countEviction);
    }

    // -------------------------------------------------------------------------------------- reading

    @Override
    public @Nullable V get(K key) {
        requireOpen();
        requireKey(key);
        long begin = statistics.begin();
        V value = store.read(key);
        boolean isHit = value != null;
        try {
            if (isHit || !integration.readsThrough()) {
                return value;
            }
            try (Store<K, V>.Turn turn = store.turn(key)) {
                isHit = turn.isPresent(); // another thread may have put it meanwhile
                V loaded = isHit ? turn.value() : integration.load(key);
                if (isHit) {
                    turn.access();
                } else if (loaded != null) {
                    turn.put(requireValue(loaded));
                }
                return loaded;
            }
        } finally {
            statistics.countGet(isHit, begin);
        }
    }

    @Override
    public Map<K, V> getAll(Set<? extends K> keys) {
        requireOpen();
        requireKeys(keys);
        Map<K, V> found = new HashMap<>();
        Set<K> absent = new HashSet<>();
        for (K key : keys) {
            long begin = statistics.begin();
            V value = store.read(key);
            statistics.countGet(value != null, begin);
            if (value == null) {
                absent.add(key);
            } else {
                found.put(key, value);
            }
        }
        if (integration.readsThrough() && !absent.isEmpty()) {
            found.putAll(load(absent, false));
        }
        return found;
    }

    @Override
    public boolean containsKey(K key) {
        requireOpen();
        return store.contains(requireKey(key));
    }

    @Override
    public Iterator<Cache.Entry<K, V>> iterator() {
        requireOpen();
        return new Entries();
    }

    private final class Entries implements Iterator<Cache.Entry<K, V>> {
        private final Store<K, V>.Walk walk = store.walk();
        private @Nullable K last;

        @Override
        public boolean hasNext() {
            requireOpen();
            return walk.hasNext();
        }

        @Override
        public Cache.Entry<K, V> next() {
            long begin = statistics.begin();
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            CacheEntry<K, V> entry = walk.next();
            last = entry.key();
            statistics.countGet(true, begin);
            return entry;
        }

        @Override
        public void remove() {
            K key = last;
            if (key == null) {
                throw new IllegalStateException("next() has not been called, or the entry has been removed already");
            }
            last = null;
            MemmapCache.this.remove(key);
        }
    }

    // -------------------------------------------------------------------------------------- loading

    /**
     * Loads values and puts them, each unless the key is present and {@code replaces} is false.
     * Returns the values that the keys then have.
     */
    private Map<K, V> load(Set<K> keys, boolean replaces) {
        Map<K, V> found = new HashMap<>();
        Map<K, @Nullable V> loaded = integration.loadAll(keys);
        for (K key : keys) {
            V value = loaded.get(key);
            if (value == null) {
                continue;
            }
            requireValue(value);
            try (Store<K, V>.Turn turn = store.turn(key)) {
                V other = replaces ? null : turn.value(); // another thread may have put it meanwhile
                if (other == null) {
                    turn.put(value);
                }
                found.put(key, other == null ? value : other);
            }
        }
        return found;
    }

    @Override
    public void loadAll(Set<? extends K> keys, boolean replaces, @Nullable CompletionListener listener) {
        requireOpen();
        requireKeys(keys);
        Set<K> wanted = new HashSet<>(keys);
        threads.newThread(() -> {
                    try {
                        if (!replaces) {
                            wanted.removeIf(this::containsKey);
                        }
                        if (integration.hasLoader() && !wanted.isEmpty()) {
                            load(wanted, replaces);
                        }
                    } catch (RuntimeException e) {
                        if (listener == null) {
                            Failures.log("loadAll of the cache " + name, e);
                        } else {
                            listener.onException(e);
                        }
                        return;
                    }
                    if (listener != null) {
                        listener.onCompletion();
                    }
                })
                .start();
    }

    // -------------------------------------------------------------------------------------- writing

    @Override
    public void put(K key, V value) {
        requireOpen();
        requireEntry(key, value);
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            write(turn, key, value, begin);
        }
    }

    @Override
    public @Nullable V getAndPut(K key, V value) {
        requireOpen();
        requireEntry(key, value);
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            V before = turn.value();
            statistics.countGet(before != null, begin);
            write(turn, key, value, begin);
            return before;
        }
    }

    @Override
    public boolean putIfAbsent(K key, V value) {
        requireOpen();
        requireEntry(key, value);
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            boolean isHit = turn.isPresent();
            statistics.countGet(isHit, begin);
            return !isHit && write(turn, key, value, begin);
        }
    }

    /** Writes a value through, and puts it; returns whether it did not expire at once. */
    private boolean write(Store<K, V>.Turn turn, K key, V value, long begin) {
        integration.write(key, value);
        boolean puts = turn.put(value);
        statistics.countPuts(puts ? 1 : 0, begin);
        return puts;
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        requireOpen();
        entries.forEach(this::requireEntry);
        long begin = statistics.begin();
        Map<K, V> wanted = new LinkedHashMap<>(entries);
        if (!integration.writesThrough()) {
            putMany(wanted, begin);
            return;
        }
        Collection<Cache.Entry<? extends K, ? extends V>> unwritten = new ArrayList<>();
        wanted.forEach((key, value) -> unwritten.add(new CacheEntry<>(key, value)));
        inBatch(
                wanted.keySet(),
                () -> integration.writeAll(unwritten),
                () -> unwritten.forEach(entry -> wanted.remove(entry.getKey())),
                () -> putMany(wanted, begin));
    }

    private void putMany(Map<K, V> entries, long begin) {
        int puts = 0;
        for (Map.Entry<K, V> entry : entries.entrySet()) {
            try (Store<K, V>.Turn turn = store.turn(entry.getKey())) {
                puts += turn.put(entry.getValue()) ? 1 : 0;
            }
        }
        statistics.countPuts(puts, begin);
    }

    /**
     * Calls the writer for a batch of keys, and then changes the cache, under the locks of all
     * these keys. If the writer fails, drops what it has not written before the change, and throws
     * the writer's exception after it.
     */
    private void inBatch(Set<K> keys, Runnable write, Runnable dropUnwritten, Runnable change) {
        List<Stripe> locked = store.lockAll(keys);
        try {
            CacheWriterException failure = null;
            try {
                write.run();
            } catch (CacheWriterException e) {
                failure = e;
                dropUnwritten.run();
            }
            change.run();
            Failures.rethrow(failure);
        } finally {
            Stripe.unlockAll(locked);
        }
    }

    @Override
    public boolean replace(K key, V value) {
        requireOpen();
        requireEntry(key, value);
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            boolean isHit = turn.isPresent();
            statistics.countGet(isHit, begin);
            return isHit && write(turn, key, value, begin);
        }
    }

    @Override
    public boolean replace(K key, V expected, V value) {
        requireOpen();
        requireEntry(key, value);
        requireValue(expected);
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            return hasValue(turn, expected, begin) && write(turn, key, value, begin);
        }
    }

    @Override
    public @Nullable V getAndReplace(K key, V value) {
        requireOpen();
        requireEntry(key, value);
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            V before = turn.value();
            statistics.countGet(before != null, begin);
            if (before != null) {
                write(turn, key, value, begin);
            }
            return before;
        }
    }

    /** Returns whether an entry has this value. If it has another one, that is a read of the entry. */
    private boolean hasValue(Store<K, V>.Turn turn, V expected, long begin) {
        V value = turn.value();
        statistics.countGet(value != null, begin);
        boolean matches = Objects.deepEquals(value, expected); // arrays by their contents
        if (value != null && !matches) {
            turn.access();
        }
        return matches;
    }

    @Override
    public boolean remove(K key) {
        requireOpen();
        requireKey(key);
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            return delete(turn, key, begin);
        }
    }

    @Override
    public boolean remove(K key, V expected) {
        requireOpen();
        requireEntry(key, expected);
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            return hasValue(turn, expected, begin) && delete(turn, key, begin);
        }
    }

    @Override
    public @Nullable V getAndRemove(K key) {
        requireOpen();
        requireKey(key);
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            V before = turn.value();
            statistics.countGet(before != null, begin);
            delete(turn, key, begin);
            return before;
        }
    }

    /** Deletes a key through, and removes it; returns whether it was present. */
    private boolean delete(Store<K, V>.Turn turn, K key, long begin) {
        integration.delete(key);
        boolean removes = turn.remove();
        statistics.countRemovals(removes ? 1 : 0, begin);
        return removes;
    }

    @Override
    public void removeAll(Set<? extends K> keys) {
        requireOpen();
        requireKeys(keys);
        removeMany(new HashSet<>(keys));
    }

    @Override
    public void removeAll() {
        requireOpen();
        Set<K> batch = new HashSet<>();
        Store<K, V>.Walk walk = store.walk();
        while (walk.hasNext()) {
            batch.add(walk.nextKey());
            if (batch.size() == BATCH) {
                removeMany(batch);
                batch.clear();
            }
        }
        removeMany(batch);
    }

    private void removeMany(Set<K> keys) {
        long begin = statistics.begin();
        Runnable change = () -> {
            int removals = 0;
            for (K key : keys) {
                try (Store<K, V>.Turn turn = store.turn(key)) {
                    removals += turn.remove() ? 1 : 0;
                }
            }
            statistics.countRemovals(removals, begin);
        };
        if (!integration.writesThrough() || keys.isEmpty()) {
            change.run();
        } else {
            Set<K> undeleted = new HashSet<>(keys);
            inBatch(keys, () -> integration.deleteAll(undeleted), () -> keys.removeAll(undeleted), change);
        }
    }

    @Override
    public void clear() {
        requireOpen();
        store.clear();
    }

    // ----------------------------------------------------------------------------- entry processors

    @Override
    public <T> @Nullable T invoke(K key, EntryProcessor<K, V, T> processor, Object... arguments) {
        requireOpen();
        requireKey(key);
        Objects.requireNonNull(processor, "entryProcessor");
        long begin = statistics.begin();
        try (Store<K, V>.Turn turn = store.turn(key)) {
            statistics.countGet(turn.isPresent(), begin);
            ProcessedEntry<K, V> entry = new ProcessedEntry<>(turn, integration, this::requireValue);
            T result;
            try {
                result = processor.process(entry, arguments);
            } catch (EntryProcessorException e) {
                throw e;
            } catch (Exception e) { // also checked ones, which other languages do not declare
                throw new EntryProcessorException("the EntryProcessor has failed: " + e, e);
            }
            long processed = statistics.begin();
            switch (entry.effect()) {
                case NONE -> {}
                case ACCESS -> turn.access();
                case LOAD -> turn.put(entry.put());
                case PUT -> write(turn, key, entry.put(), processed);
                case REMOVE -> delete(turn, key, processed);
            }
            return result;
        }
    }

    @Override
    public <T> Map<K, EntryProcessorResult<T>> invokeAll(
            Set<? extends K> keys, EntryProcessor<K, V, T> processor, Object... arguments) {
        requireOpen();
        requireKeys(keys);
        Objects.requireNonNull(processor, "entryProcessor");
        Map<K, EntryProcessorResult<T>> results = new HashMap<>();
        for (K key : keys) {
            try {
                T result = invoke(key, processor, arguments);
                if (result != null) {
                    results.put(key, () -> result);
                }
            } catch (RuntimeException e) {
                EntryProcessorException failure =
                        e instanceof EntryProcessorException own ? own : new EntryProcessorException(e);
                results.put(key, () -> {
                    throw failure;
                });
            }
        }
        return results;
    }

    // ------------------------------------------------------------------------------- the whole cache

    @Override
    public String getName() {
        return name;
    }

    @Override
    public CacheManager getCacheManager() {
        return manager;
    }

    Class<K> keyClass() {
        return keyClass;
    }

    Class<V> valueClass() {
        return valueClass;
    }

    @Override
    public <C extends Configuration<K, V>> C getConfiguration(Class<C> type) {
        synchronized (configuration) {
            return CacheEntry.unwrap(new MemmapConfiguration<>(configuration), type);
        }
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return CacheEntry.unwrap(this, type);
    }

    @Override
    public void registerCacheEntryListener(CacheEntryListenerConfiguration<K, V> listener) {
        requireOpen();
        Registration<K, V> registration = Registration.of(listener);
        synchronized (configuration) {
            configuration.addCacheEntryListenerConfiguration(listener);
            store.add(registration);
        }
    }

    @Override
    public void deregisterCacheEntryListener(CacheEntryListenerConfiguration<K, V> listener) {
        requireOpen();
        synchronized (configuration) {
            configuration.removeCacheEntryListenerConfiguration(listener);
            store.remove(listener);
        }
    }

    /** Turns the statistics on or off, and registers or unregisters their bean. */
    void enableStatistics(boolean on) {
        synchronized (configuration) {
            requireOpen();
            configuration.setStatisticsEnabled(on);
            statistics.enable(on);
            Beans.register(Beans.STATISTICS, this, on ? statistics : null);
        }
    }

    /** Registers or unregisters the bean that shows the configuration. */
    void enableManagement(boolean on) {
        synchronized (configuration) {
            requireOpen();
            configuration.setManagementEnabled(on);
            Beans.register(Beans.CONFIGURATION, this, on ? new ConfigurationBean() : null);
        }
    }

    private final class ConfigurationBean implements CacheMXBean {
        @Override
        public String getKeyType() {
            return keyClass.getName();
        }

        @Override
        public String getValueType() {
            return valueClass.getName();
        }

        @Override
        public boolean isReadThrough() {
            return configuration.isReadThrough();
        }

        @Override
        public boolean isWriteThrough() {
            return configuration.isWriteThrough();
        }

        @Override
        public boolean isStoreByValue() {
            return configuration.isStoreByValue();
        }

        @Override
        public boolean isStatisticsEnabled() {
            return statistics.isEnabled();
        }

        @Override
        public boolean isManagementEnabled() {
            return true; // for this bean is registered
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    /** Ends the cache, frees its memory, and closes the objects that its factories have made. */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        manager.forget(this);
        synchronized (configuration) {
            closed = true;
            Beans.register(Beans.STATISTICS, this, null);
            Beans.register(Beans.CONFIGURATION, this, null);
        }
        Stream.concat(store.close().stream(), integration.objects()).forEach(this::close);
    }

    private void close(Object object) {
        if (object instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                Failures.log("the close of an object of the cache " + name, e);
            }
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the cache " + name + " is closed");
        }
    }

    private K requireKey(@Nullable K key) {
        return requireClass(key, keyClass, "key");
    }

    private V requireValue(@Nullable V value) {
        return requireClass(value, valueClass, "value");
    }

    private void requireEntry(@Nullable K key, @Nullable V value) {
        requireKey(key);
        requireValue(value);
    }

    private void requireKeys(Set<? extends K> keys) {
        keys.forEach(this::requireKey);
    }

    private <T> T requireClass(@Nullable T object, Class<T> type, String role) {
        Objects.requireNonNull(object, role);
        if (!type.isInstance(object)) {
            throw new ClassCastException("a " + role + " of the cache " + name + " must be a " + type.getName()
                    + ", as its configuration says: " + object.getClass().getName());
        }
        return object;
    }

    @Override
    public String toString() {
        return "cache " + name;
    }
}
