package io.memmap;

import io.memmap.codec.EncodedBytes;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The keys of a portion of a batch that belong to one shard. {@link BatchGet} and {@link BatchPut}
 * use all of them while they hold the lock of the shard.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
final class ShardKeys<K, V> {
    /** The buckets of this many keys are loaded before the first of the keys is used. */
    private static final int LOADED_AHEAD = 32;

    final Shard<ObjectTable<K, V>> shard;
    private final EncodedParts portion;
    /** The hashes of all keys of the portion. */
    private final long[] hashes;
    /** The indices of the keys of the shard in the portion, in order. */
    private final int[] indices;

    private ShardKeys(Shard<ObjectTable<K, V>> shard, EncodedParts portion, long[] hashes, int[] indices) {
        this.shard = shard;
        this.portion = portion;
        this.hashes = hashes;
        this.indices = indices;
    }

    /** Passes the encoded keys of a portion to an action, one shard after the other. */
    static <K, V> void forEachShard(
            EncodedSyncMap<K, V> map, EncodedParts portion, Consumer<? super ShardKeys<K, V>> action) {
        Shards<ObjectTable<K, V>> shards = map.shards;
        long[] hashes = new long[portion.count()];
        int[] ends = new int[shards.count() + 1]; // where the keys of each shard end
        EncodedBytes key = new EncodedBytes();
        for (int i = 0; i < hashes.length; i++) {
            portion.lendTo(key, i);
            hashes[i] = map.hash(key);
            ends[shards.indexOf(hashes[i]) + 1]++;
        }
        for (int shard = 0; shard < shards.count(); shard++) {
            ends[shard + 1] += ends[shard];
        }
        int[] starts = ends.clone();
        int[] sorted = new int[hashes.length];
        for (int i = 0; i < hashes.length; i++) {
            sorted[starts[shards.indexOf(hashes[i])]++] = i;
        }
        for (int shard = 0; shard < shards.count(); shard++) {
            if (ends[shard] < ends[shard + 1]) {
                int[] indices = Arrays.copyOfRange(sorted, ends[shard], ends[shard + 1]);
                action.accept(new ShardKeys<>(shards.get(shard), portion, hashes, indices));
            }
        }
    }

    int count() {
        return indices.length;
    }

    /** Returns the index in the portion of the key at {@code i}. */
    int index(int i) {
        return indices[i];
    }

    /**
     * Makes the key at {@code i} the content of {@code key}. The caller takes the keys in order. If
     * this one is the first of {@link #LOADED_AHEAD}, their buckets are loaded, so that the cache
     * misses of these keys overlap. The caller has the shard's lock, or validates what it reads.
     */
    void lendTo(EncodedBytes key, int i) {
        if (i % LOADED_AHEAD == 0) {
            for (int next = i; next < Math.min(i + LOADED_AHEAD, indices.length); next++) {
                shard.table.loadFirstBucket(hashes[indices[next]]);
            }
        }
        portion.lendTo(key, indices[i]);
    }
}
