package io.memmap.format;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/**
 * The layout of the list of the shards of a map for many threads. The directory of a heap has the
 * pointer of the list in the place of a header's. The list is a block of the kind {@link
 * BlockKind#ENTRY}. It stays as it is for the map's whole life. The pointers of the shards' headers
 * follow it.
 */
public final class ShardsLayout {
    public static final StructLayout LAYOUT = MemoryLayout.structLayout(
                    Mem.INT.withName("count"),
                    Mem.INT.withName("shift"),
                    Mem.INT.withName("hash0"),
                    Mem.INT.withName("check"))
            .withName("shards");

    /** The number of shards, a power of two. */
    public static final long COUNT = offset("count");
    /** The bits of a key's hash from this one on are the index of its shard. */
    public static final long SHIFT = offset("shift");
    /** The seed that all shards have in their headers. */
    public static final long HASH0 = offset("hash0");
    /** The {@link HeaderSums#ofShards checksum} of the list. */
    public static final long CHECK = offset("check");
    /** The pointer of the header of the first shard; those of the others follow. */
    public static final long HEADERS = LAYOUT.byteSize();

    public static final int MAX_COUNT = 1 << 10;

    private ShardsLayout() {}

    /** Returns the size in bytes of a list of so many shards. */
    public static long bytes(int count) {
        return HEADERS + (long) count * Long.BYTES;
    }

    private static long offset(String field) {
        return LAYOUT.byteOffset(PathElement.groupElement(field));
    }
}
