package io.memmap;

import io.memmap.Loads.Load;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.memory.StackReserve;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Gets values from a map, and runs the loads of those that are absent or are to be refreshed.
 * {@link Loads} says which load may store its value, and how threads wait. This class makes the
 * loads, calls the loaders under no lock, and stores their values.
 *
 * <p><b>Every load ends.</b> A load that has entered the table is ended in a {@code finally} block,
 * as other threads may wait for it. So the stack is claimed before the load enters the table.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
final class LoadRunner<K, V> {
    private final EncodedSyncMap<K, V> map;
    private final Loads loads;
    /** Runs refreshes. */
    private final Executor executor;

    LoadRunner(EncodedSyncMap<K, V> map, Executor executor) {
        this.map = map;
        this.executor = executor;
        loads = map.loads;
    }

    /** Calls a loader for a key or for many, and counts the load. */
    <A, R> @Nullable R call(Function<? super A, ? extends @Nullable R> loader, A wanted) {
        CacheCounters counting = map.uses;
        if (counting == null) {
            return loader.apply(wanted);
        }
        long begun = System.nanoTime();
        R made = null;
        try {
            made = loader.apply(wanted);
            return made;
        } finally {
            counting.countLoad(made != null, System.nanoTime() - begun);
        }
    }

    // ------------------------------------------------------------------------------------- one key

    /** Does what {@link SyncMap#get(Object, Function)} promises. */
    @Nullable
    V get(K key, Function<? super K, ? extends @Nullable V> loader) {
        for (boolean isFirst = true; ; isFirst = false) {
            Load mine;
            V present;
            try (OperationBuffers buffers = OperationBuffers.take()) {
                map.encodeKey(key, buffers);
                long now = map.now();
                present = map.present(key, buffers, now);
                if (isFirst) {
                    map.countRead(present != null);
                }
                if (present == null) {
                    map.shards.requireNoFunction();
                } else if (!map.isRefreshDue(buffers.key, buffers.value, now)) {
                    return present;
                }
                mine = loads.make(buffers.key, map.hash(buffers.key), present == null);
            }
            StackReserve.claim(); // a load in the table must end
            Load other = loads.enter(mine);
            if (present != null) {
                if (other == null) {
                    beginRefresh(mine, loader);
                }
                return present;
            }
            if (other == null) {
                return run(mine, key, loader);
            }
            if (other.claim()) {
                return run(other, key, loader);
            }
            EncodedBytes value = other.await();
            if (value != null) {
                return Loads.decode(value, map.valueCodec);
            }
        }
    }

    /** Runs a load that is in the table, and ends it. */
    private @Nullable V run(Load load, K key, Function<? super K, ? extends @Nullable V> loader) {
        try {
            // The key may have been put before the load was in the table.
            try (OperationBuffers buffers = OperationBuffers.take()) {
                load.lendKeyTo(buffers.key);
                V present = map.present(key, buffers, map.now());
                if (present != null) {
                    return present;
                }
            }
            V made = call(loader, key);
            return made == null ? null : store(load, key, made);
        } finally {
            loads.end(load);
        }
    }

    /**
     * Puts the value that a load has made, if the key has not been written meanwhile. Returns the
     * value to return to the callers.
     */
    private V store(Load load, K key, V made) {
        try (Evictions evictions = map.evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            load.lendKeyTo(buffers.key);
            map.valueCodec.encode(made, buffers.value);
            EncodedBytes shared = Loads.copy(buffers.value); // allocates: do it before the change
            Shard<ObjectTable<K, V>> shard = map.shardOf(buffers.key);
            boolean asks = map.asksExpiry();
            boolean hasOther = false;
            long stamp = asks ? map.shards.lockForFunction(shard) : map.shards.lock(shard);
            try {
                ObjectTable<K, V> table = shard.table;
                long now = map.beginWrite(table, map.now());
                if (!loads.holds(load)) {
                    hasOther = map.copy(table, buffers.key, buffers.previous, now);
                } else {
                    if (asks) {
                        map.askExpiry(table, key, made, buffers.key, now);
                        stamp = shard.excludeReaders(stamp);
                    }
                    map.countPut();
                    map.assign(table, buffers, false);
                }
            } finally {
                map.unlock(shard, stamp, evictions, asks);
            }
            load.succeed(hasOther ? Loads.copy(buffers.previous) : shared);
            return hasOther ? map.valueCodec.decode(buffers.previous) : made;
        }
    }

    // ----------------------------------------------------------------------------------- refreshes

    /** Has the executor refresh an entry, by a load that is in the table. */
    private void beginRefresh(Load load, Function<? super K, ? extends @Nullable V> loader) {
        try {
            executor.execute(() -> refresh(load, loader));
        } catch (Throwable refused) { // the caller has a value, so it does not fail
            loads.end(load);
            reportRefresh(refused);
        }
    }

    /** Runs the load of a refresh, unless a thread has done so that needed the value. */
    private void refresh(Load load, Function<? super K, ? extends @Nullable V> loader) {
        if (!load.claim()) {
            return;
        }
        try {
            StackReserve.claim();
            if (map.isRefreshDue(load.key(), null, map.now())) {
                K key = map.keyCodec.decode(load.key());
                V made = call(loader, key);
                if (made == null) {
                    removeRefreshed(load);
                } else {
                    store(load, key, made);
                }
            }
        } catch (Throwable failed) {
            reportRefresh(failed);
        } finally {
            loads.end(load);
        }
    }

    /** Removes an entry whose refresh made no value, if the key has not been written meanwhile. */
    private void removeRefreshed(Load load) {
        try (Evictions evictions = map.evictions()) {
            Shard<ObjectTable<K, V>> shard = map.shardOf(load.key());
            long stamp = map.shards.lock(shard);
            try {
                long now = map.beginWrite(shard.table, map.now());
                if (loads.holds(load) && map.find(shard.table, load.key(), now) != 0) {
                    map.erase(shard.table, load.key());
                }
            } finally {
                map.unlock(shard, stamp, evictions);
            }
        }
    }

    /** Logs why a refresh has failed, unless the map has been closed. */
    private void reportRefresh(Throwable failed) {
        if (!map.shards.isClosed()) {
            System.getLogger("io.memmap")
                    .log(System.Logger.Level.WARNING, "A value was not refreshed, and stays as it is", failed);
        }
    }

    // ----------------------------------------------------------------------------------- many keys

    /** Does what {@link SyncMap#getAll(Iterable, Function)} promises. */
    Map<K, V> getAll(
            Iterable<? extends K> keys,
            Function<? super Set<? extends K>, ? extends Map<? extends K, ? extends V>> loader) {
        BatchGet<K, V> batch = new BatchGet<>(map, keys);
        batch.findAll();
        List<K> missing = batch.missing();
        if (!missing.isEmpty()) {
            map.shards.requireNoFunction(); // also claims the stack: the loads must end
            loadAll(missing, batch, loader);
        }
        return batch.inOrder();
    }

    /** Loads the keys that are missing in a batch, and adds them to it. */
    private void loadAll(
            List<K> missing,
            BatchGet<K, V> batch,
            Function<? super Set<? extends K>, ? extends Map<? extends K, ? extends V>> loader) {
        Map<K, Load> begun = new HashMap<>();
        try {
            enterAll(missing, begun);
            // Keys may have been put before their loads were in the table.
            batch.findMissing();
            Set<K> wanted = new LinkedHashSet<>(batch.missing());
            if (wanted.isEmpty()) {
                return;
            }
            Map<? extends K, ? extends V> made =
                    Objects.requireNonNull(call(loader, Collections.unmodifiableSet(wanted)), "the loader's map");
            BatchPut<K, V> puts = new BatchPut<>(map, wanted.size(), true);
            for (Map.Entry<? extends K, ? extends V> entry : made.entrySet()) {
                K key = Objects.requireNonNull(entry.getKey(), "key");
                V value = Objects.requireNonNull(entry.getValue(), "value");
                puts.add(key, value, wanted.contains(key) ? begun.get(key) : null);
            }
            puts.put();
            batch.add(puts.loaded());
        } finally {
            begun.values().forEach(loads::end);
        }
    }

    /** Makes a load for each key, and puts it into the table of loads. */
    private void enterAll(List<K> keys, Map<K, Load> begun) {
        for (K key : keys) {
            Load load;
            try (OperationBuffers buffers = OperationBuffers.take()) {
                map.encodeKey(key, buffers);
                load = loads.make(buffers.key, map.hash(buffers.key), true);
            }
            begun.put(key, load); // first, so that the load ends in any case
            loads.enter(load);
        }
    }
}
