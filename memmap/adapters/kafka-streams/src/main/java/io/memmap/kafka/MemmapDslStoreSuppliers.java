package io.memmap.kafka;

import java.util.Map;
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
 * of records if {@code dsl.store.format} says so, and are persistent if {@link
 * MemmapStoresConfig#PERSISTENT_CONFIG} does.
 *
 * @see MemmapStores MemmapStores, for single stores
 */
public final class MemmapDslStoreSuppliers implements DslStoreSuppliers {
    private boolean persistent;

    /** Makes an object without settings, whose stores are not persistent. Kafka calls this. */
    public MemmapDslStoreSuppliers() {}

    /**
     * Takes the setting {@link MemmapStoresConfig#PERSISTENT_CONFIG}. Kafka calls this if the class is
     * the value of {@code dsl.store.suppliers.class}. Call it for an object that you pass on yourself.
     * Kafka does not call it if the {@code StreamsBuilder} was made with a {@code TopologyConfig}.
     *
     * @param configs the settings of the application
     */
    @Override
    public void configure(Map<String, ?> configs) {
        persistent = MemmapStoresConfig.isPersistent(configs);
    }

    @Override
    public KeyValueBytesStoreSupplier keyValueStore(DslKeyValueParams params) {
        DslStoreFormat format = params.dslStoreFormat();
        return format == DslStoreFormat.HEADERS
                ? new KeyValueSupplier.WithHeaders(params.name(), persistent)
                : new KeyValueSupplier(params.name(), persistent ? format : null);
    }

    @Override
    public WindowBytesStoreSupplier windowStore(DslWindowParams params) {
        String name = params.name();
        long retentionMs = params.retentionPeriod().toMillis();
        long windowSizeMs = params.windowSize().toMillis();
        boolean duplicates = params.retainDuplicates();
        boolean timeOrdered = isOnWindowClose(params.emitStrategy());
        DslStoreFormat format = params.dslStoreFormat();
        if (format == DslStoreFormat.HEADERS) {
            return new WindowSupplier.WithHeaders(name, retentionMs, windowSizeMs, duplicates, timeOrdered, persistent);
        }
        // As Kafka's own suppliers: the values of a time-ordered store have timestamps.
        DslStoreFormat known = format == null || timeOrdered ? DslStoreFormat.TIMESTAMPED : format;
        return new WindowSupplier(name, retentionMs, windowSizeMs, duplicates, timeOrdered, persistent ? known : null);
    }

    @Override
    public SessionBytesStoreSupplier sessionStore(DslSessionParams params) {
        String name = params.name();
        long retentionMs = params.retentionPeriod().toMillis();
        boolean timeOrdered = isOnWindowClose(params.emitStrategy());
        return params.storeFormat() == DslStoreFormat.HEADERS
                ? new SessionSupplier.WithHeaders(name, retentionMs, timeOrdered, persistent)
                : new SessionSupplier(name, retentionMs, timeOrdered, persistent);
    }

    private static boolean isOnWindowClose(EmitStrategy strategy) {
        return strategy.type() == StrategyType.ON_WINDOW_CLOSE;
    }
}
