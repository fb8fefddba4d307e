package io.memmap.kafka;

import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.state.HeadersBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** Supplies key-value stores. */
class KeyValueSupplier implements KeyValueBytesStoreSupplier {
    private final String name;
    private final @Nullable DslStoreFormat persistentAs;

    /**
     * Makes a supplier.
     *
     * @param persistentAs the format of persistent stores; null for stores that are not persistent,
     *     which take any format
     */
    KeyValueSupplier(String name, @Nullable DslStoreFormat persistentAs) {
        this.name = Objects.requireNonNull(name, "name");
        this.persistentAs = persistentAs;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public KeyValueStore<Bytes, byte[]> get() {
        return persistentAs == null
                ? new MemmapKeyValueStore(name, null)
                : MemmapKeyValueStore.persistent(name, persistentAs);
    }

    @Override
    public String metricsScope() {
        return "memmap";
    }

    /** Supplies stores whose values have the headers of their records. */
    static final class WithHeaders extends KeyValueSupplier implements HeadersBytesStoreSupplier {
        WithHeaders(String name, boolean persistent) {
            super(name, persistent ? DslStoreFormat.HEADERS : null);
        }
    }
}
