package org.apache.kafka.streams.state.internals;

import static java.time.Duration.ofMillis;

import io.memmap.kafka.MemmapStores;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/** Kafka's tests of all window stores. */
public class MemmapWindowStoreKafkaTest extends AbstractWindowBytesStoreTest {
    @Override
    <K, V> WindowStore<K, V> buildWindowStore(
            long retentionPeriod, long windowSize, boolean retainDuplicates, Serde<K> keySerde, Serde<V> valueSerde) {
        return Stores.windowStoreBuilder(
                        MemmapStores.windowStore(
                                "memmap-windows", ofMillis(retentionPeriod), ofMillis(windowSize), retainDuplicates),
                        keySerde,
                        valueSerde)
                .build();
    }
}
