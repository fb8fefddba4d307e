package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.ElementKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.ConcurrentModificationException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A hash map from keys to values of any {@link Type}, stored in a heap outside the Java heap. It
 * behaves as Go's {@code map} does.
 *
 * <pre>{@code
 * MemMap<String, Long> words = MemMap.make(heap, Type.UTF8, Type.LONG);
 * words.merge("go", 1L, Long::sum);
 *
 * // In Go: map[string]map[string]int
 * var byRegion = MemMap.make(heap, Type.UTF8, Type.map(Type.UTF8, Type.INT));
 * byRegion.computeIfAbsent("eu", region -> MemMap.make(heap, Type.UTF8, Type.INT))
 *         .put("orders", 7);
 * }</pre>
 *
 * <p><b>A map object is a handle</b>: a small Java object that refers to the map in the heap.
 * Copies of a handle, and further handles made with {@link #at}, refer to the same map. The
 * {@link #nil} map reads as empty and refuses writes. A handle of a map that has been freed does
 * the same. For an absent key, {@link LongLongMap} returns 0; this class returns null. Null itself
 * is neither a key nor a value.
 *
 * <p><b>Objects</b> are encoded when they are stored and decoded when they are read. The object
 * that {@link #get} returns belongs to the caller: changes to it do not reach the map. To change a
 * value, replace it ({@link #put}) or change its bytes ({@link #update}). If many entries share a
 * struct, store a {@linkplain Type#pointer() pointer} to the struct.
 *
 * <p><b>Callers' code</b> (readers, writers, functions, consumers) does not run in the middle of
 * the map's own work. It may use the map. If it throws, the map is as it was before the step that
 * failed, and the exception is passed on.
 *
 * <p><b>Cost.</b> Every operation takes constant time, apart from encoding and decoding. No
 * operation waits for a rehash. These steps allocate nothing on the Java heap: finding a key by a
 * range of bytes, copying a value out with {@link #copyValue}, and {@link #set} with objects that
 * already exist. A thread's first operation allocates buffers. Its first operation after a garbage
 * collection may do so again.
 *
 * <p><b>Threads.</b> The rule is that of {@link LongLongMap}. Only the owner thread may use a map
 * of a confined heap. On any other heap, either many threads read or one thread writes.
 *
 * <p><b>Errors</b> common to all operations: {@link NullPointerException} for null;
 * {@link IllegalStateException} once the heap or its arena is closed; {@link WrongThreadException}
 * on another thread than the owner of a confined heap; {@link NilMapException} for a write to a nil
 * or freed map; {@link HeapExhaustedException} if the heap has no room, in which case the map keeps
 * all entries.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 * @see SyncMap SyncMap, the same for many threads
 * @see LongKeyMap LongKeyMap and IntKeyMap, which take keys without boxing
 * @see Type
 * @see LongLongMap
 * @see MapBuilder
 * @see NativeHeap
 */
public abstract sealed class MemMap<K, V> extends ObjectTable<K, V> permits FixedKeyMap, VariableKeyMap {
    /** Upper bound of what an entry's block occupies beyond its bytes and an eighth of them. */
    private static final long BLOCK_SLACK_BYTES = 16;
    /** Allowance for slabs that are not full. Each size of block may have one. */
    private static final long SLABS_SLACK_BYTES = 1 << 20;

    /** The number of lookups in a batch: enough to keep the memory system busy. */
    private static final int BATCH = 32;

    /** The number of longs that a lookup in a batch has for its key. */
    static final int ROOM_PER_KEY = 6;

    /** Makes a nil map of these types. */
    MemMap(Type<K> keyType, Type<V> valueType) {
        super(keyType, valueType);
    }

    /** Makes a handle of the map that had this identity when its header was at {@code hmap}. */
    MemMap(NativeHeap heap, long hmap, long identity, Type<K> keyType, Type<V> valueType) {
        super(heap, hmap, identity, keyType, valueType);
    }

    // -------------------------------------------------------------------------------------- making

    /**
     * Makes an empty map.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param heap the heap to make the map in
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @return a handle of the map
     * @throws HeapExhaustedException if the heap has no room for the map's header
     * @throws IllegalArgumentException if the keys would be maps
     */
    public static <K, V> MemMap<K, V> make(NativeHeap heap, Type<K> keyType, Type<V> valueType) {
        return builder(heap, keyType, valueType).make();
    }

    /**
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param heap the heap to make the map in
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @param hint the number of entries that the map can hold without growing; a negative number
     *     counts as 0; the hint never limits the map
     * @return a handle of the map
     * @throws HeapExhaustedException if this heap, or any heap, has no room for so many entries;
     *     nothing was made
     * @throws IllegalArgumentException if the keys would be maps
     */
    public static <K, V> MemMap<K, V> make(NativeHeap heap, Type<K> keyType, Type<V> valueType, long hint) {
        return builder(heap, keyType, valueType).hint(hint).make();
    }

    /**
     * Opens the map of this name in the heap's directory, or makes an empty one. A heap in a file
     * ({@link NativeHeap.Builder#file}) finds it also after a restart.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param heap the heap that the map lives in
     * @param name the name, not empty
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @return a handle of the map
     * @throws IllegalArgumentException if the name is empty, or if the map of this name has other types
     *     of keys or values: the message names both
     * @throws HeapExhaustedException if the heap has no room for a new map
     * @see MapBuilder#open
     */
    public static <K, V> MemMap<K, V> open(NativeHeap heap, String name, Type<K> keyType, Type<V> valueType) {
        return builder(heap, keyType, valueType)
                .name(Directory.requireName(name))
                .open();
    }

    /**
     * Returns a builder for a map with other settings than the default ones.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param heap the heap to make the map in
     * @param keyType the type of the keys; not {@link Type#map}
     * @param valueType the type of the values
     * @return a builder
     * @throws IllegalArgumentException if the keys would be maps
     */
    public static <K, V> MapBuilder<MemMap<K, V>> builder(NativeHeap heap, Type<K> keyType, Type<V> valueType) {
        requireKeyType(keyType);
        MapType type = new MapType(keyType, valueType);
        return new MapBuilder<>(
                heap,
                type,
                Geometry.ofObjects(type),
                (owner, hmap, hint) -> {
                    MemMap<K, V> map = handle(owner, hmap, keyType, valueType);
                    map.initialize(hint);
                    return map;
                },
                (owner, pointer) -> at(owner, pointer, keyType, valueType));
    }

    /**
     * Computes {@link NativeHeap.Builder#maxBytes} for a heap that holds one map of these types. In
     * a heap of that size the map can hold this many entries and always has room to double. For
     * several maps, add up the results.
     *
     * @param keyType the type of the keys
     * @param valueType the type of the values
     * @param entries the greatest number of entries, at least 0
     * @param bytesOutOfLine the average number of bytes of a key and its value that lie outside of
     *     their slot: the bytes of objects whose size varies, and of structs (records too) of more
     *     than 128 bytes; 0 if there are none
     * @return the number of bytes
     * @throws IllegalArgumentException if a number is negative, or no heap holds so many entries
     */
    public static long heapBytesFor(Type<?> keyType, Type<?> valueType, long entries, long bytesOutOfLine) {
        if (bytesOutOfLine < 0) {
            throw new IllegalArgumentException("bytesOutOfLine must be 0 or more: " + bytesOutOfLine);
        }
        requireKeyType(keyType);
        long block = bytesOutOfLine == 0 ? 0 : bytesOutOfLine + bytesOutOfLine / 7 + BLOCK_SLACK_BYTES;
        boolean fits = bytesOutOfLine <= NativeHeap.MAX_BYTES && entries <= NativeHeap.MAX_BYTES / Math.max(1, block);
        long blocks = fits && block > 0 ? entries * block + SLABS_SLACK_BYTES : 0;
        return nilOf(keyType, valueType).heapBytesFor(fits ? entries : Long.MAX_VALUE, blocks);
    }

    /**
     * Returns a nil map. A nil map reads as empty and refuses writes.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @return a nil map
     */
    @SuppressWarnings("unchecked") // a nil map takes and returns no objects
    public static <K, V> MemMap<K, V> nil() {
        return (MemMap<K, V>) Nil.MAP;
    }

    /**
     * Returns a handle of the map that {@code pointer} points to.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param heap the heap that the map lives in
     * @param pointer a number that {@link #pointer} returned; 0 gives a nil map
     * @param keyType the type of the map's keys
     * @param valueType the type of the map's values
     * @return a handle of the same map
     * @throws IllegalArgumentException if no live map of these types starts there, or its header
     *     has been overwritten; the message says what was found and what was expected
     */
    public static <K, V> MemMap<K, V> at(NativeHeap heap, long pointer, Type<K> keyType, Type<V> valueType) {
        return pointer == 0
                ? nilOf(keyType, valueType)
                : handle(heap, requireMap(heap, pointer, new MapType(keyType, valueType)), keyType, valueType);
    }

    /** Holds the nil map that {@link #nil} returns for all types. */
    private static final class Nil {
        static final MemMap<?, ?> MAP =
                nilOf(Type.struct(MemoryLayout.structLayout()), Type.struct(MemoryLayout.structLayout()));
    }

    private static <K, V> MemMap<K, V> nilOf(Type<K> keyType, Type<V> valueType) {
        return keyType.isVariable() ? new VariableKeyMap<>(keyType, valueType) : new FixedKeyMap<>(keyType, valueType);
    }

    /** Returns a handle of the live map whose header is at {@code hmap}. */
    static <K, V> MemMap<K, V> handle(NativeHeap heap, long hmap, Type<K> keyType, Type<V> valueType) {
        return handle(heap, hmap, Mem.getLong(heap.memory, hmap + HmapLayout.IDENTITY), keyType, valueType);
    }

    /**
     * Returns a handle of the map that had this identity when its header was at {@code hmap}; a nil
     * map if {@code hmap} is 0.
     */
    static <K, V> MemMap<K, V> handle(NativeHeap heap, long hmap, long identity, Type<K> keyType, Type<V> valueType) {
        if (hmap == 0) {
            return nilOf(keyType, valueType);
        }
        return keyType.isVariable()
                ? new VariableKeyMap<>(heap, hmap, identity, keyType, valueType)
                : new FixedKeyMap<>(heap, hmap, identity, keyType, valueType);
    }

    static void requireKeyType(Type<?> keyType) {
        if (keyType.kind() == ElementKind.MAP) {
            throw new IllegalArgumentException("maps cannot be keys: " + keyType);
        }
    }

    // ---------------------------------------------------------------------------- get, put, remove

    /**
     * Returns the value of a key.
     *
     * @param key the key
     * @return the value, newly decoded; null if the key is absent, or the map is nil or freed
     */
    public final @Nullable V get(K key) {
        long address = findValue(key);
        return address == 0 ? null : decodeAt(address);
    }

    /**
     * Returns the value of a key, or another value if the key is absent.
     *
     * @param key the key
     * @param defaultValue returned if the key is absent, or the map is nil or freed
     * @return the key's value or {@code defaultValue}
     */
    public final V getOrDefault(K key, V defaultValue) {
        V value = get(key);
        return value == null ? defaultValue : value;
    }

    /**
     * Returns whether a key is present.
     *
     * @param key the key
     * @return true if the key is present; false in a nil or freed map
     */
    public final boolean containsKey(K key) {
        return slotOf(key) != 0;
    }

    /**
     * Sets the value of a key.
     *
     * @param key the key
     * @param value the value
     * @return the previous value; null if the key was absent
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is unchanged
     */
    public final @Nullable V put(K key, V value) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            if (valueCodec.runsCallersCode()) {
                // Decode before the map changes: the caller's code may throw, or use the map.
                V previous = valueOf(buffers);
                assign(buffers, false);
                return previous;
            }
            return assign(buffers, true) ? previous(buffers) : null;
        }
    }

    /**
     * Sets the value of a key without decoding the previous value. This is Go's
     * {@code m[key] = value}.
     *
     * @param key the key
     * @param value the value
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is unchanged
     */
    public final void set(K key, V value) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            assign(buffers, false);
        }
    }

    /**
     * Removes a key.
     *
     * @param key the key
     * @return the value that the key had; null if the key was absent, or the map is nil or freed
     */
    public final @Nullable V remove(K key) {
        Objects.requireNonNull(key, "key");
        if (isEmpty()) {
            return null;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encodeKey(key, buffers);
            V previous = valueOf(buffers);
            if (previous != null) {
                erase(buffers.key);
            }
            return previous;
        }
    }

    /**
     * Removes a key without decoding its value. This is Go's {@code delete(m, key)}.
     *
     * @param key the key
     * @return whether the key was present; false in a nil or freed map
     */
    public final boolean delete(K key) {
        Objects.requireNonNull(key, "key");
        if (isEmpty()) {
            return false;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            return erase(buffers.key);
        }
    }

    /**
     * Returns the value of a key. If the key is absent, calls a function and puts the value that it
     * returns.
     *
     * @param key the key
     * @param maker called with the key if the key is absent; returns the value, or null to put
     *     nothing; may use the map
     * @return the key's value after the call, or null if there is none
     * @throws NilMapException if a value is to be put and the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is unchanged
     */
    public final @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> maker) {
        V present = get(key);
        if (present != null) {
            return present;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            if (isLive()) {
                encodeKey(key, buffers);
            }
            V made = maker.apply(key);
            if (made != null) {
                setValue(made, buffers);
            }
            return made;
        }
    }

    /**
     * Replaces the value of a key with the result of a function.
     *
     * @param key the key
     * @param function called once, with the key and its value, or null if the key is absent;
     *     returns the new value, or null to remove the key; may use the map
     * @return the new value, or null if there is none
     * @throws NilMapException if a value is to be put and the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is unchanged
     */
    public final @Nullable V compute(
            K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        Objects.requireNonNull(key, "key");
        try (OperationBuffers buffers = OperationBuffers.take()) {
            boolean live = isLive();
            if (live) {
                encodeKey(key, buffers);
            }
            V value = function.apply(key, live ? valueOf(buffers) : null);
            if (value != null) {
                setValue(value, buffers);
            } else if (live) {
                erase(buffers.key);
            }
            return value;
        }
    }

    /**
     * Puts a value if the key is absent. Otherwise replaces the key's value with the result of a
     * function of both values.
     *
     * @param key the key
     * @param value the value for an absent key
     * @param function called with the present value and {@code value}; returns the new value, or
     *     null to remove the key
     * @return the new value, or null if there is none
     * @throws NilMapException if a value is to be put and the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is unchanged
     */
    public final @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(function, "function");
        return compute(key, (same, present) -> present == null ? value : function.apply(present, value));
    }

    /**
     * Replaces the value of a key if it equals {@code expected}, or removes the key if
     * {@code value} is null. Returns whether the key had the expected value.
     */
    private boolean exchange(K key, V expected, @Nullable V value) {
        Objects.requireNonNull(key, "key");
        if (isEmpty()) {
            return false;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encodeKey(key, buffers);
            valueCodec.encode(expected, buffers.value);
            long slot = find(buffers.key);
            if (slot == 0) {
                return false;
            }
            load(valueType, valueAddress(slot), buffers.previous);
            if (!valueType.equalObjects(buffers.previous, buffers.value)) {
                return false;
            }
            if (value == null) {
                return erase(buffers.key);
            }
            setValue(value, buffers);
            return true;
        }
    }

    // ------------------------------------------------------------------------ the bytes of a value

    /**
     * Passes a copy of a value's bytes to a function. Useful if a value is large and only a part of
     * it is needed.
     *
     * @param <R> the type of the function's result
     * @param key the key
     * @param function called with the copy as a read-only segment, which is dead when the function
     *     returns; may use the map
     * @return the function's result; null if the key is absent, or the map is nil or freed
     */
    public final <R> @Nullable R read(K key, Function<? super MemorySegment, ? extends @Nullable R> function) {
        return readAt(slotOf(key), function);
    }

    /**
     * Changes a value's bytes. The caller changes a copy, which then replaces the bytes in the map.
     *
     * @param key the key
     * @param change called with the value's bytes as a segment, which it changes; the segment is
     *     dead when the call returns. If the call throws, the value is unchanged. The call may use
     *     the map. If it removes the key or changes the value's size, its changes to the segment
     *     are lost
     * @return whether the key was present; false in a nil or freed map
     */
    public final boolean update(K key, Consumer<? super MemorySegment> change) {
        Objects.requireNonNull(key, "key");
        if (isEmpty()) {
            return false;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encodeKey(key, buffers);
            return updateBytes(buffers.key, change);
        }
    }

    /**
     * Copies a value's bytes to a segment. Allocates only what encoding the key needs.
     *
     * @param key the key
     * @param target the segment to copy the bytes to
     * @param offset the offset in {@code target} of the first byte
     * @return the number of bytes; -1 if the key is absent, or the map is nil or freed
     * @throws IndexOutOfBoundsException if the bytes do not fit; the message says how many they are
     */
    public final long copyValue(K key, MemorySegment target, long offset) {
        return copyAt(findValue(key), target, offset);
    }

    // ------------------------------------------------------------------------------------ many keys

    /**
     * Looks up many keys. If the map is larger than the CPU's caches, this is faster than one lookup
     * after another, because the cache misses of a batch overlap. Each lookup is one of
     * {@link #get}. If code of the caller that decodes a value changes the map, later lookups see
     * the change.
     *
     * @param keys the keys; a key may occur more than once
     * @param values receives at index {@code i} the value of {@code keys[i]}, newly decoded, or null
     *     if that key is absent; its contents are undefined if this method throws. It may be the
     *     same array as {@code keys}
     * @return the number of keys that are present, counting repeated keys each time; 0 if the map is
     *     nil or freed
     * @throws IllegalArgumentException if {@code values} is shorter than {@code keys}
     */
    public final int getAll(K[] keys, @Nullable V[] values) {
        if (values.length < keys.length) {
            throw new IllegalArgumentException("values must have room for " + keys.length + " keys: " + values.length);
        }
        long[] room = new long[keyCodec.runsCallersCode() ? 0 : Math.min(keys.length, BATCH) * ROOM_PER_KEY];
        int hits = 0;
        for (int from = 0; from < keys.length; from += BATCH) {
            int to = Math.min(from + BATCH, keys.length);
            boolean isLoaded = room.length > 0 && isCurrent();
            if (isLoaded) {
                load(keys, from, to, room);
            }
            for (int i = from; i < to; i++) {
                long address = isLoaded ? findLoaded(keys[i], (i - from) * ROOM_PER_KEY, room) : findValue(keys[i]);
                V value = address == 0 ? null : decodeAt(address);
                values[i] = value;
                hits += value == null ? 0 : 1;
            }
        }
        return hits;
    }

    /**
     * Loads what lookups of the keys from {@code from} to {@code to - 1} will read, so that the cache
     * misses overlap. The cached fields must be current, and the codec of the keys must not run
     * callers' code.
     *
     * @param room has {@link #ROOM_PER_KEY} longs for each of these keys, in which the map can keep
     *     what {@link #findLoaded} needs
     */
    abstract void load(K[] keys, int from, int to, long[] room);

    /**
     * Does the same as {@link #findValue} for a key that {@link #load} has loaded, also if the map has
     * changed since.
     *
     * @param at the index of the key's part of {@code room}
     */
    long findLoaded(K key, int at, long[] room) {
        return findValue(key);
    }

    // -------------------------------------------------------------- keys that are a range of bytes

    /**
     * Does the same as {@link #get}, for a key whose bytes are part of an array. The bytes of a
     * UTF8 key are its UTF-8 encoding.
     *
     * @param key the array with the key's bytes
     * @param from the index of the first byte
     * @param length the number of bytes
     * @return the key's value, or null
     * @throws UnsupportedOperationException if the keys have a fixed size
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final @Nullable V get(byte[] key, int from, int length) {
        long address = findValue(key, from, length);
        return address == 0 ? null : decodeAt(address);
    }

    /**
     * Does the same as {@link #get}, for a key whose bytes are part of a segment. The bytes of a
     * UTF8 key are its UTF-8 encoding.
     *
     * @param key the segment with the key's bytes
     * @param offset the offset of the first byte
     * @param length the number of bytes
     * @return the key's value, or null
     * @throws UnsupportedOperationException if the keys have a fixed size
     * @throws IndexOutOfBoundsException if the range is not in the segment
     */
    public final @Nullable V get(MemorySegment key, long offset, long length) {
        long address = findValue(key, offset, length);
        return address == 0 ? null : decodeAt(address);
    }

    /**
     * Does the same as {@link #containsKey}, for a key whose bytes are part of an array.
     *
     * @param key the array with the key's bytes
     * @param from the index of the first byte
     * @param length the number of bytes
     * @return whether the key is present
     * @throws UnsupportedOperationException if the keys have a fixed size
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final boolean containsKey(byte[] key, int from, int length) {
        return slotOf(key, from, length) != 0;
    }

    /**
     * Does the same as {@link #containsKey}, for a key whose bytes are part of a segment.
     *
     * @param key the segment with the key's bytes
     * @param offset the offset of the first byte
     * @param length the number of bytes
     * @return whether the key is present
     * @throws UnsupportedOperationException if the keys have a fixed size
     * @throws IndexOutOfBoundsException if the range is not in the segment
     */
    public final boolean containsKey(MemorySegment key, long offset, long length) {
        return slotOf(key, offset, length) != 0;
    }

    /**
     * Does the same as {@link #copyValue}, for a key whose bytes are part of an array. Allocates
     * nothing.
     *
     * @param key the array with the key's bytes
     * @param from the index of the first byte
     * @param length the number of bytes
     * @param target the segment to copy the value's bytes to
     * @param targetOffset the offset in {@code target} of the first byte
     * @return the number of the value's bytes, or -1
     * @throws UnsupportedOperationException if the keys have a fixed size
     * @throws IndexOutOfBoundsException if the range is not in the array, or the value does not fit
     */
    public final long copyValue(byte[] key, int from, int length, MemorySegment target, long targetOffset) {
        return copyAt(findValue(key, from, length), target, targetOffset);
    }

    /**
     * Does the same as {@link #copyValue}, for a key whose bytes are part of a segment. Allocates
     * nothing.
     *
     * @param key the segment with the key's bytes
     * @param offset the offset of the first byte
     * @param length the number of bytes
     * @param target the segment to copy the value's bytes to
     * @param targetOffset the offset in {@code target} of the first byte
     * @return the number of the value's bytes, or -1
     * @throws UnsupportedOperationException if the keys have a fixed size
     * @throws IndexOutOfBoundsException if the range is not in the segment, or the value does not
     *     fit
     */
    public final long copyValue(MemorySegment key, long offset, long length, MemorySegment target, long targetOffset) {
        return copyAt(findValue(key, offset, length), target, targetOffset);
    }

    /**
     * Does the same as {@link #read}, for a key whose bytes are part of an array.
     *
     * @param <R> the type of the function's result
     * @param key the array with the key's bytes
     * @param from the index of the first byte
     * @param length the number of bytes
     * @param function called with a copy of the value's bytes
     * @return the function's result, or null
     * @throws UnsupportedOperationException if the keys have a fixed size
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final <R> @Nullable R read(
            byte[] key, int from, int length, Function<? super MemorySegment, ? extends @Nullable R> function) {
        return readAt(slotOf(key, from, length), function);
    }

    /**
     * Does the same as {@link #update}, for a key whose bytes are part of an array.
     *
     * @param key the array with the key's bytes
     * @param from the index of the first byte
     * @param length the number of bytes
     * @param change called with the value's bytes as a segment, which it changes
     * @return whether the key was present
     * @throws UnsupportedOperationException if the keys have a fixed size
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final boolean update(byte[] key, int from, int length, Consumer<? super MemorySegment> change) {
        requireRange(key, from, length);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            buffers.key.lend(key, from, length);
            buffers.key.keep();
            return updateBytes(buffers.key, change);
        }
    }

    /**
     * Does the same as {@link #delete}, for a key whose bytes are part of an array. Allocates
     * nothing.
     *
     * @param key the array with the key's bytes
     * @param from the index of the first byte
     * @param length the number of bytes
     * @return whether the key was present
     * @throws UnsupportedOperationException if the keys have a fixed size
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final boolean delete(byte[] key, int from, int length) {
        requireRange(key, from, length);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            buffers.key.lend(key, from, length);
            return erase(buffers.key);
        }
    }

    // ------------------------------------------------------------------------------- the whole map

    /**
     * Passes every entry to {@code action}. The order is random and differs between calls. The
     * action may change the map; {@link MemMapCursor} says which entries are then produced.
     *
     * @param action called with every entry; if it throws, the walk ends and the exception is
     *     passed on
     */
    public final void forEach(BiConsumer<? super K, ? super V> action) {
        Objects.requireNonNull(action, "action");
        for (MemMapCursor<K, V> cursor = cursor(); cursor.next(); ) {
            action.accept(cursor.key(), cursor.value());
        }
    }

    /**
     * Returns a cursor that stands before the first entry.
     *
     * @return a cursor; it need not be closed
     */
    public final MemMapCursor<K, V> cursor() {
        return new MemMapCursor<>(this, true);
    }

    /**
     * Returns a live view of this map as a {@link Map}. Writes refuse null keys and values; reads
     * do not find them.
     *
     * <p>The view compares keys and values by the rule of their {@link Type}, not by their
     * {@code equals}: arrays are compared by their bytes, +0 equals -0, and a NaN equals nothing.
     * The {@code equals} of entries, views and the whole map follows that rule, and so does their
     * {@code hashCode}. A map of another class that is compared with this one uses its own rule.
     * Objects of {@link Type#of} need a {@code hashCode} that agrees with their bytes.
     *
     * <p>The map may be changed in any way during an iteration, through the iterator or otherwise.
     * {@link MemMapCursor} says which entries are then produced. If {@code hasNext} has returned
     * true, {@code next} produces the entry, even if the entry has been removed in between. Streams
     * of the views report no size.
     *
     * @return the view
     */
    public final Map<K, V> asMap() {
        return view();
    }

    private TableMapView<K, V> view() {
        return new TableMapView<K, V>(this) {
            @Override
            @Nullable
            Object equalityOfKey(@Nullable Object key) {
                return heap == null ? null : keyType.equalityOf(key);
            }

            @Override
            @Nullable
            Object equalityOfValue(@Nullable Object value) {
                return heap == null ? null : valueType.equalityOf(value);
            }

            @Override
            long findSlot(@Nullable Object object) {
                K key = keyType.cast(object);
                return key == null ? 0 : slotOf(key);
            }

            @Override
            V valueAt(long slot) {
                return MemMap.this.valueAt(slot);
            }

            @Override
            public @Nullable V put(K key, V value) {
                return MemMap.this.put(key, value);
            }

            @Override
            public @Nullable V remove(@Nullable Object object) {
                K key = keyType.cast(object);
                return key == null ? null : MemMap.this.remove(key);
            }

            @Override
            public boolean remove(@Nullable Object object, @Nullable Object value) {
                K key = keyType.cast(object);
                V expected = valueType.cast(value);
                return key != null && expected != null && exchange(key, expected, null);
            }

            @Override
            public @Nullable V replace(K key, V value) {
                Objects.requireNonNull(value, "value");
                AtomicReference<V> before = new AtomicReference<>();
                computeIfPresent(key, (same, old) -> {
                    before.set(old);
                    return value;
                });
                return before.get();
            }

            @Override
            public boolean replace(K key, @Nullable V expected, V value) {
                Objects.requireNonNull(value, "value");
                return expected != null && exchange(key, expected, value);
            }

            @Override
            public @Nullable V compute(
                    K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
                return MemMap.this.compute(key, function);
            }

            @Override
            public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
                return MemMap.this.computeIfAbsent(key, function);
            }

            @Override
            public @Nullable V computeIfPresent(
                    K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
                return compute(key, (same, old) -> old == null ? null : function.apply(same, old));
            }

            @Override
            public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
                return MemMap.this.merge(key, value, function);
            }

            @Override
            void store(K key, V value) {
                set(key, value);
            }

            @Override
            void delete(Object object) {
                K key = keyType.cast(object);
                if (key != null) {
                    MemMap.this.delete(key);
                }
            }

            @Override
            HashCursor<K, V> walk(boolean wantsValues) {
                return new MemMapCursor<>(MemMap.this, wantsValues);
            }
        };
    }

    /**
     * Returns a live view of this map with its keys in order. The keys must be of {@link Type#UTF8},
     * {@link Type#BYTES}, or one of {@link Type#LONG}, {@link Type#INT}, {@link Type#SHORT},
     * {@link Type#BYTE} and {@link Type#CHAR}.
     *
     * <p>The first call builds an index of the keys, which counts as a write and takes 1 to 2 us
     * for each key. From then on the map keeps the index up to date, until it is freed;
     * {@link OrderedMap} says what that costs. A {@linkplain #copy copy} of the map has no index until
     * it is asked for the view, too.
     *
     * @return the view; that of a nil or freed map is empty
     * @throws UnsupportedOperationException if the keys are of another type
     * @throws IllegalArgumentException if a key is longer than 32 MiB, less 1 byte. While a map has
     *     the index, it refuses to put such a key
     * @throws HeapExhaustedException if the heap has no room for the index; the map is unchanged
     */
    public final OrderedMap<K, V> ordered() {
        KeyOrder order = KeyOrder.of(keyType);
        buildOrder();
        return new OrderedMapView<>(new OrderedMapView.Source<>(view(), keyType, valueType, order, false) {
            @Override
            int tables() {
                return 1;
            }

            @Override
            OrderWalk walk(
                    int table,
                    KeyRange range,
                    boolean ascending,
                    boolean wantsValues,
                    int wanted,
                    OrderWalk.Holders holders) {
                return new OrderWalk.Plain(MemMap.this, range, ascending, wantsValues, wanted, holders);
            }

            @Override
            V decodeValue(EncodedBytes value) {
                return valueCodec.decode(value);
            }

            @Override
            void erase(EncodedBytes key) {
                MemMap.this.erase(key);
            }

            @Override
            void requireAlive() {
                // A map that has ended reads as empty, and a heap that has ended throws by itself.
            }
        });
    }

    /**
     * Makes a map with the same entries and settings, independent of this one. The cost is
     * proportional to the number of buckets and the bytes of the entries.
     *
     * @param target the heap for the copy; it may be this map's heap
     * @return a handle of the copy; a nil map if this map is nil or freed
     * @throws IllegalArgumentException if the keys or values are maps or pointers and
     *     {@code target} is another heap
     * @throws HeapExhaustedException if the heap has no room; nothing was made
     * @throws ConcurrentModificationException if another thread is seen writing to this map
     */
    public final MemMap<K, V> copy(NativeHeap target) {
        if (!isLive()) {
            return nilOf(keyType, valueType);
        }
        requireNoPointers(heap, target, keyType, valueType);
        if ((state() & HmapLayout.WRITING) != 0) {
            throw misuse("concurrent map clone and map write");
        }
        MemMap<K, V> copy = builder(target, keyType, valueType)
                .hint(size())
                .geometry(Geometry.of(bucketLayout.geometry()))
                .load(load)
                .autoShrink(shrinksByItself())
                .name(name())
                .make();
        try (OperationBuffers buffers = OperationBuffers.take()) {
            Mem.setByte(copy.mem, copy.hmap + HmapLayout.FLOOR_B, Mem.getByte(mem, hmap + HmapLayout.FLOOR_B));
            forEachSlot(slot -> {
                loadKey(slot, buffers.key);
                load(valueType, valueAddress(slot), buffers.value);
                copy.assign(buffers, false);
            });
        } catch (Throwable failed) {
            copy.free();
            throw failed;
        }
        return copy;
    }

    /**
     * Returns whether another map has the same entries. Keys are compared as in a lookup, and
     * values by their bytes. As in Go, +0 and -0 are equal in values too, and a NaN equals nothing.
     * Values that are maps are equal if they are the same map. A nil map equals an empty map.
     *
     * @param other the other map, in any heap
     * @return whether the entries are the same
     */
    public final boolean contentEquals(MemMap<K, V> other) {
        if (size() != other.size()) {
            return false;
        }
        if (isEmpty()) {
            return true;
        }
        if (!type.toString().equals(other.type.toString())
                || (heap != other.heap && (isPointer(keyType) || isPointer(valueType)))) {
            return false;
        }
        try (OperationBuffers mine = OperationBuffers.take();
                OperationBuffers others = OperationBuffers.take()) {
            long[] same = {0};
            forEachSlot(slot -> {
                loadKey(slot, mine.key);
                long found = other.find(mine.key);
                if (found != 0) {
                    load(valueType, valueAddress(slot), mine.value);
                    other.load(valueType, other.valueAddress(found), others.value);
                    same[0] += valueType.equalObjects(mine.value, others.value) ? 1 : 0;
                }
            });
            return same[0] == size();
        }
    }

    /**
     * Frees this map as {@link #free} does, and all maps that are values of this map, at any depth.
     *
     * @throws ConcurrentModificationException if another thread is seen writing
     */
    public final void freeDeep() {
        if (valueType.kind() == ElementKind.MAP && canBeFreed()) {
            if ((state() & HmapLayout.WRITING) != 0) {
                throw concurrentWrites();
            }
            forEachSlot(slot -> {
                if (valueAt(slot) instanceof MemMap<?, ?> inner) {
                    inner.freeDeep();
                }
            });
        }
        free();
    }

    /** Throws if a map of these types cannot be copied from one heap to another. */
    static void requireNoPointers(@Nullable NativeHeap from, NativeHeap target, Type<?> keyType, Type<?> valueType) {
        if (target != from && (isPointer(keyType) || isPointer(valueType))) {
            throw new IllegalArgumentException("a " + new MapType(keyType, valueType)
                    + " cannot be copied to another heap: its pointers refer to this heap");
        }
    }

    private static boolean isPointer(Type<?> type) {
        return type.kind() == ElementKind.MAP || type.kind() == ElementKind.POINTER;
    }
}
