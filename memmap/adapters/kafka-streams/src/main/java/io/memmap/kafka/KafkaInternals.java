package io.memmap.kafka;

import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig.InternalConfig;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.kstream.internals.TimeWindow;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.ChangelogRecordDeserializationHelper;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.internals.metrics.StreamsMetricsImpl;
import org.apache.kafka.streams.processor.internals.metrics.TaskMetrics;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.state.internals.StoreQueryUtils;
import org.jspecify.annotations.Nullable;

/**
 * All uses of classes that Kafka calls internal. No public class of Kafka does their work, and a
 * minor version of Kafka may change them; a test of the architecture lists them.
 */
final class KafkaInternals {
    private KafkaInternals() {}

    /**
     * Registers a store, whose changelog is then restored in batches. The position that the records'
     * headers state, if the application asks for it, is merged into the position of the store.
     */
    static void register(
            StateStoreContext context,
            StateStore root,
            Position position,
            Consumer<Collection<ConsumerRecord<byte[], byte[]>>> restore) {
        boolean hasPositions = InternalConfig.getBoolean(
                context.appConfigs(), InternalConfig.IQ_CONSISTENCY_OFFSET_VECTOR_ENABLED, false);
        context.register(root, new Restore(position, hasPositions, restore));
    }

    private record Restore(
            Position position, boolean hasPositions, Consumer<Collection<ConsumerRecord<byte[], byte[]>>> restore)
            implements RecordBatchingStateRestoreCallback {
        @Override
        public void restoreBatch(Collection<ConsumerRecord<byte[], byte[]>> records) {
            synchronized (position) {
                restore.accept(records);
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    ChangelogRecordDeserializationHelper.applyChecksAndUpdatePosition(record, hasPositions, position);
                }
            }
        }
    }

    /** Moves the position of a store to the record that is being processed. */
    static void updatePosition(Position position, @Nullable StateStoreContext context) {
        StoreQueryUtils.updatePosition(position, context);
    }

    /** Answers an interactive query of version 2 by the methods of the store. */
    static <R> QueryResult<R> query(
            Query<R> query,
            PositionBound bound,
            QueryConfig config,
            StateStore store,
            Position position,
            @Nullable StateStoreContext context) {
        return StoreQueryUtils.handleBasicQueries(query, bound, config, store, position, context);
    }

    /** Returns the sensor of the records that a task drops; null if there is none. */
    static @Nullable Sensor droppedRecords(StateStoreContext context) {
        return context.metrics() instanceof StreamsMetricsImpl metrics
                ? TaskMetrics.droppedRecordsSensor(
                        Thread.currentThread().getName(), context.taskId().toString(), metrics)
                : null;
    }

    /** Returns the metrics that the application reports; null if it reports none. */
    static @Nullable Metrics registry(StreamsMetrics metrics) {
        return metrics instanceof StreamsMetricsImpl known ? known.metricsRegistry() : null;
    }

    /** Returns the tags of metrics of the whole client. */
    static Map<String, String> clientTags(StreamsMetrics metrics) {
        return metrics instanceof StreamsMetricsImpl known ? known.clientLevelTagMap() : Map.of();
    }

    /** Returns a key of a window that includes its start and excludes its end. */
    static Windowed<Bytes> timeWindow(Bytes key, long start, long size) {
        return new Windowed<>(key, new TimeWindow(start, start + size < 0 ? Long.MAX_VALUE : start + size));
    }

    /** Returns a key of a session, which includes its start and its end. */
    static Windowed<Bytes> sessionWindow(Bytes key, long start, long end) {
        return new Windowed<>(key, new SessionWindow(start, end));
    }
}
