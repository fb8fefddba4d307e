package io.memmap;

import io.memmap.format.Mem;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Go's {@code map[int32]int32}, in a heap outside the Java heap.
 *
 * <pre>{@code
 * try (NativeHeap heap = NativeHeap.ofConfined()) {
 *     IntIntMap hits = IntIntMap.make(heap);
 *     hits.add(404, 1);
 *     hits.get(500); // 0, as Go's zero value
 * }
 * }</pre>
 *
 * <p><b>A map object is a handle</b>: copy it, or make another with {@link #at}, and it is the same map. The {@link #nil}
 * map reads as empty and refuses writes, and so does every handle of a map that has been freed.
 *
 * <p><b>Cost.</b> get, put, add and remove take constant time, and none of them waits for a rehash: while the map grows or
 * shrinks, a write moves the entries of at most two buckets and their overflow. None allocates on the Java heap.
 *
 * <p><b>Threads.</b> A map of a confined heap is its owner thread's. On any other heap, any number of threads may read while
 * none writes; a write beside another access is a bug that is detected at best effort, as in Go, with a {@link
 * java.util.ConcurrentModificationException}: "concurrent map writes" or "concurrent map read and map write". Such a map may
 * have lost entries, and its writes may have broken other maps of the heap; the JVM is unharmed.
 *
 * <p><b>Errors</b> common to all operations: {@link IllegalStateException} once the heap or its arena is closed, {@link
 * WrongThreadException} from another thread than a confined heap's, {@link NilMapException} for a write to a nil or freed
 * map, {@link HeapExhaustedException} for an insertion that the heap has no room for. The map keeps all entries then.
 */
public final class IntIntMap extends IntTable {
    /** Lookups in flight at a time: enough to keep the memory system busy, few enough to stay in the first-level cache. */
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
     * @param heap the heap that it lives in
     * @return a handle of it
     * @throws HeapExhaustedException if the heap has no room for its header
     */
    public static IntIntMap make(NativeHeap heap) {
        return builder(heap).make();
    }

    /**
     * Makes an empty map with room for {@code hint} entries.
     *
     * @param heap the heap that it lives in
     * @param hint the number of entries that it is to hold without growing; negative counts as 0; never a limit
     * @return a handle of it
     * @throws HeapExhaustedException if the heap has no room for so many entries, or no heap has; nothing was made
     */
    public static IntIntMap make(NativeHeap heap, long hint) {
        return builder(heap).hint(hint).make();
    }

    /**
     * Returns a builder for a map with settings of its own.
     *
     * @param heap the heap that the map is to live in
     * @return a builder
     */
    public static MapBuilder<IntIntMap> builder(NativeHeap heap) {
        return new MapBuilder<>(heap, MapType.INT_TO_INT, (owner, hmap, hint) -> {
            IntIntMap map = new IntIntMap(owner, hmap);
            map.initialize(hint);
            return map;
        });
    }

    /**
     * Computes {@link NativeHeap.Builder#maxBytes} for a heap with one map of this sort: with it the map takes so many entries
     * and never lacks room to double. That is 25 to 50 bytes an entry. For several maps, add up.
     *
     * @param entries the greatest number of entries, at least 0
     * @return bytes
     * @throws IllegalArgumentException if the number is negative, or no heap holds so many
     */
    public static long heapBytesFor(long entries) {
        return NIL.heapBytesFor(entries, 0);
    }

    /**
     * Returns the nil map: it reads as empty and refuses writes.
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
     * @param pointer what {@link #pointer} returned; 0 gives the nil map
     * @return a handle of the same map
     * @throws IllegalArgumentException if no live map of int to int starts there, or its header has been overwritten;
     *     says what was found
     */
    public static IntIntMap at(NativeHeap heap, long pointer) {
        return pointer == 0 ? NIL : new IntIntMap(heap, requireMap(heap, pointer, MapType.INT_TO_INT));
    }

    /**
     * Returns the value of a key.
     *
     * @param key the key
     * @return its value; 0 if it is absent, or the map nil or freed
     */
    public int get(int key) {
        return getOrDefault(key, 0);
    }

    /**
     * Returns the value of a key, or another value if the key is absent.
     *
     * @param key the key
     * @param defaultValue what to return if it is absent, or the map nil or freed
     * @return its value or {@code defaultValue}
     */
    public int getOrDefault(int key, int defaultValue) {
        long address = find(key);
        return address == 0 ? defaultValue : mem.get(Mem.INT, address);
    }

    /**
     * Returns whether a key is present: tells a stored 0 from absence.
     *
     * @param key the key
     * @return true if it is present; false in a nil or freed map
     */
    public boolean containsKey(int key) {
        return find(key) != 0;
    }

    /**
     * Sets the value of a key.
     *
     * @param key the key
     * @param value the value
     * @return the value before; 0 if the key was absent
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it was
     */
    public int put(int key, int value) {
        long address = findToWrite(key);
        if (address == 0) {
            return (int) write(key, value, false);
        }
        int previous = mem.get(Mem.INT, address);
        mem.set(Mem.INT, address, value);
        return previous;
    }

    /**
     * Adds to the value of a key, Go's {@code m[key] += delta}; an absent key counts as 0. Overflow wraps.
     *
     * @param key the key
     * @param delta what to add
     * @return the new value
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it was
     */
    public int add(int key, int delta) {
        long address = findToWrite(key);
        if (address == 0) {
            return (int) write(key, delta, true);
        }
        int sum = mem.get(Mem.INT, address) + delta;
        mem.set(Mem.INT, address, sum);
        return sum;
    }

    /**
     * Removes a key.
     *
     * @param key the key
     * @return whether it was there; false in a nil or freed map
     */
    public boolean remove(int key) {
        return delete(key);
    }

    /**
     * Looks up many keys at a time, faster than one by one where the map is larger than the caches: the cache misses of a
     * batch overlap. Allocates nothing.
     *
     * @param keys the keys; may repeat
     * @param values takes the value of {@code keys[i]} at {@code i}, 0 if it is absent; its contents are undefined if this
     *     throws
     * @return how many of the keys are present
     * @throws IllegalArgumentException if {@code values} is shorter than {@code keys}
     */
    public int getAll(int[] keys, int[] values) {
        if (values.length < keys.length) {
            throw new IllegalArgumentException("values must have room for " + keys.length + " keys: " + values.length);
        }
        int hits = 0;
        for (int from = 0; from < keys.length; from += BATCH) {
            int to = Math.min(from + BATCH, keys.length);
            long seen = 0;
            for (int i = from; i < to && isCurrent(); i++) {
                seen ^= glance(hash(keys[i], seenSeed));
            }
            touched = seen;
            for (int i = from; i < to; i++) {
                long address = find(keys[i]);
                values[i] = address == 0 ? 0 : mem.get(Mem.INT, address);
                hits += address == 0 ? 0 : 1;
            }
        }
        return hits;
    }

    /**
     * Sets the values of many keys, in the arrays' order, faster than one by one where the map is larger than the caches.
     * Allocates nothing.
     *
     * @param keys the keys; of one that repeats the last value stays
     * @param values the values, as many as there are keys
     * @throws IllegalArgumentException if the arrays differ in length; nothing was put
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the entries before the one that failed have been put
     */
    public void putAll(int[] keys, int[] values) {
        if (keys.length != values.length) {
            throw new IllegalArgumentException(
                    "as many values as keys, " + keys.length + ", are needed: " + values.length);
        }
        for (int from = 0; from < keys.length; from += BATCH) {
            int to = Math.min(from + BATCH, keys.length);
            long seen = 0;
            for (int i = from; i < to && isCurrent(); i++) {
                seen ^= glance(hash(keys[i], seenSeed));
            }
            touched = seen;
            for (int i = from; i < to; i++) {
                put(keys[i], values[i]);
            }
        }
    }

    /**
     * Passes every entry to {@code action}, in an order that is random anew each time. The action may change the map; what
     * is then produced is said at {@link IntIntCursor}.
     *
     * @param action takes the entries; what it throws ends the walk and is passed on
     */
    public void forEach(IntIntConsumer action) {
        Objects.requireNonNull(action, "action");
        for (IntIntCursor cursor = cursor(); cursor.next(); ) {
            action.accept(cursor.key(), cursor.value());
        }
    }

    /**
     * Returns a cursor before the first entry.
     *
     * @return a cursor; it need not be closed
     */
    public IntIntCursor cursor() {
        return new IntIntCursor(this);
    }

    /**
     * Returns this map as a {@link Map}, a live view. Null keys and values are refused by writes and not found by reads.
     * Boxes keys and values.
     *
     * <p>The map may be changed in any way while an iterator of a view walks, through the iterator or beside it; what is then
     * produced is said at {@link IntIntCursor}. An entry that {@code hasNext} has promised is produced, also if it has been
     * removed since. Streams of the views are told no size.
     *
     * @return the view
     */
    public Map<Integer, Integer> asMap() {
        return new MapView<Integer, Integer>(this) {
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
