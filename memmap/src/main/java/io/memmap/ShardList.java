package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.HeaderSums;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.ShardsLayout;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lists of the shards of maps for many threads. The directory has the pointer of a map's list. A list
 * stays as it is from the moment when it is in the directory.
 */
final class ShardList {
    /** The bits of a hash from this one on name the shard. Tables use the bits below, and the top byte. */
    static final int HASH_SHIFT = 32;

    private ShardList() {}

    /**
     * Makes a list. It belongs to no map before the directory has it.
     *
     * @param headers the pointers of the shards' headers
     * @param type the type of the map, for the message of an exception
     * @throws HeapExhaustedException if the heap has no room
     */
    static long make(NativeHeap heap, long[] headers, int hash0, MapType type, String name) {
        MemorySegment memory = heap.memory;
        int count = headers.length;
        long bytes = ShardsLayout.bytes(count);
        long list = heap.tryAllocate(bytes, BlockKind.ENTRY, BlockOwner.BY_NAME, name);
        if (list == 0) {
            throw heap.exhausted(bytes, MapHandle.inWords(type, name), bytes);
        }
        Mem.setInt(memory, list + ShardsLayout.COUNT, count);
        Mem.setInt(memory, list + ShardsLayout.SHIFT, HASH_SHIFT);
        Mem.setInt(memory, list + ShardsLayout.HASH0, hash0);
        for (int i = 0; i < count; i++) {
            Mem.setLong(memory, list + ShardsLayout.HEADERS + (long) i * Long.BYTES, headers[i]);
        }
        Mem.setInt(memory, list + ShardsLayout.CHECK, HeaderSums.ofShards(memory, list, count));
        return list;
    }

    /** Frees a list that is not in the directory. */
    static void free(NativeHeap heap, long list) {
        heap.free(list, BlockKind.ENTRY);
    }

    static int count(MemorySegment memory, long list) {
        return Mem.getInt(memory, list + ShardsLayout.COUNT);
    }

    /** Returns the pointer of the header of the shard with this index. */
    static long header(MemorySegment memory, long list, int index) {
        return Mem.getLong(memory, list + ShardsLayout.HEADERS + (long) index * Long.BYTES);
    }

    /**
     * Returns the fault in a list, apart from the headers that it names; null if there is none.
     *
     * @param blockBytes the size of the live block at the pointer
     */
    static @Nullable String fault(MemorySegment memory, long list, long blockBytes) {
        int count = blockBytes < ShardsLayout.bytes(1) ? 0 : count(memory, list);
        if (count < 1
                || count > ShardsLayout.MAX_COUNT
                || Integer.bitCount(count) != 1
                || blockBytes < ShardsLayout.bytes(count)) {
            return "pointer " + list + " is no list of shards: it has " + blockBytes + " bytes and states " + count
                    + " shards";
        }
        if (Mem.getInt(memory, list + ShardsLayout.CHECK) != HeaderSums.ofShards(memory, list, count)) {
            return "the list of " + count + " shards at " + list + " does not have the sum that it states";
        }
        Set<Long> headers = new HashSet<>();
        for (int i = 0; i < count; i++) {
            if (!headers.add(header(memory, list, i))) {
                return "the list of " + count + " shards at " + list + " has the one at " + header(memory, list, i)
                        + " twice";
            }
        }
        int shift = Mem.getInt(memory, list + ShardsLayout.SHIFT);
        return shift == HASH_SHIFT ? null : "bit " + shift + " of a hash names the shard, not " + HASH_SHIFT;
    }

    /** Returns the fault in what a header says of itself as a shard of a list; null if there is none. */
    static @Nullable String faultInShard(MemorySegment memory, long list, long header) {
        int options = Mem.getByte(memory, header + HmapLayout.OPTIONS);
        int needed = HmapLayout.SHARD | HmapLayout.NAMED;
        int first = Mem.getByte(memory, header(memory, list, 0) + HmapLayout.OPTIONS);
        if ((options & needed) != needed || ((options ^ first) & HmapLayout.BOUNDED) != 0) {
            return "the map at " + header + " is no shard of a map with a name: its options are " + options;
        }
        int hash0 = Mem.getInt(memory, header + HmapLayout.HASH0);
        int expected = Mem.getInt(memory, list + ShardsLayout.HASH0);
        return hash0 == expected ? null : "the shard at " + header + " has the seed " + hash0 + ", not " + expected;
    }
}
