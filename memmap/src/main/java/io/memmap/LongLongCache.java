package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.Mem;
import java.util.Objects;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A bounded map of long to long for many threads, without boxing: a {@link SyncLongLongMap} with
 * the limits of a {@link SyncMap}. It is a view of a {@code SyncMap<Long, Long>}, which does the
 * work:
 *
 * {@snippet :
 * LongLongCache cache = LongLongCache.of(
 *         SyncMap.builder(Type.LONG, Type.LONG).maxEntries(100_000).make());
 * }
 *
 * <p>The map's limits, its listeners, its time to live and its figures work here as there. Each
 * operation does what the map's operation of this name does. The operations on one key make no
 * object of the Java heap, with these exceptions: an operation that tells a listener of an entry or
 * asks an {@link Expiry}, and the first operation of a thread, or of a thread after a garbage
 * collection.
 *
 * <p><b>Cost.</b> An entry takes 90 to 140 bytes, as full as its buckets are, and 16 more if entries
 * expire: a slot with the number of a record, the record of 24 or 40 bytes, and with a bound on
 * entries or bytes 16 bytes in which its uses are counted. An entry of a {@link SyncLongLongMap},
 * whose pages have no place for the number of a record, takes 34 to 52 bytes. A get takes longer
 * than there, too.
 *
 * <p><b>Absent keys</b> read as 0.
 *
 * @see SyncLongLongMap SyncLongLongMap, faster and without limits
 */
public final class LongLongCache implements AutoCloseable {
    private final SyncMap<Long, Long> map;

    private LongLongCache(SyncMap<Long, Long> map) {
        this.map = map;
    }

    /**
     * Returns a view of a map. The map may also be used itself.
     *
     * @param map the map, with keys and values of {@link Type#LONG}
     * @return the view
     * @throws IllegalArgumentException if the map's keys or values are of another type
     */
    public static LongLongCache of(SyncMap<Long, Long> map) {
        if (map.keyType != Type.LONG || map.valueType != Type.LONG) {
            throw new IllegalArgumentException(
                    "the map must have keys and values of Type.LONG: " + new MapType(map.keyType, map.valueType));
        }
        return new LongLongCache(map);
    }

    /**
     * Returns the map that this is a view of.
     *
     * @return the map
     */
    public SyncMap<Long, Long> asMap() {
        return map;
    }

    private static void set(EncodedBytes word, long value) {
        Mem.setLong(word.own(Long.BYTES), 0, value);
    }

    private static long get(EncodedBytes word) {
        return Mem.getLong(word.bytes, word.from);
    }

    /**
     * Returns the value of a key. It is a read: it counts as a use of the entry.
     *
     * @param key the key
     * @return its value; 0 if the key is absent
     */
    public long get(long key) {
        return getOrDefault(key, 0);
    }

    /**
     * Returns the value of a key, or another value if the key is absent. It is a read: it counts as
     * a use of the entry.
     *
     * @param key the key
     * @param defaultValue the value to return if the key is absent
     * @return its value or {@code defaultValue}
     */
    public long getOrDefault(long key, long defaultValue) {
        if (map.asksExpiry()) {
            return map.getOrDefault(key, defaultValue);
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            set(buffers.key, key);
            boolean found = map.load(buffers.key, buffers.value, map.now());
            map.countRead(found);
            return found ? get(buffers.value) : defaultValue;
        }
    }

    /**
     * Returns whether a key is present. It does not count as a use of the entry.
     *
     * @param key the key
     * @return true if the key is present
     */
    public boolean containsKey(long key) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            set(buffers.key, key);
            return map.load(buffers.key, null, map.now());
        }
    }

    /**
     * Looks up many keys.
     *
     * @param keys the keys, which may repeat
     * @param values receives the value of {@code keys[i]} at index {@code i}, 0 if the key is
     *     absent. It may be the array of keys. Its contents are undefined if this method throws
     * @throws IllegalArgumentException if {@code values} is shorter than {@code keys}
     */
    public void getAll(long[] keys, long[] values) {
        if (values.length < keys.length) {
            throw new IllegalArgumentException("values must have room for " + keys.length + " keys: " + values.length);
        }
        for (int i = 0; i < keys.length; i++) {
            values[i] = get(keys[i]);
        }
    }

    /**
     * Sets the value of a key.
     *
     * @param key the key
     * @param value the value
     * @return the value before; 0 if the key was absent
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    public long put(long key, long value) {
        return write(key, value, Change.PUT, null);
    }

    /**
     * Sets the value of a key if the key is absent. Of many callers at once, one stores its value.
     *
     * @param key the key
     * @param value the value
     * @return the value that the key had, or {@code value} if that has been stored
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    public long putIfAbsent(long key, long value) {
        if (map.asksExpiry()) {
            Long present = map.putIfAbsent(key, value);
            return present == null ? value : present;
        }
        return write(key, value, Change.PUT_IF_ABSENT, null);
    }

    /**
     * Adds to the value of a key. An absent key counts as 0. Overflow wraps around.
     *
     * @param key the key
     * @param delta the number to add
     * @return the new value
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    public long add(long key, long delta) {
        return write(key, delta, Change.ADD, null);
    }

    /**
     * Sets the value of a key if the key is absent, or else replaces it by the result of a function
     * of the two values. The function runs while no other thread may write to the key's shard. It
     * must be short. It may read the map, but not change it.
     *
     * @param key the key
     * @param value the value for an absent key
     * @param function takes the value that the key has, and {@code value}
     * @return the new value
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     * @throws IllegalStateException if the function changes this map
     */
    public long merge(long key, long value, LongBinaryOperator function) {
        return write(key, value, Change.MERGE, Objects.requireNonNull(function, "function"));
    }

    private enum Change {
        PUT,
        PUT_IF_ABSENT,
        ADD,
        MERGE
    }

    private long write(long key, long operand, Change change, @Nullable LongBinaryOperator function) {
        boolean runsFunction = function != null || map.asksExpiry();
        try (Evictions evictions = map.evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            set(buffers.key, key);
            Shard<ObjectTable<Long, Long>> shard = map.shardOf(buffers.key);
            long stamp = runsFunction ? map.shards.lockForFunction(shard) : map.shards.lock(shard);
            try {
                ObjectTable<Long, Long> table = shard.table;
                long now = map.beginWrite(table, map.now());
                long slot = map.find(table, buffers.key, now);
                long before = slot == 0 ? 0 : Mem.getLong(table.mem, table.valueAddress(slot));
                if (change == Change.PUT_IF_ABSENT && slot != 0) {
                    map.noteLockedRead(table, slot, now);
                    return before;
                }
                long value = change == Change.ADD ? before + operand : operand;
                if (function != null && slot != 0) {
                    value = function.applyAsLong(before, operand);
                }
                set(buffers.value, value);
                if (runsFunction) {
                    if (map.asksExpiry()) {
                        map.askExpiry(table, key, value, buffers.key, now);
                    }
                    stamp = shard.excludeReaders(stamp);
                }
                map.put(table, buffers, false);
                return change == Change.PUT ? before : value;
            } finally {
                map.unlock(shard, stamp, evictions, runsFunction);
            }
        }
    }

    /**
     * Sets the values of many keys, in the order of the arrays. Each put is atomic, like
     * {@link #put}.
     *
     * @param keys the keys; if a key repeats, its last value stays
     * @param values the values, as many as keys
     * @throws IllegalArgumentException if the arrays differ in length; nothing was put
     * @throws HeapExhaustedException if the heap has no room; the entries before the one that
     *     failed have been put
     */
    public void putAll(long[] keys, long[] values) {
        if (keys.length != values.length) {
            throw new IllegalArgumentException(
                    "there must be as many values as keys, " + keys.length + ": " + values.length);
        }
        for (int i = 0; i < keys.length; i++) {
            put(keys[i], values[i]);
        }
    }

    /**
     * Removes a key. Of many callers at once, one removes the key.
     *
     * @param key the key
     * @return true if the key was present
     */
    public boolean remove(long key) {
        return remove(key, 0, true);
    }

    /**
     * Removes a key if it has the expected value.
     *
     * @param key the key
     * @param expected the value that the key must have
     * @return true if the key had that value; false if the key is absent, whatever {@code expected}
     *     is
     */
    public boolean remove(long key, long expected) {
        return remove(key, expected, false);
    }

    private boolean remove(long key, long expected, boolean anyValue) {
        try (Evictions evictions = map.evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            set(buffers.key, key);
            Shard<ObjectTable<Long, Long>> shard = map.shardOf(buffers.key);
            long stamp = map.shards.lock(shard);
            try {
                ObjectTable<Long, Long> table = shard.table;
                long slot = map.find(table, buffers.key, map.beginWrite(table, map.now()));
                if (anyValue) {
                    map.endLoad(buffers.key);
                }
                return slot != 0
                        && (anyValue || Mem.getLong(table.mem, table.valueAddress(slot)) == expected)
                        && map.remove(table, buffers.key);
            } finally {
                map.unlock(shard, stamp, evictions);
            }
        }
    }

    /**
     * Passes every entry to {@code action}. It is not a snapshot: an entry that is in the map all
     * the time is passed once. An entry that is added, removed or changed meanwhile is passed as it
     * was at some moment, or not at all. No lock is held while the action runs, so the action may
     * use the map. Passing entries does not count as a use. Makes objects.
     *
     * @param action takes the entries; if it throws, the walk ends and the exception is passed on
     */
    public void forEach(LongLongConsumer action) {
        Objects.requireNonNull(action, "action");
        map.forEach(action::accept);
    }

    /**
     * Returns the number of entries. Entries that have expired and are not removed yet may count.
     *
     * @return the number of entries
     */
    public long size() {
        return map.mappingCount();
    }

    /** Removes all entries, as {@link SyncMap#clear} does. */
    public void clear() {
        map.clear();
    }

    /** Removes all entries that have expired, as {@link SyncMap#purgeExpired} does. */
    public void purgeExpired() {
        map.purgeExpired();
    }

    /**
     * Returns how the map has been used as a cache since it was made.
     *
     * @return the figures, as those of {@link SyncMap#cacheStats}
     */
    public CacheStats cacheStats() {
        return map.cacheStats();
    }

    /** Ends the map, as {@link SyncMap#close} does. */
    @Override
    public void close() {
        map.close();
    }

    @Override
    public String toString() {
        return map.toString();
    }
}
