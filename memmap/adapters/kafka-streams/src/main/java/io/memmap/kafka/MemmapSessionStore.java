package io.memmap.kafka;

import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.HeadersBytesStore;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.SessionStore;
import org.jspecify.annotations.Nullable;

/** A session store. */
class MemmapSessionStore extends TimedStore implements SessionStore<Bytes, byte[]> {
    /** Makes a store that is persistent if it has a form. */
    MemmapSessionStore(String name, long retentionMs, boolean timeOrdered, @Nullable String form) {
        super(name, KeyFormat.SESSION, retentionMs, timeOrdered, form);
    }

    /** Returns a persistent store. Its class tells Kafka whether the values have headers. */
    static MemmapSessionStore persistent(String name, long retentionMs, boolean timeOrdered, boolean headers) {
        String form = form(headers ? "HEADERS session" : "session", retentionMs, timeOrdered);
        return headers
                ? new WithHeaders(name, retentionMs, timeOrdered, form)
                : new MemmapSessionStore(name, retentionMs, timeOrdered, form);
    }

    private static final class WithHeaders extends MemmapSessionStore implements HeadersBytesStore {
        WithHeaders(String name, long retentionMs, boolean timeOrdered, String form) {
            super(name, retentionMs, timeOrdered, form);
        }
    }

    private byte[] bytes(Windowed<Bytes> session) {
        return format.bytes(
                session.key(), session.window().end(), session.window().start());
    }

    @Override
    public void put(Windowed<Bytes> sessionKey, byte @Nullable [] aggregate) {
        write(bytes(sessionKey), aggregate);
    }

    @Override
    public void remove(Windowed<Bytes> sessionKey) {
        write(bytes(sessionKey), null);
    }

    @Override
    public byte @Nullable [] fetchSession(Bytes key, long sessionStartTime, long sessionEndTime) {
        Objects.requireNonNull(key, "key cannot be null");
        return find(format.bytes(key, sessionEndTime, sessionStartTime));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> findSessions(
            long earliestSessionEndTime, long latestSessionEndTime) {
        readByTime(latestSessionEndTime);
        return new Sessions(new Range(null, null, earliestSessionEndTime, latestSessionEndTime, Long.MAX_VALUE, true));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> findSessions(
            Bytes key, long earliestSessionEndTime, long latestSessionStartTime) {
        Objects.requireNonNull(key, "key cannot be null");
        return findSessions(key, key, earliestSessionEndTime, latestSessionStartTime);
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> backwardFindSessions(
            Bytes key, long earliestSessionEndTime, long latestSessionStartTime) {
        Objects.requireNonNull(key, "key cannot be null");
        return backwardFindSessions(key, key, earliestSessionEndTime, latestSessionStartTime);
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> findSessions(
            @Nullable Bytes keyFrom, @Nullable Bytes keyTo, long earliestSessionEndTime, long latestSessionStartTime) {
        return new Sessions(
                new Range(keyFrom, keyTo, earliestSessionEndTime, Long.MAX_VALUE, latestSessionStartTime, true));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> backwardFindSessions(
            @Nullable Bytes keyFrom, @Nullable Bytes keyTo, long earliestSessionEndTime, long latestSessionStartTime) {
        return new Sessions(
                new Range(keyFrom, keyTo, earliestSessionEndTime, Long.MAX_VALUE, latestSessionStartTime, false));
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> fetch(Bytes key) {
        return findSessions(key, 0, Long.MAX_VALUE);
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> backwardFetch(Bytes key) {
        return backwardFindSessions(key, 0, Long.MAX_VALUE);
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> fetch(@Nullable Bytes keyFrom, @Nullable Bytes keyTo) {
        return findSessions(keyFrom, keyTo, 0, Long.MAX_VALUE);
    }

    @Override
    public KeyValueIterator<Windowed<Bytes>, byte[]> backwardFetch(@Nullable Bytes keyFrom, @Nullable Bytes keyTo) {
        return backwardFindSessions(keyFrom, keyTo, 0, Long.MAX_VALUE);
    }

    /** Sessions of several keys or one. */
    private final class Sessions extends Entries<Windowed<Bytes>> {
        Sessions(Range range) {
            super(range);
        }

        @Override
        Windowed<Bytes> key(byte[] bytes) {
            return KafkaInternals.sessionWindow(format.key(bytes), format.number(bytes), format.time(bytes));
        }
    }
}
