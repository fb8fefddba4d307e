package org.apache.kafka.streams.state;

import io.memmap.kafka.MemmapDslStoreSuppliers;

/**
 * Takes the place of Kafka's class of the same name, whose {@code RocksDBDslStoreSuppliers} is the
 * default of {@code dsl.store.suppliers.class}. So Kafka's own tests run over our stores.
 */
public class BuiltInDslStoreSuppliers {
    public static final DslStoreSuppliers ROCKS_DB = new RocksDBDslStoreSuppliers();
    public static final DslStoreSuppliers IN_MEMORY = new InMemoryDslStoreSuppliers();

    /** The default of Kafka Streams. */
    public static class RocksDBDslStoreSuppliers implements DslStoreSuppliers {
        private final DslStoreSuppliers ours = new MemmapDslStoreSuppliers();

        @Override
        public KeyValueBytesStoreSupplier keyValueStore(DslKeyValueParams params) {
            return ours.keyValueStore(params);
        }

        @Override
        public WindowBytesStoreSupplier windowStore(DslWindowParams params) {
            return ours.windowStore(params);
        }

        @Override
        public SessionBytesStoreSupplier sessionStore(DslSessionParams params) {
            return ours.sessionStore(params);
        }
    }

    /** The stores that tests ask for by {@code StoreType.IN_MEMORY}. */
    public static class InMemoryDslStoreSuppliers extends RocksDBDslStoreSuppliers {}
}
