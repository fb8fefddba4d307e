package io.memmap;

import io.memmap.Loads.Load;
import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.Mem;
import io.memmap.memory.StackReserve;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
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
public sealed class SyncMap<K, V> extends AbstractMapView<K, V> implements ConcurrentMap<K, V>, AutoCloseable
        permits BoundedSyncMap {
    /** In place of a time to live: the map's {@link Expiry} is to be asked, if there is one. */
    static final long ASK = -1;

    /** A batch loads the buckets of this many keys before it uses the first one. */
    private static final int LOADED_AHEAD = 32;

    final NativeHeap heap;
    final Shards<ObjectTable<K, V>> shards;
    final Type<K> keyType;
    final Type<V> valueType;
    final Codec<K> keyCodec;
    final Codec<V> valueCodec;
    final Loads loads;
    /** Counts the uses of the map; null if they are not counted. */
    private final @Nullable CacheCounters uses;
    /** Counts the uses, or only what the limits remove; null if the map has neither. */
    private final @Nullable CacheCounters figures;

    final SyncMapOptions<K, V> options;
    private final OrderBuilder orderBuilder;

    SyncMap(
            NativeHeap heap,
            Type<K> keyType,
            Type<V> valueType,
            Shards<ObjectTable<K, V>> shards,
            SyncMapOptions<K, V> options,
            @Nullable CacheCounters counters) {
        this.heap = heap;
        this.keyType = keyType;
        this.valueType = valueType;
        this.shards = shards;
        keyCodec = keyType.codecIn(heap);
        valueCodec = valueType.codecIn(heap);
        loads = shards.loads(keyType);
        orderBuilder = Shards.orderBuilder(shards);
        uses = options.recordsStats() ? counters : null;
        figures = counters;
        if (counters != null) {
            shards.show(counters.source(options.name(), new MapType(keyType, valueType).toString()));
        }
        this.options = options;
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

    /** Makes a map with these options. */
    static <K, V> SyncMap<K, V> make(
            NativeHeap heap, Type<K> keyType, Type<V> valueType, SyncMapOptions<K, V> options) {
        return options.hasNodes()
                ? BoundedSyncMap.make(heap, keyType, valueType, options)
                : make(heap, keyType, valueType, 0, options);
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

    private static int countOf(SyncMapOptions<?, ?> options) {
        int shards = options.limits().shards();
        return shards == 0 ? Shards.defaultCount() : shards;
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

    final void countRead(boolean found) {
        CacheCounters counting = uses;
        if (counting != null) {
            counting.countRead(found);
        }
    }

    private @Nullable V get(K key, long now) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            return present(key, buffers, now);
        }
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

    @Override
    public V getOrDefault(@Nullable Object key, V defaultValue) {
        V value = get(key);
        return value == null ? defaultValue : value;
    }

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

    final Shard<ObjectTable<K, V>> shardOf(EncodedBytes key) {
        return shards.of(hash(key));
    }

    private long hash(EncodedBytes key) {
        return shards.get(0).table.hash(key, shards.seed());
    }

    /**
     * Copies the value of an encoded key, if {@code value} is not null; returns false if the key is
     * absent.
     */
    final boolean load(EncodedBytes key, @Nullable EncodedBytes value, long now) {
        return load(shardOf(key), key, value, now);
    }

    private boolean copyUnlocked(
            Shard<ObjectTable<K, V>> shard, long version, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        ObjectTable<K, V> table = shard.table;
        long slot = find(table, key, now);
        if (slot == 0 || value == null) {
            return slot != 0;
        }
        noteRead(table, slot);
        long address = table.valueAddress(slot);
        long start = valueType.start(table.mem, address);
        int length = valueType.length(table.mem, address);
        if (length > SequenceWord.TRUSTED_BYTES) {
            if (!shard.isUnchanged(version)) {
                return false; // before it makes an array of a size that was torn
            }
            table.requireLength(length);
        }
        Mem.copyOut(table.mem, start, value.own(length), length);
        return true;
    }

    /**
     * Copies the value of an encoded key, under the shard's lock; returns false if the key is
     * absent.
     */
    final boolean copy(ObjectTable<K, V> table, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        long slot = find(table, key, now);
        if (slot != 0 && value != null) {
            table.load(valueType, table.valueAddress(slot), value);
        }
        return slot != 0;
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
        return compute(key, () -> now, (same, old) -> old == null ? callLoader(same, function) : old, true);
    }

    @Override
    public @Nullable V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(function, "function");
        return compute(key, (same, old) -> old == null ? null : function.apply(same, old));
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
        List<K> distinct = distinct(keys);
        return inOrder(distinct, findAllCounted(distinct));
    }

    private Map<K, V> findAllCounted(List<K> keys) {
        Map<K, V> found = new HashMap<>();
        findAll(keys, found);
        CacheCounters counting = uses;
        if (counting != null) {
            counting.countReads(found.size(), keys.size() - found.size());
        }
        return found;
    }

    private static <K, V> Map<K, V> inOrder(List<K> keys, Map<K, V> found) {
        Map<K, V> ordered = new LinkedHashMap<>();
        for (K key : keys) {
            V value = found.get(key);
            if (value != null) {
                ordered.put(key, value);
            }
        }
        return Collections.unmodifiableMap(ordered);
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
        List<K> distinct = distinct(keys);
        Map<K, V> found = findAllCounted(distinct);
        if (found.size() < distinct.size()) {
            shards.requireNoFunction(); // also claims the stack: the loads must end
            loadAll(distinct, found, loader);
        }
        return inOrder(distinct, found);
    }

    /** Loads the keys that have not been found, and adds them to {@code found}. */
    private void loadAll(
            List<K> keys,
            Map<K, V> found,
            Function<? super Set<? extends K>, ? extends Map<? extends K, ? extends V>> loader) {
        Map<K, Load> missing = new LinkedHashMap<>();
        try {
            enterAll(keys, found, missing);
            // Keys may have been put before their loads were in the table.
            findAll(List.copyOf(missing.keySet()), found);
            Set<K> wanted = new LinkedHashSet<>(missing.keySet());
            wanted.removeAll(found.keySet());
            if (wanted.isEmpty()) {
                return;
            }
            Batch batch = new Batch(wanted.size(), true);
            for (Map.Entry<? extends K, ? extends V> entry :
                    callBulkLoader(Collections.unmodifiableSet(wanted), loader).entrySet()) {
                K key = Objects.requireNonNull(entry.getKey(), "key");
                V value = Objects.requireNonNull(entry.getValue(), "value");
                batch.add(key, value, wanted.contains(key) ? missing.get(key) : null);
            }
            batch.put();
            found.putAll(batch.loaded);
        } finally {
            missing.values().forEach(loads::end);
        }
    }

    /** Makes a load for each key that has not been found, and puts it into the table of loads. */
    private void enterAll(List<K> keys, Map<K, V> found, Map<K, Load> missing) {
        for (K key : keys) {
            if (!found.containsKey(key)) {
                Load load;
                try (OperationBuffers buffers = OperationBuffers.take()) {
                    encodeKey(key, buffers);
                    load = loads.make(buffers.key, hash(buffers.key), true);
                }
                missing.put(key, load); // first, so that the load ends in any case
                loads.enter(load);
            }
        }
    }

    private Map<? extends K, ? extends V> callBulkLoader(
            Set<K> keys, Function<? super Set<? extends K>, ? extends Map<? extends K, ? extends V>> loader) {
        boolean succeeded = false;
        long begun = System.nanoTime();
        try {
            Map<? extends K, ? extends V> made = Objects.requireNonNull(loader.apply(keys), "the loader's map");
            succeeded = true;
            return made;
        } finally {
            CacheCounters counting = uses;
            if (counting != null) {
                counting.countLoad(succeeded, System.nanoTime() - begun);
            }
        }
    }

    private static <K> List<K> distinct(Iterable<? extends K> keys) {
        Set<K> distinct = new LinkedHashSet<>();
        for (K key : keys) {
            distinct.add(Objects.requireNonNull(key, "key"));
        }
        return List.copyOf(distinct);
    }

    /** Adds the keys that are present, with their values, to {@code found}. */
    private void findAll(List<K> keys, Map<K, V> found) {
        long now = now();
        EncodedParts encoded = new EncodedParts();
        int begin = 0;
        for (int end = 0; end < keys.size(); end++) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                keyCodec.encode(keys.get(end), buffers.key);
                if (encoded.isFull(buffers.key)) {
                    findPortion(keys.subList(begin, end), encoded, found, now);
                    encoded.clear(0);
                    begin = end;
                }
                encoded.append(buffers.key);
            }
        }
        findPortion(keys.subList(begin, keys.size()), encoded, found, now);
    }

    private void findPortion(List<K> keys, EncodedParts encoded, Map<K, V> found, long now) {
        EncodedParts values = new EncodedParts();
        EncodedBytes key = new EncodedBytes();
        EncodedBytes value = new EncodedBytes();
        forEachShard(encoded, (shard, indices, hashes) -> {
            int done = 0;
            while (done < indices.length) {
                int[] taken = new int[indices.length - done];
                values.clear(0);
                done = readSome(shard, indices, done, hashes, encoded, values, taken, now);
                for (int i = 0; i < values.count(); i++) {
                    encoded.lendTo(key, taken[i]);
                    values.lendTo(value, i);
                    V decoded = valueCodec.decode(value);
                    afterRead(keys.get(taken[i]), decoded, key, value, now);
                    found.put(keys.get(taken[i]), decoded);
                }
            }
        });
    }

    /**
     * Copies the values of keys of one shard, from the one at {@code from} on, until there are
     * enough bytes. Puts the index of the key of each value into {@code taken}. Returns where to go
     * on.
     */
    private int readSome(
            Shard<ObjectTable<K, V>> shard,
            int[] indices,
            int from,
            long[] hashes,
            EncodedParts keys,
            EncodedParts values,
            int[] taken,
            long now) {
        EncodedBytes key = new EncodedBytes();
        return shards.read(shard, null, version -> {
            values.clear(0);
            ObjectTable<K, V> table = shard.table;
            int next = from;
            for (; next < indices.length; next++) {
                loadAhead(table, indices, next, hashes);
                keys.lendTo(key, indices[next]);
                long slot = find(table, key, now);
                if (slot == 0) {
                    continue;
                }
                int length = valueType.length(table.mem, table.valueAddress(slot));
                if (values.isFull(length)) {
                    break;
                }
                if (length > SequenceWord.TRUSTED_BYTES && !shard.isUnchanged(version)) {
                    return next; // before it makes room for a length that was torn
                }
                noteLockedRead(table, slot, now);
                taken[values.count()] = indices[next];
                values.append(table, valueType, table.valueAddress(slot));
            }
            return next;
        });
    }

    /** Takes a shard, the indices of its keys in a batch, and the hashes of all keys of the batch. */
    private interface ShardAction<T extends HashTable> {
        void accept(Shard<T> shard, int[] indices, long[] hashes);
    }

    /**
     * Groups encoded keys by their shards, and passes the indices of each group to an action, in the
     * order of the shards.
     */
    private void forEachShard(EncodedParts keys, ShardAction<ObjectTable<K, V>> action) {
        long[] hashes = new long[keys.count()];
        int[] ends = new int[shards.count() + 1]; // where the group of each shard ends
        EncodedBytes key = new EncodedBytes();
        for (int i = 0; i < hashes.length; i++) {
            keys.lendTo(key, i);
            hashes[i] = hash(key);
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
                action.accept(shards.get(shard), Arrays.copyOfRange(sorted, ends[shard], ends[shard + 1]), hashes);
            }
        }
    }

    /**
     * Loads the buckets of the next keys of a shard, if the key at {@code index} is the first of
     * {@link #LOADED_AHEAD}. So the cache misses of these keys overlap.
     */
    private void loadAhead(ObjectTable<K, V> table, int[] indices, int index, long[] hashes) {
        if (index % LOADED_AHEAD == 0) {
            for (int i = index; i < Math.min(index + LOADED_AHEAD, indices.length); i++) {
                table.loadFirstBucket(hashes[indices[i]]);
            }
        }
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
        Batch batch = new Batch(entries.size(), asksExpiry());
        for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
            batch.add(entry.getKey(), entry.getValue(), null);
        }
        batch.put();
    }

    /**
     * An entry of a batch as objects.
     *
     * @param load the load that has made the value; null for a value that is put in any case
     */
    private record Added<K, V>(K key, V value, @Nullable Load load) {}

    /** Entries that are put one shard after the other, in portions. */
    private final class Batch {
        private final EncodedParts encodedKeys = new EncodedParts();
        private final EncodedParts encodedValues = new EncodedParts();
        /** The entries as objects; null if the batch has no loads, and no {@link Expiry} is asked. */
        private final @Nullable List<Added<K, V>> objects;
        /** The values to return to the callers of the loads. */
        private final Map<K, V> loaded = new HashMap<>();
        /** About how many more entries there will be. */
        private int expected;

        Batch(int expected, boolean keepsObjects) {
            this.expected = expected;
            objects = keepsObjects ? new ArrayList<>() : null;
        }

        /** Adds an entry. May put the entries that were added before. */
        void add(K key, V value, @Nullable Load load) {
            try (OperationBuffers buffers = OperationBuffers.take()) {
                encode(key, value, buffers);
                if (load != null) {
                    buffers.key.lend(load.key().bytes, load.key().from, load.key().length);
                }
                if (encodedKeys.isFull(buffers.key) || encodedValues.isFull(buffers.value)) {
                    put();
                }
                if (encodedKeys.count() == 0) {
                    encodedKeys.expect(expected, buffers.key);
                    encodedValues.expect(expected, buffers.value);
                }
                encodedKeys.append(buffers.key);
                encodedValues.append(buffers.value);
            }
            expected--;
            if (objects != null) {
                objects.add(new Added<>(key, value, load));
            }
        }

        /** Puts the entries that were added. */
        void put() {
            EncodedBytes[] others = new EncodedBytes[objects == null ? 0 : objects.size()];
            try (Evictions evictions = evictions();
                    OperationBuffers buffers = OperationBuffers.take()) {
                forEachShard(encodedKeys, (shard, indices, hashes) -> {
                    putIn(shard, indices, hashes, buffers, others, evictions);
                    if (evictions != null) {
                        evictions.notifyListeners(); // after each shard, so that only its entries are kept
                    }
                });
            }
            if (objects != null) {
                for (int i = 0; i < others.length; i++) {
                    endLoad(objects.get(i), i, others[i]);
                }
                objects.clear();
            }
            encodedKeys.clear(0);
            encodedValues.clear(0);
        }

        /**
         * Puts the entries of one shard, except the values of loads whose key has been written
         * meanwhile. Copies the values that such keys have instead into {@code others}.
         */
        private void putIn(
                Shard<ObjectTable<K, V>> shard,
                int[] indices,
                long[] hashes,
                OperationBuffers buffers,
                EncodedBytes[] others,
                @Nullable Evictions evictions) {
            boolean asks = asksExpiry();
            long stamp = asks ? shards.lockForFunction(shard) : shards.lock(shard);
            try {
                ObjectTable<K, V> table = shard.table;
                long now = beginWrite(table, now());
                for (int i = 0; i < indices.length; i++) {
                    loadAhead(table, indices, i, hashes);
                    int index = indices[i];
                    encodedKeys.lendTo(buffers.key, index);
                    encodedValues.lendTo(buffers.value, index);
                    Added<K, V> added = objects == null ? null : objects.get(index);
                    Load load = added == null ? null : added.load();
                    if (load != null && !loads.holds(load)) {
                        if (copy(table, buffers.key, buffers.previous, now)) {
                            others[index] = Loads.copy(buffers.previous);
                        }
                        continue;
                    }
                    if (asks && added != null) {
                        askExpiry(table, added.key(), added.value(), buffers.key, now);
                        stamp = shard.excludeReaders(stamp);
                    }
                    SyncMap.this.put(table, buffers, false);
                    if (asks) {
                        stamp = shard.admitReaders(stamp);
                    }
                }
            } finally {
                unlock(shard, stamp, evictions, asks);
            }
        }

        /** Passes the value of a load on, which is that of another write if there was one. */
        private void endLoad(Added<K, V> added, int index, @Nullable EncodedBytes other) {
            Load load = added.load();
            if (load != null) {
                EncodedBytes value = new EncodedBytes();
                encodedValues.lendTo(value, index);
                load.succeed(other == null ? Loads.copy(value) : other);
                loaded.put(added.key(), other == null ? added.value() : decode(other));
            }
        }
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
        for (boolean isFirst = true; ; isFirst = false) {
            Load mine;
            V present;
            try (OperationBuffers buffers = OperationBuffers.take()) {
                encodeKey(key, buffers);
                long now = now();
                present = present(key, buffers, now);
                if (isFirst) {
                    countRead(present != null);
                }
                if (present == null) {
                    shards.requireNoFunction();
                } else if (!isRefreshDue(buffers.key, buffers.value, now)) {
                    return present;
                }
                mine = loads.make(buffers.key, hash(buffers.key), present == null);
            }
            StackReserve.claim(); // a load in the table must end
            Load other = loads.enter(mine);
            if (present != null) {
                if (other == null) {
                    beginRefresh(mine, loader);
                }
                return present;
            }
            if (other == null) {
                return run(mine, key, loader);
            }
            if (other.claim()) {
                return run(other, key, loader);
            }
            EncodedBytes value = other.await();
            if (value != null) {
                return decode(value);
            }
        }
    }

    /** Returns the value of the encoded key, as a read; null if the key is absent. */
    private @Nullable V present(K key, OperationBuffers buffers, long now) {
        if (!load(buffers.key, buffers.value, now)) {
            return null;
        }
        V value = valueCodec.decode(buffers.value);
        afterRead(key, value, buffers.key, buffers.value, now);
        return value;
    }

    /** Decodes a value that other threads may decode at the same time. */
    private V decode(EncodedBytes value) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            buffers.value.lend(value.bytes, value.from, value.length);
            return valueCodec.decode(buffers.value);
        }
    }

    /** Runs a load that is in the table, and ends it. */
    private @Nullable V run(Load load, K key, Function<? super K, ? extends @Nullable V> loader) {
        try {
            // The key may have been put before the load was in the table.
            try (OperationBuffers buffers = OperationBuffers.take()) {
                buffers.key.lend(load.key().bytes, load.key().from, load.key().length);
                V present = present(key, buffers, now());
                if (present != null) {
                    return present;
                }
            }
            V made = callLoader(key, loader);
            return made == null ? null : store(load, key, made);
        } finally {
            loads.end(load);
        }
    }

    /** Has the executor refresh an entry, by a load that is in the table. */
    private void beginRefresh(Load load, Function<? super K, ? extends @Nullable V> loader) {
        try {
            options.executor().execute(() -> refresh(load, loader));
        } catch (Throwable refused) { // the caller has a value, so it does not fail
            loads.end(load);
            reportRefresh(refused);
        }
    }

    /** Runs the load of a refresh, unless a thread has done so that needed the value. */
    private void refresh(Load load, Function<? super K, ? extends @Nullable V> loader) {
        if (!load.claim()) {
            return;
        }
        try {
            StackReserve.claim();
            if (isRefreshDue(load.key(), null, now())) {
                K key = keyCodec.decode(load.key());
                V made = callLoader(key, loader);
                if (made == null) {
                    removeRefreshed(load);
                } else {
                    store(load, key, made);
                }
            }
        } catch (Throwable failed) {
            reportRefresh(failed);
        } finally {
            loads.end(load);
        }
    }

    /** Removes an entry whose refresh has made no value, if the key has not been written meanwhile. */
    private void removeRefreshed(Load load) {
        try (Evictions evictions = evictions()) {
            Shard<ObjectTable<K, V>> shard = shardOf(load.key());
            long stamp = shards.lock(shard);
            try {
                long now = beginWrite(shard.table, now());
                if (loads.holds(load) && find(shard.table, load.key(), now) != 0) {
                    erase(shard.table, load.key());
                }
            } finally {
                unlock(shard, stamp, evictions);
            }
        }
    }

    /** Logs why a refresh has failed, unless the map has been closed. */
    private void reportRefresh(Throwable failed) {
        if (!shards.isClosed()) {
            System.getLogger("io.memmap")
                    .log(System.Logger.Level.WARNING, "A value was not refreshed, and stays as it is", failed);
        }
    }

    private @Nullable V callLoader(K key, Function<? super K, ? extends @Nullable V> loader) {
        CacheCounters counting = uses;
        if (counting == null) {
            return loader.apply(key);
        }
        long begun = System.nanoTime();
        V made = null;
        try {
            made = loader.apply(key);
            return made;
        } finally {
            counting.countLoad(made != null, System.nanoTime() - begun);
        }
    }

    /**
     * Puts the value that a load has made, if the key has not been written meanwhile. Returns the
     * value to return to the callers.
     */
    private V store(Load load, K key, V made) {
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            buffers.key.lend(load.key().bytes, load.key().from, load.key().length);
            valueCodec.encode(made, buffers.value);
            EncodedBytes shared = Loads.copy(buffers.value); // allocates: do it before the change
            Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
            boolean asks = asksExpiry();
            boolean hasOther = false;
            long stamp = asks ? shards.lockForFunction(shard) : shards.lock(shard);
            try {
                ObjectTable<K, V> table = shard.table;
                long now = beginWrite(table, now());
                if (!loads.holds(load)) {
                    hasOther = copy(table, buffers.key, buffers.previous, now);
                } else {
                    if (asks) {
                        askExpiry(table, key, made, buffers.key, now);
                        stamp = shard.excludeReaders(stamp);
                    }
                    countPut();
                    assign(table, buffers, false);
                }
            } finally {
                unlock(shard, stamp, evictions, asks);
            }
            load.succeed(hasOther ? Loads.copy(buffers.previous) : shared);
            return hasOther ? valueCodec.decode(buffers.previous) : made;
        }
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

    private static <R> @Nullable R applyToCopy(
            EncodedBytes value, Function<? super MemorySegment, ? extends @Nullable R> function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(value.length, Long.BYTES);
            MemorySegment.copy(value.bytes, value.from, copy, ValueLayout.JAVA_BYTE, 0, value.length);
            return function.apply(copy.asReadOnly());
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

    enum Change {
        PUT,
        REPLACE,
        REMOVE
    }

    /**
     * Changes the value of an encoded key, and returns the value before. If a caller's code decodes
     * that value, the decoding runs before the lock is taken, as it may throw or take its time. The
     * change follows only if the value is then still the same; otherwise all is tried again.
     *
     * @param key the key as an object; may be null if the map has no {@link Expiry}
     * @param value the value to put; null for a removal
     * @param timeToLive how long the entry lives, or {@link #ASK}
     */
    final @Nullable V exchange(
            @Nullable K key, @Nullable V value, OperationBuffers buffers, Change change, long timeToLive) {
        Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
        boolean decodesFirst = valueCodec.runsCallersCode();
        if (decodesFirst) {
            buffers.previous.pin(); // it is compared after it has been decoded
        }
        boolean asks = key != null && value != null && timeToLive == ASK && asksExpiry();
        try (Evictions evictions = evictions()) {
            while (true) {
                boolean wasThere = decodesFirst && peek(shard, buffers.key, buffers.previous, true);
                V before = null;
                Throwable failed = null;
                try {
                    before = wasThere ? valueCodec.decode(buffers.previous) : null;
                } catch (Throwable e) {
                    failed = e; // thrown later, unless the entry has expired
                }
                boolean present;
                long stamp = asks ? shards.lockForFunction(shard) : shards.lock(shard);
                try {
                    ObjectTable<K, V> table = shard.table;
                    long now = beginWrite(table, now());
                    long slot = decodesFirst ? find(table, buffers.key, now) : 0;
                    if (slot != 0) {
                        if (!wasThere || !hasValue(table, slot, buffers.previous)) {
                            continue;
                        }
                        Evictions.rethrow(failed);
                    }
                    if (asks
                            && key != null
                            && value != null
                            && (change == Change.PUT || find(table, buffers.key, now) != 0)) {
                        askExpiry(table, key, value, buffers.key, now);
                        stamp = shard.excludeReaders(stamp);
                    } else {
                        setTimeToLive(table, timeToLive);
                    }
                    present = switch (change) {
                        case PUT -> put(table, buffers, !decodesFirst);
                        case REPLACE -> find(table, buffers.key, now) != 0 && put(table, buffers, !decodesFirst);
                        case REMOVE -> {
                            endLoad(buffers.key); // also if the key is absent
                            slot = find(table, buffers.key, now);
                            if (slot != 0 && !decodesFirst) {
                                table.keepPrevious(slot, buffers);
                            }
                            yield slot != 0 && erase(table, buffers.key);
                        }
                    };
                } finally {
                    unlock(shard, stamp, evictions, asks);
                }
                if (!present) {
                    return null;
                }
                return decodesFirst ? before : shard.table.previous(buffers);
            }
        }
    }

    /** Returns whether the value in this slot has exactly these bytes. */
    final boolean hasValue(ObjectTable<K, V> table, long slot, EncodedBytes value) {
        long address = table.valueAddress(slot);
        return valueType.length(table.mem, address) == value.length
                && Mem.equalBytes(
                        table.mem, valueType.start(table.mem, address), value.bytes, value.from, value.length);
    }

    /** Puts an entry for a caller, under the shard's lock; returns whether the key was present. */
    final boolean put(ObjectTable<K, V> table, OperationBuffers buffers, boolean wantsPrevious) {
        endLoad(buffers.key);
        countPut(); // may allocate: do it before the first change
        return assign(table, buffers, wantsPrevious);
    }

    private void countPut() {
        CacheCounters counting = uses;
        if (counting != null) {
            counting.countPut();
        }
    }

    /** Removes a key for a caller, under the shard's lock; returns whether the key was present. */
    final boolean remove(ObjectTable<K, V> table, EncodedBytes key) {
        endLoad(key);
        return erase(table, key);
    }

    /**
     * Keeps a load of a key that is under way from storing its value, as the key is being written.
     * The caller holds the shard's lock.
     */
    final void endLoad(EncodedBytes key) {
        if (!loads.isEmpty()) {
            loads.detach(key, hash(key));
        }
    }

    private void encode(K key, V value, OperationBuffers buffers) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        shards.requireOpen();
        encodeKey(key, buffers);
        valueCodec.encode(value, buffers.value);
    }

    /**
     * Encodes the key of a write. All steps of the write work on these bytes, which no other code
     * can change.
     */
    private void encodeKey(K key, OperationBuffers buffers) {
        keyCodec.encode(key, buffers.key);
        buffers.key.keep();
    }

    /**
     * Removes all entries. For each key, an operation that overlaps this call may come before or
     * after it. Go's sync.Map has it as Clear.
     */
    @Override
    public void clear() {
        shards.clear(this::endLoads);
    }

    /** Keeps the loads of a shard's keys from storing their values, under the shard's lock. */
    final void endLoads(Shard<ObjectTable<K, V>> shard) {
        if (!loads.isEmpty()) {
            loads.detachOf(shards, shard);
        }
    }

    // -------------------------------------------------------------------------------------- bounds

    // BoundedSyncMap overrides the methods of this section, and maxEntryBytes and purgeExpired.
    // Here they do what a map without limits needs.

    /**
     * Returns the time of an operation, which reads the clock once; returns 0 if nothing expires.
     */
    long now() {
        return 0;
    }

    /**
     * Returns the slot of an encoded key, or 0 if the key is absent. A caller without the lock must
     * validate the result.
     */
    long find(ObjectTable<K, V> table, EncodedBytes key, long now) {
        return table.find(key);
    }

    /** Does the same as {@link #load(EncodedBytes, EncodedBytes, long)} in the key's shard. */
    boolean load(Shard<ObjectTable<K, V>> shard, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        for (int tries = 0; shard.triesAgain(tries); tries++) {
            long version = shard.version();
            try {
                boolean found = version != 0 && copyUnlocked(shard, version, key, value, now);
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
            return copy(shard.table, key, value, now);
        } finally {
            shard.unlockRead(stamp);
        }
    }

    /**
     * Copies the value of a key, and notes no read; returns false if the key is absent.
     *
     * @param orExpired whether an entry that has expired counts as present; then the clock is not read
     */
    boolean peek(Shard<ObjectTable<K, V>> shard, EncodedBytes key, EncodedBytes value, boolean orExpired) {
        return load(shard, key, value, 0);
    }

    /** Notes a read, without the lock, of the entry that seems to be in this slot. */
    void noteRead(ObjectTable<K, V> table, long slot) {}

    /** Does the same as {@link #noteRead} for a read under the shard's lock. */
    void noteLockedRead(ObjectTable<K, V> table, long slot, long now) {}

    /** Does the same for a read under the guard, and asks the map's {@link Expiry}. */
    void noteGuardedRead(ObjectTable<K, V> table, long slot, K key, long now) {}

    /** Asks the map's {@link Expiry}, under no lock, how long an entry lives that has been read. */
    void afterRead(K key, V value, EncodedBytes keyBytes, EncodedBytes valueBytes, long now) {}

    /** Passes the slots of the entries that a copy of the map gets to an action. */
    void forEachToCopy(ObjectTable<K, V> table, long now, LongConsumer action) {
        table.forEachSlot(action);
    }

    /** Puts an entry with these bytes, which has been copied from a slot of another map. */
    void addCopy(ObjectTable<K, V> from, long slot, OperationBuffers buffers, long now, @Nullable Evictions evictions) {
        Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
        long stamp = shards.lock(shard);
        try {
            assign(shard.table, buffers, false);
        } finally {
            unlock(shard, stamp, evictions);
        }
    }

    /**
     * Returns whether an entry is to be refreshed. If {@code value} is not null, the entry must have
     * that value.
     */
    boolean isRefreshDue(EncodedBytes key, @Nullable EncodedBytes value, long now) {
        return false;
    }

    /** Returns whether the map has an {@link Expiry}. */
    boolean asksExpiry() {
        return false;
    }

    /**
     * Asks the map's {@link Expiry} how long the entry lives that is about to be put. The caller
     * holds the shard's lock for a function.
     */
    void askExpiry(ObjectTable<K, V> table, K key, V value, EncodedBytes keyBytes, long now) {}

    /** Sets how long the entry lives that is about to be put; does nothing for {@link #ASK}. */
    void setTimeToLive(ObjectTable<K, V> table, long nanos) {}

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

    /** Sets the time of a write that begins, under the shard's lock, and returns it. */
    long beginWrite(ObjectTable<K, V> table, long now) {
        return now;
    }

    /**
     * Puts an entry, under the shard's lock; returns whether the key was present. Keeps the value
     * before if {@code wantsPrevious}.
     */
    boolean assign(ObjectTable<K, V> table, OperationBuffers buffers, boolean wantsPrevious) {
        return table.assign(buffers, wantsPrevious);
    }

    /** Removes a key, under the shard's lock; returns whether the key was present. */
    boolean erase(ObjectTable<K, V> table, EncodedBytes key) {
        return table.erase(key);
    }

    /** Replaces a value's bytes by the same number of others, under the shard's lock. */
    void storeBytes(ObjectTable<K, V> table, long slot, MemorySegment bytes) {
        table.storeBytes(slot, bytes);
    }

    /**
     * Returns the object that takes the evictions of an operation and notifies the listener when it
     * is closed; null without a listener.
     */
    @Nullable
    Evictions evictions() {
        return null;
    }

    /** Ends a write. */
    void unlock(Shard<ObjectTable<K, V>> shard, long stamp, @Nullable Evictions evictions) {
        shard.endWrite(stamp);
    }

    /** Ends a write. {@code isFunction} says whether it has the lock for a function. */
    final void unlock(Shard<ObjectTable<K, V>> shard, long stamp, @Nullable Evictions evictions, boolean isFunction) {
        if (isFunction) {
            unlockFunction(shard, stamp, evictions);
        } else {
            unlock(shard, stamp, evictions);
        }
    }

    /** Ends a write that ran a caller's function. */
    void unlockFunction(Shard<ObjectTable<K, V>> shard, long stamp, @Nullable Evictions evictions) {
        shards.unlockFunction(shard, stamp);
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

    /**
     * Removes an encoded key; if {@code onlyValue} is not null, only if the key has that value.
     * Returns whether an entry was removed.
     */
    final boolean eraseProduced(EncodedBytes key, @Nullable EncodedBytes onlyValue) {
        Shard<ObjectTable<K, V>> shard = shardOf(key);
        try (Evictions evictions = evictions()) {
            long stamp = shards.lock(shard);
            try {
                ObjectTable<K, V> table = shard.table;
                long slot = find(table, key, beginWrite(table, now()));
                return slot != 0 && (onlyValue == null || hasValue(table, slot, onlyValue)) && remove(table, key);
            } finally {
                unlock(shard, stamp, evictions);
            }
        }
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
     * @throws IllegalArgumentException if a key is longer than 64 MiB, less 1 byte. While a map has
     *     the index, it refuses to put such a key
     * @throws HeapExhaustedException if the heap has no room for the index; the map is unchanged
     * @throws IllegalStateException if the map is closed, or if a function that runs under a lock of
     *     the map makes the first call
     */
    public OrderedMap<K, V> ordered() {
        KeyOrder order = KeyOrder.of(keyType);
        shards.requireAlive();
        orderBuilder.build();
        return new OrderedMapView<>(new OrderedMapView.Source<>(this, keyType, valueType, order, true) {
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
        });
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
     * Removes all entries that have expired. It is useful where no writes remove them little by
     * little. Does nothing if entries do not expire. Cost: proportional to the number of entries.
     */
    public void purgeExpired() {
        shards.requireOpen();
    }

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
}
