package io.memmap.format;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/**
 * The header of a map. The first 48 bytes are those of Go 1.23's {@code hmap} on 64 bits, field for field; then what Go
 * keeps in the type descriptor, so that a header describes itself; then what this map has beyond Go's.
 *
 * <pre>
 * 0        8     9   10          12      16       24          32         40     48        56       64
 * +--------+-----+---+-----------+-------+--------+-----------+----------+------+---------+--------+
 * | count  |flags| B | noverflow | hash0 | buckets| oldbuckets| nevacuate| extra| identity| view   |
 * +--------+-----+---+-----------+-------+--------+-----------+----------+------+---------+--------+
 *          `------ the state word -------'
 * </pre>
 *
 * The state word is always read and written whole: a load of eight bytes after a store of one would wait for the cache.
 */
public final class HmapLayout {
    public static final StructLayout LAYOUT = MemoryLayout.structLayout(
                    Mem.LONG.withName("count"),
                    Mem.BYTE.withName("flags"),
                    Mem.BYTE.withName("B"),
                    Mem.SHORT.withName("noverflow"),
                    Mem.INT.withName("hash0"),
                    Mem.LONG.withName("buckets"),
                    Mem.LONG.withName("oldbuckets"),
                    Mem.LONG.withName("nevacuate"),
                    Mem.LONG.withName("extra"),
                    Mem.LONG.withName("identity"),
                    Mem.LONG.withName("view"),
                    Mem.LONG.withName("views"),
                    Mem.LONG.withName("limit"),
                    Mem.LONG.withName("changes"),
                    Mem.LONG.withName("moves"),
                    Mem.LONG.withName("epoch"),
                    Mem.BYTE.withName("keyKind"),
                    Mem.BYTE.withName("valueKind"),
                    Mem.BYTE.withName("geometry"),
                    Mem.BYTE.withName("slots"),
                    Mem.BYTE.withName("floorB"),
                    Mem.BYTE.withName("options"),
                    MemoryLayout.paddingLayout(2),
                    Mem.INT.withName("keyBytes"),
                    Mem.INT.withName("valueBytes"),
                    Mem.INT.withName("bucketBytes"),
                    Mem.SHORT.withName("keysOffset"),
                    Mem.SHORT.withName("keyStride"),
                    Mem.SHORT.withName("valuesOffset"),
                    Mem.SHORT.withName("valueStride"),
                    Mem.SHORT.withName("overflowOffset"),
                    MemoryLayout.paddingLayout(2),
                    Mem.LONG.withName("released"),
                    Mem.LONG.withName("doublings"),
                    Mem.LONG.withName("sameSizeGrowths"),
                    Mem.LONG.withName("shrinks"),
                    Mem.LONG.withName("overflow"),
                    Mem.LONG.withName("oldoverflow"),
                    Mem.LONG.withName("nextOverflow"),
                    Mem.LONG.withName("name"),
                    Mem.LONG.withName("nameBytes"),
                    Mem.LONG.withName("type"),
                    Mem.LONG.withName("typeBytes"),
                    Mem.LONG.withName("nans"),
                    Mem.LONG.withName("blobBytes"),
                    Mem.LONG.withName("growthWrites"),
                    Mem.LONG.withName("growthChanges")) // whole cache lines, so that a block of this size starts at one
            .withName("hmap");

    public static final long BYTES = LAYOUT.byteSize();

    public static final long COUNT = offset("count");
    /** The eight bytes of flags, B, noverflow and hash0. */
    public static final long STATE = offset("flags");

    public static final long HASH0 = offset("hash0");
    public static final long BUCKETS = offset("buckets");
    public static final long OLD_BUCKETS = offset("oldbuckets");
    public static final long NEVACUATE = offset("nevacuate");
    /** Points to Go's mapextra, which is the three fields from {@link #OVERFLOW} on. */
    public static final long EXTRA = offset("extra");
    /** A random word while the map lives, and zero when it has been freed: a handle that holds another one is stale. */
    public static final long IDENTITY = offset("identity");
    /**
     * A word that the header has had with this array, B, hash0 and limit only, and no other header ever: identity plus views,
     * xor buckets shifted left by 20. A handle that has seen them under it need not look again. 0 where a look at them is not
     * enough: while the table grows or has no array, when the map has been freed, and, if it can be shared, while a thread writes.
     */
    public static final long VIEW = offset("view");
    /** Views that there have been. */
    public static final long VIEWS = offset("views");
    /**
     * The number of entries with which the table need not grow; 0 when it must for its overflow buckets, and no limit at all
     * when it is cramped.
     */
    public static final long LIMIT = offset("limit");
    /** Entries added and removed, and clears, since the map was made. */
    public static final long CHANGES = offset("changes");
    /** Units evacuated and rebuilds since the map was made: while it and CHANGES stand still, no entry moves. */
    public static final long MOVES = offset("moves");
    /** Times that hash0 was drawn anew, so that the order of hash space changed. */
    public static final long EPOCH = offset("epoch");

    public static final long KEY_KIND = offset("keyKind");
    public static final long VALUE_KIND = offset("valueKind");
    public static final long GEOMETRY = offset("geometry");
    public static final long SLOTS = offset("slots");
    /** B below which the map does not shrink by itself: from the hint or the last reserve. */
    public static final long FLOOR_B = offset("floorB");

    public static final long OPTIONS = offset("options");
    public static final long KEY_BYTES = offset("keyBytes");
    public static final long VALUE_BYTES = offset("valueBytes");
    public static final long BUCKET_BYTES = offset("bucketBytes");
    public static final long KEYS_OFFSET = offset("keysOffset");
    public static final long KEY_STRIDE = offset("keyStride");
    public static final long VALUES_OFFSET = offset("valuesOffset");
    public static final long VALUE_STRIDE = offset("valueStride");
    public static final long OVERFLOW_OFFSET = offset("overflowOffset");
    /** The old array below this pointer has been given back to the operating system. */
    public static final long RELEASED = offset("released");

    public static final long DOUBLINGS = offset("doublings");
    public static final long SAME_SIZE_GROWTHS = offset("sameSizeGrowths");
    public static final long SHRINKS = offset("shrinks");
    /** Overflow buckets linked from the current array: exact, where noverflow is a sample from B = 16 on. */
    public static final long OVERFLOW = offset("overflow");
    /** Overflow buckets linked from the old array. */
    public static final long OLD_OVERFLOW = offset("oldoverflow");
    /** The next spare overflow bucket behind the current array, or nil. */
    public static final long NEXT_OVERFLOW = offset("nextOverflow");

    public static final long NAME = offset("name");
    public static final long NAME_BYTES = offset("nameBytes");
    /** The map's type as text, where the kinds of its keys and values do not say all of it; else nil. */
    public static final long TYPE = offset("type");

    public static final long TYPE_BYTES = offset("typeBytes");
    /** Entries whose key does not equal itself. */
    public static final long NANS = offset("nans");
    /** Bytes of the blocks of keys and values that lie out of line. */
    public static final long BLOB_BYTES = offset("blobBytes");
    /** Writes that met a running growth, but for those that ended one: the writes that can be counted at no cost to others. */
    public static final long GROWTH_WRITES = offset("growthWrites");
    /** Those of them that added or removed an entry; while the table grows, less what CHANGES was when that began. */
    public static final long GROWTH_CHANGES = offset("growthChanges");

    /** Option: the map shrinks by itself. */
    public static final int AUTO_SHRINK = 1;
    /** Option: the map is a shard, which a lock guards: no writing flag is needed, and the seed stays. */
    public static final int SHARD = 2;
    /** Option: a shard with limits; each value has the number of its entry's node behind it. */
    public static final int BOUNDED = 4;

    // Flags, in the lowest byte of the state word. Go's iterator (1) and oldIterator (2) are never set: iterators pin
    // nothing.
    public static final long WRITING = 4;
    public static final long SAME_SIZE = 8;
    /** Beyond Go: the running growth halves the table. */
    public static final long SHRINKING = 16;
    /** Beyond Go: the heap had no room for the next array, so the table goes on in overflow buckets until it has. */
    public static final long CRAMPED = 32;

    private HmapLayout() {}

    public static int b(long state) {
        return (int) (state >>> 8) & 0xFF;
    }

    public static long withB(long state, int b) {
        return (state & ~0xFF00L) | (long) b << 8;
    }

    /** Only the low 16 bits count, as in Go. */
    public static long withNoverflow(long state, int noverflow) {
        return (state & ~0xFFFF_0000L) | (noverflow & 0xFFFFL) << 16;
    }

    public static int noverflow(long state) {
        return (int) (state >>> 16) & 0xFFFF;
    }

    public static long withHash0(long state, int hash0) {
        return (state & 0xFFFF_FFFFL) | (long) hash0 << 32;
    }

    private static long offset(String field) {
        return LAYOUT.byteOffset(PathElement.groupElement(field));
    }
}
