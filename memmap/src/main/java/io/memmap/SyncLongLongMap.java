package io.memmap;

import io.memmap.memory.Mem;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.LongBinaryOperator;

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
 * <p><b>Lifetime.</b> {@link #free} gives the map's memory back; {@link #close} ends its heap too. After either, every
 * operation throws {@link IllegalStateException}, "Already closed", as it does when the arena is closed beside it. Where a
 * heap in a caller's arena is closed beside it, reads go on until the arena closes, as in a plain map.
 */
public final class SyncLongLongMap implements AutoCloseable {
    /** The layout of all buckets: to the compiler, whatever a lookup asks of it is a number. */
    private static final BucketLayout LAYOUT = BucketLayout.of(Geometry.DEFAULT, MapType.LONG_TO_LONG);

    private final Shards<LongLongMap> shards;

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
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param heap the heap that it lives in, which must be one for many threads
     * @param hint the number of entries that it is to hold without growing; negative counts as 0; never a limit
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread
     * @throws HeapExhaustedException if the heap has no room for it
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
        return readPatiently(key, onlyPresence, answer);
    }

    /** As {@link #read}, whatever it takes. */
    private long readPatiently(long key, boolean onlyPresence, long answer) {
        long hash = hash(key);
        Shard<LongLongMap> shard = Shards.of(hash, byHash, shift);
        LongLongMap table = shard.table;
        for (int tries = 0; tries < Shard.OPTIMISTIC_TRIES; tries++) {
            long version = shard.version();
            try {
                long address = version == 0 ? 0 : table.findInShard(key, hash);
                long found = address == 0 || onlyPresence ? 1 : Mem.getLong(table.mem, address);
                if (shard.validate(version)) {
                    shards.requireOpen();
                    return address == 0 ? answer : found;
                }
            } catch (RuntimeException e) {
                if (shard.validate(version)) {
                    throw e; // true, and no torn read
                }
            }
            Thread.onSpinWait();
        }
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireOpen();
            long address = table.findInShard(key, hash);
            if (address == 0) {
                return answer;
            }
            return onlyPresence ? 1 : Mem.getLong(table.mem, address);
        } finally {
            shard.unlockRead(stamp);
        }
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
            boolean more = true;
            while (more) {
                long stamp = shards.lockForRead(shard);
                try {
                    shards.requireOpen();
                    walk = walk == null ? new Walk(shard.table) : walk;
                    more = walk.takeSome();
                } finally {
                    shard.unlockRead(stamp);
                }
                for (int entry = 0; entry < walk.taken(); entry++) {
                    action.accept(walk.keys[entry], walk.values[entry]);
                }
            }
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

    /** Gives the map's memory back to its heap, once all writers are done. Does nothing on a map that is closed or freed. */
    public void free() {
        shards.free();
    }

    /** Ends the map once all writers are done, and its heap with it. Does nothing on a map that is closed or freed. */
    @Override
    public void close() {
        shards.close();
    }

    /** A walk over a shard that copies what it takes. */
    private static final class Walk extends ChainWalk {
        private final LongLongMap table;
        private long[] keys = {};
        private long[] values = {};

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
