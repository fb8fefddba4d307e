package io.memmap;

import io.memmap.format.Hash;
import io.memmap.format.Mem;
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
 * A map of long to long outside the Java heap, for many threads and without boxing. It offers the
 * operations of Go's {@code sync.Map}.
 *
 * <p><b>Threads.</b> All operations may run at once, on platform and virtual threads. Each
 * operation is atomic for its key. A write happens-before a read that sees its effect. A read takes
 * no lock and writes nothing. A write locks one shard: a shard is one of the many parts of the map,
 * and has a table and a lock for writers of its own. A table that grows moves the entries of at most
 * one page of 4 KiB in a write, as in the plain map, and blocks no thread for the whole move. No lock is held while
 * {@link #forEach} runs its action.
 *
 * <p><b>Absent keys</b> read as 0, as in {@link LongLongMap}.
 *
 * <p><b>Lifetime.</b> A map that is made without a heap makes a heap of its own, which no other
 * code can use. {@link #close} ends that heap, and the map with it. A map that is made in a heap of
 * the caller shares that heap. {@link #close} gives the map's memory back to the heap, which stays
 * open. {@link #free} is the same as {@link #close}, except for a map that was opened by name. Both
 * wait for writers, and for functions that run under a lock. After either, or after the end of the
 * heap or its arena, both do nothing, so they are safe in a {@code finally} block. Every other
 * operation then throws {@link IllegalStateException}. The message begins with "Already closed",
 * and says what has ended and by which call. There are two exceptions. If {@link NativeHeap#close} closes a heap in a
 * caller's arena, reads go on until the arena closes. An operation that runs while the heap ends in
 * another thread may throw the exception of the JDK, whose message is only "Already closed".
 *
 * <p><b>Names.</b> A map that was {@linkplain #open opened by name} is in the directory of its heap,
 * and lives as long as the heap: {@link #close} leaves it open, and {@link #free} or
 * {@link NativeHeap#remove} ends it for all its handles. In a heap in a file it is there again when the file is opened the next
 * time, also if the process was killed. All handles of one name share the entries and the locks.
 *
 * @see LongLongMap LongLongMap, the same for one thread at a time
 * @see LongLongCache LongLongCache, with bounds
 * @see SyncMap
 * @see NativeHeap
 */
public final class SyncLongLongMap implements AutoCloseable {
    /** The lookups in flight at a time, as in {@link LongLongMap}. */
    private static final int BATCH = 64;

    private static final long[] NOWHERE = {};

    /** The size of a slot of a page. */
    private static final int PAIR_BYTES = 2 * Long.BYTES;

    final Shards<LongLongMap> shards;

    // Copies of the fields of the shards and the heap that a lookup reads. Each is one load away.
    private final Shard<LongLongMap>[] byHash;
    private final long flip;
    private final long secret0;
    private final long secret2;

    /** What makes handles of the shards. */
    private record Tables(NativeHeap heap) implements Shards.Tables<LongLongMap> {
        @Override
        public LongLongMap handle(long hmap) {
            return new LongLongMap(heap, hmap);
        }

        @Override
        public LongLongMap find(long hmap) {
            return LongLongMap.at(heap, hmap);
        }
    }

    private SyncLongLongMap(NativeHeap heap, Shards<LongLongMap> shards) {
        this.shards = shards;
        byHash = shards.byHash;
        secret0 = heap.secret(0);
        flip = Hash.flip(shards.seed(), heap.secret(1));
        secret2 = heap.secret(2);
    }

    /**
     * Opens the map of this name in the heap's directory, or makes an empty one. A heap in a file has the
     * map again when it is opened the next time. A heap that is {@linkplain NativeHeap.Builder#readOnly()
     * read only} makes none: then there must be such a map, or {@link IllegalArgumentException} is thrown.
     *
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param name the name, of at least one character
     * @return the map. All handles of one name in a heap have the same entries and locks
     * @throws IllegalArgumentException if the name is empty; if the map of this name has another type, is
     *     a plain map, or was opened with another class; or if the heap is confined to a thread
     * @throws HeapExhaustedException if the heap has no room for the map
     * @see NativeHeap#maps
     * @see NativeHeap#remove
     */
    public static SyncLongLongMap open(NativeHeap heap, String name) {
        return open(heap, name, 0, Shards.defaultCount());
    }

    /**
     * Opens the map of this name in the heap's directory. If there is none, makes an empty one with room
     * for {@code hint} entries, and with this many shards. A map that is there keeps the number of shards
     * that it was made with ({@link #shards}).
     *
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param name the name, of at least one character
     * @param hint the number of entries that a new map is to hold without growing; negative counts as 0.
     *     It is not a limit
     * @param shards the number of shards of a new map, a power of two from 1 to 1024
     * @return the map
     * @throws IllegalArgumentException as for {@link #open(NativeHeap, String)}; or if {@code shards} is
     *     not a power of two from 1 to 1024
     * @throws HeapExhaustedException if the heap has no room for the map; nothing was made
     */
    public static SyncLongLongMap open(NativeHeap heap, String name, long hint, int shards) {
        return new SyncLongLongMap(
                heap,
                Shards.open(
                        heap,
                        Directory.requireName(name),
                        LongLongMap.class,
                        Shards.requireCount(shards),
                        MapType.LONG_TO_LONG,
                        Geometry.OF_INTEGERS,
                        hint,
                        new Tables(heap)));
    }

    /**
     * Makes an empty map.
     *
     * @param heap the heap that the map lives in, which must be open to many threads
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread
     * @throws HeapExhaustedException if the heap has no room for the map
     */
    public static SyncLongLongMap make(NativeHeap heap) {
        return make(heap, 0);
    }

    /**
     * Makes an empty map in a heap of its own, {@link NativeHeap#ofShared}. The heap ends with the
     * map.
     *
     * @return the map, which the caller must close
     * @throws HeapExhaustedException if there is no room for the map
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
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param hint the number of entries that the map is to hold without growing; negative counts as
     *     0. It is not a limit
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread
     * @throws HeapExhaustedException if this heap has no room for that many entries, or if no heap
     *     can have it; nothing was made
     */
    public static SyncLongLongMap make(NativeHeap heap, long hint) {
        return make(heap, hint, Shards.defaultCount());
    }

    /**
     * Makes an empty map with room for {@code hint} entries, and with this many shards. Each shard
     * has a lock for writers. By default there are four shards for each processor that the JVM has,
     * at least 16, and a power of two.
     *
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param hint the number of entries that the map is to hold without growing; negative counts as
     *     0. It is not a limit
     * @param shards the number of shards, a power of two from 1 to 1024
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread, or if {@code shards} is
     *     not a power of two from 1 to 1024
     * @throws HeapExhaustedException if the heap has no room for the map
     */
    public static SyncLongLongMap make(NativeHeap heap, long hint, int shards) {
        Tables tables = new Tables(heap);
        return new SyncLongLongMap(
                heap,
                new Shards<>(heap, shards, MapType.LONG_TO_LONG, Geometry.OF_INTEGERS, 0, hint, "", tables::handle));
    }

    private Shard<LongLongMap> shardOf(long key) {
        return Shards.of(hash(key), byHash);
    }

    /** Returns the hash of a key, which is the same in every shard. */
    long hash(long key) {
        return Hash.ofStoredKey(key ^ flip, secret0, secret2);
    }

    /**
     * Returns the value of a key.
     *
     * @param key the key
     * @return its value; 0 if the key is absent
     */
    public long get(long key) {
        return getOrDefault(key, 0);
    }

    /**
     * Returns the value of a key, or another value if the key is absent.
     *
     * @param key the key
     * @param defaultValue the value to return if the key is absent
     * @return its value or {@code defaultValue}
     */
    public long getOrDefault(long key, long defaultValue) {
        return read(key, false, defaultValue);
    }

    /**
     * Returns the value of a key, or {@code answer} if the key is absent. If {@code onlyPresence},
     * returns 1 for a key that is present.
     *
     * <p>In a table that does not grow, this code finds nearly all keys, or finds them absent, in
     * the four slots of their home line. While reads wait for memory, a CPU works on as many of them
     * at a time as it has room for their instructions. So this path has as few instructions as
     * possible, and no loop: at the end of each round a loop needs all values for a safepoint. All
     * other cases are in one call that comes last, so that no value must be kept across the call.
     */
    private long read(long key, boolean onlyPresence, long answer) {
        final long stored = key ^ flip;
        final long hash = Hash.ofStoredKey(stored, secret0, secret2);
        final Shard<LongLongMap> shard = Shards.of(hash, byHash);
        final LongLongMap table = shard.table;
        final long version = shard.tryOptimisticRead();
        final long array = table.cachedArray;
        if (version != 0 && array != 0 && stored != 0) {
            try {
                final MemorySegment memory = table.mem;
                long slot = array + (hash & table.cachedMask);
                long found = memory.get(Mem.LONG, slot);
                if (found != stored && found != 0) {
                    slot ^= PAIR_BYTES;
                    found = memory.get(Mem.LONG, slot);
                    if (found != stored && found != 0) {
                        slot ^= 3 * PAIR_BYTES;
                        found = memory.get(Mem.LONG, slot);
                        if (found != stored && found != 0) {
                            slot ^= PAIR_BYTES;
                            found = memory.get(Mem.LONG, slot);
                        }
                    }
                }
                if (found == stored) {
                    long value = onlyPresence ? 1 : memory.get(Mem.LONG, slot + Long.BYTES);
                    if (shard.validate(version)) {
                        return value;
                    }
                } else if (found == 0 && shard.validate(version)) {
                    return answer;
                }
            } catch (RuntimeException e) {
                // a torn read, or an exception that readOrLock meets again
            }
        }
        return readOrLock(key, onlyPresence, answer, NOWHERE, 0);
    }

    /**
     * Does the same as {@link #read} in all cases, and takes the lock if it must. Also puts the
     * value, or 0 for an absent key, into an array, if the index is within the array.
     */
    private long readOrLock(long key, boolean onlyPresence, long answer, long[] into, int at) {
        long hash = hash(key);
        Shard<LongLongMap> shard = Shards.of(hash, byHash);
        LongLongMap table = shard.table;
        for (int tries = 0; shard.triesAgain(tries); tries++) {
            long version = shard.version();
            try {
                long address = version == 0 ? 0 : table.findInShard(key, hash);
                long value = address == 0 ? 0 : Mem.getLong(table.mem, address);
                if (shard.isUnchanged(version)) {
                    shards.requireOpen();
                    return answer(address, value, onlyPresence, answer, into, at);
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
     * Looks up many keys at a time. This is faster than one by one where the map is larger than the
     * caches, as the cache misses of a batch overlap. Each lookup is atomic, like {@link #get}; all
     * of them together are not. Takes no lock and allocates nothing.
     *
     * @param keys the keys, which may repeat
     * @param values receives the value of {@code keys[i]} at index {@code i}, 0 if the key is
     *     absent. It may be the array of keys. Its contents are undefined if this method throws
     * @return the number of keys that are present
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
            prefetch(keys, from, to);
            for (int i = from; i < to; i++) {
                hits += read(keys[i], values, i) ? 1 : 0;
            }
        }
        return hits;
    }

    /**
     * Puts the value of a key into an array, 0 if the key is absent; returns whether the key is
     * present.
     */
    private boolean read(long key, long[] into, int at) {
        long hash = hash(key);
        Shard<LongLongMap> shard = Shards.of(hash, byHash);
        LongLongMap table = shard.table;
        long version = shard.tryOptimisticRead();
        if (version != 0 && table.cachedArray != 0) {
            try {
                long address = table.findInShard(key, hash);
                long value = address == 0 ? 0 : table.mem.get(Mem.LONG, address);
                if (shard.validate(version)) {
                    into[at] = value;
                    return address != 0;
                }
            } catch (RuntimeException e) {
                // a torn read, or an exception that readOrLock meets again
            }
        }
        return readOrLock(key, true, 0, into, at) != 0;
    }

    /**
     * Brings the first buckets of these keys' chains into the cache. The values that it reads are
     * not used.
     */
    private void prefetch(long[] keys, int from, int to) {
        long loaded = 0;
        try {
            for (int i = from; i < to; i++) {
                long hash = hash(keys[i]);
                LongLongMap table = Shards.of(hash, byHash).table;
                loaded ^= table.cachedArray == 0 ? 0 : table.prefetch(hash);
            }
        } catch (RuntimeException e) {
            // a torn read, or an exception that the lookups meet again
        }
        Mem.keep(loaded);
    }

    /**
     * Returns whether a key is present. This distinguishes a stored 0 from an absent key.
     *
     * @param key the key
     * @return true if the key is present
     */
    public boolean containsKey(long key) {
        return read(key, true, 0) != 0;
    }

    /**
     * Sets the value of a key. Go's sync.Map has it as Store and Swap.
     *
     * @param key the key
     * @param value the value
     * @return the value before; 0 if the key was absent
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it
     *     was
     */
    public long put(long key, long value) {
        return write(key, value, false);
    }

    /**
     * Sets the values of many keys, in the order of the arrays. This is faster than one by one
     * where the map is larger than the caches. Each put is atomic, like {@link #put}, and takes the
     * lock of its shard. Other threads may see some keys put and others not yet. Allocates nothing.
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
        shards.requireAlive();
        for (int from = 0; from < keys.length; from += BATCH) {
            int to = Math.min(from + BATCH, keys.length);
            prefetch(keys, from, to);
            for (int i = from; i < to; i++) {
                put(keys[i], values[i]);
            }
        }
    }

    /**
     * Sets the value of a key and returns the value before; or adds to the value and returns the
     * sum. It first searches as a reader, without the lock, so that the lock is not held while the
     * search waits for memory. If the reader's version can then be turned into the lock, the result
     * of the search still holds: the address of the value, or the absence of the key.
     */
    private long write(long key, long operand, boolean adds) {
        long hash = hash(key);
        Shard<LongLongMap> shard = Shards.of(hash, byHash);
        LongLongMap table = shard.table;
        long version = shard.tryOptimisticRead();
        long address = -1;
        if (version != 0 && table.cachedArray != 0) {
            try {
                address = table.findInShard(key, hash);
            } catch (RuntimeException e) {
                // a torn read, or an exception that the write below meets again
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
     * Sets the value of a key if the key is absent. Of many callers at once, one stores its value.
     * Go's sync.Map has it as LoadOrStore.
     *
     * @param key the key
     * @param value the value
     * @return the value that the key had, or {@code value} if that has been stored
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it
     *     was
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
     * Adds to the value of a key. An absent key counts as 0. Overflow wraps around.
     *
     * @param key the key
     * @param delta the number to add
     * @return the new value
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it
     *     was
     */
    public long add(long key, long delta) {
        return write(key, delta, true);
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
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it
     *     was
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
     * Replaces the value of a key if the key has the expected value. Go's sync.Map has it as
     * CompareAndSwap.
     *
     * @param key the key
     * @param expected the value that the key must have
     * @param value the new value
     * @return true if the key had that value; false if the key is absent, whatever {@code expected}
     *     is
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
     * Removes a key. Of many callers at once, one removes the key. Go's sync.Map has it as Delete.
     *
     * @param key the key
     * @return true if the key was present
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
     * Removes a key if it has the expected value. Go's sync.Map has it as CompareAndDelete.
     *
     * @param key the key
     * @param expected the value that the key must have
     * @return true if the key had that value; false if the key is absent, whatever {@code expected}
     *     is
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
     * Passes every entry to {@code action}. It is not a snapshot: an entry that is in the map all
     * the time is passed once. An entry that is added, removed or changed meanwhile is passed as it
     * was at some moment, or not at all. No lock is held while the action runs, so the action may
     * use the map. Go's sync.Map has it as Range.
     *
     * @param action takes the entries; if it throws, the walk ends and the exception is passed on
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

    /** Lets a walk over a shard take its next entries. Makes a new walk if there is none. */
    private Walk takeMore(Shard<LongLongMap> shard, @Nullable Walk walk) {
        return shards.read(shard, walk, version -> {
            Walk here = walk == null ? new Walk(shard.table) : walk;
            here.isOver = !here.takeSome();
            return here;
        });
    }

    /**
     * Returns the number of entries. The number may change while the entries are counted.
     *
     * @return the number of entries
     */
    public long size() {
        return shards.size();
    }

    /**
     * Returns whether the map is empty.
     *
     * @return true if no entry was seen
     */
    public boolean isEmpty() {
        return size() == 0;
    }

    /**
     * Removes all entries. For each key, an operation that overlaps this call may come before or
     * after it. Go's sync.Map has it as Clear.
     */
    public void clear() {
        shards.clear(shard -> {});
    }

    /**
     * Returns the number of shards. As many threads can write at a time, if their keys are in
     * different shards.
     *
     * @return the number, a power of two from 1 to 1024, which never changes
     */
    public int shards() {
        return shards.count();
    }

    /**
     * Returns a live view of this map as a {@link ConcurrentMap}. The view boxes keys and values.
     * It takes no null as a key or a value, nor as the argument of a lookup.
     *
     * <p>Each operation is atomic for its key. The functions of compute, computeIfAbsent,
     * computeIfPresent, merge and replaceAll run under no lock and may run more than once.
     * {@link #merge} of the map itself runs its function once. Iterators and streams of the views
     * are weakly consistent, like {@link #forEach}, and do not know the size. Cost: a search for a
     * value, {@code hashCode}, {@code equals} and {@code toString} walk over the whole map.
     *
     * @return the view
     */
    public ConcurrentMap<Long, Long> asMap() {
        return new View();
    }

    /**
     * Returns the entries in the form of {@link java.util.AbstractMap#toString}, in no order, each
     * as it was at some moment. Cost: proportional to the number of entries.
     */
    @Override
    public String toString() {
        return asMap().toString();
    }

    /**
     * Returns the state of all shards together. The figures are sums, except {@code b} and
     * {@code longestChain}, which are the largest of any shard.
     *
     * @return the figures
     */
    public MapStats stats() {
        return shards.stats();
    }

    /**
     * Checks every invariant of the map's structure.
     *
     * @throws IllegalStateException if an invariant is broken; the message names the invariant and
     *     the place
     */
    public void check() {
        shards.check();
    }

    /**
     * Does the same as {@link #close}, under the name that plain maps use. A map that was opened by name
     * is freed, too, and loses its name: its other handles can then be used no more.
     *
     * @throws IllegalStateException as {@link #close} does
     */
    public void free() {
        shards.free();
    }

    /**
     * Ends the map when all writers are done. Leaves a map that was opened by name as it is, and open:
     * it belongs to its heap, and other handles may use it. Ends the heap too if the map has made it, or else
     * gives the map's memory back to its heap. Does nothing if the map, its heap or the heap's
     * arena has ended already. If two threads call it, both return when the map has ended. Cost in
     * a caller's heap: proportional to the number of buckets.
     *
     * @throws IllegalStateException if a function that runs under a lock of this map calls it; or
     *     if the map's own heap cannot end because I/O or a native call uses its memory ("Session
     *     is acquired"). The map is then as it was, and the caller can call it again
     */
    @Override
    public void close() {
        shards.close();
    }

    /**
     * Replaces or removes the value of a key, atomically; returns the value before, or null if the
     * key was absent.
     *
     * @param change takes the value, or null for an absent key. Returns the new value, or null to
     *     remove the key. Runs under the lock
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

    /** The map as a {@link ConcurrentMap}. */
    private final class View extends AbstractMapView<Long, Long> implements ConcurrentMap<Long, Long> {
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

        /** An entry as it was when it was produced. Its setValue puts the value into the map. */
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

        /**
         * An iterator over the entries. It visits one shard after the other, and takes some entries
         * at a time.
         */
        private final class Entries implements Iterator<Map.Entry<Long, Long>> {
            private int shardIndex;
            /** The walk over the current shard; null before its first step. */
            private @Nullable Walk walk;
            /** The index of the next entry to produce among those that the walk has taken. */
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

    /** A walk over a shard that copies the entries that it takes. */
    private static final class Walk extends ChainWalk {
        private final LongLongMap table;
        private long[] keys = {};
        private long[] values = {};
        /** Whether the walk has taken all entries. */
        private boolean isOver;

        Walk(LongLongMap table) {
            super(table, 1);
            this.table = table;
        }

        @Override
        void save(long[] slots, int count, long chain, int b) {
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
