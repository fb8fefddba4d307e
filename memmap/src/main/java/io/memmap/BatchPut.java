package io.memmap;

import io.memmap.Loads.Load;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts many entries, in portions, for {@link SyncMap#putAll} and for loads. The entries of a
 * portion are put one shard after the other, and those of one shard while its lock is held once.
 * Each put is atomic, and the batch is not: an exception leaves the entries that were put before.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
final class BatchPut<K, V> {
    /**
     * An entry as objects.
     *
     * @param load the load that has made the value; null for a value that is put in any case
     */
    private record Added<K, V>(K key, V value, @Nullable Load load) {}

    private final EncodedSyncMap<K, V> map;
    private final EncodedParts encodedKeys = new EncodedParts();
    private final EncodedParts encodedValues = new EncodedParts();
    /** The entries as objects; null if the batch has no loads, and no {@link Expiry} is asked. */
    private final @Nullable List<Added<K, V>> objects;
    /** The values to return to the callers of the loads. */
    private final Map<K, V> loaded = new HashMap<>();
    /** About how many more entries there will be. */
    private int expected;

    BatchPut(EncodedSyncMap<K, V> map, int expected, boolean hasLoads) {
        this.map = map;
        this.expected = expected;
        objects = hasLoads || map.asksExpiry() ? new ArrayList<>() : null;
    }

    /** Adds an entry. May put the entries that were added before. */
    void add(K key, V value, @Nullable Load load) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            map.encode(key, value, buffers);
            if (load != null) {
                load.lendKeyTo(buffers.key);
            }
            if (encodedKeys.isFull(buffers.key) || encodedValues.isFull(buffers.value)) {
                put();
            }
            if (encodedKeys.count() == 0) {
                encodedKeys.expect(expected, buffers.key);
                encodedValues.expect(expected, buffers.value);
            }
            encodedKeys.append(buffers.key);
            encodedValues.append(buffers.value);
        }
        expected--;
        if (objects != null) {
            objects.add(new Added<>(key, value, load));
        }
    }

    /** Puts the entries that were added. */
    void put() {
        EncodedBytes[] others = new EncodedBytes[objects == null ? 0 : objects.size()];
        try (Evictions evictions = map.evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            ShardKeys.forEachShard(map, encodedKeys, shardKeys -> {
                putIn(shardKeys, buffers, others, evictions);
                if (evictions != null) {
                    evictions.notifyListeners(); // after each shard, so that only its entries are kept
                }
            });
        }
        if (objects != null) {
            for (int i = 0; i < others.length; i++) {
                endLoad(objects.get(i), i, others[i]);
            }
            objects.clear();
        }
        encodedKeys.clear(0);
        encodedValues.clear(0);
    }

    /** Returns the values of the keys that have loads, as the callers of the loads get them. */
    Map<K, V> loaded() {
        return loaded;
    }

    /**
     * Puts the entries of one shard, except the values of loads whose key has been written
     * meanwhile. Copies the values that such keys have instead into {@code others}.
     */
    private void putIn(
            ShardKeys<K, V> shardKeys, OperationBuffers buffers, EncodedBytes[] others, @Nullable Evictions evictions) {
        Shard<ObjectTable<K, V>> shard = shardKeys.shard;
        boolean asks = map.asksExpiry();
        long stamp = asks ? map.shards.lockForFunction(shard) : map.shards.lock(shard);
        try {
            ObjectTable<K, V> table = shard.table;
            long now = map.beginWrite(table, map.now());
            for (int i = 0; i < shardKeys.count(); i++) {
                shardKeys.lendTo(buffers.key, i);
                int index = shardKeys.index(i);
                encodedValues.lendTo(buffers.value, index);
                Added<K, V> added = objects == null ? null : objects.get(index);
                Load load = added == null ? null : added.load();
                if (load != null && !map.loads.holds(load)) {
                    if (map.copy(table, buffers.key, buffers.previous, now)) {
                        others[index] = Loads.copy(buffers.previous);
                    }
                    continue;
                }
                if (asks && added != null) {
                    map.askExpiry(table, added.key(), added.value(), buffers.key, now);
                    stamp = shard.excludeReaders(stamp);
                }
                map.put(table, buffers, false);
                if (asks) {
                    stamp = shard.admitReaders(stamp);
                }
            }
        } finally {
            map.unlock(shard, stamp, evictions, asks);
        }
    }

    /** Passes the value of a load on, which is that of another write if there was one. */
    private void endLoad(Added<K, V> added, int index, @Nullable EncodedBytes other) {
        Load load = added.load();
        if (load != null) {
            EncodedBytes value = new EncodedBytes();
            encodedValues.lendTo(value, index);
            load.succeed(other == null ? Loads.copy(value) : other);
            loaded.put(added.key(), other == null ? added.value() : Loads.decode(other, map.valueCodec));
        }
    }
}
