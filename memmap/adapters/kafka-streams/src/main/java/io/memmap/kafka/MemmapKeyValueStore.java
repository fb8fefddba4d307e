package io.memmap.kafka;

import io.memmap.HeapExhaustedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.HeadersBytesStore;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.TimestampedBytesStore;
import org.jspecify.annotations.Nullable;

/**
 * A key-value store: one map. Only ranges use the order of the map, and the first of them builds it.
 */
class MemmapKeyValueStore extends AbstractStore implements KeyValueStore<Bytes, byte[]> {
    /** Null while the store is closed. */
    private volatile @Nullable ByteMap map;

    /** Makes a store that is persistent if it has a form. */
    MemmapKeyValueStore(String name, @Nullable String form) {
        super(name, form);
    }

    /** Returns a persistent store. Its class tells Kafka the format of the values. */
    static MemmapKeyValueStore persistent(String name, DslStoreFormat format) {
        String form = format + " key-value store";
        return switch (format) {
            case PLAIN -> new MemmapKeyValueStore(name, form);
            case TIMESTAMPED -> new Timestamped(name, form);
            case HEADERS -> new WithHeaders(name, form);
        };
    }

    private static final class Timestamped extends MemmapKeyValueStore implements TimestampedBytesStore {
        Timestamped(String name, String form) {
            super(name, form);
        }
    }

    private static final class WithHeaders extends MemmapKeyValueStore implements HeadersBytesStore {
        WithHeaders(String name, String form) {
            super(name, form);
        }
    }

    @Override
    void openMaps() {
        if (map == null) {
            try {
                map = map("", "");
            } catch (HeapExhaustedException full) {
                throw full(full);
            }
        }
    }

    @Override
    long[] marks() {
        return new long[0];
    }

    @Override
    void freeCommitted() {}

    @Override
    void endMaps() {
        ByteMap old = map;
        map = null;
        if (old != null) {
            old.end();
        }
    }

    @Override
    void restore(Collection<ConsumerRecord<byte[], byte[]>> records) {
        List<Write> writes = new ArrayList<>(records.size());
        for (ConsumerRecord<byte[], byte[]> record : records) {
            writes.add(new Write(record.key(), record.value()));
        }
        writeAll(writes);
    }

    private void writeAll(List<Write> writes) {
        use(to -> {
            to.writeAll(writes);
            return null;
        });
    }

    @Override
    public byte @Nullable [] get(Bytes key) {
        return use(from -> from.get(key.get()));
    }

    @Override
    public void put(Bytes key, byte @Nullable [] value) {
        if (value == null) {
            delete(key);
            return;
        }
        synchronized (position) {
            use(to -> {
                to.put(key.get(), value);
                return null;
            });
            updatePosition();
        }
    }

    @Override
    public byte @Nullable [] putIfAbsent(Bytes key, byte @Nullable [] value) {
        if (value == null) {
            return get(key);
        }
        synchronized (position) {
            byte[] old = use(to -> to.putIfAbsent(key.get(), value));
            updatePosition();
            return old;
        }
    }

    @Override
    public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
        synchronized (position) {
            writeAll(entries.stream()
                    .map(entry -> new Write(entry.key.get(), entry.value))
                    .toList());
            updatePosition();
        }
    }

    @Override
    public byte @Nullable [] delete(Bytes key) {
        synchronized (position) {
            byte[] old = use(to -> to.remove(key.get()));
            updatePosition();
            return old;
        }
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> range(@Nullable Bytes from, @Nullable Bytes to) {
        return range(from, to, true);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> reverseRange(@Nullable Bytes from, @Nullable Bytes to) {
        return range(from, to, false);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> all() {
        return range(null, null, true);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> reverseAll() {
        return range(null, null, false);
    }

    private KeyValueIterator<Bytes, byte[]> range(@Nullable Bytes from, @Nullable Bytes to, boolean forward) {
        return isInvalidRange(from, to)
                ? use(of -> new Range(of, Collections.emptyIterator()))
                : use(of -> new Range(of, of.iterator(bytes(from), bytes(to), true, forward)));
    }

    private static byte @Nullable [] bytes(@Nullable Bytes key) {
        return key == null ? null : key.get();
    }

    @Override
    public <PS extends Serializer<P>, P> KeyValueIterator<Bytes, byte[]> prefixScan(P prefix, PS prefixKeySerializer) {
        byte[] first = prefixKeySerializer.serialize(null, prefix);
        return use(of -> new Range(of, of.iterator(first, afterPrefix(first), false, true)));
    }

    /** Returns the smallest key that is greater than each key with the prefix; null if no key is. */
    static byte @Nullable [] afterPrefix(byte[] prefix) {
        for (int last = prefix.length - 1; last >= 0; last--) {
            if (prefix[last] != -1) {
                byte[] after = Arrays.copyOf(prefix, last + 1);
                after[last]++;
                return after;
            }
        }
        return null;
    }

    @Override
    public long approximateNumEntries() {
        return use(ByteMap::size);
    }

    /**
     * Calls a function with the map.
     *
     * @throws InvalidStateStoreException if the store is closed, or is closed meanwhile
     */
    private <R extends @Nullable Object> R use(Function<ByteMap, R> function) {
        ByteMap now = map;
        if (now == null) {
            throw closed();
        }
        return use(now, function);
    }

    private <R extends @Nullable Object> R use(ByteMap of, Function<ByteMap, R> function) {
        if (of.isEnded()) {
            throw closed();
        }
        try {
            return function.apply(of);
        } catch (HeapExhaustedException full) {
            throw full(full);
        } catch (IllegalStateException failed) {
            throw of.isEnded() ? closed() : failed;
        }
    }

    private InvalidStateStoreException closed() {
        return new InvalidStateStoreException("Store " + name() + " is closed");
    }

    /**
     * An iterator over a range. It does not produce an entry that the same thread has removed, even
     * if {@link #hasNext} has seen it. If another thread has removed it, it produces the entry, so
     * that its own thread finds an entry where {@link #hasNext} has promised one.
     */
    private final class Range extends EntryIterator<Bytes> {
        private final ByteMap of;
        private final Iterator<Map.Entry<byte[], byte[]>> entries;
        private final long removals;

        Range(ByteMap of, Iterator<Map.Entry<byte[], byte[]>> entries) {
            super(name());
            this.of = of;
            this.entries = entries;
            removals = of.ownRemovals();
        }

        @Override
        Map.@Nullable Entry<byte[], byte[]> advance() {
            return use(of, any -> entries.hasNext() ? entries.next() : null);
        }

        @Override
        boolean isGone(byte[] bytes) {
            return of.ownRemovals() != removals && !use(of, now -> now.contains(bytes));
        }

        @Override
        Bytes key(byte[] bytes) {
            return Bytes.wrap(bytes);
        }
    }
}
