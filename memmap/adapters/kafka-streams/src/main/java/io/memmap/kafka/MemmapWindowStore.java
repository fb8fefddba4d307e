package io.memmap.kafka;

import java.util.Collection;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.HeadersBytesStore;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.TimestampedBytesStore;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;
import org.jspecify.annotations.Nullable;

/** A window store. */
class MemmapWindowStore extends TimedStore implements WindowStore<Bytes, byte[]> {
    private final long windowSizeMs;
    private final boolean retainDuplicates;

    /** Makes a store that is persistent if it has a form. */
    MemmapWindowStore(
            String name,
            long retentionMs,
            long windowSizeMs,
            boolean retainDuplicates,
            boolean timeOrdered,
            @Nullable String form) {
        super(name, KeyFormat.WINDOW, retentionMs, timeOrdered, form);
        this.windowSizeMs = windowSizeMs;
        this.retainDuplicates = retainDuplicates;
    }

    /** Returns a persistent store. Its class tells Kafka the format of the values. */
    static MemmapWindowStore persistent(
            String name,
            long retentionMs,
            long windowSizeMs,
            boolean retainDuplicates,
            boolean timeOrdered,
            DslStoreFormat format) {
        String form = form(format + (retainDuplicates ? " duplicates window" : " window"), retentionMs, timeOrdered);
        return switch (format) {
            case PLAIN -> new MemmapWindowStore(name, retentionMs, windowSizeMs, retainDuplicates, timeOrdered, form);
            case TIMESTAMPED -> new Timestamped(name, retentionMs, windowSizeMs, retainDuplicates, timeOrdered, form);
            case HEADERS -> new WithHeaders(name, retentionMs, windowSizeMs, retainDuplicates, timeOrdered, form);
        };
    }

    private static final class Timestamped extends MemmapWindowStore implements TimestampedBytesStore {
        Timestamped(
                String name,
                long retentionMs,
                long windowSizeMs,
                boolean retainDuplicates,
                boolean timeOrdered,
                String form) {
            super(name, retentionMs, windowSizeMs, retainDuplicates, timeOrdered, form);
        }
    }

    private static final class WithHeaders extends MemmapWindowStore
            implements TimestampedBytesStore, HeadersBytesStore {
        WithHeaders(
                String name,
                long retentionMs,
                long windowSizeMs,
                boolean retainDuplicates,
                boolean timeOrdered,
                String form) {
            super(name, retentionMs, windowSizeMs, retainDuplicates, timeOrdered, form);
        }
    }

    @Override
    void restore(Collection<ConsumerRecord<byte[], byte[]>> records) {
        super.restore(records);
        if (retainDuplicates) {
            // The changelog has a number for each duplicate. Later duplicates must not replace them.
            for (ConsumerRecord<byte[], byte[]> record : records) {
                lastNumber = Math.max(lastNumber, (int) format.number(record.key()));
            }
        }
    }

    @Override
    public void put(Bytes key, byte @Nullable [] value, long windowStartTimestamp) {
        Objects.requireNonNull(key, "key cannot be null");
        if (retainDuplicates && value != null) {
            lastNumber = lastNumber == Integer.MAX_VALUE ? 1 : lastNumber + 1;
        }
        // A put of null removes no duplicate: none has the number 0.
        int number = retainDuplicates && value != null ? lastNumber : 0;
        write(format.bytes(key, windowStartTimestamp, number), value);
    }

    @Override
    public byte @Nullable [] fetch(Bytes key, long time) {
        Objects.requireNonNull(key, "key cannot be null");
        if (!retainDuplicates) {
            return find(format.bytes(key, time, 0));
        }
        try (WindowStoreIterator<byte[]> duplicates = backwardFetch(key, time, time)) {
            return duplicates.hasNext() ? duplicates.next().value : null;
        }
    }

    @Override
    public WindowStoreIterator<byte[]> fetch(Bytes key, long timeFrom, long timeTo) {
        Objects.requireNonNull(key, "key cannot be null");
        return new Times(range(key, key, timeFrom, timeTo, true));
    }

    @Override
    public WindowStoreIterator<byte[]> backwardFetch(Bytes key, long timeFrom, long timeTo) {
        Objects.requireNonNull(key, "key cannot be null");
        return new Times(range(key, key, timeFrom, timeTo, false));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> fetch(
            @Nullable Bytes keyFrom, @Nullable Bytes keyTo, long timeFrom, long timeTo) {
        return new Windows(range(keyFrom, keyTo, timeFrom, timeTo, true));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> backwardFetch(
            @Nullable Bytes keyFrom, @Nullable Bytes keyTo, long timeFrom, long timeTo) {
        return new Windows(range(keyFrom, keyTo, timeFrom, timeTo, false));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> fetchAll(long timeFrom, long timeTo) {
        readByTime(timeTo);
        return new Windows(range(null, null, timeFrom, timeTo, true));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> backwardFetchAll(long timeFrom, long timeTo) {
        return new Windows(range(null, null, timeFrom, timeTo, false));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> all() {
        return new Windows(range(null, null, 0, Long.MAX_VALUE, true));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> backwardAll() {
        return backwardFetchAll(0, Long.MAX_VALUE);
    }

    private static Range range(
            @Nullable Bytes keyFrom, @Nullable Bytes keyTo, long timeFrom, long timeTo, boolean forward) {
        return new Range(keyFrom, keyTo, timeFrom, timeTo, Integer.MAX_VALUE, forward);
    }

    /** The windows of one key. */
    private final class Times extends Entries<Long> implements WindowStoreIterator<byte[]> {
        Times(Range range) {
            super(range);
        }

        @Override
        Long key(byte[] bytes) {
            return format.time(bytes);
        }
    }

    /** The windows of several keys. */
    private final class Windows extends Entries<Windowed<Bytes>> {
        Windows(Range range) {
            super(range);
        }

        @Override
        Windowed<Bytes> key(byte[] bytes) {
            return KafkaInternals.timeWindow(format.key(bytes), format.time(bytes), windowSizeMs);
        }
    }
}
