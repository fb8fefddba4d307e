package io.memmap;

import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The loads of one map that are under way, at most one for each key. A <em>load</em> runs a caller's
 * loader under no lock, and then stores the value that the loader has made.
 *
 * <p><b>A stale value is never stored.</b> A load may store its value only while it is in this
 * table. A write of the key removes the load from the table, so a value that was made from older
 * data does not replace a newer value, and does not bring back a key that was removed. The order is
 * this. A load enters the table, and then looks once more whether the key is present. A write
 * changes the key and removes the load while it holds the shard's lock. So if the write does not
 * find the load, it ends before the load looks.
 *
 * <p><b>Waiting.</b> Threads that need a value that is being loaded wait for the load, parked. If
 * the load fails, each of them goes on by itself. A thread that would wait for itself, directly or
 * through loads of other threads and of other maps, is refused. An interrupt ends no wait.
 *
 * <p><b>Threads.</b> All methods may be called at once. {@link #detach}, {@link #detachOf} and
 * {@link #holds} are called under the lock of the key's shard.
 */
final class Loads {
    /**
     * A key as encoded bytes. Two are equal as the map's type of keys says.
     */
    private static final class Key {
        private final Type<?> type;
        private final EncodedBytes bytes;
        private final long hash;

        Key(Type<?> type, EncodedBytes bytes, long hash) {
            this.type = type;
            this.bytes = bytes;
            this.hash = hash;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && key.hash == hash && type.equalObjects(bytes, key.bytes);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(hash);
        }
    }

    /** A load of one key. */
    static final class Load {
        private final Key key;
        /** The thread that runs the loader; null for a refresh that has not begun. */
        private final AtomicReference<@Nullable Thread> thread;

        private final CountDownLatch ended = new CountDownLatch(1);
        /** The encoded value for the threads that wait; null if the load has failed. */
        private volatile @Nullable EncodedBytes value;

        private Load(Key key, @Nullable Thread thread) {
            this.key = key;
            this.thread = new AtomicReference<>(thread);
        }

        /** Returns the key's bytes, which no other code changes. */
        EncodedBytes key() {
            return key.bytes;
        }

        /** Makes the key's bytes the content of another object, which an operation may use alone. */
        void lendKeyTo(EncodedBytes other) {
            other.lend(key.bytes.bytes, key.bytes.from, key.bytes.length);
        }

        /** Makes this thread the one that runs the loader; returns false if there is one already. */
        boolean claim() {
            return thread.compareAndSet(null, Thread.currentThread());
        }

        /** Sets the value for the threads that wait. No code may change these bytes. */
        void succeed(EncodedBytes encoded) {
            value = encoded;
        }

        private boolean hasEnded() {
            return ended.getCount() == 0;
        }

        /**
         * Waits until the load has ended; returns the encoded value, or null if the load has
         * failed.
         *
         * @throws IllegalStateException if the load waits for this thread
         */
        @SuppressWarnings("ReferenceEquality") // identity of the threads is meant
        @Nullable
        EncodedBytes await() {
            Thread waiter = Thread.currentThread();
            synchronized (AWAITED) {
                for (Load load = this; load != null && !load.hasEnded(); ) {
                    Thread runner = load.thread.get();
                    if (runner == waiter) {
                        throw new IllegalStateException("recursive load: the loader of a key needs the value of that"
                                + " key" + (load == this ? "" : ", through the loads of other keys"));
                    }
                    load = runner == null ? null : AWAITED.get(runner);
                }
                AWAITED.put(waiter, this);
            }
            try {
                awaitEnd();
            } finally {
                synchronized (AWAITED) {
                    AWAITED.remove(waiter);
                }
            }
            return value;
        }

        private void awaitEnd() {
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        ended.await();
                        return;
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** The load that each waiting thread waits for, in all maps. The map is its own lock. */
    private static final Map<Thread, Load> AWAITED = new HashMap<>();

    private final Type<?> keyType;
    private final ConcurrentMap<Key, Load> running = new ConcurrentHashMap<>(1);

    Loads(Type<?> keyType) {
        this.keyType = keyType;
    }

    /**
     * Makes a load that is not in the table yet.
     *
     * @param encoded the key; its bytes are copied
     * @param begins whether this thread runs the loader
     */
    Load make(EncodedBytes encoded, long hash, boolean begins) {
        EncodedBytes own = copy(encoded);
        return new Load(new Key(keyType, own, hash), begins ? Thread.currentThread() : null);
    }

    /** Returns a copy that no other code changes. */
    static EncodedBytes copy(EncodedBytes object) {
        EncodedBytes copy = new EncodedBytes();
        System.arraycopy(object.bytes, object.from, copy.own(object.length), 0, object.length);
        return copy;
    }

    /** Decodes the value of a load. Other threads may decode the same bytes at the same time. */
    static <V> V decode(EncodedBytes value, Codec<V> codec) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            buffers.value.lend(value.bytes, value.from, value.length);
            return codec.decode(buffers.value);
        }
    }

    /** Puts a load into the table; returns the load of its key that is there already, or null. */
    @Nullable
    Load enter(Load load) {
        return running.putIfAbsent(load.key, load);
    }

    /** Returns whether this load may store its value. */
    boolean holds(Load load) {
        return running.get(load.key) == load;
    }

    /** Ends a load: takes it out of the table, and wakes the threads that wait for it. */
    void end(Load load) {
        try {
            running.remove(load.key, load);
        } finally {
            load.ended.countDown();
        }
    }

    /** Takes the load of an encoded key, if there is one, out of the table. */
    void detach(EncodedBytes encoded, long hash) {
        running.remove(new Key(keyType, encoded, hash));
    }

    boolean isEmpty() {
        return running.isEmpty();
    }

    /**
     * Takes the loads of a shard's keys out of the table. It has no lambda, as linking one could run
     * out of stack.
     */
    void detachOf(Shards<?> shards, Shard<?> shard) {
        for (Iterator<Key> keys = running.keySet().iterator(); keys.hasNext(); ) {
            if (shards.of(keys.next().hash) == shard) {
                keys.remove();
            }
        }
    }
}
