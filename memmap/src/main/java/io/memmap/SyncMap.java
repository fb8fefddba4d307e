package io.memmap;

import io.memmap.Limits.Evictions;
import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Go's {@code sync.Map}, in a heap outside the Java heap: a {@link ConcurrentMap} with keys and values of any {@link Type}.
 *
 * <p><b>Threads.</b> All operations may run at once, on platform and virtual threads. Each is atomic for its key, and what a
 * write did happens-before a read that sees it. Reads take no lock and write nothing shared: they copy a value's bytes and
 * believe the copy if the shard's version has stayed ({@link Shard} has the argument). Writes lock one of many shards. Growth
 * is a little in each write, as in the plain map, and keeps nobody out.
 *
 * <p><b>Shards.</b> A map has as many locks for writers as it has shards: {@link #shards} tells how many. By default they are four
 * for each processor that the JVM has, 16 or more, and a power of two; a map with {@link Builder#maxBytes} has another rule.
 * {@link Builder#shards} sets their number.
 *
 * <p><b>Callers' code.</b> Readers and writers of types run under no lock. The functions of compute, computeIfAbsent,
 * computeIfPresent, merge, replaceAll, {@link #read} and {@link #update}, and what reads and writes their values, run while no
 * other thread may write to their shard: they must be short, may read the map, as all threads may meanwhile, and may not change it (an {@link
 * IllegalStateException}, "recursive update"). What callers' code throws is passed on, with the map as it was.
 *
 * <p><b>Equality.</b> Keys and values are equal as their {@link Type} says: by their bytes, +0 with -0, and a NaN with
 * nothing. So a NaN is put anew each time, and goes with {@link #clear} only. The views compare so too, and {@code equals} of the
 * map, whose {@code hashCode} agrees with that; a map of another class that compares with this one uses its own rule. Objects of
 * {@link Type#of} need a {@code hashCode} that agrees with their bytes.
 *
 * <p><b>Iterators</b> are weakly consistent: an entry that is there all the time is produced once; one that comes, goes or
 * changes meanwhile, as it was at some moment, or not. They hold no lock between calls. Streams of the views walk likewise, and
 * are told no size. removeIf of the values and of the entries removes an entry only with the value that it was tested with.
 *
 * <p><b>Lifetime.</b> A map that is made without one makes a heap of its own, which nobody else can use; {@link #close} ends
 * that heap, and the map with it. A map in a heap of the caller's is a guest there: {@link #close} gives its memory back to the
 * heap, which lives on for others. {@link #free} is the same as {@link #close}. Both wait for writers, and for functions that
 * run under a lock. After either, or after the end of the heap or of its arena, both do nothing, so that they are safe in a
 * {@code finally}; every other operation throws {@link IllegalStateException} with a message that begins with "Already closed"
 * and says what has ended, and by which call. Two ends are told less well: in a heap of a caller's arena that was closed by
 * {@link NativeHeap#close}, reads go on until the arena closes; and an operation that is under way when the heap ends beside it
 * may throw the JDK's own exception, "Already closed" and no more.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public sealed class SyncMap<K, V> extends MapViews<K, V> implements ConcurrentMap<K, V>, AutoCloseable
        permits BoundedSyncMap {
    /** Values up to this size are copied before their length is known to be true. */
    private static final int TRUSTED_BYTES = 4096;

    final NativeHeap heap;
    final Shards<MemMap<K, V>> shards;
    final Type<K> keyType;
    final Type<V> valueType;
    final Codec<K> keyCodec;
    final Codec<V> valueCodec;

    SyncMap(NativeHeap heap, Type<K> keyType, Type<V> valueType, Shards<MemMap<K, V>> shards) {
        this.heap = heap;
        this.keyType = keyType;
        this.valueType = valueType;
        this.shards = shards;
        keyCodec = keyType.codecIn(heap);
        valueCodec = valueType.codecIn(heap);
    }

    /**
     * Makes an empty map.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param heap the heap that it lives in, which must be one for many threads
     * @param keyType the keys; not {@link Type#map}
     * @param valueType the values
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread, or maps are to be keys
     * @throws HeapExhaustedException if the heap has no room for it
     */
    public static <K, V> SyncMap<K, V> make(NativeHeap heap, Type<K> keyType, Type<V> valueType) {
        return make(heap, keyType, valueType, 0);
    }

    /**
     * Makes an empty map in a heap of its own, {@link NativeHeap#ofShared}, which ends with the map.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param keyType the keys; not {@link Type#map}
     * @param valueType the values
     * @return the map; close it
     * @throws IllegalArgumentException if maps are to be keys
     * @throws HeapExhaustedException if there is no room for it
     */
    public static <K, V> SyncMap<K, V> make(Type<K> keyType, Type<V> valueType) {
        return builder(keyType, valueType).make();
    }

    /**
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param heap the heap that it lives in, which must be one for many threads
     * @param keyType the keys; not {@link Type#map}
     * @param valueType the values
     * @param hint the number of entries that it is to hold without growing; negative counts as 0; never a limit
     * @return the map
     * @throws IllegalArgumentException if the heap is confined to a thread, or maps are to be keys
     * @throws HeapExhaustedException if the heap has no room for so many entries, or no heap has; nothing was made
     */
    public static <K, V> SyncMap<K, V> make(NativeHeap heap, Type<K> keyType, Type<V> valueType, long hint) {
        MemMap.requireKeyType(keyType);
        return make(heap, keyType, valueType, hint, Shards.defaultCount(), "");
    }

    private static <K, V> SyncMap<K, V> make(
            NativeHeap heap, Type<K> keyType, Type<V> valueType, long hint, int shards, String name) {
        MapType type = new MapType(keyType, valueType);
        return new SyncMap<>(
                heap,
                keyType,
                valueType,
                new Shards<>(heap, shards, type, hint, name, hmap -> MemMap.handle(heap, hmap, keyType, valueType)));
    }

    /**
     * Begins the description of a map with a name, a number of shards, or limits: a cache that cannot leak.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param heap the heap that it lives in, which must be one for many threads
     * @param keyType the keys; not {@link Type#map}
     * @param valueType the values
     * @return a builder for a map without limits
     * @throws IllegalArgumentException if maps are to be keys
     */
    public static <K, V> Builder<K, V> builder(NativeHeap heap, Type<K> keyType, Type<V> valueType) {
        MemMap.requireKeyType(keyType);
        return new Builder<>(heap, keyType, valueType);
    }

    /**
     * Begins the description of a map with limits in a heap of its own, {@link NativeHeap#ofShared}, which ends with the map.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param keyType the keys; not {@link Type#map}
     * @param valueType the values
     * @return a builder for a map without limits
     * @throws IllegalArgumentException if maps are to be keys
     */
    public static <K, V> Builder<K, V> builder(Type<K> keyType, Type<V> valueType) {
        MemMap.requireKeyType(keyType);
        return new Builder<>(null, keyType, valueType);
    }

    // ------------------------------------------------------------------------------------------------------- reading

    /**
     * Returns the value of a key: sync.Map's Load.
     *
     * @param key the key
     * @return its value, decoded anew; null if it is absent
     */
    @Override
    public @Nullable V get(@Nullable Object key) {
        K sought = cast(key);
        return sought == null ? null : get(sought, now());
    }

    private @Nullable V get(K key, long now) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            return load(buffers.key, buffers.value, now) ? valueCodec.decode(buffers.value) : null;
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

    /** Returns a key as one of the map's type, or null if it is of another class, and so absent. */
    private @Nullable K cast(@Nullable Object key) {
        K sought = keyType.cast(Objects.requireNonNull(key, "key"));
        if (sought == null) {
            shards.requireAlive();
        }
        return sought;
    }

    final Shard<MemMap<K, V>> shardOf(EncodedBytes key) {
        return shards.of(shards.get(0).table.hash(key, shards.seed()));
    }

    /** Reads the clock for an operation, which does so once; returns 0 if nothing expires. */
    long now() {
        return 0;
    }

    /** Returns the slot of an encoded key, or 0 if it is absent; without the lock, what comes is to be validated. */
    long find(MemMap<K, V> table, EncodedBytes key, long now) {
        return table.find(key);
    }

    /** Copies the value of an encoded key, if it is wanted; returns false if the key is absent. */
    private boolean load(EncodedBytes key, @Nullable EncodedBytes value, long now) {
        return load(shardOf(key), key, value, now);
    }

    boolean load(Shard<MemMap<K, V>> shard, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        for (int tries = 0; tries < Shard.OPTIMISTIC_TRIES; tries++) {
            long version = shard.version();
            try {
                boolean found = version != 0 && copyUnlocked(shard, version, key, value, now);
                if (shard.validate(version)) {
                    shards.requireOpen();
                    return found;
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
            return copy(shard.table, key, value, now);
        } finally {
            shard.unlockRead(stamp);
        }
    }

    private boolean copyUnlocked(
            Shard<MemMap<K, V>> shard, long version, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        MemMap<K, V> table = shard.table;
        long slot = find(table, key, now);
        if (slot == 0 || value == null) {
            return slot != 0;
        }
        noteRead(table, slot);
        long address = table.valueAddress(slot);
        long start = valueType.start(table.mem, address);
        int length = valueType.length(table.mem, address);
        if (length > TRUSTED_BYTES && !shard.validate(version)) {
            return false; // and no array of a size that never was
        }
        Mem.copyOut(table.mem, start, value.own(length), length);
        return true;
    }

    /** The entry that seems to be in this slot is read, without the lock. */
    void noteRead(MemMap<K, V> table, long slot) {}

    /** As {@link #noteRead}, of a read under the guard. */
    void noteGuardedRead(MemMap<K, V> table, long slot, long now) {}

    /** Copies the value of an encoded key, under the shard's lock; returns false if it is absent. */
    final boolean copy(MemMap<K, V> table, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        long slot = find(table, key, now);
        if (slot != 0 && value != null) {
            table.load(valueType, table.valueAddress(slot), value);
        }
        return slot != 0;
    }

    // ------------------------------------------------------------------------------------------------------- writing

    /**
     * Sets the value of a key: sync.Map's Store and Swap.
     *
     * @param key the key
     * @param value the value
     * @return the value before, null if the key was absent
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    @Override
    public @Nullable V put(K key, V value) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            return exchange(buffers, Change.PUT);
        }
    }

    /**
     * Sets the value of a key if it is absent: sync.Map's LoadOrStore. Of many callers at once, one stores.
     *
     * @param key the key
     * @param value the value
     * @return the value that was there; null if {@code value} has been put
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            long now = now();
            boolean present = load(buffers.key, buffers.previous, now);
            if (!present) {
                Shard<MemMap<K, V>> shard = shardOf(buffers.key);
                long stamp = shards.lock(shard);
                try {
                    beginWrite(shard.table, now);
                    present = copy(shard.table, buffers.key, buffers.previous, now);
                    if (!present) {
                        assign(shard.table, buffers, false);
                    }
                } finally {
                    unlock(shard, stamp, evictions);
                }
            }
            return present ? valueCodec.decode(buffers.previous) : null;
        }
    }

    /**
     * Removes a key: sync.Map's LoadAndDelete. Of many callers at once, one gets the value.
     *
     * @param key the key
     * @return the value that it had; null if it was absent
     */
    @Override
    public @Nullable V remove(@Nullable Object key) {
        K sought = cast(key);
        if (sought == null) {
            return null;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encodeKey(sought, buffers);
            return exchange(buffers, Change.REMOVE);
        }
    }

    /**
     * Removes a key that has a value: sync.Map's CompareAndDelete.
     *
     * @param key the key
     * @param value the value that it must have
     * @return whether it had it
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
            Shard<MemMap<K, V>> shard = shardOf(buffers.key);
            long stamp = shards.lock(shard);
            try {
                long now = beginWrite(shard.table, now());
                boolean matches = copy(shard.table, buffers.key, buffers.previous, now)
                        && valueType.equalObjects(buffers.previous, buffers.value);
                return matches && erase(shard.table, buffers.key);
            } finally {
                unlock(shard, stamp, evictions);
            }
        }
    }

    /**
     * Replaces one value of a key by another: sync.Map's CompareAndSwap.
     *
     * @param key the key
     * @param expected the value that it must have
     * @param value the new value
     * @return whether it had it
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
            Shard<MemMap<K, V>> shard = shardOf(buffers.key);
            long stamp = shards.lock(shard);
            try {
                long now = beginWrite(shard.table, now());
                boolean matches = copy(shard.table, buffers.key, buffers.previous, now)
                        && valueType.equalObjects(buffers.previous, before.value);
                if (matches) {
                    assign(shard.table, buffers, false);
                }
                return matches;
            } finally {
                unlock(shard, stamp, evictions);
            }
        }
    }

    /**
     * Sets the value of a key if it is present.
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
            return exchange(buffers, Change.REPLACE);
        }
    }

    @Override
    public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(function, "function");
        long now = now();
        V present = get(key, now);
        if (present != null) {
            return present;
        }
        return compute(key, () -> now, (same, old) -> old == null ? function.apply(same) : old);
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
     * Replaces each value by what a function makes of it, each atomically, in no order.
     *
     * @param function takes a key and its value, and returns the new value; it runs as {@link #compute}'s does
     */
    @Override
    public void replaceAll(BiFunction<? super K, ? super V, ? extends V> function) {
        Objects.requireNonNull(function, "function");
        for (K key : keySet()) { // and not by comparing values, of which a NaN never matches
            computeIfPresent(key, (same, old) -> Objects.requireNonNull(function.apply(same, old), "value"));
        }
    }

    /**
     * Replaces the value of a key by what a function makes of it, atomically.
     *
     * @param key the key
     * @param function takes the key and its value, or null if it is absent, and returns the new value, or null to remove the
     *     key. It runs once, under the shard's lock: it may read the map, but not change it
     * @return the new value, or null
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     * @throws IllegalStateException if the function changes this map
     */
    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(function, "function");
        return compute(key, this::now, function);
    }

    private @Nullable V compute(
            K key, LongSupplier time, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            encodeKey(key, buffers);
            Shard<MemMap<K, V>> shard = shardOf(buffers.key);
            long stamp = shards.lockForFunction(shard);
            try {
                long now = beginWrite(shard.table, time.getAsLong());
                boolean present = copy(shard.table, buffers.key, buffers.previous, now);
                V old = present ? valueCodec.decode(buffers.previous) : null;
                V made = function.apply(key, old);
                if (made != null) {
                    valueCodec.encode(made, buffers.value);
                    stamp = shard.excludeReaders(stamp);
                    assign(shard.table, buffers, false);
                } else if (present) {
                    stamp = shard.excludeReaders(stamp);
                    erase(shard.table, buffers.key);
                }
                return made;
            } finally {
                unlockFunction(shard, stamp, evictions);
            }
        }
    }

    // ---------------------------------------------------------------------------------------- the bytes of a value

    /**
     * Passes a value's bytes to a function, as they lie in the map. For values that are larger than what is wanted of them. A
     * value is copied first only if it has no multiple of 8 bytes and lies beside its key (up to 128 bytes), or if the heap has
     * no virtual memory.
     *
     * <p>The function runs under the read guard of the key's shard: other threads read, and pass values to functions, but
     * whoever writes to the shard waits until it is done. So it must be short. It may run on a virtual thread, and may read the
     * map in any way; as the functions of {@link #compute} it may not change it. The map and its heap can be closed meanwhile:
     * {@link #close} and {@link #free} wait for the function; the end of the arena beside them does not, and the bytes may be
     * zeros from then on.
     *
     * @param <R> what the function returns
     * @param key the key
     * @param function takes the value's bytes as a segment that cannot be written to, and is dead when the function returns
     * @return what it returned; null if the key is absent
     * @throws IllegalStateException if the function changes this map, or the map's memory has ended while it ran
     */
    public <R> @Nullable R read(K key, Function<? super MemorySegment, ? extends @Nullable R> function) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(function, "function");
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            Shard<MemMap<K, V>> shard = shardOf(buffers.key);
            long stamp = shards.guard(shard);
            try {
                MemMap<K, V> table = shard.table;
                long now = now();
                long slot = find(table, buffers.key, now);
                if (slot == 0) {
                    return null;
                }
                noteGuardedRead(table, slot, now);
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
     * Changes a value's bytes, atomically. Readers meanwhile see them as they were.
     *
     * @param key the key
     * @param change takes a copy of the value's bytes, changes it, and loses it: the segment is dead when it returns. If it
     *     throws, the value is as it was. It runs as {@link #compute}'s function does
     * @return whether the key was there
     * @throws IllegalStateException if the function changes this map
     */
    public boolean update(K key, Consumer<? super MemorySegment> change) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(change, "change");
        try (Evictions evictions = evictions();
                OperationBuffers buffers = OperationBuffers.take()) {
            encodeKey(key, buffers);
            Shard<MemMap<K, V>> shard = shardOf(buffers.key);
            long stamp = shards.lockForFunction(shard);
            try (Arena arena = Arena.ofConfined()) {
                MemMap<K, V> table = shard.table;
                long now = beginWrite(table, now());
                long slot =
                        find(table, buffers.key, now); // where it stays: nobody else writes, and the function may not
                if (slot == 0) {
                    return false;
                }
                MemorySegment copy = table.valueCopy(slot, arena);
                change.accept(copy);
                valueCodec.clearPadding(copy);
                stamp = shard.excludeReaders(stamp);
                storeBytes(table, slot, copy);
                return true;
            } finally {
                unlockFunction(shard, stamp, evictions);
            }
        }
    }

    /** Takes the time of a write that begins, under the shard's lock, and returns it. */
    long beginWrite(MemMap<K, V> table, long now) {
        return now;
    }

    /** Puts, under the shard's lock; returns whether the key was there, and gives the value before if it is wanted. */
    boolean assign(MemMap<K, V> table, OperationBuffers buffers, boolean wantsPrevious) {
        return table.assign(buffers, wantsPrevious);
    }

    /** Removes a key, under the shard's lock; returns whether it was there. */
    boolean erase(MemMap<K, V> table, EncodedBytes key) {
        return table.erase(key);
    }

    /** Replaces a value's bytes by as many others, under the shard's lock. */
    void storeBytes(MemMap<K, V> table, long slot, MemorySegment bytes) {
        table.storeBytes(slot, bytes);
    }

    /** Returns what takes the evictions of an operation and tells of them when it is closed; null if nobody is told. */
    @Nullable
    Evictions evictions() {
        return null;
    }

    /** Ends a write. */
    void unlock(Shard<MemMap<K, V>> shard, long stamp, @Nullable Evictions evictions) {
        shard.endWrite(stamp);
    }

    /** Ends a write of what a function has made. */
    void unlockFunction(Shard<MemMap<K, V>> shard, long stamp, @Nullable Evictions evictions) {
        shards.unlockFunction(shard, stamp);
    }

    private enum Change {
        PUT,
        REPLACE,
        REMOVE
    }

    /**
     * Changes the value of an encoded key, and returns the one before. If callers' code decodes that, it does so before the
     * lock is taken, as it may throw or take its time; the change follows if the value is still the same then.
     */
    private @Nullable V exchange(OperationBuffers buffers, Change change) {
        Shard<MemMap<K, V>> shard = shardOf(buffers.key);
        boolean decodesFirst = valueCodec.runsCallersCode();
        try (Evictions evictions = evictions()) {
            while (true) {
                boolean wasThere = decodesFirst && peek(shard, buffers.key, buffers.previous);
                V before = null;
                Throwable failed = null;
                try {
                    before = wasThere ? valueCodec.decode(buffers.previous) : null;
                } catch (Throwable e) {
                    failed = e; // of no concern if the entry has expired
                }
                boolean present;
                long stamp = shards.lock(shard);
                try {
                    MemMap<K, V> table = shard.table;
                    long now = beginWrite(table, now());
                    long slot = decodesFirst ? find(table, buffers.key, now) : 0;
                    if (slot != 0) {
                        if (!wasThere || !hasValue(table, slot, buffers.previous)) {
                            continue;
                        }
                        Evictions.rethrow(failed);
                    }
                    present = switch (change) {
                        case PUT -> assign(table, buffers, !decodesFirst);
                        case REPLACE -> find(table, buffers.key, now) != 0 && assign(table, buffers, !decodesFirst);
                        case REMOVE -> {
                            slot = find(table, buffers.key, now);
                            if (slot != 0 && !decodesFirst) {
                                table.keepPrevious(slot, buffers);
                            }
                            yield slot != 0 && erase(table, buffers.key);
                        }
                    };
                } finally {
                    unlock(shard, stamp, evictions);
                }
                if (!present) {
                    return null;
                }
                return decodesFirst ? before : shard.table.previous(buffers);
            }
        }
    }

    /** Copies the value of a key that is present or has expired, without the clock; returns false if it is neither. */
    boolean peek(Shard<MemMap<K, V>> shard, EncodedBytes key, EncodedBytes value) {
        return load(shard, key, value, 0);
    }

    /** Returns whether the value in this slot has just these bytes. */
    private boolean hasValue(MemMap<K, V> table, long slot, EncodedBytes value) {
        long address = table.valueAddress(slot);
        return valueType.length(table.mem, address) == value.length
                && Mem.equalBytes(
                        table.mem, valueType.start(table.mem, address), value.bytes, value.from, value.length);
    }

    private void encode(K key, V value, OperationBuffers buffers) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        shards.requireOpen();
        encodeKey(key, buffers);
        valueCodec.encode(value, buffers.value);
    }

    /** Encodes the key of a write. All steps of the write work on these bytes, which nobody else can change. */
    private void encodeKey(K key, OperationBuffers buffers) {
        keyCodec.encode(key, buffers.key);
        buffers.key.keep();
    }

    /** Removes all entries: sync.Map's Clear. An operation that overlaps it may come before or after, key by key. */
    @Override
    public void clear() {
        shards.clear();
    }

    // ------------------------------------------------------------------------------------------------- the whole map

    /** Returns the number of entries, which may change while they are counted; at most {@link Integer#MAX_VALUE}. */
    @Override
    public int size() {
        return (int) Math.min(mappingCount(), Integer.MAX_VALUE);
    }

    /**
     * Returns the number of entries, which may change while they are counted.
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

    /** Removes an encoded key, whatever its value is or only if it is this one; returns whether it was there. */
    final boolean eraseProduced(EncodedBytes key, @Nullable EncodedBytes onlyValue) {
        Shard<MemMap<K, V>> shard = shardOf(key);
        try (Evictions evictions = evictions()) {
            long stamp = shards.lock(shard);
            try {
                MemMap<K, V> table = shard.table;
                long slot = find(table, key, beginWrite(table, now()));
                return slot != 0 && (onlyValue == null || hasValue(table, slot, onlyValue)) && erase(table, key);
            } finally {
                unlock(shard, stamp, evictions);
            }
        }
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
     * Returns how large an entry may be: the most bytes that its key and its value may have together. Only what lies out of line
     * counts: strings, byte arrays and structs of more than 128 bytes; of a key whose value lies out of line, too, the
     * bytes are rounded up to a multiple of 8.
     *
     * @return the bytes; {@link Long#MAX_VALUE} of a map without {@link Builder#maxBytes}
     */
    public long maxEntryBytes() {
        return Limits.UNBOUNDED;
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

    /**
     * Removes all entries that have expired, which is of use where no writes do it by and by. Cost: proportional to the number of
     * entries. Without expiry does nothing.
     */
    public void purgeExpired() {
        shards.requireOpen();
    }

    /** The same as {@link #close}, under the name that it has in plain maps. */
    public void free() {
        shards.free();
    }

    /**
     * Ends the map, once all writers are done: ends the heap that the map has made, or gives the map's memory back to the heap
     * that it was made in. Does nothing if the map, its heap or the heap's arena has ended already. Of two threads that call it,
     * both return when the map has ended. Cost: proportional to the number of entries in a caller's heap.
     *
     * @throws IllegalStateException if a function that runs under a lock of this map calls it; or if the map's own heap cannot
     *     end because I/O or a native call uses its memory ("Session is acquired"). Then the map is as it was: call it again
     */
    @Override
    public void close() {
        shards.close();
    }

    /** An entry as it was, whose setValue puts. */
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

    /**
     * Describes a map with limits: a cache that cannot leak. For one thread; may make several maps, each of which has a heap of
     * its own if none was given.
     *
     * <p><b>Size.</b> {@link #maxEntries} and {@link #maxBytes} are never exceeded, at no moment and in no thread's view: entries
     * go before their place or their bytes are needed. Each shard keeps to its share, and so evicts a little before the whole map
     * is full. Which entry goes, W-TinyLFU decides: of the one that was used least recently and the one that came least recently,
     * that which was used less often, so that a scan does not push out what is used again and again. A read counts as a use, and
     * writes nothing to the map's memory; with many threads some reads may go uncounted.
     *
     * <p><b>Time.</b> An entry that has expired is absent for every operation and iterator from that moment on; {@link #size} may
     * count it, and its memory is in use, until it is purged: each write looks at 8 entries of its shard and removes those that have
     * expired, and {@link #purgeExpired} removes all. No thread runs in the background.
     *
     * <p>An operation reads the clock once, and that is its time: for what it finds, what it writes and what it removes. A read takes
     * it when it begins. A write takes it when it has its shard's lock, {@code putIfAbsent} and {@code computeIfAbsent} when they
     * begin; so a value that a function makes has the time from before the function ran. An iterator reads the clock
     * each time that it looks for its next entry, in {@code hasNext} or else in {@code next}; what {@code hasNext} has found,
     * {@code next} returns.
     *
     * @param <K> the keys
     * @param <V> the values
     */
    public static final class Builder<K, V> {
        /** Null if each map is to make one. */
        private final @Nullable NativeHeap heap;

        private final Type<K> keyType;
        private final Type<V> valueType;
        private long maxEntries = Limits.UNBOUNDED;
        private long maxBytes = Limits.UNBOUNDED;
        private long writeNanos = Limits.UNBOUNDED;
        private long readNanos = Limits.UNBOUNDED;
        private LongSupplier ticker = System::nanoTime;
        private @Nullable EvictionListener<? super K, ? super V> listener;
        private String name = "";
        /** 0 for the map's own choice. */
        private int shards;

        private boolean dropsTooLarge;

        private Builder(@Nullable NativeHeap heap, Type<K> keyType, Type<V> valueType) {
            this.heap = heap;
            this.keyType = keyType;
            this.valueType = valueType;
        }

        /**
         * Bounds the number of entries.
         *
         * @param entries the most that the map has at any moment, 1 or more
         * @return this
         * @throws IllegalArgumentException if it is 0 or negative
         */
        public Builder<K, V> maxEntries(long entries) {
            maxEntries = requirePositive(entries, "maxEntries");
            return this;
        }

        /**
         * Bounds the map's memory: headers, bucket arrays (of a map that grows, both), overflow buckets, keys and values that lie out
         * of line, and what the limits themselves need.
         *
         * <p>Such a map has 16 shards by default, on every machine; fewer where a shard would have less than 64 KiB or, if {@link
         * #maxEntries} is set too, less than 256 entries. An entry lies in one shard, so the largest is that which fits alone into a
         * shard's share: some KiB less than a 16th of these bytes. {@link SyncMap#maxEntryBytes} tells it exactly, and {@link
         * #shards} changes it. A larger entry is refused with {@link IllegalArgumentException}, and the map is as it was; or it
         * is dropped, with {@link #dropTooLarge}.
         *
         * @param bytes the most that the map has in use in its heap at any moment
         * @return this
         * @throws IllegalArgumentException if it is 0 or negative
         */
        public Builder<K, V> maxBytes(long bytes) {
            maxBytes = requirePositive(bytes, "maxBytes");
            return this;
        }

        /**
         * Drops each entry that is larger than {@link SyncMap#maxEntryBytes}, where it would else be refused with an exception. The
         * write does then as if the entry were evicted at once: the value that the key had before is gone, as with any overwrite, and
         * the listener is told of the new one with {@link EvictionCause#TOO_LARGE}. Without {@link #maxBytes} no entry is too large.
         *
         * @return this
         */
        public Builder<K, V> dropTooLarge() {
            dropsTooLarge = true;
            return this;
        }

        /**
         * Sets the number of shards. Each has a lock for writers, and an equal share of {@link #maxEntries} and of {@link #maxBytes}.
         * More shards let more threads write at once; fewer make room for larger entries, and keep the bounds and the choice
         * of what goes closer to those of a map in one piece.
         *
         * @param count a power of two from 1 to 1024; no more than {@link #maxEntries}
         * @return this
         * @throws IllegalArgumentException if it is none
         */
        public Builder<K, V> shards(int count) {
            shards = Shards.requireCount(count);
            return this;
        }

        /**
         * Lets entries expire when this much time has passed since their last write.
         *
         * @param duration the time, 1 ns or more
         * @return this
         * @throws IllegalArgumentException if it is zero or negative
         */
        public Builder<K, V> expireAfterWrite(Duration duration) {
            writeNanos = nanos(duration, "expireAfterWrite");
            return this;
        }

        /**
         * Lets entries expire when this much time has passed since they were last read or written. The time of a read is kept to a
         * 1024th of the duration: an entry may expire earlier by as much, and never later. {@link #containsKey} and iterators are no
         * reads.
         *
         * @param duration the time, 1 ns or more
         * @return this
         * @throws IllegalArgumentException if it is zero or negative
         */
        public Builder<K, V> expireAfterAccess(Duration duration) {
            readNanos = nanos(duration, "expireAfterAccess");
            return this;
        }

        /**
         * Tells of each entry that the limits remove. The listener runs in the thread whose write evicted the entry, after that write
         * and outside of all locks; so the order between threads is not fixed. All evictions of a write are told, also if the write
         * itself fails, and also if the listener, or what decodes the evicted objects, throws an exception or an error. The first
         * that was thrown is then passed on to the caller of the write, which has been done nonetheless, with the others as
         * suppressed. If the write itself has failed, its own exception is passed on, with that first one as suppressed.
         *
         * @param evictionListener takes the entries
         * @return this
         */
        public Builder<K, V> onEviction(EvictionListener<? super K, ? super V> evictionListener) {
            listener = Objects.requireNonNull(evictionListener, "evictionListener");
            return this;
        }

        /**
         * Sets the clock that entries expire by. Each operation asks it once; where nothing expires, none does.
         *
         * @param nanos returns nanoseconds from any origin, never fewer than before; {@link System#nanoTime} by default. All threads
         *     ask it, also under locks: it must not use the map
         * @return this
         */
        public Builder<K, V> ticker(LongSupplier nanos) {
            ticker = Objects.requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * Names the map, for people who look at a heap. The name lies in the heap beside each shard, and counts in {@link #maxBytes}.
         *
         * @param label the name; empty, as by default, for none
         * @return this
         */
        public Builder<K, V> name(String label) {
            name = Objects.requireNonNull(label, "name");
            return this;
        }

        /**
         * Makes an empty map.
         *
         * @return the map; close it
         * @throws IllegalArgumentException if the heap is confined to a thread, or {@link #maxBytes} or {@link #maxEntries} does not
         *     suffice for an entry in each shard
         * @throws HeapExhaustedException if the heap has no room for it
         */
        public SyncMap<K, V> make() {
            NativeHeap given = heap;
            if (given != null) {
                return makeIn(given);
            }
            NativeHeap own = NativeHeap.ofShared();
            try {
                SyncMap<K, V> map = makeIn(own);
                map.shards.ownHeap();
                return map;
            } catch (RuntimeException | Error e) {
                own.close();
                throw e;
            }
        }

        private SyncMap<K, V> makeIn(NativeHeap place) {
            Limits.Settings whole =
                    new Limits.Settings(maxEntries, maxBytes, shards, dropsTooLarge, writeNanos, readNanos, ticker);
            return whole.evicts() || whole.expires()
                    ? BoundedSyncMap.make(place, keyType, valueType, whole, listener, name)
                    : SyncMap.make(place, keyType, valueType, 0, shards == 0 ? Shards.defaultCount() : shards, name);
        }

        private static long requirePositive(long number, String name) {
            if (number < 1) {
                throw new IllegalArgumentException(name + " must be 1 or more: " + number);
            }
            return number;
        }

        private static long nanos(Duration duration, String name) {
            if (duration.isNegative() || duration.isZero()) {
                throw new IllegalArgumentException(name + " must be longer than zero: " + duration);
            }
            boolean isEver = duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0;
            return isEver ? Limits.UNBOUNDED : duration.toNanos();
        }
    }
}
