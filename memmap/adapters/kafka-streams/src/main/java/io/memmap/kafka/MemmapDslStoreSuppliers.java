package io.memmap.kafka;

import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.EmitStrategy.StrategyType;
import org.apache.kafka.streams.state.DslKeyValueParams;
import org.apache.kafka.streams.state.DslSessionParams;
import org.apache.kafka.streams.state.DslStoreSuppliers;
import org.apache.kafka.streams.state.DslWindowParams;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.SessionBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;

/**
 * Supplies all stores that the operators of the DSL make. Set {@code dsl.store.suppliers.class} to
 * this class, or pass an object of it to {@code Materialized} or {@code StreamJoined}:
 *
 * <pre>{@code
 * config.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, MemmapDslStoreSuppliers.class);
 * config.put(MemmapStoresConfig.MAX_BYTES_CONFIG, 4L << 30);
 * }</pre>
 *
 * <p>Stores for results that are emitted when windows close are time-ordered. Stores keep the headers
 * of records if {@code dsl.store.format} says so.
 *
 * @see MemmapStores MemmapStores, for single stores
 */
public final class MemmapDslStoreSuppliers implements DslStoreSuppliers {
    /** Makes an object without settings. Kafka calls this. */
    public MemmapDslStoreSuppliers() {}

    @Override
    public KeyValueBytesStoreSupplier keyValueStore(DslKeyValueParams params) {
        return params.dslStoreFormat() == DslStoreFormat.HEADERS
                ? new KeyValueSupplier.WithHeaders(params.name())
                : new KeyValueSupplier(params.name());
    }

    @Override
    public WindowBytesStoreSupplier windowStore(DslWindowParams params) {
        String name = params.name();
        long retentionMs = params.retentionPeriod().toMillis();
        long windowSizeMs = params.windowSize().toMillis();
        boolean duplicates = params.retainDuplicates();
        boolean timeOrdered = isOnWindowClose(params.emitStrategy());
        return params.dslStoreFormat() == DslStoreFormat.HEADERS
                ? new WindowSupplier.WithHeaders(name, retentionMs, windowSizeMs, duplicates, timeOrdered)
                : new WindowSupplier(name, retentionMs, windowSizeMs, duplicates, timeOrdered);
    }

    @Override
    public SessionBytesStoreSupplier sessionStore(DslSessionParams params) {
        String name = params.name();
        long retentionMs = params.retentionPeriod().toMillis();
        boolean timeOrdered = isOnWindowClose(params.emitStrategy());
        return params.storeFormat() == DslStoreFormat.HEADERS
                ? new SessionSupplier.WithHeaders(name, retentionMs, timeOrdered)
                : new SessionSupplier(name, retentionMs, timeOrdered);
    }

    private static boolean isOnWindowClose(EmitStrategy strategy) {
        return strategy.type() == StrategyType.ON_WINDOW_CLOSE;
    }
}
