package io.memmap.unsafe;

import io.memmap.IntIntMap;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.unsafe.format.Raw;
import io.memmap.unsafe.memory.BlockAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Raw addresses of heaps, maps, buckets and slots, and heaps at raw addresses. It connects memmap
 * with its twin on sun.misc.Unsafe, and with other code that takes an address.
 *
 * <p><b>Terms.</b> A twin is another heap or map object for the same memory, which accesses it
 * through Unsafe without checks. A map's entries lie in buckets, and each bucket has slots for keys
 * and values.
 *
 * <p><b>Both ways.</b> {@link #twin(NativeHeap)} returns a heap's twin, and {@link
 * #checked(UnsafeHeap)} returns a heap for a twin. Both sides share one memory with the maps, the
 * blocks and the allocator's tables. A write, a growth or a free by one side takes effect for the
 * other at once.
 *
 * <p><b>Lifetime.</b> An address or a twin does not keep memory alive, and does not notice when
 * memory ends. A heap ends when its arena closes, and a map ends when it is freed. The address of a
 * bucket or a slot ends with the next write to the map, which may move every entry. A read at an
 * address that has ended returns whatever is there now, or kills the JVM. A write there corrupts
 * whatever is there now.
 *
 * <p><b>Threads.</b> Any thread may use an address, even if the arena is confined. Each heap object
 * over one memory has its own lock, and these locks do not exclude one another. So only one thread
 * at a time may use any of these heaps, and the caller must order the threads.
 *
 * <p><b>Cost.</b> The address of a heap or a header is a read of one field. The address of a bucket
 * or a slot costs a lookup. Creating a twin, or a heap at an address, allocates a few small
 * objects.
 */
public final class UnsafePointers {
    private UnsafePointers() {}

    /**
     * Returns the address of a heap's first byte. A pointer of the heap is an offset from this
     * address.
     *
     * @param heap the heap, in any arena
     * @return the address; also after the heap has ended, when the address is no longer valid
     */
    public static long address(NativeHeap heap) {
        return heap.segment().address();
    }

    /**
     * Returns the address of a heap's first byte. A pointer of the heap is an offset from this
     * address.
     *
     * @param heap the heap, in any arena
     * @return the address; also after the heap has ended, when the address is no longer valid
     */
    public static long address(UnsafeHeap heap) {
        return heap.segment().address();
    }

    /**
     * Returns a heap's twin: another heap over the same memory, without checks.
     *
     * @param heap the heap
     * @return its twin, which must not be used once the heap has ended
     * @throws IllegalStateException if the heap is closed
     */
    public static UnsafeHeap twin(NativeHeap heap) {
        if (!heap.isAlive()) {
            throw new IllegalStateException("Already closed: the heap has ended");
        }
        return UnsafeHeap.at(heap.segment());
    }

    /**
     * Returns a map's twin: another handle for the same map, without checks.
     *
     * @param heap the heap that the map lives in
     * @param map the map; the nil map gives the nil map
     * @return its twin, which must not be used once the heap has ended
     * @throws IllegalArgumentException if the map is freed, or not of this heap
     * @throws IllegalStateException if the heap is closed
     */
    public static UnsafeLongLongMap twin(NativeHeap heap, LongLongMap map) {
        return UnsafeLongLongMap.at(twin(heap), map.pointer());
    }

    /**
     * Returns a map's twin: another handle for the same map, without checks.
     *
     * @param heap the heap that the map lives in
     * @param map the map; the nil map gives the nil map
     * @return its twin, which must not be used once the heap has ended
     * @throws IllegalArgumentException if the map is freed, or not of this heap
     * @throws IllegalStateException if the heap is closed
     */
    public static UnsafeIntIntMap twin(NativeHeap heap, IntIntMap map) {
        return UnsafeIntIntMap.at(twin(heap), map.pointer());
    }

    /**
     * Returns a heap on the Foreign Function &amp; Memory API over a twin's memory. It checks every
     * access, as every {@link NativeHeap} does.
     *
     * @param heap the twin
     * @return the heap, with the lifetime and thread rule of the twin's arena
     * @throws IllegalStateException if the twin's arena is closed
     * @throws WrongThreadException if the twin's arena is confined to another thread
     */
    public static NativeHeap checked(UnsafeHeap heap) {
        return NativeHeap.at(heap.segment());
    }

    /**
     * Returns a heap at an address, without checks.
     *
     * @param address the address of a heap's first byte, aligned to 4096; any other address may
     *     kill the JVM
     * @return a twin, which assumes that the memory never ends
     * @throws IllegalArgumentException if no heap begins there; the message says what was found
     */
    public static UnsafeHeap heapAt(long address) {
        return UnsafeHeap.at(Raw.segment(address, capacityAt(address)));
    }

    /**
     * Returns a heap at an address. Its accesses are checked against its bounds, and against an
     * arena's lifetime and thread rule.
     *
     * @param address the address of a heap's first byte, aligned to 4096; any other address may
     *     kill the JVM
     * @param arena the arena of the heap, which must close before the memory is freed; closing it
     *     does not free the memory
     * @return the heap
     * @throws IllegalArgumentException if no heap begins there; the message says what was found
     * @throws IllegalStateException if the arena is closed
     * @throws WrongThreadException if the arena is confined to another thread
     */
    @SuppressWarnings("restricted")
    public static NativeHeap heapAt(long address, Arena arena) {
        return NativeHeap.at(MemorySegment.ofAddress(address).reinterpret(capacityAt(address), arena, null));
    }

    private static long capacityAt(long address) {
        if (address == 0 || (address & 4095) != 0) {
            throw new IllegalArgumentException(
                    "the address of a heap must be a multiple of 4096 and not 0: 0x" + Long.toHexString(address));
        }
        return Math.max(0, BlockAllocator.capacityAt(address)); // at() checks that a heap is there
    }

    /**
     * Returns the address of a map's header. Go calls it hmap.
     *
     * @param map the map
     * @return the address; 0 for the nil map
     */
    public static long header(UnsafeLongLongMap map) {
        return headerOf(map);
    }

    /**
     * Returns the address of a map's header. Go calls it hmap.
     *
     * @param map the map
     * @return the address; 0 for the nil map
     */
    public static long header(UnsafeIntIntMap map) {
        return headerOf(map);
    }

    /**
     * Returns the address of a map's header. Go calls it hmap.
     *
     * @param map the map
     * @return the address; 0 for the nil map
     */
    public static long header(UnsafeMemMap<?, ?> map) {
        return headerOf(map);
    }

    /**
     * Returns the address of the bucket that holds a key. In a map with {@link UnsafeGeometry#PAGE},
     * which has no buckets, this is the address of the slot.
     *
     * @param map the map
     * @param key the key
     * @return the address, valid until the next write to the map; 0 if the key is absent
     */
    public static long bucket(UnsafeLongLongMap map, long key) {
        return bucketOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of the bucket that holds a key. In a map with {@link UnsafeGeometry#PAGE},
     * which has no buckets, this is the address of the slot.
     *
     * @param map the map
     * @param key the key
     * @return the address, valid until the next write to the map; 0 if the key is absent
     */
    public static long bucket(UnsafeIntIntMap map, int key) {
        return bucketOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of the bucket that holds a key.
     *
     * @param <K> the type of the keys
     * @param map the map
     * @param key the key
     * @return the address, valid until the next write to the map; 0 if the key is absent
     */
    public static <K> long bucket(UnsafeMemMap<K, ?> map, K key) {
        return bucketOf(map, map.slotOf(key));
    }

    /**
     * Returns the address of a key in its slot. A map with {@link UnsafeGeometry#PAGE} stores the key
     * there in another form: combined by exclusive or with a number that is the same for all keys.
     *
     * @param map the map
     * @param key the key
     * @return the address, valid until the next write to the map; 0 if the key is absent
     */
    public static long key(UnsafeLongLongMap map, long key) {
        return keyOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of a key in its slot. A map with {@link UnsafeGeometry#PAGE} stores the key
     * there in another form: combined by exclusive or with a number that is the same for all keys.
     *
     * @param map the map
     * @param key the key
     * @return the address, valid until the next write to the map; 0 if the key is absent
     */
    public static long key(UnsafeIntIntMap map, int key) {
        return keyOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of a key in its slot. If the key lies outside the slot, this is the
     * address of the pointer to it.
     *
     * @param <K> the type of the keys
     * @param map the map
     * @param key the key
     * @return the address, valid until the next write to the map; 0 if the key is absent
     */
    public static <K> long key(UnsafeMemMap<K, ?> map, K key) {
        return keyOf(map, map.slotOf(key));
    }

    /**
     * Returns the address of a key's value in its slot.
     *
     * @param map the map
     * @param key the key
     * @return the address, valid until the next write to the map; 0 if the key is absent
     */
    public static long value(UnsafeLongLongMap map, long key) {
        return valueOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of a key's value in its slot.
     *
     * @param map the map
     * @param key the key
     * @return the address, valid until the next write to the map; 0 if the key is absent
     */
    public static long value(UnsafeIntIntMap map, int key) {
        return valueOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of a key's value in its slot. If the value lies outside the slot, this is
     * the address of the pointer to it.
     *
     * @param <K> the type of the keys
     * @param map the map
     * @param key the key
     * @return the address, valid until the next write to the map; 0 if the key is absent
     */
    public static <K> long value(UnsafeMemMap<K, ?> map, K key) {
        return valueOf(map, map.slotOf(key));
    }

    private static long headerOf(MapHandle map) {
        return map.hmap == 0 ? 0 : map.mem + map.hmap;
    }

    private static long bucketOf(MapHandle map, long slot) {
        return slot == 0 ? 0 : map.mem + MapHandle.bucketOf(slot);
    }

    private static long keyOf(MapHandle map, long slot) {
        return slot == 0 ? 0 : map.mem + map.keyAddress(slot);
    }

    private static long valueOf(MapHandle map, long slot) {
        return slot == 0 ? 0 : map.mem + map.valueAddress(slot);
    }
}
