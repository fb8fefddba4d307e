package io.memmap.cache;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;

/**
 * A buffer with the nodes of the entries that were read lately. A node is the number of an entry's
 * record in the lists of the limits. Readers add to the buffer without a lock, and a thread that
 * holds the lock empties it. Readers that race overwrite each other's numbers, and a full buffer
 * accepts no more: a read may be lost.
 */
public final class ReadBuffer {
    private static final int SIZE = 64;

    private final AtomicIntegerArray nodes = new AtomicIntegerArray(SIZE);
    private final AtomicInteger count = new AtomicInteger();

    /** Adds the node of an entry that has been read. */
    public void add(int node) {
        int at = count.getOpaque();
        if (at < SIZE) {
            nodes.setOpaque(at, node);
            count.setOpaque(at + 1);
        }
    }

    /** Returns whether the buffer is full. A full buffer accepts no more nodes. */
    public boolean isFull() {
        return count.getOpaque() >= SIZE;
    }

    /**
     * Passes the nodes to an action, and empties the buffer. An entry may have been removed since
     * it was read, and its node may now belong to another entry.
     */
    public void drainTo(IntConsumer action) {
        int size = Math.min(count.getOpaque(), SIZE);
        for (int i = 0; i < size; i++) {
            action.accept(nodes.getOpaque(i));
        }
        count.setOpaque(0);
    }
}
