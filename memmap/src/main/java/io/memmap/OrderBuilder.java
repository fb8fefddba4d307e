package io.memmap;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Builds the ordered indexes of the shards of a map, while other threads go on using the map. A
 * shard's writers tell its index of their changes from the moment when it exists. The builder adds
 * the keys that a walk over the shard meets, some at a time under the shard's lock. So every key is
 * in the index when the walk has ended: if it was there all the time, the walk has met it.
 */
final class OrderBuilder {
    /** The number of keys that are added under one hold of a shard's lock, which takes 0.1 to 0.2 ms. */
    private static final int KEYS_AT_A_TIME = 128;

    private final Shards<? extends ObjectTable<?, ?>> shards;
    /** Held by the thread that builds; the others wait for it. */
    private final ReentrantLock building = new ReentrantLock();

    private volatile boolean isBuilt;

    OrderBuilder(Shards<? extends ObjectTable<?, ?>> shards) {
        this.shards = shards;
    }

    /**
     * Builds the indexes, unless they have been built.
     *
     * @throws HeapExhaustedException if the heap has no room; indexes of some shards may stay
     */
    void build() {
        if (isBuilt) {
            return;
        }
        shards.requireNoFunction(); // this thread may not wait for one that waits for its lock
        building.lock();
        try {
            for (int i = 0; i < shards.count(); i++) {
                build(shards, i);
            }
            isBuilt = true;
        } finally {
            building.unlock();
        }
    }

    private static <T extends ObjectTable<?, ?>> void build(Shards<T> shards, int index) {
        Shard<T> shard = shards.get(index);
        Walk walk = begin(shards, shard);
        boolean isDone = walk == null;
        try {
            while (walk != null && !isDone) {
                isDone = addSome(shards, shard, walk);
                shard.letWritersIn();
            }
        } finally {
            if (!isDone) {
                drop(shards, shard);
            }
        }
    }

    /** Makes an empty index and returns the walk over the shard; null if there is an index with all keys. */
    private static <T extends ObjectTable<?, ?>> @Nullable Walk begin(Shards<T> shards, Shard<T> shard) {
        long stamp = shards.lock(shard);
        try {
            T table = shard.table;
            if (table.tree().isReady()) {
                return null;
            }
            Walk walk = new Walk(table);
            table.beginOrder();
            return walk;
        } finally {
            shard.endWrite(stamp);
        }
    }

    /** Adds the keys of some chains. Returns whether these were the last. */
    private static <T extends ObjectTable<?, ?>> boolean addSome(Shards<T> shards, Shard<T> shard, Walk walk) {
        long stamp = shards.lock(shard);
        try {
            if (walk.takeSome()) {
                return false;
            }
            shard.table.tree().setReady();
            return true;
        } finally {
            shard.endWrite(stamp);
        }
    }

    private static <T extends ObjectTable<?, ?>> void drop(Shards<T> shards, Shard<T> shard) {
        long stamp = shards.lock(shard);
        try {
            shard.table.freeOrder();
        } finally {
            shard.endWrite(stamp);
        }
    }

    /** A walk over a table that adds the keys to the table's index. */
    private static final class Walk extends ChainWalk {
        private final ObjectTable<?, ?> table;

        Walk(ObjectTable<?, ?> table) {
            super(table, KEYS_AT_A_TIME);
            this.table = table;
        }

        @Override
        void save(long[] slots, int count, long chain, int b) {
            OrderTree tree = table.tree();
            for (int i = 0; i < count; i++) {
                table.insertIntoOrder(tree, slots[i]);
            }
        }
    }
}
