package io.memmap;

import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SyncMap} below its public operations: the shards, and the steps of which reads and
 * writes consist. Here keys and values are bytes, except where a caller's code gets them. The
 * operations of {@link SyncMap} use these steps, and so do {@link LoadRunner}, {@link BatchGet},
 * {@link BatchPut}, {@link SyncMapIterator}, {@link WordKeys} and {@link LongLongCache}.
 *
 * <p><b>A read</b> encodes the key, and copies the bytes of the value under no lock
 * ({@link #load}). It decodes the copy, and then calls {@link #afterRead}.
 *
 * <p><b>A write</b> has these steps:
 *
 * <ol>
 *   <li>It gets the {@link #evictions}, and encodes the key and the value. From then on no other
 *       code can change the bytes of the key.
 *   <li>It locks the shard of the key: by {@link Shards#lockForFunction} if a caller's function or
 *       an {@link Expiry} is to run, otherwise by {@link Shards#lock}. This claims the stack for
 *       all steps that follow. It then calls {@link #beginWrite}.
 *   <li>It looks at the entry ({@link #find}, {@link #copy}). It runs the function or calls
 *       {@link #askExpiry} while readers are let in, and then {@link Shard#excludeReaders}.
 *   <li>It changes the entry by {@link #put} or {@link #remove}, which first call {@link #endLoad}.
 *       So a load that began before the write does not store its value.
 *   <li>It unlocks the shard, and closes the evictions, which tells the listeners.
 * </ol>
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
abstract sealed class EncodedSyncMap<K, V> extends AbstractMapView<K, V> permits SyncMap {
    /** In place of a time to live: the map's {@link Expiry} is to be asked, if there is one. */
    static final long ASK = -1;

    /** What {@link #exchange} does. */
    enum Change {
        PUT,
        REPLACE,
        REMOVE
    }

    final NativeHeap heap;
    final Shards<ObjectTable<K, V>> shards;
    final Type<K> keyType;
    final Type<V> valueType;
    final Codec<K> keyCodec;
    final Codec<V> valueCodec;
    /** The loads that are under way. */
    final Loads loads;
    /** Counts the uses of the map; null if they are not counted. */
    final @Nullable CacheCounters uses;

    EncodedSyncMap(
            NativeHeap heap,
            Type<K> keyType,
            Type<V> valueType,
            Shards<ObjectTable<K, V>> shards,
            @Nullable CacheCounters uses) {
        this.heap = heap;
        this.keyType = keyType;
        this.valueType = valueType;
        this.shards = shards;
        this.uses = uses;
        keyCodec = keyType.codecIn(heap);
        valueCodec = valueType.codecIn(heap);
        loads = shards.loads(keyType);
    }

    // -------------------------------------------------------------------- keys and values as bytes

    final void encode(K key, V value, OperationBuffers buffers) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        shards.requireOpen();
        encodeKey(key, buffers);
        valueCodec.encode(value, buffers.value);
    }

    /**
     * Encodes the key of a write. All steps of the write work on these bytes, which no other code
     * can change.
     */
    final void encodeKey(K key, OperationBuffers buffers) {
        keyCodec.encode(key, buffers.key);
        buffers.key.keep();
    }

    final long hash(EncodedBytes key) {
        return shards.get(0).table.hash(key, shards.seed());
    }

    final Shard<ObjectTable<K, V>> shardOf(EncodedBytes key) {
        return shards.of(hash(key));
    }

    // ------------------------------------------------------------------------------------- reading

    /** Returns the value of the encoded key, as a read; null if the key is absent. */
    final @Nullable V present(K key, OperationBuffers buffers, long now) {
        if (!load(buffers.key, buffers.value, now)) {
            return null;
        }
        V value = valueCodec.decode(buffers.value);
        afterRead(key, value, buffers.key, buffers.value, now);
        return value;
    }

    /**
     * Copies the value of an encoded key, if {@code value} is not null; returns false if the key is
     * absent.
     */
    final boolean load(EncodedBytes key, @Nullable EncodedBytes value, long now) {
        return load(shardOf(key), key, value, now);
    }

    /** Does the same as {@link #load(EncodedBytes, EncodedBytes, long)} in the key's shard. */
    boolean load(Shard<ObjectTable<K, V>> shard, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        for (int tries = 0; shard.triesAgain(tries); tries++) {
            long version = shard.version();
            try {
                boolean found = version != 0 && copyUnlocked(shard, version, key, value, now);
                if (shard.isUnchanged(version)) {
                    shards.requireOpen();
                    return found;
                }
            } catch (RuntimeException | InternalError e) {
                if (shard.isUnchanged(version)) {
                    throw shards.exceptionFor(e); // the version is unchanged: no torn read
                }
            }
            Thread.onSpinWait();
        }
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            return copy(shard.table, key, value, now);
        } finally {
            shard.unlockRead(stamp);
        }
    }

    private boolean copyUnlocked(
            Shard<ObjectTable<K, V>> shard, long version, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        ObjectTable<K, V> table = shard.table;
        long slot = find(table, key, now);
        if (slot == 0 || value == null) {
            return slot != 0;
        }
        noteRead(table, slot);
        long address = table.valueAddress(slot);
        long start = valueType.start(table.mem, address);
        int length = valueType.length(table.mem, address);
        if (length > SequenceWord.TRUSTED_BYTES) {
            if (!shard.isUnchanged(version)) {
                return false; // before it makes an array of a size that was torn
            }
            table.requireLength(length);
        }
        Mem.copyOut(table.mem, start, value.own(length), length);
        return true;
    }

    /**
     * Copies the value of an encoded key, under the shard's lock; returns false if the key is
     * absent.
     */
    final boolean copy(ObjectTable<K, V> table, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        long slot = find(table, key, now);
        if (slot != 0 && value != null) {
            table.load(valueType, table.valueAddress(slot), value);
        }
        return slot != 0;
    }

    /** Returns whether the value in this slot has exactly these bytes. */
    final boolean hasValue(ObjectTable<K, V> table, long slot, EncodedBytes value) {
        long address = table.valueAddress(slot);
        return valueType.length(table.mem, address) == value.length
                && Mem.equalBytes(
                        table.mem, valueType.start(table.mem, address), value.bytes, value.from, value.length);
    }

    // ------------------------------------------------------------------------------------- writing

    /**
     * Changes the value of an encoded key, and returns the value before. If a caller's code decodes
     * that value, the decoding runs before the lock is taken, as it may throw or take its time. The
     * change follows only if the value is then still the same; otherwise all is tried again.
     *
     * @param key the key as an object; may be null if the map has no {@link Expiry}
     * @param value the value to put; null for a removal
     * @param timeToLive how long the entry lives, or {@link #ASK}
     */
    final @Nullable V exchange(
            @Nullable K key, @Nullable V value, OperationBuffers buffers, Change change, long timeToLive) {
        Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
        boolean decodesFirst = valueCodec.runsCallersCode();
        if (decodesFirst) {
            buffers.previous.pin(); // it is compared after it has been decoded
        }
        boolean asks = key != null && value != null && timeToLive == ASK && asksExpiry();
        try (Evictions evictions = evictions()) {
            while (true) {
                boolean wasThere = decodesFirst && peek(shard, buffers.key, buffers.previous, true);
                V before = null;
                Throwable failed = null;
                try {
                    before = wasThere ? valueCodec.decode(buffers.previous) : null;
                } catch (Throwable e) {
                    failed = e; // thrown later, unless the entry has expired
                }
                boolean present;
                long stamp = asks ? shards.lockForFunction(shard) : shards.lock(shard);
                try {
                    ObjectTable<K, V> table = shard.table;
                    long now = beginWrite(table, now());
                    long slot = decodesFirst ? find(table, buffers.key, now) : 0;
                    if (slot != 0) {
                        if (!wasThere || !hasValue(table, slot, buffers.previous)) {
                            continue;
                        }
                        Evictions.rethrow(failed);
                    }
                    if (asks
                            && key != null
                            && value != null
                            && (change == Change.PUT || find(table, buffers.key, now) != 0)) {
                        askExpiry(table, key, value, buffers.key, now);
                        stamp = shard.excludeReaders(stamp);
                    } else {
                        setTimeToLive(table, timeToLive);
                    }
                    present = switch (change) {
                        case PUT -> put(table, buffers, !decodesFirst);
                        case REPLACE -> find(table, buffers.key, now) != 0 && put(table, buffers, !decodesFirst);
                        case REMOVE -> {
                            endLoad(buffers.key); // also if the key is absent
                            slot = find(table, buffers.key, now);
                            if (slot != 0 && !decodesFirst) {
                                table.keepPrevious(slot, buffers);
                            }
                            yield slot != 0 && erase(table, buffers.key);
                        }
                    };
                } finally {
                    unlock(shard, stamp, evictions, asks);
                }
                if (!present) {
                    return null;
                }
                return decodesFirst ? before : shard.table.previous(buffers);
            }
        }
    }

    /**
     * Removes an encoded key; if {@code onlyValue} is not null, only if the key has that value.
     * Returns whether an entry was removed.
     */
    final boolean eraseProduced(EncodedBytes key, @Nullable EncodedBytes onlyValue) {
        Shard<ObjectTable<K, V>> shard = shardOf(key);
        try (Evictions evictions = evictions()) {
            long stamp = shards.lock(shard);
            try {
                ObjectTable<K, V> table = shard.table;
                long slot = find(table, key, beginWrite(table, now()));
                return slot != 0 && (onlyValue == null || hasValue(table, slot, onlyValue)) && remove(table, key);
            } finally {
                unlock(shard, stamp, evictions);
            }
        }
    }

    /** Puts an entry for a caller, under the shard's lock; returns whether the key was present. */
    final boolean put(ObjectTable<K, V> table, OperationBuffers buffers, boolean wantsPrevious) {
        endLoad(buffers.key);
        countPut(); // may allocate: do it before the first change
        return assign(table, buffers, wantsPrevious);
    }

    /** Removes a key for a caller, under the shard's lock; returns whether the key was present. */
    final boolean remove(ObjectTable<K, V> table, EncodedBytes key) {
        endLoad(key);
        return erase(table, key);
    }

    /**
     * Keeps a load of a key that is under way from storing its value, as the key is being written.
     * The caller holds the shard's lock.
     */
    final void endLoad(EncodedBytes key) {
        if (!loads.isEmpty()) {
            loads.detach(key, hash(key));
        }
    }

    /** Keeps the loads of a shard's keys from storing their values, under the shard's lock. */
    final void endLoads(Shard<ObjectTable<K, V>> shard) {
        if (!loads.isEmpty()) {
            loads.detachOf(shards, shard);
        }
    }

    /** Ends a write. {@code isFunction} says whether it has the lock for a function. */
    final void unlock(Shard<ObjectTable<K, V>> shard, long stamp, @Nullable Evictions evictions, boolean isFunction) {
        if (isFunction) {
            unlockFunction(shard, stamp, evictions);
        } else {
            unlock(shard, stamp, evictions);
        }
    }

    // ------------------------------------------------------------------------------------ counting

    final void countRead(boolean found) {
        CacheCounters counting = uses;
        if (counting != null) {
            counting.countRead(found);
        }
    }

    final void countReads(int found, int missed) {
        CacheCounters counting = uses;
        if (counting != null) {
            counting.countReads(found, missed);
        }
    }

    final void countPut() {
        CacheCounters counting = uses;
        if (counting != null) {
            counting.countPut();
        }
    }

    // -------------------------------------------------------------------------------------- bounds

    // BoundedSyncMap overrides the methods of this section, and load for a shard. Here they do what
    // a map without limits needs.

    /**
     * Returns the time of an operation, which reads the clock once; returns 0 if nothing expires.
     */
    long now() {
        return 0;
    }

    /**
     * Returns the slot of an encoded key, or 0 if the key is absent. A caller without the lock must
     * validate the result.
     */
    long find(ObjectTable<K, V> table, EncodedBytes key, long now) {
        return table.find(key);
    }

    /**
     * Copies the value of a key, and notes no read; returns false if the key is absent.
     *
     * @param orExpired whether an entry that has expired counts as present; then the clock is not
     *     read
     */
    boolean peek(Shard<ObjectTable<K, V>> shard, EncodedBytes key, EncodedBytes value, boolean orExpired) {
        return load(shard, key, value, 0);
    }

    /** Notes a read, without the lock, of the entry that seems to be in this slot. */
    void noteRead(ObjectTable<K, V> table, long slot) {}

    /** Does the same as {@link #noteRead} for a read under the shard's lock. */
    void noteLockedRead(ObjectTable<K, V> table, long slot, long now) {}

    /** Does the same for a read under the guard, and asks the map's {@link Expiry}. */
    void noteGuardedRead(ObjectTable<K, V> table, long slot, K key, long now) {}

    /** Asks the map's {@link Expiry}, under no lock, how long an entry lives that has been read. */
    void afterRead(K key, V value, EncodedBytes keyBytes, EncodedBytes valueBytes, long now) {}

    /**
     * Returns whether an entry is to be refreshed. If {@code value} is not null, the entry must
     * have that value.
     */
    boolean isRefreshDue(EncodedBytes key, @Nullable EncodedBytes value, long now) {
        return false;
    }

    /** Returns whether the map has an {@link Expiry}. */
    boolean asksExpiry() {
        return false;
    }

    /**
     * Asks the map's {@link Expiry} how long the entry lives that is about to be put. The caller
     * holds the shard's lock for a function.
     */
    void askExpiry(ObjectTable<K, V> table, K key, V value, EncodedBytes keyBytes, long now) {}

    /** Sets how long the entry lives that is about to be put; does nothing for {@link #ASK}. */
    void setTimeToLive(ObjectTable<K, V> table, long nanos) {}

    /** Sets the time of a write that begins, under the shard's lock, and returns it. */
    long beginWrite(ObjectTable<K, V> table, long now) {
        return now;
    }

    /**
     * Puts an entry, under the shard's lock; returns whether the key was present. Keeps the value
     * before if {@code wantsPrevious}.
     */
    boolean assign(ObjectTable<K, V> table, OperationBuffers buffers, boolean wantsPrevious) {
        return table.assign(buffers, wantsPrevious);
    }

    /** Removes a key, under the shard's lock; returns whether the key was present. */
    boolean erase(ObjectTable<K, V> table, EncodedBytes key) {
        return table.erase(key);
    }

    /** Replaces a value's bytes by the same number of others, under the shard's lock. */
    void storeBytes(ObjectTable<K, V> table, long slot, MemorySegment bytes) {
        table.storeBytes(slot, bytes);
    }

    /**
     * Returns the object that takes the evictions of an operation and notifies the listener when it
     * is closed; null without a listener.
     */
    @Nullable
    Evictions evictions() {
        return null;
    }

    /** Ends a write. */
    void unlock(Shard<ObjectTable<K, V>> shard, long stamp, @Nullable Evictions evictions) {
        shard.endWrite(stamp);
    }

    /** Ends a write that ran a caller's function. */
    void unlockFunction(Shard<ObjectTable<K, V>> shard, long stamp, @Nullable Evictions evictions) {
        shards.unlockFunction(shard, stamp);
    }

    /** Passes the slots of the entries that a copy of the map gets to an action. */
    void forEachToCopy(ObjectTable<K, V> table, long now, LongConsumer action) {
        table.forEachSlot(action);
    }

    /** Puts an entry with these bytes, which has been copied from a slot of another map. */
    void addCopy(ObjectTable<K, V> from, long slot, OperationBuffers buffers, long now, @Nullable Evictions evictions) {
        Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
        long stamp = shards.lock(shard);
        try {
            assign(shard.table, buffers, false);
        } finally {
            unlock(shard, stamp, evictions);
        }
    }
}
