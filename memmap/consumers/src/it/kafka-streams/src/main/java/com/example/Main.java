package com.example;

import io.memmap.kafka.MemmapDslStoreSuppliers;
import io.memmap.kafka.MemmapStores;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;

/** Builds a topology over the stores. It needs no broker, so it does not run. */
final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "words");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:9092");
        settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, MemmapDslStoreSuppliers.class);
        StreamsBuilder builder = new StreamsBuilder(new TopologyConfig(new StreamsConfig(settings)));
        builder.stream("words", Consumed.with(Serdes.String(), Serdes.String()))
                .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
                .count(Materialized.as(MemmapStores.keyValueStore("counts")));
        String topology = builder.build().describe().toString();
        if (!topology.contains("counts")
                || MemmapStores.keyValueStore("counts").get().persistent()) {
            throw new AssertionError(topology);
        }
    }
}
