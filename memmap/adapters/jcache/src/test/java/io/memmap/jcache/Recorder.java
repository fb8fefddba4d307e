package io.memmap.jcache;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;

/** A listener that writes down the events, such as "CREATED 1: null -> a", and then does something. */
@SuppressWarnings("serial")
class Recorder<K, V>
        implements CacheEntryCreatedListener<K, V>,
                CacheEntryUpdatedListener<K, V>,
                CacheEntryRemovedListener<K, V>,
                CacheEntryExpiredListener<K, V> {
    final List<String> events = Collections.synchronizedList(new ArrayList<>());
    private final Consumer<CacheEntryEvent<? extends K, ? extends V>> then;

    Recorder() {
        this(event -> {});
    }

    Recorder(Consumer<CacheEntryEvent<? extends K, ? extends V>> then) {
        this.then = then;
    }

    CacheEntryListenerConfiguration<K, V> configuration(boolean isSynchronous) {
        return new MutableCacheEntryListenerConfiguration<>(() -> this, null, true, isSynchronous);
    }

    private void record(Iterable<CacheEntryEvent<? extends K, ? extends V>> all) {
        for (CacheEntryEvent<? extends K, ? extends V> event : all) {
            events.add(event.getEventType() + " " + event.getKey() + ": " + event.getOldValue() + " -> "
                    + event.getValue());
            then.accept(event);
        }
    }

    @Override
    public void onCreated(Iterable<CacheEntryEvent<? extends K, ? extends V>> all) {
        record(all);
    }

    @Override
    public void onUpdated(Iterable<CacheEntryEvent<? extends K, ? extends V>> all) {
        record(all);
    }

    @Override
    public void onRemoved(Iterable<CacheEntryEvent<? extends K, ? extends V>> all) {
        record(all);
    }

    @Override
    public void onExpired(Iterable<CacheEntryEvent<? extends K, ? extends V>> all) {
        record(all);
    }
}
