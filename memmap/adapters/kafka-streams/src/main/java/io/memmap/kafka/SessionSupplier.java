package io.memmap.kafka;

import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.HeadersBytesStoreSupplier;
import org.apache.kafka.streams.state.SessionBytesStoreSupplier;
import org.apache.kafka.streams.state.SessionStore;

/** Supplies session stores. */
class SessionSupplier implements SessionBytesStoreSupplier {
    private final String name;
    private final long retentionMs;
    private final boolean timeOrdered;
    private final boolean persistent;

    SessionSupplier(String name, long retentionMs, boolean timeOrdered, boolean persistent) {
        this.name = Objects.requireNonNull(name, "name");
        if (retentionMs < 0) {
            throw new IllegalArgumentException(
                    "The retention period of store " + name + " must be 0 ms or more: " + retentionMs + " ms");
        }
        this.retentionMs = retentionMs;
        this.timeOrdered = timeOrdered;
        this.persistent = persistent;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public SessionStore<Bytes, byte[]> get() {
        return persistent
                ? MemmapSessionStore.persistent(name, retentionMs, timeOrdered, this instanceof WithHeaders)
                : new MemmapSessionStore(name, retentionMs, timeOrdered, null);
    }

    @Override
    public String metricsScope() {
        return "memmap-session";
    }

    @Override
    public long segmentIntervalMs() {
        return TimedStore.cacheSegmentMs(retentionMs, timeOrdered, persistent);
    }

    @Override
    public long retentionPeriod() {
        return retentionMs;
    }

    /** Supplies stores whose values have the headers of their records. */
    static final class WithHeaders extends SessionSupplier implements HeadersBytesStoreSupplier {
        WithHeaders(String name, long retentionMs, boolean timeOrdered, boolean persistent) {
            super(name, retentionMs, timeOrdered, persistent);
        }
    }
}
