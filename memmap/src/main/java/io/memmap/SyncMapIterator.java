package io.memmap;

import io.memmap.codec.EncodedBytes;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * An iterator over a {@link SyncMap}. It visits one shard after the other. Under the shard's lock
 * it copies the entries of a chain (a bucket and its overflow buckets), or a part of them. It
 * decodes the copies after it has released the lock.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 * @param <E> the class of the elements that the iterator makes from entries
 */
abstract class SyncMapIterator<K, V, E> implements Iterator<E> {
    private final EncodedSyncMap<K, V> map;
    private final Shards<ObjectTable<K, V>> shards;
    private final boolean wantsValues;
    private int shardIndex;
    /** The walk over the current shard; null before its first step. */
    private @Nullable Walk walk;
    /** The index of the next entry to produce among those that the walk has taken. */
    private int next;

    private @Nullable E ahead;
    /**
     * The encoded key of the next element. {@link #lastKey} has that of the last one produced. The
     * iterator keeps them, as the caller may change the decoded keys.
     */
    private EncodedBytes aheadKey = new EncodedBytes();

    private EncodedBytes lastKey = new EncodedBytes();
    private boolean hasLast;
    private final EncodedBytes part = new EncodedBytes();

    SyncMapIterator(EncodedSyncMap<K, V> map, boolean wantsValues) {
        this.map = map;
        this.shards = map.shards;
        this.wantsValues = wantsValues;
        shards.requireAlive();
    }

    /** Returns the element for an entry. {@code value} holds bytes only if values are wanted. */
    abstract E element(K key, EncodedBytes value);

    @Override
    public boolean hasNext() {
        shards.requireAlive();
        if (ahead == null) {
            ahead = advance();
        }
        return ahead != null;
    }

    @Override
    public E next() {
        shards.requireAlive();
        E produced = ahead == null ? advance() : ahead;
        if (produced == null) {
            throw new NoSuchElementException();
        }
        ahead = null;
        EncodedBytes key = aheadKey;
        aheadKey = lastKey;
        lastKey = key;
        hasLast = true;
        return produced;
    }

    @Override
    public void remove() {
        if (!hasLast) {
            throw new IllegalStateException("next() has not been called, or the entry has been removed already");
        }
        map.eraseProduced(lastKey, null);
        hasLast = false;
    }

    private @Nullable E advance() {
        long now = map.now();
        while (shardIndex < shards.count()) {
            Walk taken = walk;
            if (taken != null && next < taken.taken()) {
                int index = next++;
                E produced = taken.hasExpired(index, now) ? renewed(taken, index, now) : produce(taken, index);
                if (produced != null) {
                    return produced;
                }
                continue;
            }
            takeMore(shards.get(shardIndex));
        }
        return null;
    }

    private void takeMore(Shard<ObjectTable<K, V>> shard) {
        next = 0;
        Walk before = walk;
        walk = shards.read(shard, before, version -> {
            Walk here = before == null ? new Walk(shard, wantsValues) : before;
            if (here.hasEnded()) {
                return null;
            }
            here.version = version;
            here.takeSome();
            return here;
        });
        if (walk == null) {
            shardIndex++;
        }
    }

    private E produce(Walk taken, int index) {
        K key = takeKey(taken, index);
        taken.values.lendTo(part, index);
        return element(key, part);
    }

    private K takeKey(Walk taken, int index) {
        taken.keys.lendTo(part, index);
        aheadKey.reset();
        aheadKey.lend(part.bytes, part.from, part.length);
        aheadKey.keep();
        return map.keyCodec.decode(part);
    }

    /**
     * Returns the element for an entry that had expired in the state in which it was taken. Reads
     * the entry again; returns null if it is absent now.
     */
    private @Nullable E renewed(Walk taken, int index, long now) {
        K key = takeKey(taken, index);
        EncodedBytes value = new EncodedBytes();
        Shard<ObjectTable<K, V>> shard = shards.get(shardIndex);
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            if (!map.copy(shard.table, aheadKey, wantsValues ? value : null, now)) {
                return null;
            }
        } finally {
            shard.unlockRead(stamp);
        }
        return element(key, value);
    }

    /** A walk over one shard, which copies entries as bytes. */
    private static final class Walk extends ChainWalk {
        private final Shard<? extends ObjectTable<?, ?>> shard;
        private final ObjectTable<?, ?> table;
        private final boolean wantsValues;
        /** The version of the shard under which the walk takes entries. */
        private long version;

        private final EncodedParts keys = new EncodedParts();
        private final EncodedParts values = new EncodedParts();
        /** The times of the last write and of the last read of each entry, if entries expire. */
        private long[] times = {};

        Walk(Shard<? extends ObjectTable<?, ?>> shard, boolean wantsValues) {
            super(shard.table, 1);
            this.shard = shard;
            this.table = shard.table;
            this.wantsValues = wantsValues;
        }

        @Override
        long bytesAt(long slot) {
            long keyBytes = table.keyType.length(table.mem, table.keyAddress(slot));
            return wantsValues ? keyBytes + table.valueType.length(table.mem, table.valueAddress(slot)) : keyBytes;
        }

        @Override
        void save(long[] slots, int count, long chain, int b) {
            Limits limits = Limits.of(table);
            boolean expires = limits != null && limits.expires();
            if (expires && 2 * count > times.length) {
                times = new long[2 * slots.length];
            }
            keys.clear(count);
            values.clear(count);
            for (int i = 0; i < count; i++) {
                long slot = slots[i];
                if (bytesAt(slot) > SequenceWord.TRUSTED_BYTES && !shard.isUnchanged(version)) {
                    return; // before it makes room for a length that was torn
                }
                keys.appendKey(table, slot);
                if (wantsValues) {
                    values.append(table, table.valueType, table.valueAddress(slot));
                }
                if (limits != null && expires) {
                    times[2 * i] = limits.timeWritten(limits.nodeAt(slot));
                    times[2 * i + 1] = limits.timeRead(limits.nodeAt(slot));
                }
            }
        }

        /**
         * Returns whether an entry has expired at this time, if no operation has used it since it
         * was taken.
         */
        boolean hasExpired(int index, long now) {
            Limits limits = Limits.of(table);
            return limits != null && limits.expires() && limits.isExpired(times[2 * index], times[2 * index + 1], now);
        }
    }
}
