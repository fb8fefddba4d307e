package io.memmap;

import io.memmap.codec.EncodedBytes;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Builds the ordered indexes of the shards of a map, while other threads go on using the map. A
 * shard's writers tell its index of their changes from the moment when it exists. The builder adds
 * the keys that a walk over the shard meets. So every key is in the index when the walk has ended:
 * if it was there all the time, the walk has met it.
 *
 * <p>The builder takes a shard's lock for a few keys at a time, and only to insert them. Without the
 * lock it copies the keys, as a reader does, and loads the memory that their insertion needs. So
 * most of the time it does not have the lock, and a thread that waits for it waits for a few
 * insertions into memory that is in the CPU's cache. It also yields its CPU now and then without
 * the lock, as a writer waits longer for a thread that has the lock and does not run.
 */
final class OrderBuilder {
    /** The most keys that are inserted under one hold of a shard's lock. */
    static final int KEYS_AT_A_TIME = 16;
    /**
     * No other key is inserted under a hold that has taken this long: the code may not be compiled yet,
     * and comparisons of long keys take their time.
     */
    static final long MOST_NANOS = 10_000;
    /**
     * The builder lets other threads have its CPU when it has run for this long. The kernel would take
     * the CPU a little later, at any moment.
     */
    static final long TURN_NANOS = 1_000_000;
    /** Keys are copied from this many chains at most, or from more if there are empty ones between them. */
    private static final int CHAINS_AT_A_TIME = 4;
    /** The most leaves that are freed under one hold of a shard's lock. */
    private static final int LEAVES_AT_A_TIME = 32;

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
        loadClasses();
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

    /** Loads the classes of an index without a lock: in a JVM that has had none this takes milliseconds. */
    private static void loadClasses() {
        try {
            for (Class<?> type : List.of(KeyOrder.class, OrderTree.class, EncodedParts.class, Build.class)) {
                MethodHandles.lookup().ensureInitialized(type);
            }
        } catch (IllegalAccessException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static <T extends ObjectTable<?, ?>> void build(Shards<T> shards, int index) {
        Shard<T> shard = shards.get(index);
        drop(shards, shard); // one that was not finished, as the heap's file was closed meanwhile
        Build<T> build = Build.begin(shards, shard, System::nanoTime, Thread::yield);
        boolean isDone = build == null;
        try {
            while (build != null && !isDone) {
                isDone = build.step();
            }
        } finally {
            if (!isDone) {
                drop(shards, shard);
            }
        }
    }

    /** Drops the index of a shard, unless it has all keys. */
    private static <T extends ObjectTable<?, ?>> void drop(Shards<T> shards, Shard<T> shard) {
        boolean isDone = false;
        while (!isDone) {
            long stamp = shards.lock(shard);
            try {
                OrderTree tree = shard.table.tree();
                isDone = !tree.exists() || tree.isReady() || !tree.removeLast(LEAVES_AT_A_TIME);
                if (isDone && !tree.isReady()) {
                    shard.table.freeOrder();
                }
            } finally {
                shard.endWrite(stamp);
            }
            shard.letWritersIn();
        }
    }

    /**
     * The build of the index of one shard, and the walk over the shard's table that copies the keys.
     *
     * @param <T> the class of the table
     */
    static final class Build<T extends ObjectTable<?, ?>> extends ChainWalk {
        private final Shards<T> shards;
        final Shard<T> shard;
        private final T table;
        private final OrderTree tree;
        private final LongSupplier clock;
        private final Runnable pause;
        private long turnBegun;
        /** The version or the stamp under which keys are copied. */
        private long version;

        private final EncodedParts keys = new EncodedParts();
        /** Whether the walk has ended. */
        private boolean isOver;
        /** The index of the first key that has not been inserted. */
        private int next;

        private final EncodedBytes key = new EncodedBytes();
        private final EncodedBytes ordered = new EncodedBytes();

        private Build(Shards<T> shards, Shard<T> shard, LongSupplier clock, Runnable pause) {
            super(shard.table, 1);
            this.shards = shards;
            this.shard = shard;
            this.clock = clock;
            this.pause = pause;
            turnBegun = clock.getAsLong();
            table = shard.table;
            tree = table.tree();
        }

        /** Makes an empty index; returns null if there is an index with all keys. */
        static <T extends ObjectTable<?, ?>> @Nullable Build<T> begin(
                Shards<T> shards, Shard<T> shard, LongSupplier clock, Runnable pause) {
            long stamp = shards.lock(shard);
            try {
                if (shard.table.tree().isReady()) {
                    return null;
                }
                Build<T> build = new Build<>(shards, shard, clock, pause);
                shard.table.beginOrder();
                return build;
            } finally {
                shard.endWrite(stamp);
            }
        }

        /** Makes the next step, in which it inserts a few keys. Returns whether the index has all keys now. */
        boolean step() {
            if (next == keys.count()) {
                if (isOver) {
                    setReady();
                    return true;
                }
                takeKeys();
            }
            loadLeaves();
            shard.letWritersIn();
            endTurn();
            insertSome();
            return false;
        }

        /**
         * Lets other threads have this thread's CPU, if it has had it for long. Otherwise the kernel would
         * take it in the middle of a hold, and writers would wait for the lock until this thread runs again:
         * 4 ms and more.
         */
        private void endTurn() {
            if (clock.getAsLong() - turnBegun >= TURN_NANOS) {
                pause.run();
                turnBegun = clock.getAsLong();
            }
        }

        /** Copies the next keys, unless the next chains are empty. */
        private void takeKeys() {
            next = 0;
            Place place = place();
            for (int tries = 0; shard.triesAgain(tries); tries++) {
                version = shard.version();
                try {
                    if (version != 0) {
                        copyKeys();
                    }
                    if (shard.isUnchanged(version)) {
                        return;
                    }
                } catch (RuntimeException | InternalError e) {
                    if (shard.isUnchanged(version)) {
                        throw shards.exceptionFor(e); // the version is unchanged: no torn read
                    }
                }
                goTo(place);
                Thread.onSpinWait();
            }
            version = shards.lockForRead(shard);
            try {
                shards.requireAlive();
                copyKeys();
            } finally {
                shard.unlockRead(version);
            }
        }

        private void copyKeys() {
            keys.clear(KEYS_AT_A_TIME);
            isOver = false;
            for (int i = 0; i < CHAINS_AT_A_TIME && !isOver; i++) {
                isOver = !takeSome();
                if (keys.count() >= KEYS_AT_A_TIME || keys.length() >= MOST_BYTES) {
                    return;
                }
            }
        }

        @Override
        long bytesAt(long slot) {
            return table.keyType.length(mem, table.keyAddress(slot));
        }

        @Override
        void save(long[] slots, int count, long chain, int b) {
            for (int i = 0; i < count; i++) {
                if (!tree.order.hasRuns) {
                    keys.appendKey(table, slots[i]);
                    continue;
                }
                long address = table.keyAddress(slots[i]);
                int length = table.keyType.length(mem, address); // read once, as it may be torn
                if (length > SequenceWord.TRUSTED_BYTES && !shard.isUnchanged(version)) {
                    throw new IllegalStateException("a thread has written to the shard");
                }
                keys.append(mem, table.keyType.start(mem, address), length);
            }
        }

        /** Returns the end of the keys that may be inserted next. */
        private int end() {
            return Math.min(keys.count(), next + KEYS_AT_A_TIME);
        }

        /** Loads the leaves that the next keys belong to. Takes no lock, and believes nothing that it reads. */
        private void loadLeaves() {
            try {
                for (int i = next; i < end(); i++) {
                    keys.lendTo(key, i);
                    tree.loadLeaf(tree.order.toOrdered(key, ordered), true);
                }
            } catch (RuntimeException | InternalError torn) {
                // A thread writes. The insertions load what they need.
            }
        }

        /** Inserts the next keys under one hold of the lock, at least one of them. */
        private void insertSome() {
            long stamp = shards.lock(shard);
            try {
                long begun = clock.getAsLong();
                for (int end = end(); next < end; next++) {
                    keys.lendTo(key, next);
                    table.insertIntoOrder(tree, key);
                    if (clock.getAsLong() - begun >= MOST_NANOS) {
                        end = next;
                    }
                }
            } finally {
                shard.endWrite(stamp);
            }
        }

        /** States that the index has all keys. */
        private void setReady() {
            long stamp = shards.lock(shard);
            try {
                tree.setReady();
            } finally {
                shard.endWrite(stamp);
            }
        }
    }
}
