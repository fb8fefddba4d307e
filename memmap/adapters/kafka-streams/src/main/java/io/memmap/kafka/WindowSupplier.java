package io.memmap.kafka;

import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.state.HeadersBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowStore;
import org.jspecify.annotations.Nullable;

/** Supplies window stores. */
class WindowSupplier implements WindowBytesStoreSupplier {
    private final String name;
    private final long retentionMs;
    private final long windowSizeMs;
    private final boolean retainDuplicates;
    private final boolean timeOrdered;
    private final @Nullable DslStoreFormat persistentAs;

    /**
     * Makes a supplier.
     *
     * @param persistentAs the format of persistent stores; null for stores that are not persistent,
     *     which take any format
     */
    WindowSupplier(
            String name,
            long retentionMs,
            long windowSizeMs,
            boolean retainDuplicates,
            boolean timeOrdered,
            @Nullable DslStoreFormat persistentAs) {
        this.name = Objects.requireNonNull(name, "name");
        if (windowSizeMs < 0) {
            throw new IllegalArgumentException("The window size must be 0 ms or more: " + windowSizeMs + " ms");
        }
        if (retentionMs < windowSizeMs) {
            throw new IllegalArgumentException("The retention period of store " + name
                    + " must be no less than the window size, " + windowSizeMs + " ms: " + retentionMs + " ms");
        }
        this.retentionMs = retentionMs;
        this.windowSizeMs = windowSizeMs;
        this.retainDuplicates = retainDuplicates;
        this.timeOrdered = timeOrdered;
        this.persistentAs = persistentAs;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public WindowStore<Bytes, byte[]> get() {
        return persistentAs == null
                ? new MemmapWindowStore(name, retentionMs, windowSizeMs, retainDuplicates, timeOrdered, null)
                : MemmapWindowStore.persistent(
                        name, retentionMs, windowSizeMs, retainDuplicates, timeOrdered, persistentAs);
    }

    @Override
    public String metricsScope() {
        return "memmap-window";
    }

    @Override
    public long segmentIntervalMs() {
        return TimedStore.cacheSegmentMs(retentionMs, timeOrdered, persistentAs != null);
    }

    @Override
    public long windowSize() {
        return windowSizeMs;
    }

    @Override
    public boolean retainDuplicates() {
        return retainDuplicates;
    }

    @Override
    public long retentionPeriod() {
        return retentionMs;
    }

    /** Supplies stores whose values have the headers of their records. */
    static final class WithHeaders extends WindowSupplier implements HeadersBytesStoreSupplier {
        WithHeaders(
                String name,
                long retentionMs,
                long windowSizeMs,
                boolean retainDuplicates,
                boolean timeOrdered,
                boolean persistent) {
            super(
                    name,
                    retentionMs,
                    windowSizeMs,
                    retainDuplicates,
                    timeOrdered,
                    persistent ? DslStoreFormat.HEADERS : null);
        }
    }
}
