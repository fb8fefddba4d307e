package io.memmap.kafka;

import io.memmap.HeapFileException;
import io.memmap.NativeHeap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The heap of all stores of one {@code KafkaStreams} object. It opens with the first of the stores
 * and closes with the last, and shows its figures as metrics meanwhile.
 *
 * <p>All contexts of a {@code KafkaStreams} object, and of no other, have the same metrics object,
 * so this object stands for it. A second {@code KafkaStreams} object of the same application, in the
 * same process, has a heap of its own.
 */
final class SharedHeap {
    private static final Logger LOG = LoggerFactory.getLogger(SharedHeap.class);
    // Guarded by itself, as are the counts of users.
    private static final IdentityHashMap<StreamsMetrics, SharedHeap> OPEN = new IdentityHashMap<>();

    private final StreamsMetrics owner;
    private final NativeHeap heap;
    /** Null if the heap is in memory. */
    private final @Nullable SavedStores saved;

    private final HeapMetrics metrics;
    /** Removes stores whose directories Kafka has deleted. Null if the heap is in memory. */
    private final @Nullable ScheduledExecutorService cleaner;

    private int users;

    private SharedHeap(StateStoreContext context) {
        owner = context.metrics();
        Map<String, ?> configs = context.appConfigs();
        saved = MemmapStoresConfig.openSaved(configs);
        heap = saved == null ? MemmapStoresConfig.openHeap(configs) : saved.heap();
        metrics = new HeapMetrics(owner, heap);
        cleaner = saved == null ? null : startCleaner(saved, MemmapStoresConfig.cleanupMs(configs));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a failure is in the log
    private static ScheduledExecutorService startCleaner(SavedStores saved, long delayMs) {
        ScheduledExecutorService cleaner = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("memmap-kafka-cleaner").factory());
        Runnable clean = () -> {
            try {
                saved.removeDeleted();
            } catch (RuntimeException failed) {
                LOG.warn("The stores whose directories are gone are not removed now", failed);
            }
        };
        cleaner.scheduleWithFixedDelay(clean, delayMs, delayMs, TimeUnit.MILLISECONDS);
        return cleaner;
    }

    /** Returns the heap for a store. The store must release it once. */
    static SharedHeap acquire(StateStoreContext context) {
        StreamsMetrics owner = context.metrics();
        synchronized (OPEN) {
            SharedHeap shared = OPEN.get(owner);
            if (shared == null) {
                shared = new SharedHeap(context);
                OPEN.put(owner, shared);
            }
            shared.users++;
            return shared;
        }
    }

    NativeHeap heap() {
        return heap;
    }

    boolean isPersistent() {
        return saved != null;
    }

    /**
     * Returns the persistent stores in the file of the heap.
     *
     * @param store the name of the store that asks
     * @throws ConfigException if the heap is in memory
     */
    SavedStores saved(String store) {
        if (saved == null) {
            throw new ConfigException(
                    MemmapStoresConfig.PERSISTENT_CONFIG,
                    false,
                    "must be true, as store " + store + " is persistent; or take a store that is not");
        }
        return saved;
    }

    /** Ends a store's use of the heap. The store has ended the use of its maps. */
    void release() {
        synchronized (OPEN) {
            users--;
            if (users == 0) {
                OPEN.remove(owner);
                metrics.close();
                if (cleaner != null) {
                    cleaner.close(); // waits until it does nothing
                }
                try {
                    heap.close();
                } catch (HeapFileException unclean) {
                    LOG.warn("The heap of persistent stores is not closed cleanly", unclean);
                }
            }
        }
    }
}
