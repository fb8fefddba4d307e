package io.memmap.kafka;

import java.time.Duration;
import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.SessionBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;

/**
 * Suppliers of single stores, for {@code Materialized.as}, {@code StreamJoined} and the store
 * builders of {@link Stores}. {@link MemmapDslStoreSuppliers} supplies all stores of an application.
 *
 * <p>Stores live as long as their task, and are restored from the changelog. Kafka closes them, and
 * closing gives all their memory back. <em>Persistent</em> stores stay in the file of the heap, and
 * only the tail of the changelog is restored. They need {@link MemmapStoresConfig#PERSISTENT_CONFIG}.
 * There are suppliers with names as in {@link Stores}: a persistent store tells Kafka whether its
 * values have timestamps. Persistent stores for results that are emitted when windows close come from
 * {@link MemmapDslStoreSuppliers}.
 */
public final class MemmapStores {
    private MemmapStores() {}

    /**
     * Returns a supplier of key-value stores.
     *
     * @param name the name of the store
     * @return the supplier
     */
    public static KeyValueBytesStoreSupplier keyValueStore(String name) {
        return new KeyValueSupplier(name, null);
    }

    /**
     * Returns a supplier of persistent key-value stores, for {@link Stores#keyValueStoreBuilder}.
     *
     * @param name the name of the store
     * @return the supplier
     */
    public static KeyValueBytesStoreSupplier persistentKeyValueStore(String name) {
        return new KeyValueSupplier(name, DslStoreFormat.PLAIN);
    }

    /**
     * Returns a supplier of persistent key-value stores whose values have timestamps, for
     * {@link Stores#timestampedKeyValueStoreBuilder} and {@code Materialized}.
     *
     * @param name the name of the store
     * @return the supplier
     */
    public static KeyValueBytesStoreSupplier persistentTimestampedKeyValueStore(String name) {
        return new KeyValueSupplier(name, DslStoreFormat.TIMESTAMPED);
    }

    /**
     * Returns a supplier of window stores.
     *
     * @param name the name of the store
     * @param retentionPeriod how long the store keeps a window, counted from its start in stream
     *     time; not less than the window size
     * @param windowSize the length of the windows
     * @param retainDuplicates whether a put adds a value to those of the same key and window, as joins
     *     need it, and does not replace them
     * @return the supplier
     * @throws IllegalArgumentException if the window size is negative, or is more than the retention
     *     period
     */
    public static WindowBytesStoreSupplier windowStore(
            String name, Duration retentionPeriod, Duration windowSize, boolean retainDuplicates) {
        return new WindowSupplier(
                name, retentionPeriod.toMillis(), windowSize.toMillis(), retainDuplicates, false, null);
    }

    /**
     * Returns a supplier of persistent window stores, for {@link Stores#windowStoreBuilder} and {@code
     * StreamJoined}.
     *
     * @param name the name of the store
     * @param retentionPeriod how long the store keeps a window, counted from its start in stream
     *     time; not less than the window size
     * @param windowSize the length of the windows
     * @param retainDuplicates whether a put adds a value to those of the same key and window, as joins
     *     need it, and does not replace them
     * @return the supplier
     * @throws IllegalArgumentException if the window size is negative, or is more than the retention
     *     period
     */
    public static WindowBytesStoreSupplier persistentWindowStore(
            String name, Duration retentionPeriod, Duration windowSize, boolean retainDuplicates) {
        return new WindowSupplier(
                name, retentionPeriod.toMillis(), windowSize.toMillis(), retainDuplicates, false, DslStoreFormat.PLAIN);
    }

    /**
     * Returns a supplier of persistent window stores whose values have timestamps, for
     * {@link Stores#timestampedWindowStoreBuilder} and {@code Materialized}.
     *
     * @param name the name of the store
     * @param retentionPeriod how long the store keeps a window, counted from its start in stream
     *     time; not less than the window size
     * @param windowSize the length of the windows
     * @param retainDuplicates whether a put adds a value to those of the same key and window, as joins
     *     need it, and does not replace them
     * @return the supplier
     * @throws IllegalArgumentException if the window size is negative, or is more than the retention
     *     period
     */
    public static WindowBytesStoreSupplier persistentTimestampedWindowStore(
            String name, Duration retentionPeriod, Duration windowSize, boolean retainDuplicates) {
        return new WindowSupplier(
                name,
                retentionPeriod.toMillis(),
                windowSize.toMillis(),
                retainDuplicates,
                false,
                DslStoreFormat.TIMESTAMPED);
    }

    /**
     * Returns a supplier of window stores that find all windows between two times at once. Results
     * that are emitted when windows close need this. It costs memory for the keys a second time.
     *
     * @param name the name of the store
     * @param retentionPeriod how long the store keeps a window, counted from its start in stream
     *     time; not less than the window size
     * @param windowSize the length of the windows
     * @param retainDuplicates whether a put adds a value to those of the same key and window
     * @return the supplier
     * @throws IllegalArgumentException if the window size is negative, or is more than the retention
     *     period
     */
    public static WindowBytesStoreSupplier timeOrderedWindowStore(
            String name, Duration retentionPeriod, Duration windowSize, boolean retainDuplicates) {
        return new WindowSupplier(
                name, retentionPeriod.toMillis(), windowSize.toMillis(), retainDuplicates, true, null);
    }

    /**
     * Returns a supplier of session stores.
     *
     * @param name the name of the store
     * @param retentionPeriod how long the store keeps a session, counted from its end in stream time
     * @return the supplier
     * @throws IllegalArgumentException if the retention period is negative
     */
    public static SessionBytesStoreSupplier sessionStore(String name, Duration retentionPeriod) {
        return new SessionSupplier(name, retentionPeriod.toMillis(), false, false);
    }

    /**
     * Returns a supplier of persistent session stores.
     *
     * @param name the name of the store
     * @param retentionPeriod how long the store keeps a session, counted from its end in stream time
     * @return the supplier
     * @throws IllegalArgumentException if the retention period is negative
     */
    public static SessionBytesStoreSupplier persistentSessionStore(String name, Duration retentionPeriod) {
        return new SessionSupplier(name, retentionPeriod.toMillis(), false, true);
    }

    /**
     * Returns a supplier of session stores that find all sessions that end between two times at once.
     * Results that are emitted when sessions close need this. It costs memory for the keys a second
     * time.
     *
     * @param name the name of the store
     * @param retentionPeriod how long the store keeps a session, counted from its end in stream time
     * @return the supplier
     * @throws IllegalArgumentException if the retention period is negative
     */
    public static SessionBytesStoreSupplier timeOrderedSessionStore(String name, Duration retentionPeriod) {
        return new SessionSupplier(name, retentionPeriod.toMillis(), true, false);
    }
}
