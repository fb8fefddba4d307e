package io.memmap;

import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.ElementKind;
import io.memmap.format.Mem;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The operations of an object map whose keys are integers, on keys that are words and not objects.
 *
 * @param <V> the class of the values
 */
abstract sealed class WordKeys<V> {
    /** Returns the operations of a map that is for one thread at a time. */
    static <K, V> WordKeys<V> of(MemMap<K, V> map, ElementKind kind) {
        if (map.keyType.kind() != kind || !(map instanceof FixedKeyMap<K, V> words)) {
            throw refused(map.keyType, kind);
        }
        return new OfMemMap<>(words);
    }

    /** Returns the operations of a map for many threads. */
    static <K, V> WordKeys<V> of(SyncMap<K, V> map, ElementKind kind) {
        if (map.keyType.kind() != kind) {
            throw refused(map.keyType, kind);
        }
        return map.asksExpiry() ? new OfBoxes<>(map) : new OfSyncMap<>(map);
    }

    private static IllegalArgumentException refused(Type<?> keyType, ElementKind kind) {
        return new IllegalArgumentException(
                "the keys of the map must be of type " + kind + ", not " + keyType + ": use the map's own methods");
    }

    abstract @Nullable V get(long key);

    abstract boolean containsKey(long key);

    abstract @Nullable V put(long key, V value);

    abstract void set(long key, V value);

    abstract @Nullable V remove(long key);

    abstract boolean delete(long key);

    private static void encode(long key, int bytes, EncodedBytes to) {
        Mem.setLong(to.own(Long.BYTES), 0, key); // little-endian: low bytes first
        to.length = bytes;
    }

    private static final class OfMemMap<K, V> extends WordKeys<V> {
        private final FixedKeyMap<K, V> map;

        OfMemMap(FixedKeyMap<K, V> map) {
            this.map = map;
        }

        @Override
        @Nullable
        V get(long key) {
            long slot = map.slotOfWord(key);
            return slot == 0 ? null : map.valueAt(slot);
        }

        @Override
        boolean containsKey(long key) {
            return map.slotOfWord(key) != 0;
        }

        private void encode(long key, V value, OperationBuffers buffers) {
            Objects.requireNonNull(value, "value");
            map.requireLive();
            WordKeys.encode(key, map.keyBytes, buffers.key);
            map.valueCodec.encode(value, buffers.value);
        }

        @Override
        @Nullable
        V put(long key, V value) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                encode(key, value, buffers);
                if (map.valueCodec.runsCallersCode()) {
                    V previous = map.valueOf(buffers);
                    map.assign(buffers, false);
                    return previous;
                }
                return map.assign(buffers, true) ? map.previous(buffers) : null;
            }
        }

        @Override
        void set(long key, V value) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                encode(key, value, buffers);
                map.assign(buffers, false);
            }
        }

        @Override
        @Nullable
        V remove(long key) {
            if (map.isEmpty()) {
                return null;
            }
            try (OperationBuffers buffers = OperationBuffers.take()) {
                WordKeys.encode(key, map.keyBytes, buffers.key);
                V previous = map.valueOf(buffers);
                if (previous != null) {
                    map.erase(buffers.key);
                }
                return previous;
            }
        }

        @Override
        boolean delete(long key) {
            if (map.isEmpty()) {
                return false;
            }
            try (OperationBuffers buffers = OperationBuffers.take()) {
                WordKeys.encode(key, map.keyBytes, buffers.key);
                return map.erase(buffers.key);
            }
        }
    }

    private static final class OfSyncMap<K, V> extends WordKeys<V> {
        private final SyncMap<K, V> map;
        private final int keyBytes;

        OfSyncMap(SyncMap<K, V> map) {
            this.map = map;
            keyBytes = map.keyType.fixedBytes();
        }

        @Override
        @Nullable
        V get(long key) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                encode(key, keyBytes, buffers.key);
                boolean present = map.load(map.shardOf(buffers.key), buffers.key, buffers.value, map.now());
                map.countRead(present);
                return present ? map.valueCodec.decode(buffers.value) : null;
            }
        }

        @Override
        boolean containsKey(long key) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                encode(key, keyBytes, buffers.key);
                return map.load(map.shardOf(buffers.key), buffers.key, null, map.now());
            }
        }

        private void encode(long key, V value, OperationBuffers buffers) {
            Objects.requireNonNull(value, "value");
            map.shards.requireOpen();
            encode(key, keyBytes, buffers.key);
            map.valueCodec.encode(value, buffers.value);
        }

        private static void encode(long key, int bytes, EncodedBytes to) {
            WordKeys.encode(key, bytes, to);
        }

        @Override
        @Nullable
        V put(long key, V value) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                encode(key, value, buffers);
                return map.exchange(null, value, buffers, EncodedSyncMap.Change.PUT, EncodedSyncMap.ASK);
            }
        }

        @Override
        void set(long key, V value) {
            try (Evictions evictions = map.evictions();
                    OperationBuffers buffers = OperationBuffers.take()) {
                encode(key, value, buffers);
                Shard<ObjectTable<K, V>> shard = map.shardOf(buffers.key);
                long stamp = map.shards.lock(shard);
                try {
                    map.beginWrite(shard.table, map.now());
                    map.put(shard.table, buffers, false);
                } finally {
                    map.unlock(shard, stamp, evictions);
                }
            }
        }

        @Override
        @Nullable
        V remove(long key) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                encode(key, keyBytes, buffers.key);
                return map.exchange(null, null, buffers, EncodedSyncMap.Change.REMOVE, EncodedSyncMap.ASK);
            }
        }

        @Override
        boolean delete(long key) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                encode(key, keyBytes, buffers.key);
                return map.eraseProduced(buffers.key, null);
            }
        }
    }

    /** A cache with an {@link Expiry}, which is asked with keys as objects. */
    private static final class OfBoxes<K, V> extends WordKeys<V> {
        private final SyncMap<K, V> map;
        private final Codec.OfWord<K> keyWords;

        OfBoxes(SyncMap<K, V> map) {
            this.map = map;
            keyWords = (Codec.OfWord<K>) map.keyCodec;
        }

        @Override
        @Nullable
        V get(long key) {
            return map.get(keyWords.fromWord(key));
        }

        @Override
        boolean containsKey(long key) {
            return map.containsKey(keyWords.fromWord(key));
        }

        @Override
        @Nullable
        V put(long key, V value) {
            return map.put(keyWords.fromWord(key), value);
        }

        @Override
        void set(long key, V value) {
            map.set(keyWords.fromWord(key), value);
        }

        @Override
        @Nullable
        V remove(long key) {
            return map.remove(keyWords.fromWord(key));
        }

        @Override
        boolean delete(long key) {
            return map.remove(keyWords.fromWord(key)) != null;
        }
    }
}
