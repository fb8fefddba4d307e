package io.memmap.kafka;

import java.time.Duration;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.SessionBytesStoreSupplier;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;

/**
 * Suppliers of single stores, for {@code Materialized.as}, {@code StreamJoined} and the store
 * builders of {@link Stores}. {@link MemmapDslStoreSuppliers} supplies all stores of an application.
 *
 * <p>The stores are not persistent: they live as long as their task, and are restored from the
 * changelog. Kafka closes them, and closing gives all their memory back.
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
        return new KeyValueSupplier(name);
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
        return new WindowSupplier(name, retentionPeriod.toMillis(), windowSize.toMillis(), retainDuplicates, false);
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
        return new WindowSupplier(name, retentionPeriod.toMillis(), windowSize.toMillis(), retainDuplicates, true);
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
        return new SessionSupplier(name, retentionPeriod.toMillis(), false);
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
        return new SessionSupplier(name, retentionPeriod.toMillis(), true);
    }
}
