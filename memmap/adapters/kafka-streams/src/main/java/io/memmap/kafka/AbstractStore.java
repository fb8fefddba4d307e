package io.memmap.kafka;

import io.memmap.HeapExhaustedException;
import io.memmap.NativeHeap;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all stores share: their life, their part in the shared heap, their position and interactive
 * queries of version 2.
 *
 * <p>One thread writes at a time, that of the task or the one that restores it. Any threads read.
 * The writer changes the maps and the position under the lock of the position, so that the position
 * of a query's result is not ahead of the result.
 */
abstract class AbstractStore implements StateStore {
    private static final Logger LOG = LoggerFactory.getLogger(AbstractStore.class);

    private final String name;
    final Position position = Position.emptyPosition();
    private volatile @Nullable StateStoreContext context;
    /** Null while the store has no map. Only the writer uses it. */
    private @Nullable SharedHeap heap;

    private volatile boolean open;

    AbstractStore(String name) {
        this.name = name;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public void init(StateStoreContext stateStoreContext, @Nullable StateStore root) {
        context = stateStoreContext;
        openMaps();
        open = true;
        if (root != null) {
            KafkaInternals.register(stateStoreContext, root, position, this::restore);
        }
    }

    /** Writes a batch of records of the changelog. */
    abstract void restore(Collection<ConsumerRecord<byte[], byte[]>> records);

    /** Makes the maps that the store has from its start on. */
    abstract void openMaps();

    /** Frees the maps of the store. */
    abstract void freeMaps();

    /**
     * Returns the heap for the maps. A store that has been closed takes part in the heap again, until
     * it is closed again, since Kafka may restore a store between.
     */
    final NativeHeap heap() {
        if (heap == null) {
            heap = SharedHeap.acquire(Objects.requireNonNull(context, "the store is not initialized"));
        }
        return heap.heap();
    }

    @Override
    public final void commit(Map<TopicPartition, Long> changelogOffsets) {
        // The entries live as long as the process; the changelog restores them.
    }

    @Override
    public final void close() {
        open = false;
        freeMaps();
        if (heap != null) {
            heap.release();
            heap = null;
        }
    }

    @Override
    public final boolean persistent() {
        return false;
    }

    @Override
    public final boolean isOpen() {
        return open;
    }

    @Override
    public final Position getPosition() {
        return position;
    }

    @Override
    public final <R> QueryResult<R> query(Query<R> query, PositionBound positionBound, QueryConfig config) {
        return KafkaInternals.query(query, positionBound, config, this, position, context);
    }

    /** Moves the position to the record that is being processed. */
    final void updatePosition() {
        KafkaInternals.updatePosition(position, context);
    }

    /** Returns the exception for a write that has no room. */
    final ProcessorStateException full(HeapExhaustedException cause) {
        return new ProcessorStateException(
                "Store " + name + " has no room for an entry. All stores of the application share one heap of "
                        + heap().stats().maxBytes() + " bytes. Raise " + MemmapStoresConfig.MAX_BYTES_CONFIG
                        + ", or run more instances, so that this one has fewer tasks",
                cause);
    }

    /** Returns whether the first key is after the last one. Then there is a warning in the log. */
    static boolean isInvalidRange(@Nullable Bytes from, @Nullable Bytes to) {
        boolean invalid = from != null && to != null && from.compareTo(to) > 0;
        if (invalid) {
            // The words are those of Kafka's own stores, which logs are searched for.
            LOG.warn("Returning empty iterator for fetch with invalid key range: from > to."
                    + " This may be due to range arguments set in the wrong order,"
                    + " or serdes that don't preserve ordering when lexicographically comparing the serialized bytes."
                    + " Note that the built-in numerical serdes do not follow this for negative numbers");
        }
        return invalid;
    }
}
