package io.memmap.kafka;

import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.HeadersBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowStore;

/** Supplies window stores. */
class WindowSupplier implements WindowBytesStoreSupplier {
    private final String name;
    private final long retentionMs;
    private final long windowSizeMs;
    private final boolean retainDuplicates;
    private final boolean timeOrdered;

    WindowSupplier(String name, long retentionMs, long windowSizeMs, boolean retainDuplicates, boolean timeOrdered) {
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
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public WindowStore<Bytes, byte[]> get() {
        return new MemmapWindowStore(name, retentionMs, windowSizeMs, retainDuplicates, timeOrdered);
    }

    @Override
    public String metricsScope() {
        return "memmap-window";
    }

    @Override
    public long segmentIntervalMs() {
        return TimedStore.cacheSegmentMs(retentionMs, timeOrdered);
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
        WithHeaders(String name, long retentionMs, long windowSizeMs, boolean retainDuplicates, boolean timeOrdered) {
            super(name, retentionMs, windowSizeMs, retainDuplicates, timeOrdered);
        }
    }
}
