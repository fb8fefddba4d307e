package io.memmap;

import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.BlockKind;
import io.memmap.format.ElementKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ConcurrentModificationException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
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
 */
public abstract sealed class MemMap<K, V> extends HashTable permits FixedKeyMap, VariableKeyMap {
    private static final long CACHE_LINE_BYTES = 64;
    /** Upper bound of what an entry's block occupies beyond its bytes and an eighth of them. */
    private static final long BLOCK_SLACK_BYTES = 16;
    /** Allowance for slabs that are not full. Each size of block may have one. */
    private static final long SLABS_SLACK_BYTES = 1 << 20;
    /** A random number that a sum of three words practically never equals. */
    private static final long UNLIKELY = 0x7A3D_91E6_0C58_B24FL;

    final Type<K> keyType;
    final Type<V> valueType;
    final Codec<K> keyCodec;
    final Codec<V> valueCodec;
    /**
     * The codecs of keys and values that are a single word and need no array to be encoded; else
     * null.
     */
    final Codec.@Nullable OfWord<K> keyWords;

    final Codec.@Nullable OfWord<V> valueWords;

    /** Makes a nil map of these types. */
    MemMap(Type<K> keyType, Type<V> valueType) {
        super(new MapType(keyType, valueType));
        this.keyType = keyType;
        this.valueType = valueType;
        keyCodec = keyType.codec();
        valueCodec = valueType.codec();
        keyWords = ofWord(keyCodec);
        valueWords = ofWord(valueCodec);
    }

    /** Makes a handle of the map that had this identity when its header was at {@code hmap}. */
    MemMap(NativeHeap heap, long hmap, long identity, Type<K> keyType, Type<V> valueType) {
        super(heap, hmap, identity, new MapType(keyType, valueType));
        this.keyType = keyType;
        this.valueType = valueType;
        keyCodec = keyType.codecIn(heap);
        valueCodec = valueType.codecIn(heap);
        keyWords = ofWord(keyCodec);
        valueWords = ofWord(valueCodec);
    }

    private static <T> Codec.@Nullable OfWord<T> ofWord(Codec<T> codec) {
        return codec instanceof Codec.OfWord<T> words ? words : null;
    }

    /**
     * Returns the hash of an encoded key. Returns a random number if the key does not equal itself.
     */
    abstract long hash(EncodedBytes key, long seed);

    /**
     * Returns the slot of an encoded key in this chain, or 0 if the chain does not hold the key.
     */
    abstract long search(long chain, long hash, EncodedBytes key);

    /**
     * Returns the part of the hash that a slot keeps beside the key's length, if keys vary in size.
     */
    abstract int hashInSlot(long hash);

    /** Returns whether an encoded key equals itself. */
    abstract boolean isReflexive(EncodedBytes key);

    @Override
    abstract boolean isReflexiveAt(long slot);

    /**
     * Overwrites the key in this slot with an equal key, if the bytes can differ
     * (go:overwrite-replaces-key).
     */
    abstract void rewriteKey(long slot, EncodedBytes key);

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
        return new MapBuilder<>(heap, new MapType(keyType, valueType), (owner, hmap, hint) -> {
            MemMap<K, V> map = handle(owner, hmap, keyType, valueType);
            map.initialize(hint);
            return map;
        });
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
     *     their slot: the bytes of utf8 and bytes objects, and of structs (records too) of more
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
        long slot = slotOf(key);
        return slot == 0 ? null : valueAt(slot);
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
                set(made, buffers);
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
                set(value, buffers);
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
            set(value, buffers);
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
            return update(buffers.key, change);
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
        return copyValueAt(slotOf(key), target, offset);
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
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final @Nullable V get(byte[] key, int from, int length) {
        long slot = slotOf(key, from, length);
        return slot == 0 ? null : valueAt(slot);
    }

    /**
     * Does the same as {@link #get}, for a key whose bytes are part of a segment. The bytes of a
     * UTF8 key are its UTF-8 encoding.
     *
     * @param key the segment with the key's bytes
     * @param offset the offset of the first byte
     * @param length the number of bytes
     * @return the key's value, or null
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the segment
     */
    public final @Nullable V get(MemorySegment key, long offset, long length) {
        long slot = slotOf(key, offset, length);
        return slot == 0 ? null : valueAt(slot);
    }

    /**
     * Does the same as {@link #containsKey}, for a key whose bytes are part of an array.
     *
     * @param key the array with the key's bytes
     * @param from the index of the first byte
     * @param length the number of bytes
     * @return whether the key is present
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
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
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
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
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the array, or the value does not fit
     */
    public final long copyValue(byte[] key, int from, int length, MemorySegment target, long targetOffset) {
        return copyValueAt(slotOf(key, from, length), target, targetOffset);
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
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the segment, or the value does not
     *     fit
     */
    public final long copyValue(MemorySegment key, long offset, long length, MemorySegment target, long targetOffset) {
        return copyValueAt(slotOf(key, offset, length), target, targetOffset);
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
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
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
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final boolean update(byte[] key, int from, int length, Consumer<? super MemorySegment> change) {
        requireRange(key, from, length);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            buffers.key.lend(key, from, length);
            buffers.key.keep();
            return update(buffers.key, change);
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
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
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
        return new MapView<K, V>(this) {
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
        if (target != heap && (isPointer(keyType) || isPointer(valueType))) {
            throw new IllegalArgumentException(
                    "a " + type + " cannot be copied to another heap: its pointers refer to this heap");
        }
        if ((state() & HmapLayout.WRITING) != 0) {
            throw misuse("concurrent map clone and map write");
        }
        MemMap<K, V> copy = builder(target, keyType, valueType)
                .hint(size())
                .geometry(Geometry.of(bucketLayout.geometry()))
                .autoShrink(shrinksByItself())
                .name(name())
                .make();
        try (OperationBuffers buffers = OperationBuffers.take()) {
            Mem.setByte(copy.mem, copy.hmap + HmapLayout.FLOOR_B, Mem.getByte(mem, hmap + HmapLayout.FLOOR_B));
            forEachSlot(slot -> {
                load(keyType, keyAddress(slot), buffers.key);
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
                load(keyType, keyAddress(slot), mine.key);
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

    private static boolean isPointer(Type<?> type) {
        return type.kind() == ElementKind.MAP || type.kind() == ElementKind.POINTER;
    }

    // ------------------------------------------------------------------------------------- lookups

    /** Returns the key's slot, or 0 if the key is absent, or the map is nil or freed. */
    long slotOf(K key) {
        Objects.requireNonNull(key, "key");
        if (isEmpty()) {
            return 0;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            return find(buffers.key);
        }
    }

    private long slotOf(byte[] key, int from, int length) {
        requireRange(key, from, length);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            buffers.key.lend(key, from, length);
            return find(buffers.key);
        }
    }

    private long slotOf(MemorySegment key, long offset, long length) {
        Objects.checkFromIndexSize(offset, length, key.byteSize());
        requireVariableKeys();
        if (length > EncodedBytes.MAX_BYTES) {
            return 0; // no key is that long
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            MemorySegment.copy(key, ValueLayout.JAVA_BYTE, offset, buffers.key.own((int) length), 0, (int) length);
            return find(buffers.key);
        }
    }

    private void requireRange(byte[] key, int from, int length) {
        Objects.checkFromIndexSize(from, length, key.length);
        requireVariableKeys();
    }

    private void requireVariableKeys() {
        if (!keyType.isVariable() && hmap != 0) {
            throw new UnsupportedOperationException(
                    "only keys of type utf8 or bytes can be found by a range of bytes, not those of " + keyType);
        }
    }

    final long find(EncodedBytes key) {
        if (!isCurrent()) {
            return findElsewhere(key);
        }
        long hash = hash(key, seenSeed);
        long chain = seenChain(hash);
        touch(chain);
        return search(chain, hash, key);
    }

    private long findElsewhere(EncodedBytes key) {
        lookAgain();
        long hash = hash(key, seed());
        long chain = chainForRead(hash);
        return chain == 0 ? 0 : search(chain, hash, key);
    }

    /**
     * Loads from every cache line of a bucket that spans three or four lines, so that the cache
     * misses overlap. Without this, a search would wait for the first line before it knows which
     * other line it needs. The sum is used because the compiler would otherwise drop the loads.
     */
    private void touch(long bucket) {
        if (bucketBytes <= 2 * CACHE_LINE_BYTES || bucketBytes > 4 * CACHE_LINE_BYTES) {
            return;
        }
        long sum = tops(bucket + CACHE_LINE_BYTES)
                + tops(bucket + 2 * CACHE_LINE_BYTES)
                + tops(bucket + bucketBytes - CACHE_LINE_BYTES);
        if (sum == UNLIKELY) {
            Thread.onSpinWait();
        }
    }

    @Override
    final long searchAgain(long slot) {
        if (!isReflexiveAt(slot)) {
            return slot;
        }
        try (OperationBuffers buffers = OperationBuffers.take()) {
            load(keyType, keyAddress(slot), buffers.key);
            return find(buffers.key);
        }
    }

    /** Copies the bytes of the key or value at this address of a slot into {@code to}. */
    final void load(Type<?> ofType, long address, EncodedBytes to) {
        int length = ofType.length(mem, address);
        Mem.copyOut(mem, ofType.start(mem, address), to.own(length), length);
    }

    /** Appends the bytes of the key or value at this address of a slot to {@code to}. */
    final void append(Type<?> ofType, long address, EncodedBytes to) {
        int at = to.length;
        int length = ofType.length(mem, address);
        byte[] array = to.extend(Math.addExact(at, length));
        Mem.copyOut(mem, ofType.start(mem, address), array, at, length);
    }

    final V valueAt(long slot) {
        if (valueWords != null) {
            return valueWords.fromWord(Mem.getWord(mem, valueAddress(slot), valueBytes));
        }
        long address = valueAddress(slot);
        return valueCodec.decodeAt(mem, valueType.start(mem, address), valueType.length(mem, address));
    }

    private <R> @Nullable R readAt(long slot, Function<? super MemorySegment, ? extends @Nullable R> function) {
        if (slot == 0) {
            return null;
        }
        try (Arena arena = Arena.ofConfined()) {
            return function.apply(valueCopy(slot, arena).asReadOnly());
        }
    }

    private boolean update(EncodedBytes key, Consumer<? super MemorySegment> change) {
        long slot = find(key);
        if (slot == 0) {
            return false;
        }
        long changes = field(HmapLayout.CHANGES);
        long moves = field(HmapLayout.MOVES);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = valueCopy(slot, arena);
            change.accept(copy);
            valueCodec.clearPadding(copy);
            boolean hasStayed = isLive() && field(HmapLayout.CHANGES) == changes && field(HmapLayout.MOVES) == moves;
            long now = hasStayed ? slot : find(key); // the callback may have used the map
            if (now != 0 && valueType.length(mem, valueAddress(now)) == copy.byteSize()) {
                storeBytes(now, copy);
            }
        }
        return true;
    }

    /** Replaces a value's bytes with the same number of other bytes. */
    final void storeBytes(long slot, MemorySegment bytes) {
        Mem.copyIn(bytes, 0, mem, valueType.start(mem, valueAddress(slot)), bytes.byteSize());
    }

    final MemorySegment valueCopy(long slot, Arena arena) {
        long address = valueAddress(slot);
        int length = valueType.length(mem, address);
        MemorySegment copy = arena.allocate(length, Long.BYTES);
        Mem.copyOut(mem, valueType.start(mem, address), copy, 0, length);
        return copy;
    }

    private long copyValueAt(long slot, MemorySegment target, long offset) {
        if (slot == 0) {
            return -1;
        }
        long address = valueAddress(slot);
        int length = valueType.length(mem, address);
        if (offset < 0 || offset > target.byteSize() - length) {
            throw new IndexOutOfBoundsException("a value of " + length + " bytes does not fit at offset " + offset
                    + " of a segment of " + target.byteSize() + " bytes");
        }
        Mem.copyOut(mem, valueType.start(mem, address), target, offset, length);
        return length;
    }

    // ------------------------------------------------------------------------------- assign, erase

    private void encode(K key, V value, OperationBuffers buffers) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        requireLive();
        encodeKey(key, buffers);
        valueCodec.encode(value, buffers.value);
    }

    /**
     * Encodes the key of a write into bytes that no other code can change. All steps of the write
     * use these bytes.
     */
    private void encodeKey(K key, OperationBuffers buffers) {
        keyCodec.encode(key, buffers.key);
        buffers.key.keep();
    }

    private void requireLive() {
        heap().checkAttached();
        if (!isLive()) {
            throw noMap();
        }
    }

    /** Sets the value of the encoded key to {@code value}. */
    private void set(V value, OperationBuffers buffers) {
        requireLive();
        valueCodec.encode(value, buffers.value);
        assign(buffers, false);
    }

    /** Returns the value of the encoded key, or null if the key is absent. */
    private @Nullable V valueOf(OperationBuffers buffers) {
        long slot = find(buffers.key);
        if (slot == 0) {
            return null;
        }
        load(valueType, valueAddress(slot), buffers.previous);
        return valueCodec.decode(buffers.previous);
    }

    /**
     * Puts the encoded key and value, and returns whether the key was present. Keeps the previous
     * value in the buffers if it is wanted.
     */
    final boolean assign(OperationBuffers buffers, boolean wantsPrevious) {
        EncodedBytes key = buffers.key;
        beginWrite();
        try {
            long hash = hash(key, seed());
            long chain = chainForWrite(hash);
            long slot = search(chain, hash, key);
            if (slot != 0) {
                if (wantsPrevious) {
                    keepPrevious(slot, buffers);
                }
                overwrite(slot, buffers.value);
                rewriteKey(slot, key);
            } else {
                add(chain, isReflexive(key) ? hash : distinct(hash, chain), key, buffers.value);
            }
            endWrite();
            return slot != 0;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /**
     * Decodes the value in this slot before it changes. Decoding may fail with an
     * {@link OutOfMemoryError}, and then the map must be unchanged.
     */
    final void keepPrevious(long slot, OperationBuffers buffers) {
        load(valueType, valueAddress(slot), buffers.previous);
        buffers.decoded = valueCodec.decode(buffers.previous);
    }

    /** Returns the value that {@link #keepPrevious} has decoded. */
    @SuppressWarnings("unchecked")
    final V previous(OperationBuffers buffers) {
        return (V) Objects.requireNonNull(buffers.decoded);
    }

    /** Adds an entry whose key is not in its chain. Takes all memory before it fills the slot. */
    private void add(long chain, long hash, EncodedBytes key, EncodedBytes value) {
        long keyBytesInBlock = bytesOutOfLine(keyType, key);
        long moves = field(HmapLayout.MOVES);
        long block = newBlock(bytesOfBlock(keyBytesInBlock, bytesOutOfLine(valueType, value)));
        long slot;
        try {
            // If the counter has changed, the chain may have moved.
            slot = field(HmapLayout.MOVES) == moves ? insert(chain, hash) : 0;
            while (slot == 0) {
                slot = insert(chainForWrite(hash), hash);
            }
        } catch (Throwable failed) {
            freeBlock(block);
            throw failed;
        }
        place(keyType, keyAddress(slot), key, block, hashInSlot(hash));
        place(valueType, valueAddress(slot), value, block + valueOffset(keyBytesInBlock), 0);
        if (!isReflexive(key)) {
            increment(HmapLayout.NANS);
        }
        Budget bound = budget;
        if (bound != null) {
            bound.link(slot, hash);
        }
    }

    /**
     * Stores an encoded object at its address in a slot, or at its address in the entry's block.
     */
    private void place(Type<?> ofType, long address, EncodedBytes object, long inBlock, int besideLength) {
        if (ofType.isInline()) {
            object.copyTo(mem, address);
            return;
        }
        object.copyTo(mem, inBlock);
        Mem.setLong(mem, address, object.length == 0 ? 0 : inBlock);
        if (ofType.isVariable()) {
            Mem.setInt(mem, address + Long.BYTES, object.length);
            Mem.setInt(mem, address + Long.BYTES + Integer.BYTES, besideLength);
        }
    }

    /**
     * Replaces the value in this filled slot. Reuses the block if a new one would have the same
     * size, or if no new one can be had and the old one is large enough.
     */
    private void overwrite(long slot, EncodedBytes value) {
        long address = valueAddress(slot);
        if (!valueType.isVariable()) {
            value.copyTo(mem, valueType.start(mem, address));
            return;
        }
        long keyBytesInBlock = keyBytesInBlock(slot);
        long bytes = bytesOfBlock(keyBytesInBlock, value.length);
        long old = blockAt(slot);
        long oldBytes = blockBytes(old);
        long block = old;
        if (oldBytes != usableBytes(bytes)) {
            block = bytes == 0 ? 0 : takeBlock(bytes, BlockKind.BLOB);
            if (block == 0 && bytes > oldBytes) {
                throw failWrite(bytes);
            }
            if (block == 0 && bytes != 0) {
                block = old;
            }
        }
        if (block != old) {
            countBlock(block);
            if (keyBytesInBlock != 0) {
                Mem.copySmall(mem, old, block, keyBytesInBlock);
                Mem.setLong(mem, keyAddress(slot), block);
            }
            freeBlock(old);
        }
        place(valueType, address, value, block + valueOffset(keyBytesInBlock), 0);
    }

    /**
     * Returns the number of bytes in the block of an encoded entry; 0 if the entry needs no block.
     */
    final long blockBytesOf(EncodedBytes key, EncodedBytes value) {
        return usableBytes(bytesOfBlock(bytesOutOfLine(keyType, key), bytesOutOfLine(valueType, value)));
    }

    /**
     * Returns the number of bytes that overwriting the value in this filled slot takes before it
     * gives any back.
     */
    final long bytesToOverwrite(long slot, EncodedBytes value) {
        if (!valueType.isVariable()) {
            return 0;
        }
        long bytes = usableBytes(bytesOfBlock(keyBytesInBlock(slot), value.length));
        return blockBytes(blockAt(slot)) == bytes ? 0 : bytes;
    }

    final boolean erase(EncodedBytes key) {
        if (!beginDelete()) {
            return false;
        }
        try {
            long hash = hash(key, seed());
            long chain = chainForWrite(hash);
            long slot = search(chain, hash, key);
            if (slot != 0) {
                remove(chain, slot);
            }
            endWrite();
            return slot != 0;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /** Replaces the value of a cursor's current entry. */
    final void setValueAt(long slot, EncodedBytes value) {
        beginWrite();
        try {
            overwrite(slot, value);
            endWrite();
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /**
     * Removes the entry of the hash's chain that has this tophash and a key that does not equal
     * itself. Returns whether there was one.
     */
    final boolean eraseNan(long hash) {
        if (!beginDelete()) {
            return false;
        }
        try {
            long chain = chainForWrite(hash);
            long slot = searchNan(chain, hash);
            if (slot != 0) {
                remove(chain, slot);
            }
            endWrite();
            return slot != 0;
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /** Returns the slot of the entry that {@link #eraseNan} would remove, or 0. */
    final long findNan(long hash) {
        return beginRead() ? searchNan(chain(hash, state()), hash) : 0;
    }

    private long searchNan(long chain, long hash) {
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            for (int slot = 0; slot < slots; slot++) {
                if (Mem.getByte(mem, bucket + slot) == Tophash.of(hash) && !isReflexiveAt(bucket + slot)) {
                    return bucket + slot;
                }
            }
        }
        return 0;
    }

    /**
     * Returns a hash for a key that does not equal itself (it contains a NaN). The result is
     * {@code hash}, or a hash of the same chain with a tophash that no other such key of the chain
     * has. A cursor finds such an entry after it has moved by its tophash alone. That suffices
     * because chains with such keys are split but never merged.
     */
    long distinct(long hash, long chain) {
        long distinct = hash;
        for (int top = 0; top < 256 && searchNan(chain, distinct) != 0; top++) {
            distinct += 1L << 56;
        }
        return distinct;
    }

    // -------------------------------------------------------------- bytes outside of the slot

    // The bytes of an entry that lie outside of its slot share one block: first the key's bytes, if
    // they are not in the slot, then the value's bytes, from the next multiple of 8. So when a
    // lookup has read the key, the value is already on its way into the cache. An object without
    // bytes has no pointer.

    private static long valueOffset(long keyBytesInBlock) {
        return (keyBytesInBlock + 7) & -8;
    }

    private static long bytesOfBlock(long keyBytesInBlock, long valueBytesInBlock) {
        return valueBytesInBlock == 0 ? keyBytesInBlock : valueOffset(keyBytesInBlock) + valueBytesInBlock;
    }

    private long usableBytes(long bytes) {
        return bytes == 0 ? 0 : heap().usableSize(bytes);
    }

    private long keyBytesInBlock(long slot) {
        return keyType.isInline() ? 0 : keyType.length(mem, keyAddress(slot));
    }

    private static long bytesOutOfLine(Type<?> ofType, EncodedBytes object) {
        return ofType.isInline() ? 0 : object.length;
    }

    /** Returns the block of the entry in this filled slot; 0 if the entry has none. */
    private long blockAt(long slot) {
        long block = keyType.isInline() ? 0 : Mem.getLong(mem, keyAddress(slot));
        return block != 0 || valueType.isInline() ? block : Mem.getLong(mem, valueAddress(slot));
    }

    private long blockBytes(long block) {
        return block == 0 ? 0 : heap().blockBytes(block);
    }

    /** Takes a block of this many bytes. Returns 0 for 0 bytes. */
    private long newBlock(long bytes) {
        if (bytes == 0) {
            return 0;
        }
        long block = takeBlock(bytes, BlockKind.BLOB);
        while (block == 0 && reclaim()) {
            block = takeBlock(bytes, BlockKind.BLOB);
        }
        if (block == 0) {
            throw failWrite(bytes);
        }
        countBlock(block);
        return block;
    }

    private void countBlock(long block) {
        setField(HmapLayout.BLOB_BYTES, field(HmapLayout.BLOB_BYTES) + blockBytes(block));
    }

    private void freeBlock(long block) {
        if (block != 0) {
            setField(HmapLayout.BLOB_BYTES, field(HmapLayout.BLOB_BYTES) - blockBytes(block));
            giveBack(block, BlockKind.BLOB);
        }
    }

    @Override
    final void releaseEntry(long slot) {
        boolean reflexive = isReflexiveAt(slot); // may allocate: do it before the first change
        Budget bound = budget;
        if (bound != null) {
            int node = nodeAt(slot);
            setNode(slot, 0);
            bound.unlink(node);
        }
        if (!reflexive) {
            setField(HmapLayout.NANS, field(HmapLayout.NANS) - 1);
        }
        freeBlock(blockAt(slot));
        if (!keyType.isInline()) {
            Mem.zero(mem, keyAddress(slot), keyBytes); // as in Go, keep no dangling pointer
        }
    }

    @Override
    final void releaseEntries() {
        // Allocates: do it before the first change.
        LongConsumer freeBlock = slot -> freeBlock(blockAt(slot));
        Budget bound = budget;
        if (bound != null) {
            bound.clear();
        }
        if (field(HmapLayout.BLOB_BYTES) != 0) {
            forEachSlot(freeBlock);
        }
    }

    @Override
    final long blobBytesAt(long slot) {
        return blockBytes(blockAt(slot));
    }
}
