package org.apache.kafka.streams.state.internals;

import static java.time.Duration.ofMillis;

import io.memmap.kafka.MemmapStores;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.Stores;

/** Kafka's tests of all session stores, for a store that is ordered by time. */
public class MemmapTimeOrderedSessionStoreKafkaTest extends AbstractSessionBytesStoreTest {
    @Override
    StoreType storeType() {
        return StoreType.InMemoryStore; // expires by the millisecond, as ours do
    }

    @Override
    <K, V> SessionStore<K, V> buildSessionStore(long retentionPeriod, Serde<K> keySerde, Serde<V> valueSerde) {
        return Stores.sessionStoreBuilder(
                        MemmapStores.timeOrderedSessionStore("memmap-sessions", ofMillis(retentionPeriod)),
                        keySerde,
                        valueSerde)
                .build();
    }
}
