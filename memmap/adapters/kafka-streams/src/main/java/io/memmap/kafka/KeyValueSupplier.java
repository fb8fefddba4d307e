package io.memmap.kafka;

import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.HeadersBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;

/** Supplies key-value stores. */
class KeyValueSupplier implements KeyValueBytesStoreSupplier {
    private final String name;

    KeyValueSupplier(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public KeyValueStore<Bytes, byte[]> get() {
        return new MemmapKeyValueStore(name);
    }

    @Override
    public String metricsScope() {
        return "memmap";
    }

    /** Supplies stores whose values have the headers of their records. */
    static final class WithHeaders extends KeyValueSupplier implements HeadersBytesStoreSupplier {
        WithHeaders(String name) {
            super(name);
        }
    }
}
