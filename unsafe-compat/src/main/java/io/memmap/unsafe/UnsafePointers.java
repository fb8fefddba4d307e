package io.memmap.unsafe;

import io.memmap.IntIntMap;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.unsafe.format.Raw;
import io.memmap.unsafe.memory.BlockAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Raw addresses of heaps, maps, buckets and slots, and the way from an address to a heap: the bridge between memmap, its
 * twin on sun.misc.Unsafe, and whatever else takes an address.
 *
 * <p><b>Both ways.</b> {@link #twin(NativeHeap)} is a heap's twin and {@link #checked(UnsafeHeap)} the way back. Both sides then
 * have one memory: maps, blocks and the allocator's tables, for all that either knows is in it. A write of one is the other's
 * at once, growth and frees included.
 *
 * <p><b>Lifetime.</b> An address and a twin keep nothing alive and notice nothing. What they point to is gone when its arena
 * has closed; of a map when it is freed; of a bucket or a slot with the next write to the map, which may move every entry. To
 * read such an address afterwards yields what lies there now, or kills the JVM; to write there breaks what lies there now.
 *
 * <p><b>Threads.</b> An address may be used by any thread, in a confined arena too. The heaps over one memory have a lock each,
 * which do not know of one another: one thread at a time may be in any of them, and what orders the threads is the caller's.
 *
 * <p><b>Cost.</b> Addresses of heaps and headers are a field each; those of buckets and slots cost a lookup. To attach makes some
 * small objects.
 */
public final class UnsafePointers {
    private UnsafePointers() {}

    /**
     * Returns the address of a heap's first byte. A pointer of the heap is an offset to it.
     *
     * @param heap the heap, of any arena
     * @return the address; also after the end, when nothing is there
     */
    public static long address(NativeHeap heap) {
        return heap.segment().address();
    }

    /**
     * Returns the address of a heap's first byte. A pointer of the heap is an offset to it.
     *
     * @param heap the heap, of any arena
     * @return the address; also after the end, when nothing is there
     */
    public static long address(UnsafeHeap heap) {
        return heap.segment().address();
    }

    /**
     * Returns a heap's twin: another heap over its memory, unchecked.
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
     * Returns a map's twin: another handle of it, unchecked.
     *
     * @param heap the heap that the map lives in
     * @param map the map; nil gives the nil map
     * @return its twin, which must not be used once the heap has ended
     * @throws IllegalArgumentException if the map is freed, or not of this heap
     * @throws IllegalStateException if the heap is closed
     */
    public static UnsafeLongLongMap twin(NativeHeap heap, LongLongMap map) {
        return UnsafeLongLongMap.at(twin(heap), map.pointer());
    }

    /**
     * Returns a map's twin: another handle of it, unchecked.
     *
     * @param heap the heap that the map lives in
     * @param map the map; nil gives the nil map
     * @return its twin, which must not be used once the heap has ended
     * @throws IllegalArgumentException if the map is freed, or not of this heap
     * @throws IllegalStateException if the heap is closed
     */
    public static UnsafeIntIntMap twin(NativeHeap heap, IntIntMap map) {
        return UnsafeIntIntMap.at(twin(heap), map.pointer());
    }

    /**
     * Returns the heap on the Foreign Function and Memory API over a twin's memory, checked as any: what the way back from
     * Unsafe begins with.
     *
     * @param heap the twin
     * @return the heap, with the lifetime and thread rule of the twin's arena
     * @throws IllegalStateException if the twin's arena is closed
     * @throws WrongThreadException if it is confined to another thread
     */
    public static NativeHeap checked(UnsafeHeap heap) {
        return NativeHeap.at(heap.segment());
    }

    /**
     * Returns the heap at an address, unchecked.
     *
     * @param address of a heap's first byte, aligned to 4096; other addresses may kill the JVM
     * @return a twin that takes the memory to be there for ever
     * @throws IllegalArgumentException if no heap begins there; says what was found
     */
    public static UnsafeHeap heapAt(long address) {
        return UnsafeHeap.at(Raw.segment(address, capacityAt(address)));
    }

    /**
     * Returns the heap at an address, checked against its bounds and an arena's lifetime and thread rule.
     *
     * @param address of a heap's first byte, aligned to 4096; other addresses may kill the JVM
     * @param arena which must close before the memory goes, and does not free it
     * @return the heap
     * @throws IllegalArgumentException if no heap begins there; says what was found
     * @throws IllegalStateException if the arena is closed
     * @throws WrongThreadException if the arena is another thread's
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
        return Math.max(0, BlockAllocator.capacityAt(address)); // what is no heap is told by its magic
    }

    /**
     * Returns the address of a map's header, its hmap.
     *
     * @param map the map
     * @return the address; 0 of the nil map
     */
    public static long header(UnsafeLongLongMap map) {
        return headerOf(map);
    }

    /**
     * Returns the address of a map's header, its hmap.
     *
     * @param map the map
     * @return the address; 0 of the nil map
     */
    public static long header(UnsafeIntIntMap map) {
        return headerOf(map);
    }

    /**
     * Returns the address of a map's header, its hmap.
     *
     * @param map the map
     * @return the address; 0 of the nil map
     */
    public static long header(UnsafeMemMap<?, ?> map) {
        return headerOf(map);
    }

    /**
     * Returns the address of the bucket that holds a key.
     *
     * @param map the map
     * @param key the key
     * @return the address, good until the next write to the map; 0 if the key is absent
     */
    public static long bucket(UnsafeLongLongMap map, long key) {
        return bucketOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of the bucket that holds a key.
     *
     * @param map the map
     * @param key the key
     * @return the address, good until the next write to the map; 0 if the key is absent
     */
    public static long bucket(UnsafeIntIntMap map, int key) {
        return bucketOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of the bucket that holds a key.
     *
     * @param <K> the keys
     * @param map the map
     * @param key the key
     * @return the address, good until the next write to the map; 0 if the key is absent
     */
    public static <K> long bucket(UnsafeMemMap<K, ?> map, K key) {
        return bucketOf(map, map.slotOf(key));
    }

    /**
     * Returns the address of a key in its slot.
     *
     * @param map the map
     * @param key the key
     * @return the address, good until the next write to the map; 0 if the key is absent
     */
    public static long key(UnsafeLongLongMap map, long key) {
        return keyOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of a key in its slot.
     *
     * @param map the map
     * @param key the key
     * @return the address, good until the next write to the map; 0 if the key is absent
     */
    public static long key(UnsafeIntIntMap map, int key) {
        return keyOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of a key in its slot; of one that lies out of line, that of the pointer to it.
     *
     * @param <K> the keys
     * @param map the map
     * @param key the key
     * @return the address, good until the next write to the map; 0 if the key is absent
     */
    public static <K> long key(UnsafeMemMap<K, ?> map, K key) {
        return keyOf(map, map.slotOf(key));
    }

    /**
     * Returns the address of a key's value in its slot.
     *
     * @param map the map
     * @param key the key
     * @return the address, good until the next write to the map; 0 if the key is absent
     */
    public static long value(UnsafeLongLongMap map, long key) {
        return valueOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of a key's value in its slot.
     *
     * @param map the map
     * @param key the key
     * @return the address, good until the next write to the map; 0 if the key is absent
     */
    public static long value(UnsafeIntIntMap map, int key) {
        return valueOf(map, map.findSlot(key));
    }

    /**
     * Returns the address of a key's value in its slot; of one that lies out of line, that of the pointer to it.
     *
     * @param <K> the keys
     * @param map the map
     * @param key the key
     * @return the address, good until the next write to the map; 0 if the key is absent
     */
    public static <K> long value(UnsafeMemMap<K, ?> map, K key) {
        return valueOf(map, map.slotOf(key));
    }

    private static long headerOf(Hmap map) {
        return map.hmap == 0 ? 0 : map.mem + map.hmap;
    }

    private static long bucketOf(Hmap map, long slot) {
        return slot == 0 ? 0 : map.mem + Hmap.bucketOf(slot);
    }

    private static long keyOf(Hmap map, long slot) {
        return slot == 0 ? 0 : map.mem + map.keyAddress(slot);
    }

    private static long valueOf(Hmap map, long slot) {
        return slot == 0 ? 0 : map.mem + map.valueAddress(slot);
    }
}
