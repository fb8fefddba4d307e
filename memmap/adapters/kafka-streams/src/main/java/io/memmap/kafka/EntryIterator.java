package io.memmap.kafka;

import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.jspecify.annotations.Nullable;

/**
 * An iterator that looks ahead by one entry. It is weakly consistent: it produces an entry that is
 * added, changed or removed meanwhile as it was at some moment, or not at all. After
 * {@link #hasNext} has returned true, {@link #next} has an entry.
 *
 * @param <K> the class of the keys that it produces
 */
abstract class EntryIterator<K> implements KeyValueIterator<K, byte[]> {
    private final String store;
    private Map.@Nullable Entry<byte[], byte[]> ahead;
    private boolean closed;

    EntryIterator(String store) {
        this.store = store;
    }

    /** Returns the next entry, or null at the end. */
    abstract Map.@Nullable Entry<byte[], byte[]> advance();

    /** Returns whether the entry ahead must not be produced any more. */
    abstract boolean isGone(byte[] bytes);

    /** Returns the key that the bytes stand for. */
    abstract K key(byte[] bytes);

    private Map.@Nullable Entry<byte[], byte[]> ahead() {
        if (closed) {
            throw new IllegalStateException("The iterator of store " + store + " is closed");
        }
        Map.Entry<byte[], byte[]> entry = ahead;
        while (entry == null || isGone(entry.getKey())) {
            entry = advance();
            if (entry == null) {
                break;
            }
        }
        ahead = entry;
        return entry;
    }

    @Override
    public final boolean hasNext() {
        return ahead() != null;
    }

    @Override
    public final K peekNextKey() {
        Map.Entry<byte[], byte[]> entry = ahead();
        if (entry == null) {
            throw new NoSuchElementException("store " + store);
        }
        return key(entry.getKey());
    }

    @Override
    public final KeyValue<K, byte[]> next() {
        Map.Entry<byte[], byte[]> entry = ahead == null || closed ? ahead() : ahead;
        if (entry == null) {
            throw new NoSuchElementException("store " + store);
        }
        ahead = null;
        return KeyValue.pair(key(entry.getKey()), entry.getValue());
    }

    @Override
    public final void close() {
        closed = true;
        ahead = null;
    }
}
