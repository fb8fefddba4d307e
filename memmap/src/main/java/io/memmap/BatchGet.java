package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The keys of one call of {@link SyncMap#getAll(Iterable)}, and the values that were found. The
 * keys are sought in portions. The values of the keys of one shard are copied as bytes under the
 * lock of the shard, as many at a time as belong to a portion. They are decoded under no lock.
 * {@link LoadRunner} adds the values that it loads.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
final class BatchGet<K, V> {
    private final EncodedSyncMap<K, V> map;
    /** The keys without repetitions. */
    private final List<K> keys;

    private final Map<K, V> found = new HashMap<>();

    BatchGet(EncodedSyncMap<K, V> map, Iterable<? extends K> keys) {
        this.map = map;
        Set<K> distinct = new LinkedHashSet<>();
        for (K key : keys) {
            distinct.add(Objects.requireNonNull(key, "key"));
        }
        this.keys = List.copyOf(distinct);
    }

    /** Seeks all keys, and counts the reads. */
    void findAll() {
        find(keys);
        map.countReads(found.size(), keys.size() - found.size());
    }

    /** Seeks the keys that were not found, and counts no reads. */
    void findMissing() {
        find(missing());
    }

    /** Returns the keys that were not found, in order. */
    List<K> missing() {
        List<K> missing = new ArrayList<>();
        for (K key : keys) {
            if (!found.containsKey(key)) {
                missing.add(key);
            }
        }
        return missing;
    }

    /** Adds values that have been loaded. */
    void add(Map<K, V> entries) {
        found.putAll(entries);
    }

    /** Returns the keys that were found, in order, with their values. */
    Map<K, V> inOrder() {
        Map<K, V> ordered = new LinkedHashMap<>();
        for (K key : keys) {
            V value = found.get(key);
            if (value != null) {
                ordered.put(key, value);
            }
        }
        return Collections.unmodifiableMap(ordered);
    }

    private void find(List<K> sought) {
        long now = map.now();
        EncodedParts encoded = new EncodedParts();
        int begin = 0;
        for (int end = 0; end < sought.size(); end++) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                map.keyCodec.encode(sought.get(end), buffers.key);
                if (encoded.isFull(buffers.key)) {
                    findPortion(sought.subList(begin, end), encoded, now);
                    encoded.clear(0);
                    begin = end;
                }
                encoded.append(buffers.key);
            }
        }
        findPortion(sought.subList(begin, sought.size()), encoded, now);
    }

    private void findPortion(List<K> portion, EncodedParts encoded, long now) {
        EncodedParts values = new EncodedParts();
        EncodedBytes keyBytes = new EncodedBytes();
        EncodedBytes valueBytes = new EncodedBytes();
        ShardKeys.forEachShard(map, encoded, shardKeys -> {
            int done = 0;
            while (done < shardKeys.count()) {
                int[] taken = new int[shardKeys.count() - done];
                values.clear(0);
                done = copySome(shardKeys, done, values, taken, now);
                for (int i = 0; i < values.count(); i++) {
                    K key = portion.get(taken[i]);
                    encoded.lendTo(keyBytes, taken[i]);
                    values.lendTo(valueBytes, i);
                    V value = map.valueCodec.decode(valueBytes);
                    map.afterRead(key, value, keyBytes, valueBytes, now);
                    found.put(key, value);
                }
            }
        });
    }

    /**
     * Copies the values of keys of one shard, from the one at {@code from} on, until there are
     * enough bytes. Puts the index in the portion of the key of each value into {@code taken}.
     * Returns where to go on.
     */
    private int copySome(ShardKeys<K, V> shardKeys, int from, EncodedParts values, int[] taken, long now) {
        Shard<ObjectTable<K, V>> shard = shardKeys.shard;
        EncodedBytes key = new EncodedBytes();
        return map.shards.read(shard, null, version -> {
            values.clear(0);
            ObjectTable<K, V> table = shard.table;
            int next = from;
            for (; next < shardKeys.count(); next++) {
                shardKeys.lendTo(key, next);
                long slot = map.find(table, key, now);
                if (slot == 0) {
                    continue;
                }
                int length = map.valueType.length(table.mem, table.valueAddress(slot));
                if (values.isFull(length)) {
                    break;
                }
                if (length > SequenceWord.TRUSTED_BYTES && !shard.isUnchanged(version)) {
                    return next; // before it makes room for a length that was torn
                }
                map.noteLockedRead(table, slot, now);
                taken[values.count()] = shardKeys.index(next);
                values.append(table, map.valueType, table.valueAddress(slot));
            }
            return next;
        });
    }
}
