package io.memmap;

import io.memmap.format.Mem;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A hash map from {@code int} to {@code int}, stored in a heap outside the Java heap. It behaves as
 * Go's {@code map[int32]int32} does.
 *
 * <pre>{@code
 * try (NativeHeap heap = NativeHeap.ofConfined()) {
 *     IntIntMap hits = IntIntMap.make(heap);
 *     hits.add(404, 1);
 *     hits.get(500); // 0: the key is absent
 * }
 * }</pre>
 *
 * <p><b>A map object is a handle</b>: a small Java object that refers to the map in the heap.
 * Copies of a handle, and further handles made with {@link #at}, refer to the same map. The
 * {@link #nil} map reads as empty and refuses writes. A handle of a map that has been freed does
 * the same.
 *
 * <p><b>Cost.</b> {@link #get}, {@link #put}, {@link #add} and {@link #remove} take constant time.
 * None of them waits for a rehash: while the map grows or shrinks, a write moves the entries of at
 * most one page of 4 KiB, or of two buckets and their overflow buckets if the map has {@link
 * Geometry#LINE} or {@link Geometry#GO}. None allocates on the Java heap.
 *
 * <p><b>Memory.</b> A slot for an entry has 8 bytes. The map doubles its slots when half of them are
 * full, or another part if {@link MapBuilder#maxLoad} says so.
 *
 * <p><b>Threads.</b> Only the owner thread may use a map of a confined heap. On any other heap,
 * many threads may read a map at a time, as long as none writes. A write at the same time as
 * another access is a bug. As in Go, it is detected on a best-effort basis and reported with a
 * {@link java.util.ConcurrentModificationException}: "concurrent map writes" or "concurrent map
 * read and map write". Such a map may have lost entries, and the writes may have damaged other maps
 * of the heap. The JVM is unharmed.
 *
 * <p><b>Errors</b> common to all operations: {@link IllegalStateException} once the heap or its
 * arena is closed; {@link WrongThreadException} on another thread than the owner of a confined
 * heap; {@link NilMapException} for a write to a nil or freed map; {@link HeapExhaustedException}
 * for an insertion for which the heap has no room, in which case the map keeps all entries.
 *
 * @see SyncMap SyncMap, for many threads
 * @see LongLongMap
 * @see MemMap
 * @see MapBuilder
 * @see NativeHeap
 */
public final class IntIntMap extends IntTable {
    /**
     * Number of lookups in a batch: enough to keep the memory system busy, and few enough that the
     * loaded lines stay in the first-level cache.
     */
    private static final int BATCH = 64;

    private static final IntIntMap NIL = new IntIntMap();

    private IntIntMap() {
        super(MapType.INT_TO_INT);
    }

    IntIntMap(NativeHeap heap, long hmap) {
        super(heap, hmap, MapType.INT_TO_INT);
    }

    /**
     * Makes an empty map.
     *
     * @param heap the heap to make the map in
     * @return a handle of the map
     * @throws HeapExhaustedException if the heap has no room for the map's header
     */
    public static IntIntMap make(NativeHeap heap) {
        return builder(heap).make();
    }

    /**
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param heap the heap to make the map in
     * @param hint the number of entries that the map can hold without growing; a negative number
     *     counts as 0; the hint never limits the map
     * @return a handle of the map
     * @throws HeapExhaustedException if this heap, or any heap, has no room for so many entries;
     *     nothing was made
     */
    public static IntIntMap make(NativeHeap heap, long hint) {
        return builder(heap).hint(hint).make();
    }

    /**
     * Opens the map of this name in the heap's directory, or makes an empty one. A heap in a file
     * ({@link NativeHeap.Builder#file}) finds it also after a restart.
     *
     * @param heap the heap that the map lives in
     * @param name the name, not empty
     * @return a handle of the map
     * @throws IllegalArgumentException if the name is empty, or if the map of this name has other types
     *     of keys or values: the message names both
     * @throws HeapExhaustedException if the heap has no room for a new map
     * @see MapBuilder#open
     */
    public static IntIntMap open(NativeHeap heap, String name) {
        return builder(heap).name(Directory.requireName(name)).open();
    }

    /**
     * Returns a builder for a map with other settings than the default ones.
     *
     * @param heap the heap to make the map in
     * @return a builder
     */
    public static MapBuilder<IntIntMap> builder(NativeHeap heap) {
        return new MapBuilder<>(
                heap,
                MapType.INT_TO_INT,
                Geometry.OF_INTEGERS,
                (owner, hmap, hint) -> {
                    IntIntMap map = new IntIntMap(owner, hmap);
                    map.initialize(hint);
                    return map;
                },
                IntIntMap::at);
    }

    /**
     * Computes {@link NativeHeap.Builder#maxBytes} for a heap that holds one map of this class. In
     * a heap of that size the map can hold this many entries and always has room to double. The
     * result is 25 to 49 bytes per entry. For several maps, add up the results.
     *
     * @param entries the greatest number of entries, at least 0
     * @return the number of bytes
     * @throws IllegalArgumentException if the number is negative, or no heap holds so many entries
     */
    public static long heapBytesFor(long entries) {
        return NIL.heapBytesFor(entries, 0);
    }

    /**
     * Returns the nil map, which reads as empty and refuses writes.
     *
     * @return the nil map
     */
    public static IntIntMap nil() {
        return NIL;
    }

    /**
     * Returns a handle of the map that {@code pointer} points to.
     *
     * @param heap the heap that the map lives in
     * @param pointer a number that {@link #pointer} returned; 0 gives the nil map
     * @return a handle of the same map
     * @throws IllegalArgumentException if no live map of int to int starts there, or its header has
     *     been overwritten; the message says what was found
     */
    public static IntIntMap at(NativeHeap heap, long pointer) {
        return pointer == 0 ? NIL : new IntIntMap(heap, requireMap(heap, pointer, MapType.INT_TO_INT, true));
    }

    /**
     * Returns the value of a key.
     *
     * @param key the key
     * @return the key's value; 0 if the key is absent, or the map is nil or freed
     */
    public int get(int key) {
        return getOrDefault(key, 0);
    }

    /**
     * Returns the value of a key, or another value if the key is absent.
     *
     * @param key the key
     * @param defaultValue returned if the key is absent, or the map is nil or freed
     * @return the key's value or {@code defaultValue}
     */
    public int getOrDefault(int key, int defaultValue) {
        long address = find(key);
        return address == 0 ? defaultValue : mem.get(Mem.INT, address);
    }

    /**
     * Returns whether a key is present. This distinguishes a stored 0 from an absent key.
     *
     * @param key the key
     * @return true if the key is present; false in a nil or freed map
     */
    public boolean containsKey(int key) {
        return find(key) != 0;
    }

    /**
     * Sets the value of a key.
     *
     * @param key the key
     * @param value the value
     * @return the previous value; 0 if the key was absent
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is
     *     unchanged
     */
    public int put(int key, int value) {
        long address = findToWrite(key);
        if (address <= 0) {
            return (int) write(key, value, false, -address);
        }
        int previous = mem.get(Mem.INT, address);
        mem.set(Mem.INT, address, value);
        return previous;
    }

    /**
     * Adds a number to the value of a key. An absent key counts as 0. Overflow wraps. This is Go's
     * {@code m[key] += delta}.
     *
     * @param key the key
     * @param delta the number to add
     * @return the new value
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is
     *     unchanged
     */
    public int add(int key, int delta) {
        long address = findToWrite(key);
        if (address <= 0) {
            return (int) write(key, delta, true, -address);
        }
        int sum = mem.get(Mem.INT, address) + delta;
        mem.set(Mem.INT, address, sum);
        return sum;
    }

    /**
     * Removes a key.
     *
     * @param key the key
     * @return whether the key was present; false in a nil or freed map
     */
    public boolean remove(int key) {
        return delete(key);
    }

    /**
     * Looks up many keys. If the map is larger than the CPU's caches, this is faster than one
     * lookup after another, because the cache misses of a batch overlap. Allocates nothing.
     *
     * @param keys the keys; a key may occur more than once
     * @param values receives at index {@code i} the value of {@code keys[i]}, or 0 if that key is
     *     absent; its contents are undefined if this method throws
     * @return the number of keys that are present, counting repeated keys each time
     * @throws IllegalArgumentException if {@code values} is shorter than {@code keys}
     */
    public int getAll(int[] keys, int[] values) {
        if (values.length < keys.length) {
            throw new IllegalArgumentException("values must have room for " + keys.length + " keys: " + values.length);
        }
        int hits = 0;
        for (int from = 0; from < keys.length; from += BATCH) {
            int to = Math.min(from + BATCH, keys.length);
            long loaded = 0;
            for (int i = from; i < to && isCurrent(); i++) {
                loaded ^= prefetch(hash(keys[i], cachedSeed));
            }
            Mem.keep(loaded);
            for (int i = from; i < to; i++) {
                long address = find(keys[i]);
                values[i] = address == 0 ? 0 : mem.get(Mem.INT, address);
                hits += address == 0 ? 0 : 1;
            }
        }
        return hits;
    }

    /**
     * Sets the values of many keys, in the order of the arrays. If the map is larger than the CPU's
     * caches, this is faster than one put after another. Allocates nothing.
     *
     * @param keys the keys; if a key occurs more than once, its last value stays
     * @param values the values, as many as there are keys
     * @throws IllegalArgumentException if the arrays differ in length; nothing was put
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the entries before the failed one
     *     have been put
     */
    public void putAll(int[] keys, int[] values) {
        if (keys.length != values.length) {
            throw new IllegalArgumentException(
                    "there must be as many values as keys, " + keys.length + ": " + values.length);
        }
        for (int from = 0; from < keys.length; from += BATCH) {
            int to = Math.min(from + BATCH, keys.length);
            long loaded = 0;
            for (int i = from; i < to && isCurrent(); i++) {
                loaded ^= prefetch(hash(keys[i], cachedSeed));
            }
            Mem.keep(loaded);
            for (int i = from; i < to; i++) {
                put(keys[i], values[i]);
            }
        }
    }

    /**
     * Passes every entry to {@code action}. The order is random and differs between calls. The
     * action may change the map; {@link IntIntCursor} says which entries are then produced.
     *
     * @param action called with every entry; if it throws, the walk ends and the exception is
     *     passed on
     */
    public void forEach(IntIntConsumer action) {
        Objects.requireNonNull(action, "action");
        for (IntIntCursor cursor = cursor(); cursor.next(); ) {
            action.accept(cursor.key(), cursor.value());
        }
    }

    /**
     * Returns a cursor that stands before the first entry.
     *
     * @return a cursor; it need not be closed
     */
    public IntIntCursor cursor() {
        return new IntIntCursor(this);
    }

    /**
     * Returns a live view of this map as a {@link Map}. Writes refuse null keys and values; reads
     * do not find them. The view boxes keys and values.
     *
     * <p>The map may be changed in any way during an iteration, through the iterator or otherwise.
     * {@link IntIntCursor} says which entries are then produced. If {@code hasNext} has returned
     * true, {@code next} produces the entry, even if the entry has been removed in between. Streams
     * of the views report no size.
     *
     * @return the view
     */
    public Map<Integer, Integer> asMap() {
        return new TableMapView<Integer, Integer>(this) {
            @Override
            @Nullable
            Object equalityOfKey(@Nullable Object key) {
                return key instanceof Integer ? key : null;
            }

            @Override
            @Nullable
            Object equalityOfValue(@Nullable Object value) {
                return value instanceof Integer ? value : null;
            }

            @Override
            long findSlot(@Nullable Object key) {
                return key instanceof Integer k ? IntIntMap.this.findSlot(k) : 0;
            }

            @Override
            Integer valueAt(long slot) {
                return Mem.getInt(mem, valueAddress(slot));
            }

            @Override
            void store(Integer key, Integer value) {
                IntIntMap.this.put(key, (int) value);
            }

            @Override
            void delete(Object key) {
                IntIntMap.this.delete((Integer) key);
            }

            @Override
            HashCursor<Integer, Integer> walk(boolean wantsValues) {
                return cursor();
            }
        };
    }
}
