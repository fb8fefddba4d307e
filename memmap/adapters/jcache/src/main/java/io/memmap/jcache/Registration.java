package io.memmap.jcache;

import java.util.List;
import java.util.Objects;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * A listener of a cache, with its filter.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
record Registration<K, V>(
        CacheEntryListenerConfiguration<K, V> configuration,
        CacheEntryListener<? super K, ? super V> listener,
        @Nullable CacheEntryEventFilter<? super K, ? super V> filter) {

    static <K, V> Registration<K, V> of(CacheEntryListenerConfiguration<K, V> configuration) {
        Factory<CacheEntryEventFilter<? super K, ? super V>> filters = configuration.getCacheEntryEventFilterFactory();
        return new Registration<>(
                configuration,
                Objects.requireNonNull(
                        configuration.getCacheEntryListenerFactory().create(), "listener"),
                filters == null ? null : filters.create());
    }

    boolean isSynchronous() {
        return configuration.isSynchronous();
    }

    boolean wants(EventType type) {
        return switch (type) {
            case CREATED -> listener instanceof CacheEntryCreatedListener;
            case UPDATED -> listener instanceof CacheEntryUpdatedListener;
            case REMOVED -> listener instanceof CacheEntryRemovedListener;
            case EXPIRED -> listener instanceof CacheEntryExpiredListener;
        };
    }

    /** Passes an event to the listener if it wants it. Returns what the listener throws, or null. */
    @SuppressWarnings("unchecked") // a listener may implement its interfaces only for its own K and V
    @Nullable
    Throwable deliver(Event<K, V> event) {
        try {
            if (!wants(event.getEventType()) || (filter != null && !filter.evaluate(event))) {
                return null;
            }
            Iterable<CacheEntryEvent<? extends K, ? extends V>> events = List.of(event);
            switch (event.getEventType()) {
                case CREATED -> ((CacheEntryCreatedListener<K, V>) listener).onCreated(events);
                case UPDATED -> ((CacheEntryUpdatedListener<K, V>) listener).onUpdated(events);
                case REMOVED -> ((CacheEntryRemovedListener<K, V>) listener).onRemoved(events);
                case EXPIRED -> ((CacheEntryExpiredListener<K, V>) listener).onExpired(events);
            }
            return null;
        } catch (CacheEntryListenerException | Error e) {
            return e;
        } catch (RuntimeException e) {
            return new CacheEntryListenerException("a listener has failed: " + e, e);
        }
    }
}
