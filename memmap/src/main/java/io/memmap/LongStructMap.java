package io.memmap;

import io.memmap.codec.OperationBuffers;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ConcurrentModificationException;
import java.util.Map;
import java.util.Objects;

/**
 * A hash map from {@code long} to structs, stored in a heap outside the Java heap. The fields of a
 * struct are read and written in place, so no operation boxes, copies a struct that is only looked
 * at, or makes garbage.
 *
 * <pre>{@code
 * static final StructLayout ORDER = MemoryLayout.structLayout(
 *         ValueLayout.JAVA_LONG.withName("price"), ValueLayout.JAVA_LONG.withName("quantity"));
 * static final StructField.OfLong PRICE = StructField.ofLong(ORDER, "price");
 * static final StructField.OfLong QUANTITY = StructField.ofLong(ORDER, "quantity");
 *
 * LongStructMap orders = LongStructMap.make(heap, ORDER);
 * LongStructRef order = orders.ref(); // made once
 * order.moveToOrAdd(17);
 * order.set(PRICE, 995);
 * order.set(QUANTITY, 200);
 * }</pre>
 *
 * <p><b>References.</b> {@link #ref} makes a {@link LongStructRef}, which moves from key to key. A
 * reference whose struct may have moved throws an exception; it never reads another entry.
 *
 * <p><b>A map object is a handle</b>: a small Java object that refers to the map in the heap.
 * Copies of a handle, and further handles made with {@link #at}, refer to the same map. A
 * {@link #nil} map reads as empty and refuses writes. A handle of a map that has been freed does the
 * same. The map is the same as a {@link MemMap} from {@link Type#LONG} to {@link Type#struct}, or to
 * records with the same fields: either class opens maps of the other.
 *
 * <p><b>Structs</b> have at most 64 KiB. Their members may be value layouts except addresses,
 * structs, sequences and padding. Padding reads as zero. A struct of up to 56 bytes lies beside its
 * key in a slot of 16, 32 or 64 bytes ({@link Geometry#PAGE}), one of up to 128 bytes beside its key
 * in a bucket ({@link Geometry#LINE}), and a larger one in a block of its own.
 *
 * <p><b>Cost.</b> Every operation takes constant time. No operation waits for a rehash: while the
 * map grows or shrinks, an operation that adds or removes an entry moves the entries of at most two
 * pages, or of two buckets and their overflow buckets. A thread's first operation that puts a struct allocates
 * buffers. Its first one after a garbage collection may do so again.
 *
 * <p><b>Threads.</b> The rule is that of {@link LongLongMap}. Only the owner thread may use a map
 * of a confined heap. On any other heap, either many threads read, each with a reference of its own,
 * or one thread writes. A write to a field through a reference is a write.
 *
 * <p><b>Errors</b> common to all operations: {@link IllegalStateException} once the heap or its
 * arena is closed; {@link WrongThreadException} on another thread than the owner of a confined
 * heap; {@link NilMapException} for a write to a nil or freed map; {@link HeapExhaustedException}
 * for an insertion for which the heap has no room, in which case the map keeps all entries.
 *
 * @see SyncLongStructMap SyncLongStructMap, the same for many threads
 * @see StructField
 * @see LongLongMap
 * @see NativeHeap
 */
public final class LongStructMap extends StructTable {
    /** The lookups in flight at a time, as in {@link LongLongMap}. */
    static final int BATCH = 64;

    private LongStructMap(StructType struct) {
        super(struct);
    }

    LongStructMap(NativeHeap heap, long hmap, StructType struct) {
        this(heap, hmap, Mem.getLong(heap.memory, hmap + HmapLayout.IDENTITY), struct);
    }

    private LongStructMap(NativeHeap heap, long hmap, long identity, StructType struct) {
        super(heap, hmap, identity, struct);
    }

    // -------------------------------------------------------------------------------------- making

    /**
     * Makes an empty map.
     *
     * @param heap the heap to make the map in
     * @param layout the layout of the structs
     * @return a handle of the map
     * @throws HeapExhaustedException if the heap has no room for the map's header
     * @throws IllegalArgumentException if the structs would have more than 64 KiB, or the layout
     *     contains an address or a union; the message says which
     */
    public static LongStructMap make(NativeHeap heap, StructLayout layout) {
        return builder(heap, layout).make();
    }

    /**
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param heap the heap to make the map in
     * @param layout the layout of the structs
     * @param hint the number of entries that the map can hold without growing; a negative number
     *     counts as 0; the hint never limits the map
     * @return a handle of the map
     * @throws HeapExhaustedException if this heap, or any heap, has no room for so many entries;
     *     nothing was made
     * @throws IllegalArgumentException if the map cannot have this layout, as for
     *     {@link #make(NativeHeap, StructLayout)}
     */
    public static LongStructMap make(NativeHeap heap, StructLayout layout, long hint) {
        return builder(heap, layout).hint(hint).make();
    }

    /**
     * Opens the map of this name in the heap's directory, or makes an empty one. A heap in a file
     * ({@link NativeHeap.Builder#file}) finds it also after a restart.
     *
     * @param heap the heap that the map lives in
     * @param name the name, not empty
     * @param layout the layout of the structs
     * @return a handle of the map
     * @throws IllegalArgumentException if the name is empty, or if the map of this name has other types
     *     of keys or values: the message names both
     * @throws HeapExhaustedException if the heap has no room for a new map
     * @see MapBuilder#open
     */
    public static LongStructMap open(NativeHeap heap, String name, StructLayout layout) {
        return builder(heap, layout).name(Directory.requireName(name)).open();
    }

    /**
     * Returns a builder for a map with other settings than the default ones.
     *
     * @param heap the heap to make the map in
     * @param layout the layout of the structs
     * @return a builder
     * @throws IllegalArgumentException if the map cannot have this layout, as for
     *     {@link #make(NativeHeap, StructLayout)}
     */
    public static MapBuilder<LongStructMap> builder(NativeHeap heap, StructLayout layout) {
        StructType struct = StructType.of(layout);
        return new MapBuilder<>(
                heap,
                struct.mapType(),
                Geometry.ofObjects(struct.mapType()),
                (owner, hmap, hint) -> {
                    LongStructMap map = new LongStructMap(owner, hmap, struct);
                    map.initialize(hint);
                    return map;
                },
                (owner, pointer) -> at(owner, pointer, layout));
    }

    /**
     * Computes {@link NativeHeap.Builder#maxBytes} for a heap that holds one map of these structs. In
     * a heap of that size the map can hold this many entries and always has room to double. For
     * several maps, add up the results.
     *
     * @param layout the layout of the structs
     * @param entries the greatest number of entries, at least 0
     * @return the number of bytes
     * @throws IllegalArgumentException if the number is negative, or no heap holds so many entries,
     *     or the map cannot have this layout
     */
    public static long heapBytesFor(StructLayout layout, long entries) {
        Type<MemorySegment> type = StructType.of(layout).type();
        return MemMap.heapBytesFor(Type.LONG, type, entries, type.isInline() ? 0 : layout.byteSize());
    }

    /**
     * Returns a nil map, which reads as empty and refuses writes.
     *
     * @param layout the layout of the structs
     * @return a nil map
     * @throws IllegalArgumentException if the map cannot have this layout, as for
     *     {@link #make(NativeHeap, StructLayout)}
     */
    public static LongStructMap nil(StructLayout layout) {
        return new LongStructMap(StructType.of(layout));
    }

    /**
     * Returns a handle of the map that {@code pointer} points to.
     *
     * @param heap the heap that the map lives in
     * @param pointer a number that {@link #pointer} returned, of this class or of {@link MemMap}; 0
     *     gives a nil map
     * @param layout the layout of the structs
     * @return a handle of the same map
     * @throws IllegalArgumentException if no live map from long to structs with these fields starts
     *     there, or its header has been overwritten; the message says what was found and what was
     *     expected
     */
    public static LongStructMap at(NativeHeap heap, long pointer, StructLayout layout) {
        StructType struct = StructType.of(layout);
        return pointer == 0
                ? new LongStructMap(struct)
                : new LongStructMap(heap, requireMap(heap, pointer, struct.mapType()), struct);
    }

    // ---------------------------------------------------------------------------------- one entry

    /**
     * Makes a reference that is at no struct. A program makes it once for each thread, or for each
     * struct that it uses at a time.
     *
     * @return a reference to structs of this map
     */
    public LongStructRef ref() {
        return new LongStructRef(this);
    }

    /**
     * Copies the struct of a key to the start of a segment. Padding is copied as zeros.
     *
     * @param key the key
     * @param target the segment, of at least the struct's size; unchanged if the key is absent
     * @return whether the key is present; false in a nil or freed map
     * @throws IllegalArgumentException if the segment is too small
     */
    public boolean get(long key, MemorySegment target) {
        struct.requireRoom(target);
        long address = find(key);
        if (address != 0) {
            Mem.copyOut(mem, address, target, 0, struct.bytes());
        }
        return address != 0;
    }

    /**
     * Returns whether a key is present.
     *
     * @param key the key
     * @return true if the key is present; false in a nil or freed map
     */
    public boolean containsKey(long key) {
        return find(key) != 0;
    }

    /**
     * Sets the struct of a key to a copy of a segment.
     *
     * @param key the key
     * @param source the bytes of the struct, of exactly its size; those of padding are ignored
     * @return whether the key was present
     * @throws NilMapException if the map is nil or freed
     * @throws IllegalArgumentException if the segment has another size
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is
     *     unchanged
     */
    public boolean put(long key, MemorySegment source) {
        struct.requireSize(source);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            struct.encode(source, 0, buffers.value);
            return write(key, buffers, true);
        }
    }

    /**
     * Sets the struct of a key to a copy of a segment if the key is absent.
     *
     * @param key the key
     * @param source the bytes of the struct, of exactly its size; those of padding are ignored
     * @return whether the key was absent, and has been added
     * @throws NilMapException if the map is nil or freed
     * @throws IllegalArgumentException if the segment has another size
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is
     *     unchanged
     */
    public boolean putIfAbsent(long key, MemorySegment source) {
        struct.requireSize(source);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            struct.encode(source, 0, buffers.value);
            return !write(key, buffers, false);
        }
    }

    /**
     * Removes a key.
     *
     * @param key the key
     * @return whether the key was present; false in a nil or freed map
     */
    public boolean remove(long key) {
        return delete(key);
    }

    // ------------------------------------------------------------------------------------- batches

    /**
     * Copies the structs of many keys. If the map is larger than the CPU's caches, this is faster
     * than one {@link #get} after another, because the cache misses of a batch overlap. Allocates
     * nothing.
     *
     * @param keys the keys; a key may occur more than once
     * @param structs receives one struct after the other, that of {@code keys[i]} at {@code i} times
     *     the struct's size; zeros for an absent key. Its contents are undefined if this method
     *     throws
     * @return the number of keys that are present, counting repeated keys each time
     * @throws IllegalArgumentException if {@code structs} has no room for so many structs
     */
    public int getAll(long[] keys, MemorySegment structs) {
        struct.requireRoom(structs, keys.length);
        int hits = 0;
        for (int from = 0; from < keys.length; from += BATCH) {
            int to = Math.min(from + BATCH, keys.length);
            prefetch(keys, from, to);
            for (int i = from; i < to; i++) {
                long address = find(keys[i]);
                long at = (long) i * struct.bytes();
                if (address == 0) {
                    Mem.zero(structs, at, struct.bytes());
                } else {
                    Mem.copyOut(mem, address, structs, at, struct.bytes());
                    hits++;
                }
            }
        }
        return hits;
    }

    /**
     * Sets the structs of many keys, in the order of the array. If the map is larger than the CPU's
     * caches, this is faster than one {@link #put} after another. Allocates nothing.
     *
     * @param keys the keys; if a key occurs more than once, its last struct stays
     * @param structs one struct after the other, that of {@code keys[i]} at {@code i} times the
     *     struct's size; what follows the last one is ignored
     * @throws IllegalArgumentException if {@code structs} has fewer structs; nothing was put
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the entries before the failed one
     *     have been put
     */
    public void putAll(long[] keys, MemorySegment structs) {
        struct.requireRoom(structs, keys.length);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            for (int from = 0; from < keys.length; from += BATCH) {
                int to = Math.min(from + BATCH, keys.length);
                prefetch(keys, from, to);
                for (int i = from; i < to; i++) {
                    struct.encode(structs, i, buffers.value);
                    write(keys[i], buffers, true);
                }
            }
        }
    }

    private void prefetch(long[] keys, int from, int to) {
        long loaded = 0;
        for (int i = from; i < to && isCurrent(); i++) {
            loaded ^= loadAhead(hash(keys[i], cachedSeed));
        }
        Mem.keep(loaded);
    }

    // ------------------------------------------------------------------------------- the whole map

    /**
     * Passes every entry to {@code action}. The order is random and differs between calls. The
     * action may change the map; {@link LongStructCursor} says which entries are then produced.
     *
     * @param action called with every key and a reference to its struct, which is the same object
     *     each time; if it throws, the walk ends and the exception is passed on
     */
    public void forEach(LongStructConsumer<? super StructRef> action) {
        Objects.requireNonNull(action, "action");
        for (LongStructCursor cursor = cursor(); cursor.next(); ) {
            action.accept(cursor.key(), cursor.value());
        }
    }

    /**
     * Returns a cursor that stands before the first entry.
     *
     * @return a cursor; it need not be closed
     */
    public LongStructCursor cursor() {
        return new LongStructCursor(this);
    }

    /**
     * Returns a live view of this map as a {@link Map}, which boxes keys and copies structs to new
     * segments. It is that of {@link MemMap#asMap}.
     *
     * @return the view
     */
    public Map<Long, MemorySegment> asMap() {
        return asMemMap().asMap();
    }

    /** Returns another handle of this map. */
    private MemMap<Long, MemorySegment> asMemMap() {
        NativeHeap owner = heap;
        return owner == null ? MemMap.nil() : MemMap.handle(owner, hmap, identity, Type.LONG, struct.type());
    }

    /**
     * Makes a map with the same entries and settings, independent of this one. The cost is
     * proportional to the number of buckets and the bytes of the entries.
     *
     * @param target the heap for the copy; it may be this map's heap
     * @return a handle of the copy; a nil map if this map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; nothing was made
     * @throws ConcurrentModificationException if another thread is seen writing to this map
     */
    public LongStructMap copy(NativeHeap target) {
        MemMap<Long, MemorySegment> copy = asMemMap().copy(target);
        if (copy.isNil()) {
            return new LongStructMap(struct);
        }
        LongStructMap map = new LongStructMap(target, copy.pointer(), struct);
        map.track(map.name());
        return map;
    }
}
