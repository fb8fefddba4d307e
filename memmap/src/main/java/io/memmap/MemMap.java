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
 * Go's map with keys and values of any {@link Type}, in a heap outside the Java heap.
 *
 * <pre>{@code
 * MemMap<String, Long> words = MemMap.make(heap, Type.UTF8, Type.LONG);
 * words.merge("go", 1L, Long::sum);
 *
 * var byRegion = MemMap.make(heap, Type.UTF8, Type.map(Type.UTF8, Type.INT)); // map[string]map[string]int
 * byRegion.computeIfAbsent("eu", region -> MemMap.make(heap, Type.UTF8, Type.INT)).put("orders", 7);
 * }</pre>
 *
 * <p><b>A map object is a handle</b>: copy it, or make another with {@link #at}, and it is the same map. The {@link #nil}
 * map reads as empty and refuses writes, and so does every handle of a map that has been freed. Where {@link LongLongMap}
 * answers 0 for an absent key, an object map answers null; null itself is neither a key nor a value.
 *
 * <p><b>Objects</b> are encoded on their way in and decoded on their way out: what a get returns is the caller's own, and
 * changes to it do not reach the map. A value can be replaced whole ({@link #put}), or its bytes changed ({@link #update}).
 * Where many entries share a struct, store a {@linkplain Type#pointer() pointer} to it.
 *
 * <p><b>Callers' code</b> (readers, writers, functions, consumers) runs outside of the map's own work. It may use the map,
 * and what it throws is passed on with the map as it was before the step that failed.
 *
 * <p><b>Cost.</b> Operations take constant time beside encoding and decoding, and none waits for a rehash. Looking keys up by
 * a range of bytes, copying values out with {@link #copyValue} and {@link #set} with types whose objects exist already
 * allocate nothing on the Java heap. A thread's first operation allocates buffers, and so may its first operation after a
 * garbage collection.
 *
 * <p><b>Threads.</b> As of {@link LongLongMap}: of a confined heap, its owner; else many readers, or one writer.
 *
 * <p><b>Errors</b> common to all operations: {@link NullPointerException} for null; {@link IllegalStateException} once the
 * heap or its arena is closed, {@link WrongThreadException} from another thread than a confined heap's, {@link
 * NilMapException} for a write to a nil or freed map, {@link HeapExhaustedException} where the heap has no room; the map
 * keeps all entries then.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public abstract sealed class MemMap<K, V> extends HashTable permits FixedKeyMap, VariableKeyMap {
    private static final long CACHE_LINE_BYTES = 64;
    /** What the block of an entry has beyond its bytes and an eighth of them, at most. */
    private static final long BLOCK_SLACK_BYTES = 16;
    /** For blocks of many sizes, each of which has a slab that is not full. */
    private static final long SLABS_SLACK_BYTES = 1 << 20;
    /** A random number. */
    private static final long UNLIKELY = 0x7A3D_91E6_0C58_B24FL;

    final Type<K> keyType;
    final Type<V> valueType;
    final Codec<K> keyCodec;
    final Codec<V> valueCodec;
    /** The codecs, where the objects are words that need no array on their way; else null. */
    final Codec.@Nullable OfWord<K> keyWords;

    final Codec.@Nullable OfWord<V> valueWords;

    /** The nil map of these types. */
    MemMap(Type<K> keyType, Type<V> valueType) {
        super(new MapType(keyType, valueType));
        this.keyType = keyType;
        this.valueType = valueType;
        keyCodec = keyType.codec();
        valueCodec = valueType.codec();
        keyWords = ofWord(keyCodec);
        valueWords = ofWord(valueCodec);
    }

    /** A handle of the map that had this identity when its header was at {@code hmap}. */
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

    /** Returns the hash of an encoded key; of one that does not equal itself, a random number. */
    abstract long hash(EncodedBytes key, long seed);

    /** Returns the slot of an encoded key in this chain, or 0. */
    abstract long search(long chain, long hash, EncodedBytes key);

    /** Returns what a slot keeps of a key's hash beside its length, if the type is variable. */
    abstract int hashInSlot(long hash);

    /** Returns whether an encoded key equals itself. */
    abstract boolean isReflexive(EncodedBytes key);

    @Override
    abstract boolean isReflexiveAt(long slot);

    /** Stores an equal key over the one in this slot, if that makes a difference (go:overwrite-replaces-key). */
    abstract void rewriteKey(long slot, EncodedBytes key);

    // ------------------------------------------------------------------------------------------------------- making

    /**
     * Makes an empty map.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param heap the heap that it lives in
     * @param keyType the keys; not {@link Type#map}
     * @param valueType the values
     * @return a handle of it
     * @throws HeapExhaustedException if the heap has no room for its header
     * @throws IllegalArgumentException if maps are to be keys
     */
    public static <K, V> MemMap<K, V> make(NativeHeap heap, Type<K> keyType, Type<V> valueType) {
        return builder(heap, keyType, valueType).make();
    }

    /**
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param heap the heap that it lives in
     * @param keyType the keys; not {@link Type#map}
     * @param valueType the values
     * @param hint the number of entries that it is to hold without growing; negative counts as 0; never a limit
     * @return a handle of it
     * @throws HeapExhaustedException if the heap has no room for so many entries, or no heap has; nothing was made
     * @throws IllegalArgumentException if maps are to be keys
     */
    public static <K, V> MemMap<K, V> make(NativeHeap heap, Type<K> keyType, Type<V> valueType, long hint) {
        return builder(heap, keyType, valueType).hint(hint).make();
    }

    /**
     * Returns a builder for a map with settings of its own.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param heap the heap that the map is to live in
     * @param keyType the keys; not {@link Type#map}
     * @param valueType the values
     * @return a builder
     * @throws IllegalArgumentException if maps are to be keys
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
     * Computes {@link NativeHeap.Builder#maxBytes} for a heap with one map of these types: with it the map takes so many entries
     * and never lacks room to double. For several maps, add up.
     *
     * @param keyType the keys
     * @param valueType the values
     * @param entries the greatest number of entries, at least 0
     * @param bytesOutOfLine the bytes of a key and its value that lie outside of their slot, on average: those of utf8, bytes and
     *     records of such, and of structs of more than 128 bytes; 0 if there are none
     * @return bytes
     * @throws IllegalArgumentException if a number is negative, or no heap holds so many
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
     * Returns a nil map: it reads as empty and refuses writes.
     *
     * @param <K> the keys
     * @param <V> the values
     * @return the nil map
     */
    @SuppressWarnings("unchecked") // it neither takes nor gives an object
    public static <K, V> MemMap<K, V> nil() {
        return (MemMap<K, V>) Nil.MAP;
    }

    /**
     * Returns a handle of the map that {@code pointer} points to.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param heap the heap that the map lives in
     * @param pointer what {@link #pointer} returned; 0 gives a nil map
     * @param keyType the map's keys
     * @param valueType the map's values
     * @return a handle of the same map
     * @throws IllegalArgumentException if no live map of these types starts there, or its header has been overwritten;
     *     says what was found and what expected
     */
    public static <K, V> MemMap<K, V> at(NativeHeap heap, long pointer, Type<K> keyType, Type<V> valueType) {
        return pointer == 0
                ? nilOf(keyType, valueType)
                : handle(heap, requireMap(heap, pointer, new MapType(keyType, valueType)), keyType, valueType);
    }

    /** The nil map of no types in particular. */
    private static final class Nil {
        static final MemMap<?, ?> MAP =
                nilOf(Type.struct(MemoryLayout.structLayout()), Type.struct(MemoryLayout.structLayout()));
    }

    private static <K, V> MemMap<K, V> nilOf(Type<K> keyType, Type<V> valueType) {
        return keyType.isVariable() ? new VariableKeyMap<>(keyType, valueType) : new FixedKeyMap<>(keyType, valueType);
    }

    /** Returns a handle of the live map whose header is there. */
    static <K, V> MemMap<K, V> handle(NativeHeap heap, long hmap, Type<K> keyType, Type<V> valueType) {
        return handle(heap, hmap, Mem.getLong(heap.memory, hmap + HmapLayout.IDENTITY), keyType, valueType);
    }

    /** Returns a handle of the map that had this identity when its header was there; a nil one if {@code hmap} is 0. */
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

    // ------------------------------------------------------------------------------------------------ get, put, remove

    /**
     * Returns the value of a key.
     *
     * @param key the key
     * @return its value, decoded anew; null if it is absent, or the map nil or freed
     */
    public final @Nullable V get(K key) {
        long slot = slotOf(key);
        return slot == 0 ? null : valueAt(slot);
    }

    /**
     * Returns the value of a key, or another value if the key is absent.
     *
     * @param key the key
     * @param defaultValue what to return if it is absent, or the map nil or freed
     * @return its value or {@code defaultValue}
     */
    public final V getOrDefault(K key, V defaultValue) {
        V value = get(key);
        return value == null ? defaultValue : value;
    }

    /**
     * Returns whether a key is present.
     *
     * @param key the key
     * @return true if it is present; false in a nil or freed map
     */
    public final boolean containsKey(K key) {
        return slotOf(key) != 0;
    }

    /**
     * Sets the value of a key.
     *
     * @param key the key
     * @param value the value
     * @return the value before; null if the key was absent
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    public final @Nullable V put(K key, V value) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            encode(key, value, buffers);
            if (valueCodec.runsCallersCode()) {
                V previous = valueOf(buffers); // before the map changes: it may throw, or use the map
                assign(buffers, false);
                return previous;
            }
            return assign(buffers, true) ? previous(buffers) : null;
        }
    }

    /**
     * Sets the value of a key, Go's {@code m[key] = value}, without decoding the one before.
     *
     * @param key the key
     * @param value the value
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
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
     * @return the value that it had; null if it was absent, or the map nil or freed
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
     * Removes a key, Go's {@code delete(m, key)}, without decoding its value.
     *
     * @param key the key
     * @return whether it was there; false in a nil or freed map
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
     * Returns the value of a key, and puts one that it makes if the key is absent.
     *
     * @param key the key
     * @param maker takes the key and makes the value, if one is needed; null puts nothing. May use the map
     * @return the value that the key has then, or null
     * @throws NilMapException if a value is to be put and the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
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
     * Replaces the value of a key by what a function makes of it.
     *
     * @param key the key
     * @param function takes the key and its value, or null if it is absent, and returns the new value, or null to remove the
     *     key. May use the map; it runs once
     * @return the new value, or null
     * @throws NilMapException if a value is to be put and the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
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
     * Puts a value if the key is absent, and else what a function makes of the two values.
     *
     * @param key the key
     * @param value the value for an absent key
     * @param function takes the value that is there and {@code value}, and returns the new value, or null to remove the key
     * @return the new value, or null
     * @throws NilMapException if a value is to be put and the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     */
    public final @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(function, "function");
        return compute(key, (same, present) -> present == null ? value : function.apply(present, value));
    }

    /** Replaces this value of a key by another, or removes the key; returns whether it had the value. */
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

    // ---------------------------------------------------------------------------------------- the bytes of a value

    /**
     * Passes a copy of a value's bytes to a function. For values that are larger than what is wanted of them.
     *
     * @param <R> what the function returns
     * @param key the key
     * @param function takes the copy as a segment that cannot be written to, and is dead when the function returns. May use
     *     the map
     * @return what it returned; null if the key is absent, or the map nil or freed
     */
    public final <R> @Nullable R read(K key, Function<? super MemorySegment, ? extends @Nullable R> function) {
        return readAt(slotOf(key), function);
    }

    /**
     * Changes a value's bytes in place.
     *
     * @param key the key
     * @param change takes the value's bytes as a segment, changes them, and loses them: the segment is dead when it returns.
     *     If it throws, the value is as it was. May use the map; if it removes the key or changes the value's size, its
     *     changes to the segment are lost
     * @return whether the key was there; false in a nil or freed map
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
     * Copies a value's bytes. Allocates nothing but what the key's encoding needs.
     *
     * @param key the key
     * @param target takes the bytes
     * @param offset where in {@code target}
     * @return how many they are; -1 if the key is absent, or the map nil or freed
     * @throws IndexOutOfBoundsException if they do not fit; says how many they are
     */
    public final long copyValue(K key, MemorySegment target, long offset) {
        return copyValueAt(slotOf(key), target, offset);
    }

    // ----------------------------------------------------------------------------------- keys that are a range of
    // bytes

    /**
     * As {@link #get}, for a key whose bytes are a part of an array. Of UTF8 keys, their UTF-8.
     *
     * @param key has the key's bytes
     * @param from where they begin
     * @param length how many they are
     * @return its value, or null
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final @Nullable V get(byte[] key, int from, int length) {
        long slot = slotOf(key, from, length);
        return slot == 0 ? null : valueAt(slot);
    }

    /**
     * As {@link #get}, for a key whose bytes are a part of a segment. Of UTF8 keys, their UTF-8.
     *
     * @param key has the key's bytes
     * @param offset where they begin
     * @param length how many they are
     * @return its value, or null
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the segment
     */
    public final @Nullable V get(MemorySegment key, long offset, long length) {
        long slot = slotOf(key, offset, length);
        return slot == 0 ? null : valueAt(slot);
    }

    /**
     * As {@link #containsKey}, for a key whose bytes are a part of an array.
     *
     * @param key has the key's bytes
     * @param from where they begin
     * @param length how many they are
     * @return whether it is present
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final boolean containsKey(byte[] key, int from, int length) {
        return slotOf(key, from, length) != 0;
    }

    /**
     * As {@link #containsKey}, for a key whose bytes are a part of a segment.
     *
     * @param key has the key's bytes
     * @param offset where they begin
     * @param length how many they are
     * @return whether it is present
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the segment
     */
    public final boolean containsKey(MemorySegment key, long offset, long length) {
        return slotOf(key, offset, length) != 0;
    }

    /**
     * As {@link #copyValue}, for a key whose bytes are a part of an array. Allocates nothing.
     *
     * @param key has the key's bytes
     * @param from where they begin
     * @param length how many they are
     * @param target takes the value's bytes
     * @param targetOffset where in {@code target}
     * @return how many they are, or -1
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the array, or the value does not fit
     */
    public final long copyValue(byte[] key, int from, int length, MemorySegment target, long targetOffset) {
        return copyValueAt(slotOf(key, from, length), target, targetOffset);
    }

    /**
     * As {@link #copyValue}, for a key whose bytes are a part of a segment. Allocates nothing.
     *
     * @param key has the key's bytes
     * @param offset where they begin
     * @param length how many they are
     * @param target takes the value's bytes
     * @param targetOffset where in {@code target}
     * @return how many they are, or -1
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the segment, or the value does not fit
     */
    public final long copyValue(MemorySegment key, long offset, long length, MemorySegment target, long targetOffset) {
        return copyValueAt(slotOf(key, offset, length), target, targetOffset);
    }

    /**
     * As {@link #read}, for a key whose bytes are a part of an array.
     *
     * @param <R> what the function returns
     * @param key has the key's bytes
     * @param from where they begin
     * @param length how many they are
     * @param function takes the value's bytes
     * @return what it returned, or null
     * @throws UnsupportedOperationException if the keys are neither UTF8 nor BYTES
     * @throws IndexOutOfBoundsException if the range is not in the array
     */
    public final <R> @Nullable R read(
            byte[] key, int from, int length, Function<? super MemorySegment, ? extends @Nullable R> function) {
        return readAt(slotOf(key, from, length), function);
    }

    /**
     * As {@link #update}, for a key whose bytes are a part of an array.
     *
     * @param key has the key's bytes
     * @param from where they begin
     * @param length how many they are
     * @param change takes the value's bytes and changes them
     * @return whether the key was there
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
     * As {@link #delete}, for a key whose bytes are a part of an array. Allocates nothing.
     *
     * @param key has the key's bytes
     * @param from where they begin
     * @param length how many they are
     * @return whether it was there
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

    // ------------------------------------------------------------------------------------------------- the whole map

    /**
     * Passes every entry to {@code action}, in an order that is random anew each time. The action may change the map; what
     * is then produced is said at {@link MemMapCursor}.
     *
     * @param action takes the entries; what it throws ends the walk and is passed on
     */
    public final void forEach(BiConsumer<? super K, ? super V> action) {
        Objects.requireNonNull(action, "action");
        for (MemMapCursor<K, V> cursor = cursor(); cursor.next(); ) {
            action.accept(cursor.key(), cursor.value());
        }
    }

    /**
     * Returns a cursor before the first entry.
     *
     * @return a cursor; it need not be closed
     */
    public final MemMapCursor<K, V> cursor() {
        return new MemMapCursor<>(this, true);
    }

    /**
     * Returns this map as a {@link Map}, a live view. Null keys and values are refused by writes and not found by reads.
     *
     * <p>Keys and values are compared as their {@link Type} says, not as their {@code equals} does: arrays by their bytes, +0
     * with -0, and a NaN with nothing. So are entries, views and the whole map by {@code equals}, whose {@code hashCode} agrees
     * with that; a map of another class that compares with this one uses its own rule. Objects of {@link Type#of} need a
     * {@code hashCode} that agrees with their bytes.
     *
     * <p>The map may be changed in any way while an iterator of a view walks, through the iterator or beside it; what is then
     * produced is said at {@link MemMapCursor}. An entry that {@code hasNext} has promised is produced, also if it has been
     * removed since. Streams of the views are told no size.
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
     * Makes a map with the same entries and settings, independent of this one. Cost: proportional to the number of buckets and
     * the bytes of the entries.
     *
     * @param target the heap for it, this map's or another
     * @return a handle of it; a nil map if this one is nil or freed
     * @throws IllegalArgumentException if the values are maps or pointers and {@code target} is another heap
     * @throws HeapExhaustedException if the heap has no room; nothing was made
     * @throws ConcurrentModificationException if another thread is seen writing to this map
     */
    public final MemMap<K, V> copy(NativeHeap target) {
        if (!isLive()) {
            return nilOf(keyType, valueType);
        }
        if (target != heap && (isPointer(keyType) || isPointer(valueType))) {
            throw new IllegalArgumentException(
                    "a " + type + " cannot be copied to another heap: its pointers are of this one");
        }
        if ((state() & HmapLayout.WRITING) != 0) {
            throw new ConcurrentModificationException("concurrent map clone and map write");
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
     * Returns whether another map has the same entries: equal keys, as of a lookup, with values of the same bytes. As in Go, +0
     * and -0 are equal in values too, and a NaN makes a difference with anything; values that are maps are equal if they are
     * the same map. A nil map equals an empty one.
     *
     * @param other the other map, of any heap
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
     * As {@link #free}, and frees the maps that are values of this one, and those that are values of them.
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

    // ------------------------------------------------------------------------------------------------------- lookups

    /** Returns the key's slot, or 0 if it is absent, or the map nil or freed. */
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
            return 0; // no key is as long
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
                    "keys of type " + keyType + " are not ranges of bytes: those of utf8 and bytes are");
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
     * Loads from all lines of a bucket of three or four, so that their cache misses overlap: a search would wait for the first
     * before it knows which other it needs. The sum is used, or the compiler would drop the loads.
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

    /** Copies the bytes of the key or value at this address of a slot. */
    final void load(Type<?> ofType, long address, EncodedBytes to) {
        int length = ofType.length(mem, address);
        Mem.copyOut(mem, ofType.start(mem, address), to.own(length), length);
    }

    /** Appends the bytes of the key or value at this address of a slot. */
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

    /** Replaces a value's bytes by as many others. */
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
            throw new IndexOutOfBoundsException("a value of " + length + " bytes does not fit at " + offset
                    + " of a segment of " + target.byteSize());
        }
        Mem.copyOut(mem, valueType.start(mem, address), target, offset, length);
        return length;
    }

    // --------------------------------------------------------------------------------------------------- assign, erase

    private void encode(K key, V value, OperationBuffers buffers) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        requireLive();
        encodeKey(key, buffers);
        valueCodec.encode(value, buffers.value);
    }

    /** Encodes the key of a write. All steps of the write work on these bytes, which nobody else can change. */
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

    /** Sets the value of the encoded key. */
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

    /** Puts the encoded key and value; returns whether the key was there, and gives the value before if it is wanted. */
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

    /** Decodes the value in this slot before it changes: there may be too little Java memory for it. */
    final void keepPrevious(long slot, OperationBuffers buffers) {
        load(valueType, valueAddress(slot), buffers.previous);
        buffers.decoded = valueCodec.decode(buffers.previous);
    }

    /** Returns what {@link #keepPrevious} has decoded. */
    @SuppressWarnings("unchecked")
    final V previous(OperationBuffers buffers) {
        return (V) Objects.requireNonNull(buffers.decoded);
    }

    /** Adds an entry whose key is not in its chain. All memory is taken before the entry is there. */
    private void add(long chain, long hash, EncodedBytes key, EncodedBytes value) {
        long keyBytesInBlock = bytesOutOfLine(keyType, key);
        long moves = field(HmapLayout.MOVES);
        long block = newBlock(bytesOfBlock(keyBytesInBlock, bytesOutOfLine(valueType, value)));
        long slot;
        try {
            slot = field(HmapLayout.MOVES) == moves ? insert(chain, hash) : 0; // else the chain may have moved
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

    /** Puts an encoded object at its address in a slot, or at its place in the entry's block. */
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

    /** Replaces the value in this filled slot. A block is used again if a new one would have its size, or is not to be had. */
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

    /** Returns the bytes of the block that an encoded entry has, which may be none. */
    final long blockBytesOf(EncodedBytes key, EncodedBytes value) {
        return usableBytes(bytesOfBlock(bytesOutOfLine(keyType, key), bytesOutOfLine(valueType, value)));
    }

    /** Returns the bytes that a value in place of the one in this filled slot takes before it gives any back. */
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

    /** Replaces the value of an entry that a cursor is at. */
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

    /** Removes the entry of its chain whose key does not equal itself and has this hash; returns whether it was there. */
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

    /** Returns the slot of that entry, or 0. */
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
     * Returns this hash of a key that does not equal itself, or one for the same chain, so that no such key there has its
     * tophash: that is all by which a cursor knows the entry when it has moved, for chains with such keys split but never
     * merge.
     */
    long distinct(long hash, long chain) {
        long distinct = hash;
        for (int top = 0; top < 256 && searchNan(chain, distinct) != 0; top++) {
            distinct += 1L << 56;
        }
        return distinct;
    }

    // -------------------------------------------------------------------------------------- what lies out of line

    // What of an entry lies out of line has one block: the key's bytes, if the key does, and behind them, from the next
    // multiple of 8, the value's. So a lookup that has found the key has the value on its way into the cache. An object
    // without bytes has no pointer.

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

    /** Returns the block of the entry in this filled slot; 0 if it has none. */
    private long blockAt(long slot) {
        long block = keyType.isInline() ? 0 : Mem.getLong(mem, keyAddress(slot));
        return block != 0 || valueType.isInline() ? block : Mem.getLong(mem, valueAddress(slot));
    }

    private long blockBytes(long block) {
        return block == 0 ? 0 : heap().blockBytes(block);
    }

    /** Takes a block of this many bytes; 0 for none. */
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
        boolean reflexive = isReflexiveAt(slot); // which may allocate, so it comes before the first change
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
            Mem.zero(mem, keyAddress(slot), keyBytes); // a pointer that dangles is not kept, as in Go
        }
    }

    @Override
    final void releaseEntries() {
        LongConsumer freeBlock = slot -> freeBlock(blockAt(slot)); // an object, made before the first change
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
