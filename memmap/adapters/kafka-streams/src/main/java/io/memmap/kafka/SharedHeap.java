package io.memmap.kafka;

import io.memmap.NativeHeap;
import java.util.IdentityHashMap;
import org.apache.kafka.streams.StreamsMetrics;
import org.apache.kafka.streams.processor.StateStoreContext;

/**
 * The heap of all stores of one {@code KafkaStreams} object. It opens with the first of the stores
 * and closes with the last, and shows its figures as metrics meanwhile.
 *
 * <p>All contexts of a {@code KafkaStreams} object, and of no other, have the same metrics object,
 * so this object stands for it. A second {@code KafkaStreams} object of the same application, in the
 * same process, has a heap of its own.
 */
final class SharedHeap {
    // Guarded by itself, as are the counts of users.
    private static final IdentityHashMap<StreamsMetrics, SharedHeap> OPEN = new IdentityHashMap<>();

    private final StreamsMetrics owner;
    private final NativeHeap heap;
    private final HeapMetrics metrics;
    private int users;

    private SharedHeap(StreamsMetrics owner, NativeHeap heap) {
        this.owner = owner;
        this.heap = heap;
        metrics = new HeapMetrics(owner, heap);
    }

    /** Returns the heap for a store. The store must release it once. */
    static SharedHeap acquire(StateStoreContext context) {
        StreamsMetrics owner = context.metrics();
        synchronized (OPEN) {
            SharedHeap shared = OPEN.get(owner);
            if (shared == null) {
                shared = new SharedHeap(owner, MemmapStoresConfig.openHeap(context.appConfigs()));
                OPEN.put(owner, shared);
            }
            shared.users++;
            return shared;
        }
    }

    NativeHeap heap() {
        return heap;
    }

    /** Ends a store's use of the heap. The store has freed its maps. */
    void release() {
        synchronized (OPEN) {
            users--;
            if (users == 0) {
                OPEN.remove(owner);
                metrics.close();
                heap.close();
            }
        }
    }
}
