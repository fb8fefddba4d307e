package io.memmap.bench.maps;

import io.memmap.kafka.MemmapDslStoreSuppliers;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers.RocksDBDslStoreSuppliers;

/** Stores of Kafka Streams. */
public enum KafkaContender implements Titled {
    MEMMAP("memmap stores"),
    IN_MEMORY("Kafka's in-memory stores"),
    ROCKSDB("RocksDB, default"),
    ROCKSDB_BOUNDED("RocksDB, bounded memory");

    /** About the bytes of an entry of 116 bytes as Java objects, with some room for the collector. */
    private static final long OBJECT_BYTES = 300;

    private final String title;

    KafkaContender(String title) {
        this.title = title;
    }

    @Override
    public String title() {
        return title;
    }

    /** Returns whether so many entries of 116 bytes fit into a Java heap. */
    public boolean fits(int entries, long javaHeapBytes) {
        return this != IN_MEMORY || entries * OBJECT_BYTES <= javaHeapBytes;
    }

    /** Returns whether its entries are in files. */
    public boolean isRocks() {
        return this == ROCKSDB || this == ROCKSDB_BOUNDED;
    }

    /**
     * Makes the stores of a task.
     *
     * @param directory an empty directory for the files of the stores
     */
    public KafkaStores open(Path directory) {
        Properties settings = new Properties();
        if (this == ROCKSDB_BOUNDED) {
            settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocks.class);
        }
        return switch (this) {
            case MEMMAP -> new KafkaStores(new MemmapDslStoreSuppliers(), settings, directory);
            case IN_MEMORY -> new KafkaStores(new InMemoryDslStoreSuppliers(), settings, directory);
            case ROCKSDB, ROCKSDB_BOUNDED -> new KafkaStores(new RocksDBDslStoreSuppliers(), settings, directory);
        };
    }
}
