package io.memmap.jcache;

import java.util.List;
import javax.cache.Cache;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * An event of an entry, for the listeners that the cache had when it happened. It loads its key and
 * its values from their stored forms when a listener asks for them.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
@SuppressWarnings("serial") // the interface demands it; an event is for listeners in this process
final class Event<K, V> extends CacheEntryEvent<K, V> {
    private final transient List<Registration<K, V>> listeners;
    private final transient Form<K, Object> keys;
    private final transient Form<V, Object> values;
    private final transient Object key;
    private final transient Object value;
    private final transient @Nullable Object oldValue;

    /** Makes an event; {@code oldValue} is null for an entry that has been created. */
    Event(
            Cache<K, V> source,
            EventType type,
            List<Registration<K, V>> listeners,
            Form<K, Object> keys,
            Form<V, Object> values,
            Object key,
            Object value,
            @Nullable Object oldValue) {
        super(source, type);
        this.listeners = listeners;
        this.keys = keys;
        this.values = values;
        this.key = key;
        this.value = value;
        this.oldValue = oldValue;
    }

    boolean isForAsynchronous() {
        return listeners.stream().anyMatch(listener -> !listener.isSynchronous() && listener.wants(getEventType()));
    }

    /**
     * Calls all listeners that are synchronous, or all others. Returns the first failure, with the
     * others as suppressed; null if there is none.
     */
    @Nullable
    Throwable deliver(boolean synchronous) {
        Throwable failure = null;
        for (Registration<K, V> listener : listeners) {
            if (listener.isSynchronous() == synchronous && !getSource().isClosed()) {
                failure = Failures.add(failure, listener.deliver(this));
            }
        }
        return failure;
    }

    @Override
    public K getKey() {
        return keys.load(key);
    }

    @Override
    public V getValue() {
        return values.load(value);
    }

    @Override
    public @Nullable V getOldValue() {
        return oldValue == null ? null : values.load(oldValue);
    }

    @Override
    public boolean isOldValueAvailable() {
        return oldValue != null;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return CacheEntry.unwrap(this, type);
    }

    @Override
    public String toString() {
        return getEventType() + " " + getKey() + "=" + getValue() + " in " + getSource();
    }
}
