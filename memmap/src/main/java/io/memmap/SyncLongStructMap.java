package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.Hash;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * A map of long to structs outside the Java heap, for many threads. It reads chosen fields of a
 * struct, and changes a struct in one atomic step, without boxing and without garbage.
 *
 * <pre>{@code
 * SyncLongStructRef order = orders.ref(PRICE, QUANTITY); // made once for each thread
 * if (order.read(17)) {
 *     total += order.get(PRICE) * order.get(QUANTITY); // both of one moment
 * }
 * order.update(17, it -> it.set(QUANTITY, 0));
 * }</pre>
 *
 * <p><b>Threads.</b> All operations may run at once, on platform and virtual threads. Each
 * operation is atomic for its key. A write happens-before a read that sees its effect. A read takes
 * no lock and writes nothing that is shared: it copies the fields, and accepts the copy if the
 * version of the shard is still the same. A write locks one shard: a shard is one of the many parts
 * of the map, and has a table and a lock for writers of its own. A table that grows moves some
 * entries in each write, as in the plain map, and blocks no thread for the whole move.
 *
 * <p><b>Structs</b> are as in {@link LongStructMap}: of at most 64 KiB, without addresses and
 * unions, and with padding that reads as zero.
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
 * @see LongStructMap LongStructMap, the same for one thread at a time
 * @see SyncMap
 * @see NativeHeap
 */
public final class SyncLongStructMap implements AutoCloseable {
    final StructType struct;
    final Shards<LongStructMap> shards;
    private final NativeHeap heap;

    // Copies of the fields of the shards and the heap that a lookup reads. Each is one load away.
    private final Shard<LongStructMap>[] byHash;
    private final long seed;
    private final long secret0;
    private final long secret1;
    private final long secret2;
    /** Whether the structs are small, so that the shards have pages. */
    private final boolean paged;
    /** What a shard with pages stores a key with. */
    private final long flip;

    private SyncLongStructMap(NativeHeap heap, StructType struct, Shards<LongStructMap> shards) {
        this.heap = heap;
        this.struct = struct;
        this.shards = shards;
        byHash = shards.byHash;
        seed = shards.seed();
        secret0 = heap.secret(0);
        secret1 = heap.secret(1);
        secret2 = heap.secret(2);
        paged = shards.get(0).table.paged;
        flip = Hash.flip(seed, secret1);
    }

    /**
     * Makes an empty map.
     *
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param layout the layout of the structs
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread; or if the structs would
     *     have more than 64 KiB, or the layout contains an address or a union
     * @throws HeapExhaustedException if the heap has no room for the map
     */
    public static SyncLongStructMap make(NativeHeap heap, StructLayout layout) {
        return builder(heap, layout).make();
    }

    /**
     * Opens the map of this name in the heap's directory, or makes an empty one. A heap in a file has the
     * map again when it is opened the next time. A heap that is {@linkplain NativeHeap.Builder#readOnly()
     * read only} makes none: then there must be such a map, or {@link IllegalArgumentException} is thrown.
     *
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param name the name, of at least one character
     * @param layout the layout of the structs
     * @return the map. All handles of one name in a heap have the same entries and locks
     * @throws IllegalArgumentException if the name is empty; if the map of this name has another type, is
     *     a plain map, or was opened with another class; or as for {@link #make(NativeHeap, StructLayout)}
     * @throws HeapExhaustedException if the heap has no room for the map
     * @see NativeHeap#maps
     * @see NativeHeap#remove
     */
    public static SyncLongStructMap open(NativeHeap heap, String name, StructLayout layout) {
        return builder(heap, layout).name(Directory.requireName(name)).open();
    }

    /**
     * Makes an empty map in a heap of its own, {@link NativeHeap#ofShared}. The heap ends with the
     * map.
     *
     * @param layout the layout of the structs
     * @return the map, which the caller must close
     * @throws IllegalArgumentException if the structs would have more than 64 KiB, or the layout
     *     contains an address or a union
     * @throws HeapExhaustedException if there is no room for the map
     */
    public static SyncLongStructMap make(StructLayout layout) {
        return builder(layout).make();
    }

    /**
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param layout the layout of the structs
     * @param hint the number of entries that the map is to hold without growing; negative counts as
     *     0. It is not a limit
     * @return the map
     * @throws IllegalArgumentException as for {@link #make(NativeHeap, StructLayout)}
     * @throws HeapExhaustedException if this heap has no room for that many entries, or if no heap
     *     can have it; nothing was made
     */
    public static SyncLongStructMap make(NativeHeap heap, StructLayout layout, long hint) {
        return builder(heap, layout).hint(hint).make();
    }

    /**
     * Returns a builder of a map with settings other than the default ones.
     *
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param layout the layout of the structs
     * @return a builder
     * @throws IllegalArgumentException if the structs would have more than 64 KiB, or the layout
     *     contains an address or a union
     */
    public static Builder builder(NativeHeap heap, StructLayout layout) {
        return new Builder(Objects.requireNonNull(heap, "heap"), StructType.of(layout));
    }

    /**
     * Returns a builder of a map in a heap of its own, {@link NativeHeap#ofShared}, which ends with
     * the map.
     *
     * @param layout the layout of the structs
     * @return a builder, each of whose maps the caller must close
     * @throws IllegalArgumentException as for {@link #builder(NativeHeap, StructLayout)}
     */
    public static Builder builder(StructLayout layout) {
        return new Builder(null, StructType.of(layout));
    }

    /**
     * Builds maps of one layout with settings other than the default ones. A builder can make
     * several maps; each has a heap of its own if no heap was given. It is for use by one thread.
     *
     * @see SyncLongStructMap#builder
     */
    public static final class Builder {
        /** The heap of the maps; null if each map makes a heap of its own. */
        private final @Nullable NativeHeap heap;

        private final StructType struct;
        private long hint;
        private Geometry geometry;
        private int shards = Shards.defaultCount();
        private String name = "";

        private Builder(@Nullable NativeHeap heap, StructType struct) {
            this.heap = heap;
            this.struct = struct;
            geometry = Geometry.ofObjects(struct.mapType());
        }

        /**
         * Sizes the map for a number of entries. The map does not grow before it has more entries,
         * if the keys are spread evenly over the shards, and it does not shrink below this size. The
         * number never limits the map. If this heap, or any heap, has no room for so many entries,
         * {@link #make()} throws {@link HeapExhaustedException} and makes nothing.
         *
         * @param entries the number of entries; a negative number counts as 0
         * @return this
         */
        public Builder hint(long entries) {
            hint = entries;
            return this;
        }

        /**
         * Sets the layout of the shards' arrays.
         *
         * @param layout the geometry; the default is {@link Geometry#PAGE} for structs of at most 56
         *     bytes, and {@link Geometry#LINE} for larger ones
         * @return this
         * @throws IllegalArgumentException if it is {@link Geometry#PAGE} and the structs have more than
         *     56 bytes
         */
        public Builder geometry(Geometry layout) {
            MapType type = struct.mapType();
            geometry = Objects.requireNonNull(layout, "geometry").requireFor(type, Geometry.ofObjects(type));
            return this;
        }

        /**
         * Sets the number of shards. Each shard has a lock for writers. By default there are four
         * shards for each processor that the JVM has, at least 16, and a power of two.
         *
         * @param count the number of shards, a power of two from 1 to 1024
         * @return this
         * @throws IllegalArgumentException if it is not a power of two from 1 to 1024
         */
        public Builder shards(int count) {
            shards = Shards.requireCount(count);
            return this;
        }

        /**
         * Sets the map's name, by which {@link #open} finds it, and which helps people who inspect a
         * heap. The name is stored in the heap beside each shard.
         *
         * @param label the name; the default is the empty string, which means no name
         * @return this
         */
        public Builder name(String label) {
            name = Objects.requireNonNull(label, "name");
            return this;
        }

        /**
         * Makes an empty map.
         *
         * @return the map
         * @throws IllegalArgumentException if the heap is confined to a thread
         * @throws HeapExhaustedException if the heap has no room for the map; nothing was made
         */
        public SyncLongStructMap make() {
            NativeHeap given = heap;
            if (given != null) {
                return makeIn(given);
            }
            NativeHeap own = NativeHeap.ofShared();
            try {
                SyncLongStructMap map = makeIn(own);
                map.shards.ownHeap();
                return map;
            } catch (RuntimeException | Error e) {
                own.close();
                throw e;
            }
        }

        private SyncLongStructMap makeIn(NativeHeap place) {
            Tables tables = new Tables(place, struct);
            return new SyncLongStructMap(
                    place,
                    struct,
                    new Shards<>(place, shards, struct.mapType(), geometry, 0, hint, name, tables::handle));
        }

        /**
         * Finds the map of this {@linkplain #name name} in the heap's directory, or makes an empty one and
         * adds it to the directory. The other settings count only for a map that is made: one that is there
         * keeps its number of shards. Freeing the map removes it from the directory, and so does {@link
         * NativeHeap#remove}.
         *
         * @return the map
         * @throws IllegalArgumentException as for {@link SyncLongStructMap#open}
         * @throws IllegalStateException if no name was set, or if the map would have a heap of its own
         * @throws HeapExhaustedException if the heap has no room for the map; nothing was made
         */
        public SyncLongStructMap open() {
            NativeHeap given = heap;
            if (given == null) {
                throw new IllegalStateException("a map with a heap of its own cannot be opened: give a heap");
            }
            return new SyncLongStructMap(
                    given,
                    struct,
                    Shards.open(
                            given,
                            name,
                            LongStructMap.class,
                            shards,
                            struct.mapType(),
                            geometry,
                            hint,
                            new Tables(given, struct)));
        }
    }

    /** What makes handles of the shards. */
    private record Tables(NativeHeap heap, StructType struct) implements Shards.Tables<LongStructMap> {
        @Override
        public LongStructMap handle(long hmap) {
            return new LongStructMap(heap, hmap, struct);
        }

        @Override
        public LongStructMap find(long hmap) {
            return new LongStructMap(heap, MapHandle.requireMap(heap, hmap, struct.mapType()), struct);
        }
    }

    /** Returns the hash of a key, which is the same in every shard. */
    long hash(long key) {
        return paged
                ? Hash.ofStoredKey(key ^ flip, secret0, secret2)
                : Hash.ofLong(key, seed, secret0, secret1, secret2);
    }

    Shard<LongStructMap> shardOf(long hash) {
        return Shards.of(hash, byHash);
    }

    // ------------------------------------------------------------------------------------- reading

    /**
     * Makes a reference that reads some of the fields, or all of them. To read some is faster, if
     * the struct is large. {@link SyncLongStructRef#update} gives access to all fields in any case.
     *
     * @param fields the fields to read; none means all
     * @return a reference, for use by one thread
     * @throws IllegalArgumentException if a field belongs to another layout
     */
    public SyncLongStructRef ref(StructField... fields) {
        return new SyncLongStructRef(this, Arrays.stream(fields).map(Place::of).toArray(Place[]::new));
    }

    /**
     * Copies the struct of a key to the start of a segment. Padding is copied as zeros.
     *
     * @param key the key
     * @param target the segment, of at least the struct's size; unchanged if the key is absent
     * @return whether the key is present
     * @throws IllegalArgumentException if the segment is too small
     */
    public boolean get(long key, MemorySegment target) {
        struct.requireRoom(target);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            boolean present = load(key, buffers.value);
            if (present) {
                struct.decode(buffers.value, target, 0);
            }
            return present;
        }
    }

    /**
     * Returns whether a key is present.
     *
     * @param key the key
     * @return true if the key is present
     */
    public boolean containsKey(long key) {
        return load(key, null);
    }

    /**
     * Copies the struct of a key, if {@code value} is not null; returns false if the key is absent.
     */
    private boolean load(long key, @Nullable EncodedBytes value) {
        long hash = hash(key);
        Shard<LongStructMap> shard = shardOf(hash);
        LongStructMap table = shard.table;
        for (int tries = 0; shard.triesAgain(tries); tries++) {
            long version = shard.version();
            try {
                boolean found = version != 0 && copy(table, findInShard(table, hash, key), value);
                if (shard.isUnchanged(version)) {
                    shards.requireOpen();
                    return found;
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
            return copy(table, findInShard(table, hash, key), value);
        } finally {
            shard.unlockRead(stamp);
        }
    }

    /**
     * Returns the address of a key's struct, or 0 if the key is absent. The caller holds the shard's
     * lock, or validates the result.
     */
    static long findInShard(LongStructMap table, long hash, long key) {
        return table.cachedArray != 0 ? table.findHashed(hash, key) : table.findByHeader(hash, key);
    }

    private boolean copy(LongStructMap table, long address, @Nullable EncodedBytes value) {
        if (address != 0 && value != null) {
            Mem.copyOut(table.mem, address, value.own(struct.bytes()), struct.bytes());
        }
        return address != 0;
    }

    /**
     * Copies the structs of many keys. This is faster than one by one where the map is larger than
     * the caches, as the cache misses of a batch overlap. Each lookup is atomic, like {@link #get};
     * all of them together are not. Takes no lock and allocates nothing.
     *
     * @param keys the keys, which may repeat
     * @param structs receives one struct after the other, that of {@code keys[i]} at {@code i} times
     *     the struct's size; zeros for an absent key. Its contents are undefined if this method
     *     throws
     * @return the number of keys that are present, counting repeated keys each time
     * @throws IllegalArgumentException if {@code structs} has no room for so many structs
     */
    public int getAll(long[] keys, MemorySegment structs) {
        struct.requireRoom(structs, keys.length);
        shards.requireAlive();
        int hits = 0;
        try (OperationBuffers buffers = OperationBuffers.take()) {
            for (int from = 0; from < keys.length; from += LongStructMap.BATCH) {
                int to = Math.min(from + LongStructMap.BATCH, keys.length);
                prefetch(keys, from, to);
                for (int i = from; i < to; i++) {
                    long at = (long) i * struct.bytes();
                    if (load(keys[i], buffers.value)) {
                        struct.decode(buffers.value, structs, at);
                        hits++;
                    } else {
                        Mem.zero(structs, at, struct.bytes());
                    }
                }
            }
        }
        return hits;
    }

    /** Brings the first buckets of these keys' chains into the cache. */
    private void prefetch(long[] keys, int from, int to) {
        long loaded = 0;
        try {
            for (int i = from; i < to; i++) {
                long hash = hash(keys[i]);
                LongStructMap table = shardOf(hash).table;
                loaded ^= table.cachedArray == 0 ? 0 : table.loadAhead(hash);
            }
        } catch (RuntimeException e) {
            // a torn read, or an exception that the lookups meet again
        }
        Mem.keep(loaded);
    }

    // ------------------------------------------------------------------------------------- writing

    /**
     * Sets the struct of a key to a copy of a segment.
     *
     * @param key the key
     * @param source the bytes of the struct, of exactly its size; those of padding are ignored
     * @return whether the key was present
     * @throws IllegalArgumentException if the segment has another size
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it
     *     was
     */
    public boolean put(long key, MemorySegment source) {
        struct.requireSize(source);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            struct.encode(source, 0, buffers.value);
            return write(key, buffers, true);
        }
    }

    /**
     * Sets the struct of a key to a copy of a segment if the key is absent. Of many callers at once,
     * one stores its struct.
     *
     * @param key the key
     * @param source the bytes of the struct, of exactly its size; those of padding are ignored
     * @return whether the key was absent, and has been added
     * @throws IllegalArgumentException if the segment has another size
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it
     *     was
     */
    public boolean putIfAbsent(long key, MemorySegment source) {
        struct.requireSize(source);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            struct.encode(source, 0, buffers.value);
            return !write(key, buffers, false);
        }
    }

    /** Puts the encoded struct in the buffers. */
    private boolean write(long key, OperationBuffers buffers, boolean overwrites) {
        Shard<LongStructMap> shard = shardOf(hash(key));
        long stamp = shards.lock(shard);
        try {
            return shard.table.write(key, buffers, overwrites);
        } finally {
            shard.endWrite(stamp);
        }
    }

    /**
     * Sets the structs of many keys, in the order of the array. This is faster than one by one where
     * the map is larger than the caches. Each put is atomic, like {@link #put}, and takes the lock
     * of its shard. Other threads may see some keys put and others not yet. Allocates nothing.
     *
     * @param keys the keys; if a key repeats, its last struct stays
     * @param structs one struct after the other, that of {@code keys[i]} at {@code i} times the
     *     struct's size; what follows the last one is ignored
     * @throws IllegalArgumentException if {@code structs} has fewer structs; nothing was put
     * @throws HeapExhaustedException if the heap has no room; the entries before the one that
     *     failed have been put
     */
    public void putAll(long[] keys, MemorySegment structs) {
        struct.requireRoom(structs, keys.length);
        shards.requireAlive();
        try (OperationBuffers buffers = OperationBuffers.take()) {
            for (int from = 0; from < keys.length; from += LongStructMap.BATCH) {
                int to = Math.min(from + LongStructMap.BATCH, keys.length);
                prefetch(keys, from, to);
                for (int i = from; i < to; i++) {
                    struct.encode(structs, i, buffers.value);
                    write(keys[i], buffers, true);
                }
            }
        }
    }

    /**
     * Removes a key. Of many callers at once, one removes the key.
     *
     * @param key the key
     * @return true if the key was present
     */
    public boolean remove(long key) {
        Shard<LongStructMap> shard = shardOf(hash(key));
        long stamp = shards.lock(shard);
        try {
            return shard.table.delete(key);
        } finally {
            shard.endWrite(stamp);
        }
    }

    /**
     * Removes a key if it has the expected struct. Two structs are equal if all their bytes except
     * those of padding are: so a NaN equals itself, and 0.0 differs from -0.0.
     *
     * @param key the key
     * @param expected the bytes of the struct that the key must have, of exactly its size; those of
     *     padding are ignored
     * @return true if the key had that struct; false if the key is absent, whatever {@code expected}
     *     is
     * @throws IllegalArgumentException if the segment has another size
     */
    public boolean remove(long key, MemorySegment expected) {
        struct.requireSize(expected);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            struct.encode(expected, 0, buffers.previous);
            Shard<LongStructMap> shard = shardOf(hash(key));
            long stamp = shards.lock(shard);
            try {
                return hasStruct(shard.table, key, buffers.previous) && shard.table.delete(key);
            } finally {
                shard.endWrite(stamp);
            }
        }
    }

    /**
     * Sets the struct of a key to a copy of a segment if the key has the expected struct. Structs
     * are equal as for {@link #remove(long, MemorySegment)}.
     *
     * @param key the key
     * @param expected the bytes of the struct that the key must have, of exactly its size; those of
     *     padding are ignored
     * @param source the bytes of the new struct, of exactly its size; those of padding are ignored
     * @return true if the key had the expected struct
     * @throws IllegalArgumentException if a segment has another size
     */
    public boolean replace(long key, MemorySegment expected, MemorySegment source) {
        struct.requireSize(expected);
        struct.requireSize(source);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            struct.encode(expected, 0, buffers.previous);
            struct.encode(source, 0, buffers.value);
            Shard<LongStructMap> shard = shardOf(hash(key));
            long stamp = shards.lock(shard);
            try {
                return hasStruct(shard.table, key, buffers.previous) && shard.table.write(key, buffers, true);
            } finally {
                shard.endWrite(stamp);
            }
        }
    }

    /** Returns whether a key has this encoded struct. The caller holds the shard's lock. */
    private boolean hasStruct(LongStructMap table, long key, EncodedBytes expected) {
        long address = table.find(key);
        return address != 0 && Mem.equalBytes(table.mem, address, expected.bytes, expected.from, struct.bytes());
    }

    // ------------------------------------------------------------------------------- the whole map

    /**
     * Passes every entry to {@code action}. It is not a snapshot: an entry that is in the map all
     * the time is passed once. An entry that is added, removed or changed meanwhile is passed as it
     * was at some moment, or not at all. No lock is held while the action runs, so the action may
     * use the map.
     *
     * @param action takes every key and a copy of its struct, which the next entry overwrites; if it
     *     throws, the walk ends and the exception is passed on
     */
    public void forEach(LongStructConsumer<? super StructView> action) {
        Objects.requireNonNull(action, "action");
        SyncLongStructRef view = ref();
        for (int i = 0; i < shards.count(); i++) {
            Shard<LongStructMap> shard = shards.get(i);
            Walk walk = null;
            while (walk == null || !walk.isOver) {
                walk = takeMore(shard, walk);
                for (int entry = 0; entry < walk.taken(); entry++) {
                    long key = walk.keys[entry];
                    view.hold(key, walk.structs.bytes, entry * struct.bytes());
                    action.accept(key, view);
                }
            }
        }
    }

    /** Lets a walk over a shard take its next entries. Makes a new walk if there is none. */
    private Walk takeMore(Shard<LongStructMap> shard, @Nullable Walk walk) {
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
     * after it.
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
     * Returns a live view of this map as a {@link ConcurrentMap}, which boxes keys and copies structs
     * to new segments. It behaves as a {@link SyncMap} does.
     *
     * @return the view
     */
    @SuppressWarnings("unchecked") // a LongStructMap is an ObjectTable of these types
    public ConcurrentMap<Long, MemorySegment> asMap() {
        Shards<?> tables = shards;
        return new SyncMap<>(
                heap,
                Type.LONG,
                struct.type(),
                (Shards<ObjectTable<Long, MemorySegment>>) tables,
                SyncMapOptions.none(),
                null);
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

    /** A walk over a shard that copies the entries that it takes. */
    private static final class Walk extends ChainWalk {
        private final LongStructMap table;
        private final EncodedBytes structs = new EncodedBytes();
        private long[] keys = {};
        /** Whether the walk has taken all entries. */
        private boolean isOver;

        Walk(LongStructMap table) {
            super(table, 1);
            this.table = table;
        }

        @Override
        long bytesAt(long slot) {
            return table.struct.bytes();
        }

        @Override
        void save(long[] slots, int count, long chain, int b) {
            if (count > keys.length) {
                keys = new long[slots.length];
            }
            structs.reset();
            structs.own(0);
            for (int i = 0; i < count; i++) {
                keys[i] = table.keyAt(slots[i]);
                table.append(table.valueType, table.valueAddress(slots[i]), structs);
            }
        }
    }
}
