package io.memmap;

import io.memmap.Limits.Settings;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link SyncMapBuilder} has set for a map.
 *
 * @param limits the limits; their number of shards is 0 if the map is to choose it
 * @param onEviction receives what the limits remove; null for no listener
 * @param onRemoval receives all that is removed; null for no listener
 * @param expiry decides how long each entry lives; null if all live equally long
 * @param recordsStats whether the uses of the map are counted
 * @param executor runs refreshes
 */
record SyncMapOptions<K, V>(
        String name,
        Settings limits,
        @Nullable RemovalListener<? super K, ? super V> onEviction,
        @Nullable RemovalListener<? super K, ? super V> onRemoval,
        @Nullable Expiry<? super K, ? super V> expiry,
        boolean recordsStats,
        Executor executor) {
    /** Returns the options of a map with no limits. */
    static <K, V> SyncMapOptions<K, V> none() {
        return new SyncMapOptions<>("", Settings.NONE, null, null, null, false, ForkJoinPool.commonPool());
    }

    SyncMapOptions<K, V> withShards(int count) {
        return new SyncMapOptions<>(
                name, limits.withShards(count), onEviction, onRemoval, expiry, recordsStats, executor);
    }

    SyncMapOptions<K, V> withLimits(Settings others) {
        return new SyncMapOptions<>(name, others, onEviction, onRemoval, expiry, recordsStats, executor);
    }

    /** Returns whether these options have the limits, the listeners and the expiry of others. */
    boolean limitsAsMuchAs(SyncMapOptions<?, ?> others) {
        return limits.withShards(0).equals(others.limits.withShards(0))
                && Objects.equals(onEviction, others.onEviction)
                && Objects.equals(onRemoval, others.onRemoval)
                && Objects.equals(expiry, others.expiry);
    }

    /** Returns whether each entry needs a node. */
    boolean hasNodes() {
        return limits.evicts() || limits.isTimed() || onRemoval != null;
    }
}
