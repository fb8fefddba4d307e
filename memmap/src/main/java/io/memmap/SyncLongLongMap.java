package io.memmap;

import io.memmap.format.BucketLayout;
import io.memmap.format.Hash;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongBinaryOperator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Go's {@code sync.Map} of long to long, in a heap outside the Java heap: for many threads, without boxing.
 *
 * <p><b>Threads.</b> All operations may run at once, on platform and virtual threads. Each is atomic for its key, and what a
 * write did happens-before a read that sees it. Reads take no lock and write nothing; writes lock one of many shards. Growth
 * is a little in each write, as in the plain map, and keeps nobody out. Nothing is locked while {@link #forEach} runs its
 * action.
 *
 * <p><b>Absent keys</b> read as 0, as in {@link LongLongMap}.
 *
 * <p><b>Lifetime.</b> A map that is made without one makes a heap of its own, which nobody else can use; {@link #close} ends
 * that heap, and the map with it. A map in a heap of the caller's is a guest there: {@link #close} gives its memory back to the
 * heap, which lives on for others. {@link #free} is the same as {@link #close}. Both wait for writers, and for functions that
 * run under a lock. After either, or after the end of the heap or of its arena, both do nothing, so that they are safe in a
 * {@code finally}; every other operation throws {@link IllegalStateException} with a message that begins with "Already closed"
 * and says what has ended, and by which call. Two ends are told less well: in a heap of a caller's arena that was closed by
 * {@link NativeHeap#close}, reads go on until the arena closes; and an operation that is under way when the heap ends beside it
 * may throw the JDK's own exception, "Already closed" and no more.
 */
public final class SyncLongLongMap implements AutoCloseable {
    /** Lookups in flight at a time, as in {@link LongLongMap}. */
    private static final int BATCH = 64;

    /** The layout of all buckets: to the compiler, whatever a lookup asks of it is a number. */
    private static final BucketLayout LAYOUT = Hmap.bucketLayout(Geometry.DEFAULT, MapType.LONG_TO_LONG, 0);

    private static final long[] NOWHERE = {};

    final Shards<LongLongMap> shards;

    // What a lookup needs of the shards and the heap, one load away.
    private final Shard<LongLongMap>[] byHash;
    private final int shift;
    private final long seed;
    private final long secret0;
    private final long secret1;
    private final long secret2;

    private SyncLongLongMap(NativeHeap heap, long hint, int count) {
        shards = new Shards<>(heap, count, MapType.LONG_TO_LONG, hint, "", hmap -> new LongLongMap(heap, hmap));
        byHash = shards.byHash;
        shift = shards.shift;
        seed = shards.seed();
        secret0 = heap.secret(0);
        secret1 = heap.secret(1);
        secret2 = heap.secret(2);
    }

    /**
     * Makes an empty map.
     *
     * @param heap the heap that it lives in, which must be one for many threads
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread
     * @throws HeapExhaustedException if the heap has no room for it
     */
    public static SyncLongLongMap make(NativeHeap heap) {
        return make(heap, 0);
    }

    /**
     * Makes an empty map in a heap of its own, {@link NativeHeap#ofShared}, which ends with the map.
     *
     * @return the map; close it
     * @throws HeapExhaustedException if there is no room for it
     */
    public static SyncLongLongMap make() {
        NativeHeap own = NativeHeap.ofShared();
        try {
            SyncLongLongMap map = make(own);
            map.shards.ownHeap();
            return map;
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    /**
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param heap the heap that it lives in, which must be one for many threads
     * @param hint the number of entries that it is to hold without growing; negative counts as 0; never a limit
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread
     * @throws HeapExhaustedException if the heap has no room for so many entries, or no heap has; nothing was made
     */
    public static SyncLongLongMap make(NativeHeap heap, long hint) {
        return make(heap, hint, Shards.defaultCount());
    }

    /**
     * Makes an empty map with room for {@code hint} entries, and this many shards. Each has a lock for writers. By default they are
     * four for each processor that the JVM has, 16 or more, and a power of two.
     *
     * @param heap the heap that it lives in, which must be one for many threads
     * @param hint the number of entries that it is to hold without growing; negative counts as 0; never a limit
     * @param shards the number of shards, a power of two from 1 to 1024
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread, or there cannot be as many shards
     * @throws HeapExhaustedException if the heap has no room for it
     */
    public static SyncLongLongMap make(NativeHeap heap, long hint, int shards) {
        return new SyncLongLongMap(heap, hint, shards);
    }

    private Shard<LongLongMap> shardOf(long key) {
        return Shards.of(hash(key), byHash, shift);
    }

    /** Returns the hash of a key in every shard. */
    private long hash(long key) {
        return Hash.ofLong(key, seed, secret0, secret1, secret2);
    }

    /**
     * Returns the value of a key.
     *
     * @param key the key
     * @return its value; 0 if it is absent
     */
    public long get(long key) {
        return getOrDefault(key, 0);
    }

    /**
     * Returns the value of a key, or another value if the key is absent.
     *
     * @param key the key
     * @param defaultValue what to return if it is absent
     * @return its value or {@code defaultValue}
     */
    public long getOrDefault(long key, long defaultValue) {
        return read(key, false, defaultValue);
    }

    /**
     * Returns the value of a key, or the answer for an absent one; or, if that is the question, 1 for its presence.
     *
     * <p>In a table that does not grow, nearly all keys are decided in the first two buckets of their chain, by the first slot of
     * their tophash. A CPU works on as many reads at a time as it has room for their instructions, while they wait for memory; so
     * there are as few as possible for that, and all else is in one call that comes last, where nothing is kept for what follows.
     */
    private long read(long key, boolean onlyPresence, long answer) {
        long hash = hash(key);
        Shard<LongLongMap> shard = Shards.of(hash, byHash, shift);
        LongLongMap table = shard.table;
        long version = shard.tryOptimisticRead();
        if (version != 0 && table.seenArray != 0) {
            try {
                MemorySegment mem = table.mem;
                final long pattern = Tophash.of(hash) * Tophash.ONES;
                long bucket = table.seenArray + (hash & table.seenMask) * LAYOUT.bytes();
                for (int hops = 0; hops < 2; hops++) {
                    long tops = mem.get(Mem.LONG, bucket);
                    long candidates = Tophash.candidates(tops, pattern);
                    if (candidates != 0) {
                        long pair = bucket + Tophash.lowest(candidates) * (long) LAYOUT.keyStride();
                        if (mem.get(Mem.LONG, pair + LAYOUT.keysOffset()) == key) {
                            long found = onlyPresence ? 1 : mem.get(Mem.LONG, pair + LAYOUT.valuesOffset());
                            if (shard.validate(version)) {
                                return found;
                            }
                        }
                        break;
                    }
                    boolean ends = Tophash.at(tops, LAYOUT.slots() - 1) == Tophash.EMPTY_REST;
                    bucket = ends ? 0 : mem.get(Mem.LONG, bucket + LAYOUT.overflowOffset());
                    if (bucket == 0) {
                        if (shard.validate(version)) {
                            return answer;
                        }
                        break;
                    }
                }
            } catch (RuntimeException e) {
                // a torn read; or it is met again
            }
        }
        return readPatiently(key, onlyPresence, answer, NOWHERE, 0);
    }

    /** As {@link #read}, whatever it takes; puts the value, 0 for an absent key, into an array besides, if one has room. */
    private long readPatiently(long key, boolean onlyPresence, long answer, long[] into, int at) {
        long hash = hash(key);
        Shard<LongLongMap> shard = Shards.of(hash, byHash, shift);
        LongLongMap table = shard.table;
        for (int tries = 0; tries < Shard.OPTIMISTIC_TRIES; tries++) {
            long version = shard.version();
            try {
                long address = version == 0 ? 0 : table.findInShard(key, hash);
                long value = address == 0 ? 0 : Mem.getLong(table.mem, address);
                if (shard.validate(version)) {
                    shards.requireOpen();
                    return answer(address, value, onlyPresence, answer, into, at);
                }
            } catch (RuntimeException e) {
                if (shard.validate(version)) {
                    throw shards.told(e); // true, and no torn read
                }
            }
            Thread.onSpinWait();
        }
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            long address = table.findInShard(key, hash);
            long value = address == 0 ? 0 : Mem.getLong(table.mem, address);
            return answer(address, value, onlyPresence, answer, into, at);
        } finally {
            shard.unlockRead(stamp);
        }
    }

    private static long answer(long address, long value, boolean onlyPresence, long answer, long[] into, int at) {
        if (at < into.length) {
            into[at] = value;
        }
        if (address == 0) {
            return answer;
        }
        return onlyPresence ? 1 : value;
    }

    /**
     * Looks up many keys at a time, faster than one by one where the map is larger than the caches: the cache misses of a
     * batch overlap. Each lookup is atomic, as {@link #get}; all of them together are not. Takes no lock, and allocates nothing.
     *
     * @param keys the keys; may repeat
     * @param values takes the value of {@code keys[i]} at {@code i}, 0 if it is absent; its contents are undefined if this
     *     throws. It may be the array of keys
     * @return how many of the keys are present
     * @throws IllegalArgumentException if {@code values} is shorter than {@code keys}
     */
    public int getAll(long[] keys, long[] values) {
        if (values.length < keys.length) {
            throw new IllegalArgumentException("values must have room for " + keys.length + " keys: " + values.length);
        }
        shards.requireAlive();
        int hits = 0;
        for (int from = 0; from < keys.length; from += BATCH) {
            int to = Math.min(from + BATCH, keys.length);
            glance(keys, from, to);
            for (int i = from; i < to; i++) {
                hits += read(keys[i], values, i) ? 1 : 0;
            }
        }
        return hits;
    }

    /** Puts the value of a key, 0 if it is absent, into an array; returns whether it is present. */
    private boolean read(long key, long[] into, int at) {
        long hash = hash(key);
        Shard<LongLongMap> shard = Shards.of(hash, byHash, shift);
        LongLongMap table = shard.table;
        long version = shard.tryOptimisticRead();
        if (version != 0 && table.seenArray != 0) {
            try {
                long address = table.findInShard(key, hash);
                long value = address == 0 ? 0 : table.mem.get(Mem.LONG, address);
                if (shard.validate(version)) {
                    into[at] = value;
                    return address != 0;
                }
            } catch (RuntimeException e) {
                // a torn read; or it is met again
            }
        }
        return readPatiently(key, true, 0, into, at) != 0;
    }

    /** Brings the first buckets of these keys' chains into the cache. Nothing is believed of what is read. */
    private void glance(long[] keys, int from, int to) {
        long seen = 0;
        try {
            for (int i = from; i < to; i++) {
                long hash = hash(keys[i]);
                LongLongMap table = Shards.of(hash, byHash, shift).table;
                seen ^= table.seenArray == 0 ? 0 : table.glance(hash);
            }
        } catch (RuntimeException e) {
            // a torn read; or the lookups meet it
        }
        HashTable.touched = seen;
    }

    /**
     * Returns whether a key is present: tells a stored 0 from absence.
     *
     * @param key the key
     * @return true if it is present
     */
    public boolean containsKey(long key) {
        return read(key, true, 0) != 0;
    }

    /**
     * Sets the value of a key: sync.Map's Store and Swap.
     *
     * @param key the key
     * @param value the value
     * @return the value before; 0 if the key was absent
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it was
     */
    public long put(long key, long value) {
        return write(key, value, false);
    }

    /**
     * Sets the values of many keys, in the arrays' order, faster than one by one where the map is larger than the caches. Each
     * is put atomically, as by {@link #put}, under the lock of its shard; other threads see some of them put and others not yet.
     * Allocates nothing.
     *
     * @param keys the keys; of one that repeats the last value stays
     * @param values the values, as many as there are keys
     * @throws IllegalArgumentException if the arrays differ in length; nothing was put
     * @throws HeapExhaustedException if the heap has no room; the entries before the one that failed have been put
     */
    public void putAll(long[] keys, long[] values) {
        if (keys.length != values.length) {
            throw new IllegalArgumentException(
                    "as many values as keys, " + keys.length + ", are needed: " + values.length);
        }
        shards.requireAlive();
        for (int from = 0; from < keys.length; from += BATCH) {
            int to = Math.min(from + BATCH, keys.length);
            glance(keys, from, to);
            for (int i = from; i < to; i++) {
                put(keys[i], values[i]);
            }
        }
    }

    /**
     * Sets the value of a key, or adds to it; returns the value before, or the sum. What a reader finds, be it a place or that
     * there is none, is still so if the reader's version can be turned into the lock: that is not held while memory is waited for.
     */
    private long write(long key, long operand, boolean adds) {
        long hash = hash(key);
        Shard<LongLongMap> shard = Shards.of(hash, byHash, shift);
        LongLongMap table = shard.table;
        long version = shard.tryOptimisticRead();
        long address = -1;
        if (version != 0 && table.seenArray != 0) {
            try {
                address = table.findInShard(key, hash);
            } catch (RuntimeException e) {
                // a torn read; or it is met again
            }
        }
        long stamp = address >= 0 ? shards.lockUnchanged(shard, version) : 0;
        if (stamp != 0) {
            try {
                if (address == 0) {
                    return table.write(key, operand, adds);
                }
                long previous = table.mem.get(Mem.LONG, address);
                long value = adds ? previous + operand : operand;
                table.mem.set(Mem.LONG, address, value);
                return adds ? value : previous;
            } finally {
                shard.endWrite(stamp);
            }
        }
        stamp = shards.lock(shard);
        try {
            return adds ? table.add(key, operand) : table.put(key, operand);
        } finally {
            shard.endWrite(stamp);
        }
    }

    /**
     * Sets the value of a key if it is absent: sync.Map's LoadOrStore. Of many callers at once, one stores.
     *
     * @param key the key
     * @param value the value
     * @return the value that was there, or {@code value} if it is there now
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it was
     */
    public long putIfAbsent(long key, long value) {
        Shard<LongLongMap> shard = shardOf(key);
        long stamp = shards.lock(shard);
        try {
            LongLongMap table = shard.table;
            long address = table.find(key);
            if (address != 0) {
                return Mem.getLong(table.mem, address);
            }
            table.put(key, value);
            return value;
        } finally {
            shard.endWrite(stamp);
        }
    }

    /**
     * Adds to the value of a key; an absent key counts as 0. Overflow wraps.
     *
     * @param key the key
     * @param delta what to add
     * @return the new value
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it was
     */
    public long add(long key, long delta) {
        return write(key, delta, true);
    }

    /**
     * Sets the value of a key if it is absent, and else replaces it by what a function makes of the two values. The function
     * runs while no other thread may write to the key's shard: it must be short, may read the map, and may not change it.
     *
     * @param key the key
     * @param value the value for an absent key
     * @param function takes the value that is there and {@code value}
     * @return the new value
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it was
     * @throws IllegalStateException if the function changes this map
     */
    public long merge(long key, long value, LongBinaryOperator function) {
        Objects.requireNonNull(function, "function");
        Shard<LongLongMap> shard = shardOf(key);
        long stamp = shards.lockForFunction(shard);
        try {
            LongLongMap table = shard.table;
            long address = table.find(key);
            long result = address == 0 ? value : function.applyAsLong(Mem.getLong(table.mem, address), value);
            stamp = shard.excludeReaders(stamp);
            table.put(key, result);
            return result;
        } finally {
            shards.unlockFunction(shard, stamp);
        }
    }

    /**
     * Replaces one value of a key by another: sync.Map's CompareAndSwap.
     *
     * @param key the key
     * @param expected the value that it must have
     * @param value the new value
     * @return whether it had it; false if the key is absent, whatever {@code expected} is
     */
    public boolean replace(long key, long expected, long value) {
        Shard<LongLongMap> shard = shardOf(key);
        long stamp = shards.lock(shard);
        try {
            LongLongMap table = shard.table;
            long address = table.find(key);
            boolean matches = address != 0 && Mem.getLong(table.mem, address) == expected;
            if (matches) {
                table.put(key, value);
            }
            return matches;
        } finally {
            shard.endWrite(stamp);
        }
    }

    /**
     * Removes a key: sync.Map's Delete. Of many callers at once, one removes.
     *
     * @param key the key
     * @return whether it was there
     */
    public boolean remove(long key) {
        Shard<LongLongMap> shard = shardOf(key);
        long stamp = shards.lock(shard);
        try {
            return shard.table.remove(key);
        } finally {
            shard.endWrite(stamp);
        }
    }

    /**
     * Removes a key that has a value: sync.Map's CompareAndDelete.
     *
     * @param key the key
     * @param expected the value that it must have
     * @return whether it had it; false if the key is absent, whatever {@code expected} is
     */
    public boolean remove(long key, long expected) {
        Shard<LongLongMap> shard = shardOf(key);
        long stamp = shards.lock(shard);
        try {
            LongLongMap table = shard.table;
            long address = table.find(key);
            return address != 0 && Mem.getLong(table.mem, address) == expected && table.remove(key);
        } finally {
            shard.endWrite(stamp);
        }
    }

    /**
     * Passes every entry to {@code action}: sync.Map's Range. No snapshot: an entry that is there all the time is passed
     * once, one that comes, goes or changes meanwhile is passed as it was at some moment, or not. Nothing is locked while the
     * action runs; it may use the map.
     *
     * @param action takes the entries; what it throws ends the walk and is passed on
     */
    public void forEach(LongLongConsumer action) {
        Objects.requireNonNull(action, "action");
        for (int i = 0; i < shards.count(); i++) {
            Shard<LongLongMap> shard = shards.get(i);
            Walk walk = null;
            while (walk == null || !walk.isOver) {
                walk = takeMore(shard, walk);
                for (int entry = 0; entry < walk.taken(); entry++) {
                    action.accept(walk.keys[entry], walk.values[entry]);
                }
            }
        }
    }

    /** Lets a walk over a shard, or a new one, take its next entries. */
    private Walk takeMore(Shard<LongLongMap> shard, @Nullable Walk walk) {
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            Walk here = walk == null ? new Walk(shard.table) : walk;
            here.isOver = !here.takeSome();
            return here;
        } finally {
            shard.unlockRead(stamp);
        }
    }

    /**
     * Returns the number of entries, which may change while they are counted.
     *
     * @return the number of entries
     */
    public long size() {
        return shards.size();
    }

    /**
     * Returns whether the map has no entry.
     *
     * @return true if none was seen
     */
    public boolean isEmpty() {
        return size() == 0;
    }

    /** Removes all entries: sync.Map's Clear. An operation that overlaps it may come before or after, key by key. */
    public void clear() {
        shards.clear();
    }

    /**
     * Returns the number of shards: so many writers get on at a time, if their keys are in different ones.
     *
     * @return a power of two from 1 to 1024, which never changes
     */
    public int shards() {
        return shards.count();
    }

    /**
     * Returns this map as a {@link ConcurrentMap}, a live view. Boxes keys and values. Null is neither a key nor a value, nor
     * asked for.
     *
     * <p>Each operation is atomic for its key. The functions of compute, computeIfAbsent, computeIfPresent, merge and replaceAll run
     * under no lock and may run more than once; {@link #merge} of the map itself runs its function once. Iterators and streams of
     * the views are weakly consistent, as {@link #forEach}, and are told no size. Cost: a search for a value, {@code hashCode},
     * {@code equals} and {@code toString} walk over the whole map.
     *
     * @return the view
     */
    public ConcurrentMap<Long, Long> asMap() {
        return new View();
    }

    /**
     * Returns the entries as {@link java.util.AbstractMap#toString} has them, in no order, each as it was at some moment. Cost:
     * proportional to the number of entries.
     */
    @Override
    public String toString() {
        return asMap().toString();
    }

    /**
     * Returns the state of all shards together: sums, and of {@code b} and {@code longestChain} the largest.
     *
     * @return the state
     */
    public MapStats stats() {
        return shards.stats();
    }

    /**
     * Recomputes every invariant of the map's structure.
     *
     * @throws IllegalStateException naming the invariant that is broken and where
     */
    public void check() {
        shards.check();
    }

    /** The same as {@link #close}, under the name that it has in plain maps. */
    public void free() {
        shards.free();
    }

    /**
     * Ends the map, once all writers are done: ends the heap that the map has made, or gives the map's memory back to the heap
     * that it was made in. Does nothing if the map, its heap or the heap's arena has ended already. Of two threads that call it,
     * both return when the map has ended. Cost: proportional to the number of buckets in a caller's heap.
     *
     * @throws IllegalStateException if a function that runs under a lock of this map calls it; or if the map's own heap cannot
     *     end because I/O or a native call uses its memory ("Session is acquired"). Then the map is as it was: call it again
     */
    @Override
    public void close() {
        shards.close();
    }

    /**
     * Replaces the value of a key, atomically; returns the value before, null if the key was absent.
     *
     * @param change takes the value, or null for an absent key, and returns the new one, or null for none; runs under the lock
     */
    private @Nullable Long exchange(long key, UnaryOperator<@Nullable Long> change) {
        Shard<LongLongMap> shard = shardOf(key);
        long stamp = shards.lock(shard);
        try {
            LongLongMap table = shard.table;
            long address = table.find(key);
            Long before = address == 0 ? null : Mem.getLong(table.mem, address);
            Long after = change.apply(before);
            if (after != null) {
                table.put(key, (long) after);
            } else if (before != null) {
                table.remove(key);
            }
            return before;
        } finally {
            shard.endWrite(stamp);
        }
    }

    /** The map as java.util knows it. */
    private final class View extends MapViews<Long, Long> implements ConcurrentMap<Long, Long> {
        /** Returns a key, or null if it is of another class, and so absent. */
        private @Nullable Long cast(@Nullable Object key) {
            if (Objects.requireNonNull(key, "key") instanceof Long number) {
                return number;
            }
            shards.requireAlive();
            return null;
        }

        @Override
        @Nullable
        Object equalityOfKey(@Nullable Object key) {
            return key instanceof Long ? key : null;
        }

        @Override
        @Nullable
        Object equalityOfValue(@Nullable Object value) {
            return value instanceof Long ? value : null;
        }

        @Override
        Iterator<Map.Entry<Long, Long>> entries() {
            return new Entries();
        }

        @Override
        boolean removeProduced(
                Iterator<Map.Entry<Long, Long>> iterator, Map.Entry<Long, Long> entry, boolean anyValue) {
            long key = entry.getKey();
            return anyValue
                    ? SyncLongLongMap.this.remove(key)
                    : SyncLongLongMap.this.remove(key, (long) entry.getValue());
        }

        @Override
        public int size() {
            return (int) Math.min(SyncLongLongMap.this.size(), Integer.MAX_VALUE);
        }

        @Override
        public @Nullable Long get(@Nullable Object key) {
            Long sought = cast(key);
            long[] value = {0};
            return sought != null && read(sought, value, 0) ? value[0] : null;
        }

        @Override
        public boolean containsKey(@Nullable Object key) {
            return get(key) != null;
        }

        @Override
        public @Nullable Long put(Long key, Long value) {
            Objects.requireNonNull(value, "value");
            return exchange(Objects.requireNonNull(key, "key"), before -> value);
        }

        @Override
        public @Nullable Long putIfAbsent(Long key, Long value) {
            Objects.requireNonNull(value, "value");
            return exchange(Objects.requireNonNull(key, "key"), before -> before == null ? value : before);
        }

        @Override
        public @Nullable Long replace(Long key, Long value) {
            Objects.requireNonNull(value, "value");
            return exchange(Objects.requireNonNull(key, "key"), before -> before == null ? null : value);
        }

        @Override
        public boolean replace(Long key, Long expected, Long value) {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(expected, "expected");
            return SyncLongLongMap.this.replace(key, expected, Objects.requireNonNull(value, "value"));
        }

        @Override
        public @Nullable Long remove(@Nullable Object key) {
            Long sought = cast(key);
            return sought == null ? null : exchange(sought, before -> null);
        }

        @Override
        public boolean remove(@Nullable Object key, @Nullable Object value) {
            Long sought = cast(key);
            return sought != null
                    && value instanceof Long expected
                    && SyncLongLongMap.this.remove((long) sought, (long) expected);
        }

        @Override
        public void clear() {
            SyncLongLongMap.this.clear();
        }

        /** An entry as it was, whose setValue puts. */
        private final class WriteThrough extends ViewEntry {
            private static final long serialVersionUID = 1L;

            WriteThrough(long key, long value) {
                super(key, value);
            }

            @Override
            public Long setValue(Long value) {
                put(getKey(), value);
                return super.setValue(value);
            }
        }

        /** The entries of one shard after the other, some at a time. */
        private final class Entries implements Iterator<Map.Entry<Long, Long>> {
            private int shardIndex;
            /** The walk over the shard; null before its first step. */
            private @Nullable Walk walk;
            /** What comes next of that which the walk has taken. */
            private int next;

            private @Nullable Long last;

            Entries() {
                shards.requireAlive();
            }

            @Override
            public boolean hasNext() {
                shards.requireAlive();
                while (shardIndex < shards.count() && (walk == null || next == walk.taken())) {
                    next = 0;
                    Shard<LongLongMap> shard = shards.get(shardIndex);
                    if (walk != null && walk.isOver) {
                        walk = null;
                        shardIndex++;
                    } else {
                        walk = takeMore(shard, walk);
                    }
                }
                return shardIndex < shards.count();
            }

            @Override
            public Map.Entry<Long, Long> next() {
                Walk taken = hasNext() ? walk : null;
                if (taken == null) {
                    throw new NoSuchElementException();
                }
                int index = next++;
                last = taken.keys[index];
                return new WriteThrough(taken.keys[index], taken.values[index]);
            }

            @Override
            public void remove() {
                Long key = last;
                if (key == null) {
                    throw new IllegalStateException(
                            "next() has not been called, or the entry has been removed already");
                }
                SyncLongLongMap.this.remove(key);
                last = null;
            }
        }
    }

    /** A walk over a shard that copies what it takes. */
    private static final class Walk extends ChainWalk {
        private final LongLongMap table;
        private long[] keys = {};
        private long[] values = {};
        /** Whether it has taken all that there is. */
        private boolean isOver;

        Walk(LongLongMap table) {
            super(table, 1);
            this.table = table;
        }

        @Override
        void remember(long[] slots, int count, long chain, int b) {
            if (count > keys.length) {
                keys = new long[slots.length];
                values = new long[slots.length];
            }
            for (int i = 0; i < count; i++) {
                keys[i] = table.keyAt(slots[i]);
                values[i] = Mem.getLong(table.mem, table.valueAddress(slots[i]));
            }
        }
    }
}
