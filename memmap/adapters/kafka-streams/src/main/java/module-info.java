/** Offers memmap's maps as the state stores of Kafka Streams. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Kafka has no other modules
module io.memmap.kafka {
    requires transitive io.memmap;
    requires transitive kafka.clients;
    requires transitive kafka.streams;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.memmap.kafka;
}
