package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ConcurrentMap} outside the Java heap, with keys and values of any {@link Type}. It
 * offers the operations of Go's {@code sync.Map}.
 *
 * <p><b>Threads.</b> All operations may run at once, on platform and virtual threads. Each
 * operation is atomic for its key. A write happens-before a read that sees its effect. A read takes
 * no lock and writes nothing that is shared: it copies the bytes of a value, and accepts the copy
 * if the version of the shard is still the same ({@link Shard} gives the argument). A write locks
 * one shard, which is one of the many parts of the map. A table that grows moves some entries in
 * each write, as in the plain map, and blocks no thread for the whole move.
 *
 * <p><b>Shards.</b> A shard is a part of the map with a table and a lock for writers of its own;
 * the hash of a key names its shard. {@link #shards} returns their number. By default it is four
 * for each processor that the JVM has, at least 16, and a power of two. A map with
 * {@link SyncMapBuilder#maxBytes} has another rule. {@link SyncMapBuilder#shards} sets the number.
 *
 * <p><b>Callers' code.</b> The code that reads and writes objects of a type runs under no lock,
 * except beside the functions named here. The functions of compute, computeIfAbsent,
 * computeIfPresent, merge, replaceAll, {@link #read} and {@link #update}, and the code that reads
 * and writes their values, run while no other thread may write to their shard. So do the methods of
 * an {@link Expiry} that belong to a write. They must be short.
 * They may read the map, as all threads may meanwhile. They may not change it (an
 * {@link IllegalStateException}, "recursive update"). A loader runs under no lock and may change the
 * map: {@link #get(Object, Function)}. An exception of a caller's code is passed on, and the map is
 * as it was.
 *
 * <p><b>Equality.</b> The {@link Type} of keys or values says which are equal: those with equal
 * bytes, except that +0 equals -0 and a NaN equals nothing. So each put of a NaN as a key adds an
 * entry, and only {@link #clear} removes it. The views compare in the same way, and so does
 * {@code equals} of the map, with which {@code hashCode} agrees. If a map of another class compares
 * itself with this one, it uses its own rule. Objects of {@link Type#of} need a {@code hashCode}
 * that agrees with their bytes.
 *
 * <p><b>Iterators</b> are weakly consistent. An entry that is in the map all the time is produced
 * once. An entry that is added, removed or changed meanwhile is produced as it was at some moment,
 * or not at all. An iterator holds no lock between calls. Streams of the views walk in the same
 * way, and do not know the size. removeIf of the values and of the entries removes an entry only
 * with the value that was tested.
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
 * @param <K> the class of the keys
 * @param <V> the class of the values
 * @see SyncMapBuilder SyncMapBuilder, for bounds, which make the map a cache
 * @see Type
 * @see MemMap MemMap, the same for one thread at a time
 * @see LongKeyMap LongKeyMap and IntKeyMap, which take keys without boxing
 * @see SyncLongLongMap
 */
public sealed class SyncMap<K, V> extends EncodedSyncMap<K, V> implements ConcurrentMap<K, V>, AutoCloseable
        permits BoundedSyncMap {
    // EncodedSyncMap has the steps of reads and writes, and BoundedSyncMap what limits add to them.
    // BatchGet and BatchPut have the operations on many keys, and LoadRunner those that load values.

    /** Counts the uses, or only what the limits remove; null if the map has neither. */
    private final @Nullable CacheCounters figures;

    private final SyncMapOptions<K, V> options;
    private final LoadRunner<K, V> loadRunner;
    private final OrderBuilder orderBuilder;

    SyncMap(
            NativeHeap heap,
            Type<K> keyType,
            Type<V> valueType,
            Shards<ObjectTable<K, V>> shards,
            SyncMapOptions<K, V> options,
            @Nullable CacheCounters counters) {
        super(heap, keyType, valueType, shards, options.recordsStats() ? counters : null);
        this.options = options;
        figures = counters;
        loadRunner = new LoadRunner<>(this, options.executor());
        orderBuilder = Shards.orderBuilder(shards);
        if (counters != null) {
            shards.show(counters.source(options.name(), new MapType(keyType, valueType).toString()));
        }
    }

    /**
     * Makes an empty map.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread, or the keys are maps
     * @throws HeapExhaustedException if the heap has no room for the map
     */
    public static <K, V> SyncMap<K, V> make(NativeHeap heap, Type<K> keyType, Type<V> valueType) {
        return make(heap, keyType, valueType, 0);
    }

    /**
     * Makes an empty map in a heap of its own, {@link NativeHeap#ofShared}. The heap ends with the
     * map.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @return the map, which the caller must close
     * @throws IllegalArgumentException if the keys are maps
     * @throws HeapExhaustedException if there is no room for the map
     */
    public static <K, V> SyncMap<K, V> make(Type<K> keyType, Type<V> valueType) {
        return builder(keyType, valueType).make();
    }

    /**
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @param hint the number of entries that the map is to hold without growing; negative counts as
     *     0. It is not a limit
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread, or the keys are maps
     * @throws HeapExhaustedException if this heap has no room for that many entries, or if no heap
     *     can have it; nothing was made
     */
    public static <K, V> SyncMap<K, V> make(NativeHeap heap, Type<K> keyType, Type<V> valueType, long hint) {
        MemMap.requireKeyType(keyType);
        return make(heap, keyType, valueType, hint, SyncMapOptions.none());
    }

    /**
     * Opens the map of this name in the heap's directory, or makes an empty one. A heap in a file has the
     * map again when it is opened the next time. A heap that is {@linkplain NativeHeap.Builder#readOnly()
     * read only} makes none: then there must be such a map, or {@link IllegalArgumentException} is thrown.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param name the name, of at least one character
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @return the map. All handles of one name in a heap have the same entries and locks
     * @throws IllegalArgumentException if the name is empty; if the map of this name has other types, is
     *     a plain map, or was opened with another class; if the heap is confined to a thread; or if the
     *     keys are maps
     * @throws HeapExhaustedException if the heap has no room for the map
     * @see SyncMapBuilder#open
     * @see NativeHeap#maps
     * @see NativeHeap#remove
     */
    public static <K, V> SyncMap<K, V> open(NativeHeap heap, String name, Type<K> keyType, Type<V> valueType) {
        return builder(heap, keyType, valueType)
                .name(Directory.requireName(name))
                .open();
    }

    /**
     * Returns a builder of a map with a name, a number of shards, or limits. A map with limits is a
     * cache that cannot leak.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param heap the heap that the map lives in, which must be open to many threads
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @return a builder, set to a map without limits
     * @throws IllegalArgumentException if the keys are maps
     */
    public static <K, V> SyncMapBuilder<K, V> builder(NativeHeap heap, Type<K> keyType, Type<V> valueType) {
        MemMap.requireKeyType(keyType);
        return new SyncMapBuilder<>(heap, keyType, valueType);
    }

    /**
     * Returns a builder of a map in a heap of its own, {@link NativeHeap#ofShared}. The heap ends
     * with the map. A map with limits is a cache that cannot leak.
     *
     * @param <K> the class of the keys
     * @param <V> the class of the values
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @return a builder, set to a map without limits
     * @throws IllegalArgumentException if the keys are maps
     */
    public static <K, V> SyncMapBuilder<K, V> builder(Type<K> keyType, Type<V> valueType) {
        MemMap.requireKeyType(keyType);
        return new SyncMapBuilder<>(null, keyType, valueType);
    }

    /** Makes a map with these options. */
    static <K, V> SyncMap<K, V> make(
            NativeHeap heap, Type<K> keyType, Type<V> valueType, SyncMapOptions<K, V> options) {
        return options.hasNodes()
                ? BoundedSyncMap.make(heap, keyType, valueType, options)
                : make(heap, keyType, valueType, 0, options);
    }

    /** Opens a map by the name in these options, which have no limits. */
    static <K, V> SyncMap<K, V> open(
            NativeHeap heap, Type<K> keyType, Type<V> valueType, SyncMapOptions<K, V> options) {
        MapType type = new MapType(keyType, valueType);
        Shards<ObjectTable<K, V>> shards = Shards.open(
                heap,
                options.name(),
                ObjectTable.class,
                countOf(options),
                type,
                Geometry.ofObjects(type),
                0,
                new Tables<>(heap, keyType, valueType));
        return new SyncMap<>(
                heap, keyType, valueType, shards, options, options.recordsStats() ? shards.counters() : null);
    }

    static <K, V> SyncMap<K, V> make(
            NativeHeap heap, Type<K> keyType, Type<V> valueType, long hint, SyncMapOptions<K, V> options) {
        MapType type = new MapType(keyType, valueType);
        Tables<K, V> tables = new Tables<>(heap, keyType, valueType);
        return new SyncMap<>(
                heap,
                keyType,
                valueType,
                new Shards<>(
                        heap,
                        countOf(options),
                        type,
                        Geometry.ofObjects(type),
                        0,
                        hint,
                        options.name(),
                        tables::handle),
                options,
                options.recordsStats() ? new CacheCounters() : null);
    }

    /** What makes handles of the shards. */
    private record Tables<K, V>(NativeHeap heap, Type<K> keyType, Type<V> valueType)
            implements Shards.Tables<ObjectTable<K, V>> {
        @Override
        public ObjectTable<K, V> handle(long hmap) {
            return MemMap.handle(heap, hmap, keyType, valueType);
        }

        @Override
        public ObjectTable<K, V> find(long hmap) {
            return MemMap.at(heap, hmap, keyType, valueType);
        }
    }

    private static int countOf(SyncMapOptions<?, ?> options) {
        int shards = options.limits().shards();
        return shards == 0 ? Shards.defaultCount() : shards;
    }

    // ------------------------------------------------------------------------------------- reading

    /**
     * Returns the value of a key. Go's sync.Map has it as Load.
     *
     * @param key the key
     * @return its value, decoded into a new object; null if the key is absent
     */
    @Override
    public @Nullable V get(@Nullable Object key) {
        K sought = cast(key);
        V value = sought == null ? null : get(sought, now());
        countRead(value != null);
        return value;
    }

    private @Nullable V get(K key, long now) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            return present(key, buffers, now);
        }
    }

    @Override
    public V getOrDefault(@Nullable Object key, V defaultValue) {
        V value = get(key);
        return value == null ? defaultValue : value;
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        K sought = cast(key);
        if (sought == null) {
            return false;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(sought, buffers.key);
            return load(buffers.key, null, now());
        }
    }

    // ------------------------------------------------------------------------------------- writing

    /**
     * Sets the value of a key. Go's sync.Map has it as Store and Swap.
     *
     * @param key the key
     * @param value the value
     * @return the value before; null if the key was absent
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    @Override
    public @Nullable V put(K key, V value) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            return exchange(key, value, buffers, Change.PUT, ASK);
        }
    }

    /**
     * Sets the value of a key, and how long the entry lives from now on. The map's {@link Expiry} is
     * not asked.
     *
     * @param key the key
     * @param value the value
     * @param timeToLive the time from now on until the entry expires. With zero it expires at once:
     *     the entry before, if any, is replaced, and the key is absent from now on
     * @return the value before; null if the key was absent
     * @throws IllegalArgumentException if the time is negative
     * @throws UnsupportedOperationException if the map was built without
     *     {@link SyncMapBuilder#expireAfter}
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    public @Nullable V put(K key, V value, Duration timeToLive) {
        long nanos = requireTimeToLive(timeToLive);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            return exchange(key, value, buffers, Change.PUT, nanos);
        }
    }

    /**
     * Sets the value of a key without decoding the value before, and so is faster than {@link #put}.
     *
     * @param key the key
     * @param value the value
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    public void set(K key, V value) {
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
            boolean asks = asksExpiry();
            long stamp = asks ? shards.lockForFunction(shard) : shards.lock(shard);
            try {
                long now = beginWrite(shard.table, now());
                if (asks) {
                    askExpiry(shard.table, key, value, buffers.key, now);
                    stamp = shard.excludeReaders(stamp);
                }
                put(shard.table, buffers, false);
            } finally {
                unlock(shard, stamp, evictions, asks);
            }
        }
    }

    /**
     * Sets the value of a key if the key is absent. Of many callers at once, one stores its value.
     * Go's sync.Map has it as LoadOrStore.
     *
     * @param key the key
     * @param value the value
     * @return the value that the key had; null if {@code value} has been put
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        return putIfAbsent(key, value, ASK);
    }

    /**
     * Sets the value of a key, and how long the entry lives from now on, if the key is absent. The
     * map's {@link Expiry} is asked only if the key is present: then this is a read.
     *
     * @param key the key
     * @param value the value
     * @param timeToLive the time from now on until the entry expires; with zero it expires at once
     * @return the value that the key had; null if {@code value} has been put
     * @throws IllegalArgumentException if the time is negative
     * @throws UnsupportedOperationException if the map was built without
     *     {@link SyncMapBuilder#expireAfter}
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    public @Nullable V putIfAbsent(K key, V value, Duration timeToLive) {
        return putIfAbsent(key, value, requireTimeToLive(timeToLive));
    }

    private @Nullable V putIfAbsent(K key, V value, long timeToLive) {
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            long now = now();
            boolean present = load(buffers.key, buffers.previous, now);
            if (!present) {
                Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
                boolean asks = timeToLive == ASK && asksExpiry();
                long stamp = asks ? shards.lockForFunction(shard) : shards.lock(shard);
                try {
                    beginWrite(shard.table, now);
                    present = copy(shard.table, buffers.key, buffers.previous, now);
                    if (!present) {
                        if (asks) {
                            askExpiry(shard.table, key, value, buffers.key, now);
                            stamp = shard.excludeReaders(stamp);
                        } else {
                            setTimeToLive(shard.table, timeToLive);
                        }
                        put(shard.table, buffers, false);
                    }
                } finally {
                    unlock(shard, stamp, evictions, asks);
                }
            }
            if (!present) {
                return null;
            }
            V before = valueCodec.decode(buffers.previous);
            afterRead(key, before, buffers.key, buffers.previous, now);
            return before;
        }
    }

    /**
     * Removes a key. Of many callers at once, one gets the value. Go's sync.Map has it as
     * LoadAndDelete.
     *
     * @param key the key
     * @return the value that the key had; null if the key was absent
     */
    @Override
    public @Nullable V remove(@Nullable Object key) {
        K sought = cast(key);
        if (sought == null) {
            return null;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encodeKey(sought, buffers);
            return exchange(sought, null, buffers, Change.REMOVE, ASK);
        }
    }

    /**
     * Removes a key if it has the given value. Go's sync.Map has it as CompareAndDelete.
     *
     * @param key the key
     * @param value the value that the key must have
     * @return true if the key had that value
     */
    @Override
    public boolean remove(@Nullable Object key, @Nullable Object value) {
        K sought = cast(key);
        V expected = value == null ? null : valueType.cast(value);
        if (sought == null || expected == null) {
            return false;
        }
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            encode(sought, expected, buffers);
            Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
            long stamp = shards.lock(shard);
            try {
                long now = beginWrite(shard.table, now());
                boolean matches = copy(shard.table, buffers.key, buffers.previous, now)
                        && valueType.equalObjects(buffers.previous, buffers.value);
                return matches && remove(shard.table, buffers.key);
            } finally {
                unlock(shard, stamp, evictions);
            }
        }
    }

    /**
     * Replaces the value of a key if the key has the expected value. Go's sync.Map has it as
     * CompareAndSwap.
     *
     * @param key the key
     * @param expected the value that the key must have
     * @param value the new value
     * @return true if the key had that value
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    @Override
    public boolean replace(K key, V expected, V value) {
        Objects.requireNonNull(expected, "expected");
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take();
                OperationBuffers before = OperationBuffers.take()) {
            encode(key, value, buffers);
            valueCodec.encode(expected, before.value);
            Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
            boolean asks = asksExpiry();
            long stamp = asks ? shards.lockForFunction(shard) : shards.lock(shard);
            try {
                long now = beginWrite(shard.table, now());
                boolean matches = copy(shard.table, buffers.key, buffers.previous, now)
                        && valueType.equalObjects(buffers.previous, before.value);
                if (matches) {
                    if (asks) {
                        askExpiry(shard.table, key, value, buffers.key, now);
                        stamp = shard.excludeReaders(stamp);
                    }
                    put(shard.table, buffers, false);
                }
                return matches;
            } finally {
                unlock(shard, stamp, evictions, asks);
            }
        }
    }

    /**
     * Sets the value of a key if the key is present.
     *
     * @param key the key
     * @param value the new value
     * @return the value before; null if the key is absent
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    @Override
    public @Nullable V replace(K key, V value) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            return exchange(key, value, buffers, Change.REPLACE, ASK);
        }
    }

    /**
     * Removes all entries, shard by shard. For each key, an operation that overlaps this call may
     * come before or after it. Go's sync.Map has it as Clear.
     *
     * @throws OutOfMemoryError if a {@link SyncMapBuilder#onRemoval removal listener} is set and the
     *     Java heap has no room for copies of the entries of a shard; that shard and those after it
     *     are as they were
     */
    @Override
    public void clear() {
        shards.clear(this::endLoads);
    }

    // ----------------------------------------------------------------------------------- functions

    @Override
    public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(function, "function");
        long now = now();
        V present = get(key, now);
        countRead(present != null);
        if (present != null) {
            return present;
        }
        return compute(key, () -> now, (same, old) -> old == null ? loadRunner.call(function, same) : old, true);
    }

    @Override
    public @Nullable V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(function, "function");
        return compute(key, (same, old) -> old == null ? null : function.apply(same, old));
    }

    /**
     * Replaces the value of a key by the result of a function, atomically.
     *
     * @param key the key
     * @param function takes the key and its value, or null if the key is absent. It returns the new
     *     value, or null to remove the key. It runs once, under the shard's lock: it may read the
     *     map, but not change it
     * @return the new value, or null
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     * @throws IllegalStateException if the function changes this map
     */
    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(function, "function");
        return compute(key, this::now, function, false);
    }

    /** Does the same. If {@code keeps} is set, an entry that is present stays as it is. */
    private @Nullable V compute(
            K key,
            LongSupplier time,
            BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function,
            boolean keeps) {
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            encodeKey(key, buffers);
            Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
            long stamp = shards.lockForFunction(shard);
            try {
                long now = beginWrite(shard.table, time.getAsLong());
                boolean present = copy(shard.table, buffers.key, buffers.previous, now);
                V old = present ? valueCodec.decode(buffers.previous) : null;
                V made = function.apply(key, old);
                if (present && keeps) {
                    return made;
                }
                if (made != null) {
                    valueCodec.encode(made, buffers.value);
                    if (asksExpiry()) {
                        askExpiry(shard.table, key, made, buffers.key, now);
                    }
                    stamp = shard.excludeReaders(stamp);
                    put(shard.table, buffers, false);
                } else if (present) {
                    stamp = shard.excludeReaders(stamp);
                    remove(shard.table, buffers.key);
                }
                return made;
            } finally {
                unlockFunction(shard, stamp, evictions);
            }
        }
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(function, "function");
        return compute(key, (same, old) -> old == null ? value : function.apply(old, value));
    }

    /**
     * Replaces each value by the result of a function, each atomically, in no order.
     *
     * @param function takes a key and its value, and returns the new value; it runs like the
     *     function of {@link #compute}
     */
    @Override
    public void replaceAll(BiFunction<? super K, ? super V, ? extends V> function) {
        Objects.requireNonNull(function, "function");
        for (K key : keySet()) { // a loop that compares values would never replace a NaN
            computeIfPresent(key, (same, old) -> Objects.requireNonNull(function.apply(same, old), "value"));
        }
    }

    // -------------------------------------------------------------------------------- many entries

    /**
     * Returns the values of many keys. Each shard is read under its lock, once for a portion of
     * some thousand keys or some MiB: these values are those of one moment. Other threads may read
     * meanwhile, and those that write to the shard wait. This is cheaper than a get for each key
     * where there are many keys for each shard.
     *
     * @param keys the keys; equal objects count once
     * @return the keys that are present, in the order of {@code keys}, with their values. The map
     *     cannot be changed, and does not change by itself. It compares keys with their own
     *     {@code equals}
     * @throws NullPointerException if a key is null
     */
    public Map<K, V> getAll(Iterable<? extends K> keys) {
        BatchGet<K, V> batch = new BatchGet<>(this, keys);
        batch.findAll();
        return batch.inOrder();
    }

    /**
     * Puts all entries of another map. Each shard is locked once for a portion of the entries, some
     * thousands or some MiB. Each put is atomic, and the whole is not: other threads may see some
     * entries and not others. If an exception ends the call, some entries have been put.
     *
     * @param entries the entries
     * @throws HeapExhaustedException if the heap has no room for an entry
     */
    @Override
    public void putAll(Map<? extends K, ? extends V> entries) {
        BatchPut<K, V> batch = new BatchPut<>(this, entries.size(), false);
        for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
            batch.add(entry.getKey(), entry.getValue(), null);
        }
        batch.put();
    }

    // ------------------------------------------------------------------------------------- loading

    /**
     * Returns the value of a key, and loads it first if the key is absent. Of many callers that ask
     * for the same key at once, one runs its loader, and the others wait for the value. This is
     * Caffeine's {@code Cache.get(key, function)}, except that it blocks less: the loader runs under
     * no lock, so threads that read or write other keys go on, and so do those that write this key.
     *
     * <p><b>The loader</b> may take its time, and may use the map. It may load other keys. If it
     * needs the value of its own key, also by way of another thread's load, that call throws
     * {@link IllegalStateException} ("recursive load"). If it throws, this caller gets the exception
     * and the map is as it was. If it returns null, nothing is put. In both cases each caller that
     * has waited goes on with its own loader, one after the other.
     *
     * <p><b>Writes meanwhile.</b> A load that began before the key was put, changed, removed or
     * cleared does not store its value. If the key is present when the load ends, its callers get
     * the value that it has then. If the key was removed, they get the loaded value, and the key
     * stays absent. Calls that begin after the removal load again. (In Caffeine, the removal waits
     * for the load.)
     *
     * <p><b>Waiting.</b> A thread that waits is parked; a virtual thread lets go of its carrier. An
     * interrupt does not end the wait, and the thread's interrupt status stays as it is. Each
     * caller gets an object of its own.
     *
     * @param key the key
     * @param loader takes the key and returns its value, or null if there is none
     * @return the value; null if the key is absent and the loader has returned null
     * @throws HeapExhaustedException if the heap has no room for the value; the map is as it was
     * @throws IllegalStateException if the loader of this key, in this thread, is what calls; or if
     *     a function that runs under a lock of the map calls, and the key is absent
     */
    public @Nullable V get(K key, Function<? super K, ? extends @Nullable V> loader) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(loader, "loader");
        return loadRunner.get(key, loader);
    }

    /**
     * Returns the values of many keys, and loads those that are absent, by one call of a loader.
     * This is Caffeine's {@code Cache.getAll(keys, function)}. The loader runs under no lock. While
     * it runs, callers of {@link #get(Object, Function)} wait for the keys that it loads, and the
     * rules for writes meanwhile are the same. This method itself does not wait: it also has the
     * loader load keys that another thread is loading. It returns the values that it has loaded for
     * these, and puts them only if the other load has not put one.
     *
     * @param keys the keys; equal objects count once
     * @param loader takes the absent keys, in the order of {@code keys}, and returns their values.
     *     It may leave out keys, which then stay absent. Other keys that it returns are put, too
     * @return the keys that were present or have been loaded, with their values, as for
     *     {@link #getAll(Iterable)}
     * @throws NullPointerException if a key is null, or if the loader returns null or a null in its
     *     map
     * @throws HeapExhaustedException if the heap has no room for a value; some may have been put
     * @throws IllegalStateException if a function that runs under a lock of the map calls, and a key
     *     is absent
     */
    public Map<K, V> getAll(
            Iterable<? extends K> keys,
            Function<? super Set<? extends K>, ? extends Map<? extends K, ? extends V>> loader) {
        Objects.requireNonNull(loader, "loader");
        return loadRunner.getAll(keys, loader);
    }

    // ------------------------------------------------------------------------ the bytes of a value

    /**
     * Passes the bytes of a value to a function, directly from the map's memory. Use it for large
     * values of which only a part is wanted. The value is copied first in only two cases: if it
     * lies beside its key (up to 128 bytes) and its length is not a multiple of 8, or if the heap
     * has no virtual memory.
     *
     * <p>The function runs under the read guard of the key's shard: other threads may read, and may
     * pass values to functions, but threads that write to the shard wait until the function has
     * returned. So it must be short. It may run on a virtual thread, and may read the map in any
     * way. Like the function of {@link #compute}, it may not change the map. The map and its heap
     * may be closed while the function runs: {@link #close} and {@link #free} wait for the
     * function. The end of the arena does not wait, and from then on the bytes may be zeros.
     *
     * @param <R> what the function returns
     * @param key the key
     * @param function takes the value's bytes as a read-only segment that is dead when the function
     *     returns
     * @return the result of the function; null if the key is absent
     * @throws IllegalStateException if the function changes this map, or if the map's memory has
     *     ended while the function ran
     */
    public <R> @Nullable R read(K key, Function<? super MemorySegment, ? extends @Nullable R> function) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(function, "function");
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
            if (heap.isReadOnly()) { // no lock can keep the bytes as they are
                return load(shard, buffers.key, buffers.value, now()) ? applyToCopy(buffers.value, function) : null;
            }
            long stamp = shards.guard(shard);
            try {
                ObjectTable<K, V> table = shard.table;
                long now = now();
                long slot = find(table, buffers.key, now);
                countRead(slot != 0);
                if (slot == 0) {
                    return null;
                }
                noteGuardedRead(table, slot, key, now);
                long address = table.valueAddress(slot);
                int length = valueType.length(table.mem, address);
                R result = heap.lend(valueType.start(table.mem, address), length, function);
                shards.requireMemory();
                return result;
            } finally {
                shards.unguard(shard, stamp);
            }
        }
    }

    /**
     * Changes the bytes of a value, atomically. Until the change is done, readers see the bytes as
     * they were.
     *
     * @param key the key
     * @param change takes a copy of the value's bytes and changes it. The segment is dead when the
     *     function returns. If the function throws, the value is as it was. It runs like the
     *     function of {@link #compute}
     * @return true if the key was present
     * @throws IllegalStateException if the function changes this map
     */
    public boolean update(K key, Consumer<? super MemorySegment> change) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(change, "change");
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            encodeKey(key, buffers);
            Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
            long stamp = shards.lockForFunction(shard);
            try (Arena arena = Arena.ofConfined()) {
                ObjectTable<K, V> table = shard.table;
                long now = beginWrite(table, now());
                // The slot stays valid: no other thread may write, nor may the function.
                long slot = find(table, buffers.key, now);
                if (slot == 0) {
                    return false;
                }
                MemorySegment copy = table.valueCopy(slot, arena);
                change.accept(copy);
                valueCodec.clearPadding(copy);
                if (asksExpiry()) {
                    buffers.value.lend(copy.toArray(ValueLayout.JAVA_BYTE), 0, (int) copy.byteSize());
                    askExpiry(table, key, valueCodec.decode(buffers.value), buffers.key, now);
                }
                stamp = shard.excludeReaders(stamp);
                endLoad(buffers.key);
                storeBytes(table, slot, copy);
                return true;
            } finally {
                unlockFunction(shard, stamp, evictions);
            }
        }
    }

    // ------------------------------------------------------------------------------- times to live

    /**
     * Returns how long an entry still lives. Does not count as a read.
     *
     * @param key the key
     * @return the time from now on until the entry expires; null if the key is absent. It is some
     *     146 years or less for an entry that never expires
     * @throws UnsupportedOperationException if the map was built without
     *     {@link SyncMapBuilder#expireAfter}
     */
    public @Nullable Duration timeToLive(K key) {
        requireTimeToLive(Duration.ZERO);
        return null;
    }

    /**
     * Sets how long an entry lives from now on. Does not count as a read or as a write.
     *
     * @param key the key
     * @param timeToLive the time from now on until the entry expires; with zero it expires at once
     * @return whether the key was present
     * @throws IllegalArgumentException if the time is negative
     * @throws UnsupportedOperationException if the map was built without
     *     {@link SyncMapBuilder#expireAfter}
     */
    public boolean expireAfter(K key, Duration timeToLive) {
        requireTimeToLive(timeToLive);
        return false;
    }

    /**
     * Removes all entries that have expired. It is useful where no writes remove them little by
     * little. Does nothing if entries do not expire. Cost: proportional to the number of entries.
     */
    public void purgeExpired() {
        shards.requireOpen();
    }

    // ------------------------------------------------------------------------------- the whole map

    /**
     * Returns the number of entries, at most {@link Integer#MAX_VALUE}. The number may change while
     * the entries are counted.
     */
    @Override
    public int size() {
        return (int) Math.min(mappingCount(), Integer.MAX_VALUE);
    }

    /**
     * Returns the number of entries. The number may change while the entries are counted.
     *
     * @return the number of entries
     */
    public long mappingCount() {
        return shards.size();
    }

    @Override
    public boolean isEmpty() {
        return mappingCount() == 0;
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
     * Returns the most bytes that the key and the value of one entry may have together. Only bytes
     * that lie outside the buckets count: strings, byte arrays and structs of more than 128 bytes.
     * If the key and the value both lie outside the buckets, the bytes of the key are rounded up to
     * a multiple of 8.
     *
     * @return the number of bytes; {@link Long#MAX_VALUE} for a map without
     *     {@link SyncMapBuilder#maxBytes}
     */
    public long maxEntryBytes() {
        return Limits.UNBOUNDED;
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
     * Returns how the map has been used as a cache since it was made. Takes no lock. Also works
     * after the end of the map.
     *
     * @return the figures; without {@link SyncMapBuilder#recordStats} those of reads, puts and loads
     *     are 0
     */
    public CacheStats cacheStats() {
        CacheCounters counting = figures;
        return counting == null ? CacheStats.NONE : counting.stats();
    }

    /**
     * Returns a live view of this map with its keys in order. The keys must be of {@link Type#UTF8},
     * {@link Type#BYTES}, or one of {@link Type#LONG}, {@link Type#INT}, {@link Type#SHORT},
     * {@link Type#BYTE} and {@link Type#CHAR}.
     *
     * <p>The first call builds an index of the keys in each shard, which takes 1 to 2 us for each
     * key. Other threads go on reading and writing meanwhile: the index gets some hundred keys at a
     * time under the shard's lock. From then on the map keeps the index up to date;
     * {@link OrderedMap} says what that costs. If several threads make the first call, all of them
     * return when the index is complete. A {@linkplain #copyTo copy} of the map has no index until it
     * is asked for the view, too.
     *
     * <p>The iterators of the view are weakly consistent, as those of the map. The entries of one
     * batch of an iterator, some ten, are those of one moment of their shard. A map with few
     * {@linkplain SyncMapBuilder#shards shards} produces short ranges faster: a range is sought in
     * each of them.
     *
     * @return the view
     * @throws UnsupportedOperationException if the keys are of another type, or the map has limits
     * @throws IllegalArgumentException if a key is longer than 32 MiB, less 1 byte. While a map has
     *     the index, it refuses to put such a key
     * @throws HeapExhaustedException if the heap has no room for the index; the map is unchanged
     * @throws IllegalStateException if the map is closed, or if a function that runs under a lock of
     *     the map makes the first call
     */
    public OrderedMap<K, V> ordered() {
        KeyOrder order = KeyOrder.of(keyType);
        shards.requireAlive();
        orderBuilder.build();
        return new OrderedMapView<>(new OrderSource(order));
    }

    /**
     * Makes a map in another heap with the same entries, name, limits, listeners and options. An
     * entry of the copy expires when the entry here would, if neither is used meanwhile. The copy
     * also knows which entries were used lately, but not how often. Its figures of
     * {@link #cacheStats} begin at 0. From then on the maps are independent.
     *
     * <p>Other threads may go on using this map. The entries of one shard are copied as they are at
     * one moment, while the threads that write to this shard wait. Each shard is copied at another
     * moment.
     *
     * <p>Keys are spread over the shards of the copy in another way. So if this map is close to
     * {@link SyncMapBuilder#maxEntries} or {@link SyncMapBuilder#maxBytes}, a shard of the copy may
     * be full before the others, and evicts entries as with any put.
     *
     * @param target the heap for the copy, which must be open to many threads; it may be this map's
     *     heap
     * @return the copy
     * @throws IllegalArgumentException if the target is confined to a thread, or if the values are
     *     maps or pointers and {@code target} is another heap
     * @throws HeapExhaustedException if the heap has no room; nothing was made
     */
    public SyncMap<K, V> copyTo(NativeHeap target) {
        shards.requireAlive();
        MemMap.requireNoPointers(heap, target, keyType, valueType);
        SyncMap<K, V> copy = make(target, keyType, valueType, options.withShards(shards.count()));
        try {
            if (heap.isReadOnly()) {
                copy.putAll(this); // no lock can keep a shard as it is
                return copy;
            }
            long now = now();
            for (int i = 0; i < shards.count(); i++) {
                copyShard(shards.get(i), copy, now);
            }
            return copy;
        } catch (Throwable failed) {
            copy.free();
            throw failed;
        }
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
     * a caller's heap: proportional to the number of entries.
     *
     * @throws IllegalStateException if a function that runs under a lock of this map calls it; or
     *     if the map's own heap cannot end because I/O or a native call uses its memory ("Session
     *     is acquired"). The map is then as it was, and the caller can call it again
     */
    @Override
    public void close() {
        shards.close();
    }

    // ----------------------------------------------------------------------------------- the views

    @Override
    Iterator<Map.Entry<K, V>> entries() {
        return new SyncMapIterator<K, V, Map.Entry<K, V>>(this, true) {
            @Override
            Map.Entry<K, V> element(K key, EncodedBytes value) {
                return new WriteThrough(key, valueCodec.decode(value));
            }
        };
    }

    @Override
    Iterator<K> keys() {
        return new SyncMapIterator<K, V, K>(this, false) {
            @Override
            K element(K key, EncodedBytes value) {
                return key;
            }
        };
    }

    @Override
    @Nullable
    V valueToCompare(Object key) {
        K sought = cast(key);
        if (sought == null) {
            return null;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(sought, buffers.key);
            boolean found = peek(shardOf(buffers.key), buffers.key, buffers.value, false);
            return found ? valueCodec.decode(buffers.value) : null;
        }
    }

    @Override
    @Nullable
    Object equalityOfKey(@Nullable Object key) {
        return keyType.equalityOf(key);
    }

    @Override
    @Nullable
    Object equalityOfValue(@Nullable Object value) {
        return valueType.equalityOf(value);
    }

    @Override
    boolean removeProduced(Iterator<Map.Entry<K, V>> iterator, Map.Entry<K, V> entry, boolean anyValue) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encode(entry.getKey(), entry.getValue(), buffers);
            return eraseProduced(buffers.key, anyValue ? null : buffers.value);
        }
    }

    /** An entry as it was when it was produced. Its setValue puts the value into the map. */
    private final class WriteThrough extends ViewEntry {
        private static final long serialVersionUID = 1L;

        WriteThrough(K key, V value) {
            super(key, value);
        }

        @Override
        public V setValue(V value) {
            put(getKey(), value);
            return super.setValue(value);
        }
    }

    /** What the ordered view needs of this map. */
    private final class OrderSource extends OrderedMapView.Source<K, V> {
        OrderSource(KeyOrder order) {
            super(SyncMap.this, SyncMap.this.keyType, SyncMap.this.valueType, order, true);
        }

        @Override
        int tables() {
            return shards.count();
        }

        @Override
        OrderWalk walk(
                int table,
                KeyRange range,
                boolean ascending,
                boolean wantsValues,
                int wanted,
                OrderWalk.Holders holders) {
            return new ShardOrderWalk<>(shards, shards.get(table), range, ascending, wantsValues, wanted, holders);
        }

        @Override
        V decodeValue(EncodedBytes value) {
            return valueCodec.decode(value);
        }

        @Override
        void erase(EncodedBytes key) {
            eraseProduced(key, null);
        }

        @Override
        void requireAlive() {
            shards.requireAlive();
        }
    }

    // ------------------------------------------------------------------------------------- helpers

    /**
     * Returns a key as an object of the map's type. Returns null if the key is of another class,
     * and so absent.
     */
    private @Nullable K cast(@Nullable Object key) {
        K sought = keyType.cast(Objects.requireNonNull(key, "key"));
        if (sought == null) {
            shards.requireAlive();
        }
        return sought;
    }

    /** Returns a duration in nanoseconds, if the map's entries have times to live of their own. */
    final long requireTimeToLive(Duration timeToLive) {
        if (!asksExpiry()) {
            throw new UnsupportedOperationException("the entries of this map have no times to live of their own:"
                    + " build it with SyncMapBuilder.expireAfter, perhaps with Expiry.eternal()");
        }
        if (timeToLive.isNegative()) {
            throw new IllegalArgumentException("timeToLive must be zero or longer: " + timeToLive);
        }
        return ExpiryByFunction.nanos(timeToLive);
    }

    private static <R> @Nullable R applyToCopy(
            EncodedBytes value, Function<? super MemorySegment, ? extends @Nullable R> function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(value.length, Long.BYTES);
            MemorySegment.copy(value.bytes, value.from, copy, ValueLayout.JAVA_BYTE, 0, value.length);
            return function.apply(copy.asReadOnly());
        }
    }

    private void copyShard(Shard<ObjectTable<K, V>> shard, SyncMap<K, V> copy, long now) {
        try (Evictions evictions = copy.evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            long stamp = shards.lockForRead(shard);
            try {
                shards.requireAlive();
                ObjectTable<K, V> table = shard.table;
                forEachToCopy(table, now, slot -> {
                    table.loadKey(slot, buffers.key);
                    table.load(valueType, table.valueAddress(slot), buffers.value);
                    copy.addCopy(table, slot, buffers, now, evictions);
                });
            } finally {
                shard.unlockRead(stamp);
            }
        }
    }
}
