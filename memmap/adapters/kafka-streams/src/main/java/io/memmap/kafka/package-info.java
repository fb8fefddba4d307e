/**
 * State stores of Kafka Streams whose entries lie outside the Java heap. {@link
 * io.memmap.kafka.MemmapDslStoreSuppliers} moves all stores of an application over by one line of
 * its configuration, and {@link io.memmap.kafka.MemmapStores} supplies single stores.
 *
 * <p>All stores of one {@code KafkaStreams} object share one heap, which {@link
 * io.memmap.kafka.MemmapStoresConfig} bounds, and can put into a file, so that the stores are
 * persistent.
 */
@NullMarked
package io.memmap.kafka;

import org.jspecify.annotations.NullMarked;
