package io.memmap.jcache;

import java.util.Objects;
import java.util.function.UnaryOperator;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * The entry that an entry processor sees. The operations on it change nothing; {@link #effect} says
 * what they come to.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
final class ProcessedEntry<K, V> implements MutableEntry<K, V> {
    /** What the operations come to. */
    enum Effect {
        NONE,
        /** The value was read. */
        ACCESS,
        /** The value was loaded: it is to be put, but not to be written through. */
        LOAD,
        PUT,
        REMOVE
    }

    private final Store<K, V>.Turn turn;
    private final Integration<K, V> integration;
    private final UnaryOperator<V> requireValue;
    private final K key;
    private @Nullable V value;
    private boolean isLoaded;
    private boolean isRemoved;
    private Effect effect = Effect.NONE;

    /** Makes the entry; {@code requireValue} checks each value that is set. */
    ProcessedEntry(Store<K, V>.Turn turn, Integration<K, V> integration, UnaryOperator<V> requireValue) {
        this.turn = turn;
        this.integration = integration;
        this.requireValue = requireValue;
        key = turn.key();
        value = turn.value();
    }

    Effect effect() {
        return effect;
    }

    /** Returns the value, which a {@link Effect#LOAD} or a {@link Effect#PUT} is to put. */
    V put() {
        return Objects.requireNonNull(value);
    }

    @Override
    public K getKey() {
        return key;
    }

    @Override
    public boolean exists() {
        return value != null;
    }

    @Override
    public @Nullable V getValue() {
        if (effect == Effect.NONE && value != null) {
            effect = Effect.ACCESS;
        } else if (value == null && !isRemoved && integration.readsThrough()) {
            V loaded = integration.load(key);
            if (loaded != null) {
                value = requireValue.apply(loaded);
                isLoaded = true;
                effect = Effect.LOAD;
            }
        }
        return value;
    }

    @Override
    public void setValue(V newValue) {
        value = requireValue.apply(newValue);
        effect = Effect.PUT;
    }

    @Override
    public void remove() {
        boolean isOwn = effect == Effect.PUT && !turn.isPresent() && !isLoaded;
        value = null;
        isRemoved = true;
        effect = isOwn ? Effect.NONE : Effect.REMOVE;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return CacheEntry.unwrap(this, type);
    }
}
