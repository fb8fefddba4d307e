package org.apache.kafka.streams.state.internals;

import io.memmap.kafka.MemmapStores;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** Kafka's tests of all key-value stores. */
public class MemmapKeyValueStoreKafkaTest extends AbstractKeyValueStoreTest {
    @Override
    @SuppressWarnings("unchecked") // the test's own serdes
    protected <K, V> KeyValueStore<K, V> createKeyValueStore(StateStoreContext context) {
        KeyValueStore<K, V> store = Stores.keyValueStoreBuilder(
                        MemmapStores.keyValueStore("my-store"), (Serde<K>) context.keySerde(), (Serde<V>)
                                context.valueSerde())
                .build();
        store.init(context, store);
        return store;
    }
}
