package io.memmap.stress.races;

import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A map of one shard in a heap that is too small for it to grow. Its pages are full, and a part of
 * its entries is in the extension, the block that takes what does not fit into a page. It holds the
 * keys from 1 to {@code size}. The value of each is the negated key.
 */
public final class CrowdedMap {
    private static final long MARK = 0x6d61_726b_6d61_726bL;
    /** A number of buckets in the extension that many full pages need. */
    private static final int FULL = 256;

    public final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(1L << 20).open();
    public final SyncLongLongMap map = SyncLongLongMap.make(heap, 0, 1);
    public final int size;
    /**
     * The key that no slot can store. A slot stores a key combined by exclusive or with this key. So
     * this is what the slot of key 0 stores.
     */
    public final long reservedKey;

    public CrowdedMap() {
        map.put(0, MARK);
        MemorySegment memory = heap.segment();
        long value = Long.BYTES;
        while (memory.get(ValueLayout.JAVA_LONG, value) != MARK) {
            value += Long.BYTES;
        }
        reservedKey = memory.get(ValueLayout.JAVA_LONG, value - Long.BYTES);
        heap.allocate(1 << 19);
        int last = 0;
        while (last % 64 != 0 || map.stats().overflowBuckets() < FULL) {
            last++;
            map.put(last, -last);
        }
        size = last;
    }
}
