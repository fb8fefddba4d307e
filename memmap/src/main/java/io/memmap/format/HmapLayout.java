package io.memmap.format;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;

/**
 * The layout of a map's header. The first 48 bytes are those of Go 1.23's {@code hmap} on 64 bits,
 * field for field. Then follow the fields that Go keeps in the type descriptor, so that a header
 * describes itself, and the fields that Go's map does not have.
 * <pre>
 * 0        8     9   10         12      16       24          32         40     48        56      64
 * +--------+-----+---+----------+-------+--------+-----------+----------+------+---------+--------+
 * | count  |flags| B | noverflow| hash0 | buckets| oldbuckets| nevacuate| extra| identity| stamp  |
 * +--------+-----+---+----------+-------+--------+-----------+----------+------+---------+--------+
 *          `------ the state word ------'
 * </pre>
 *
 * <p>A map of {@link BucketLayout#PAGE} has lines in place of buckets, and uses some fields in
 * another way. The comments of these fields say how.
 *
 * <p>The state word is always read and written as a whole. A load of eight bytes after a store of one
 * byte would have to wait for the cache.
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
                    Mem.LONG.withName("stamp"),
                    Mem.LONG.withName("stamps"),
                    Mem.LONG.withName("limit"),
                    Mem.LONG.withName("removals"),
                    Mem.LONG.withName("moves"),
                    Mem.LONG.withName("order"),
                    Mem.BYTE.withName("keyKind"),
                    Mem.BYTE.withName("valueKind"),
                    Mem.BYTE.withName("geometry"),
                    Mem.BYTE.withName("slots"),
                    Mem.BYTE.withName("floorB"),
                    Mem.BYTE.withName("options"),
                    Mem.BYTE.withName("load"),
                    MemoryLayout.paddingLayout(1),
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
                    Mem.INT.withName("doublings"),
                    Mem.INT.withName("sameSizeGrowths"),
                    Mem.INT.withName("shrinks"),
                    Mem.INT.withName("hash0Copy"),
                    Mem.LONG.withName("epoch"),
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
                    // a multiple of cache lines, so that a block of this size starts at one
                    Mem.LONG.withName("growthChanges"))
            .withName("hmap");

    public static final long BYTES = LAYOUT.byteSize();

    /** The journal behind the header of a map that is repaired after a crash. */
    public static final StructLayout JOURNAL_LAYOUT = MemoryLayout.structLayout(
                    Mem.LONG.withName("intent"),
                    Mem.LONG.withName("image"),
                    Mem.LONG.withName("record"),
                    Mem.LONG.withName("nanSlot"),
                    Mem.LONG.withName("nansBeside"),
                    MemoryLayout.paddingLayout(24),
                    MemoryLayout.sequenceLayout(32, Mem.LONG).withName("saved"),
                    // in a cache line of its own, as each write of a shard changes it
                    Mem.LONG.withName("sequence"),
                    MemoryLayout.paddingLayout(56))
            .withName("journal");

    /** What a repair must finish: 0 nothing, 1 to clear the map, 2 to free it, 3 to pack its chains. */
    public static final long INTENT = journal("intent");
    /** 1 if the saved words are the header's words before a transition, else 0. */
    public static final long IMAGE = journal("image");
    /**
     * 1 to 16 if the saved words are as many pairs of an address and the word there before it was
     * overwritten; the pointer of a block if that holds an address, a number of bytes, and these
     * bytes before they were overwritten; else 0.
     */
    public static final long RECORD = journal("record");
    /** The slot in which an entry whose key does not equal itself is added or removed, or 0. */
    public static final long NAN_SLOT = journal("nanSlot");
    /** The number of such entries beside the one in that slot. */
    public static final long NANS_BESIDE = journal("nansBeside");

    public static final long SAVED = journal("saved");
    /**
     * The sequence word of a shard in a file: odd from before the first store of a write to behind its
     * last one, and while a repair runs. So what another process has read is right if the word was
     * even before, and is the same behind it. Each write adds 2. The directory has it, too. It stays 0 in
     * other maps.
     */
    public static final long SEQUENCE = journal("sequence");

    /** Returns the size of a header in bytes, with or without a journal. */
    public static long bytes(boolean journaled) {
        return journaled ? BYTES + JOURNAL_LAYOUT.byteSize() : BYTES;
    }

    private static long journal(String field) {
        return LAYOUT.byteSize() + JOURNAL_LAYOUT.byteOffset(PathElement.groupElement(field));
    }

    public static final long COUNT = offset("count");
    /** The word of eight bytes that holds flags, B, noverflow and hash0. */
    public static final long STATE = offset("flags");

    public static final long HASH0 = offset("hash0");
    public static final long BUCKETS = offset("buckets");
    /**
     * The array that is being emptied. In a paged map whose pages split or join in place it equals
     * {@link #BUCKETS}.
     */
    public static final long OLD_BUCKETS = offset("oldbuckets");

    public static final long NEVACUATE = offset("nevacuate");
    /** A pointer to Go's mapextra: the three fields from {@link #OVERFLOW} on. */
    public static final long EXTRA = offset("extra");
    /**
     * A random word while the map lives, and zero after it has been freed. A handle that holds a
     * different word is stale.
     */
    public static final long IDENTITY = offset("identity");
    /**
     * A word that stands for the array, B, hash0 and limit of this header. A header has each value
     * other than 0 with one set of these fields only, and no two headers ever have the same value.
     * A handle that has read the fields with this value does not read them again while the value is
     * the same. The value is identity plus stamps, xor buckets shifted left by 20. It is 0 when the
     * fields do not suffice for an operation: while the table grows or has no array, after the map
     * has been freed, and, if the map can be shared, while a thread writes.
     */
    public static final long STAMP = offset("stamp");
    /** The number of stamps that there have been. */
    public static final long STAMPS = offset("stamps");
    /**
     * The number of entries that the table may hold before it grows. 0 if the table must grow
     * because of its overflow buckets. {@code Long.MAX_VALUE} if the heap had no room for the next
     * array ({@link #CRAMPED}).
     */
    public static final long LIMIT = offset("limit");
    /**
     * 2 for each entry removed, and for each clear the number of its entries plus 1. So count plus
     * this field is the number of <em>changes</em>: of entries added, entries removed, and clears
     * since the map was made. An insertion need not write to this field.
     */
    public static final long REMOVALS = offset("removals");
    /**
     * The number of units evacuated (moved to a new array) and of rebuilds since the map was made.
     * While this field and the number of changes stay the same, no entry moves.
     */
    public static final long MOVES = offset("moves");
    /**
     * The pointer of the header of the ordered index ({@link OrderLayout}), or nil. It is in the
     * cache line of {@link #MOVES} and {@link #REMOVALS}, as each insertion and removal reads it.
     */
    public static final long ORDER = offset("order");

    public static final long KEY_KIND = offset("keyKind");
    public static final long VALUE_KIND = offset("valueKind");
    public static final long GEOMETRY = offset("geometry");
    public static final long SLOTS = offset("slots");
    /**
     * The value of B below which the map does not shrink by itself. It comes from the hint or the
     * last reserve.
     */
    public static final long FLOOR_B = offset("floorB");

    public static final long OPTIONS = offset("options");
    /** The load limit in sixteenths of all slots. */
    public static final long LOAD = offset("load");

    public static final long KEY_BYTES = offset("keyBytes");
    public static final long VALUE_BYTES = offset("valueBytes");
    public static final long BUCKET_BYTES = offset("bucketBytes");
    public static final long KEYS_OFFSET = offset("keysOffset");
    public static final long KEY_STRIDE = offset("keyStride");
    public static final long VALUES_OFFSET = offset("valuesOffset");
    public static final long VALUE_STRIDE = offset("valueStride");
    public static final long OVERFLOW_OFFSET = offset("overflowOffset");
    /**
     * A pointer into the old array. The part below it has been given back to the operating system. In
     * a paged map that shrinks in place, this part begins at the end of the smaller array.
     */
    public static final long RELEASED = offset("released");

    public static final long DOUBLINGS = offset("doublings");
    public static final long SAME_SIZE_GROWTHS = offset("sameSizeGrowths");
    public static final long SHRINKS = offset("shrinks");
    /** The same as {@link #HASH0}, so that a check finds a damaged seed, on which all keys depend. */
    public static final long HASH0_COPY = offset("hash0Copy");
    /** How often hash0 was drawn anew, which changes the order of hash space. */
    public static final long EPOCH = offset("epoch");
    /**
     * The number of overflow buckets linked from the current array. It is exact, while noverflow is
     * a sample from B = 16 on. In a paged map, the number of lines of the extension.
     */
    public static final long OVERFLOW = offset("overflow");
    /**
     * The number of overflow buckets linked from the old array. In a paged map, the pointer to the
     * pair of the reserved key, or nil.
     */
    public static final long OLD_OVERFLOW = offset("oldoverflow");
    /**
     * The next spare overflow bucket after the current array, or nil. In a paged map, the pointer to
     * the extension plus the log2 of its number of lines, or 0.
     */
    public static final long NEXT_OVERFLOW = offset("nextOverflow");

    public static final long NAME = offset("name");
    public static final long NAME_BYTES = offset("nameBytes");
    /**
     * The map's type as text if the kinds of its keys and values do not describe it fully;
     * otherwise nil.
     */
    public static final long TYPE = offset("type");

    public static final long TYPE_BYTES = offset("typeBytes");
    /**
     * The number of entries whose key does not equal itself. In a paged map, the number of entries
     * in the extension.
     */
    public static final long NANS = offset("nans");
    /** The bytes of the blocks of keys and values that lie outside their buckets. */
    public static final long BLOB_BYTES = offset("blobBytes");
    /**
     * The number of writes during a growth, except those that ended one. Counting these adds no
     * cost to other writes.
     */
    public static final long GROWTH_WRITES = offset("growthWrites");
    /**
     * The number of writes during a growth that added or removed an entry. A growth subtracts the
     * number of changes ({@link #REMOVALS}) from this field when it begins, and adds it when it
     * ends. So the number is this field plus the changes while the table grows, and this field alone
     * otherwise.
     */
    public static final long GROWTH_CHANGES = offset("growthChanges");

    /** Option: the map shrinks by itself. */
    public static final int AUTO_SHRINK = 1;
    /**
     * Option: the map is a shard, which a lock guards. It needs no writing flag, and its seed stays
     * the same.
     */
    public static final int SHARD = 2;
    /**
     * Option: the map is a shard with limits. The number of the entry's node follows each value.
     */
    public static final int BOUNDED = 4;

    /** Option: a journal follows the header, as the map is repaired after a crash. */
    public static final int JOURNALED = 8;
    /** Option: the bytes of keys lie outside their slots, which begin with the pointer of their block. */
    public static final int KEYS_OUTSIDE = 16;
    /** Option: the bytes of values lie outside their slots, which begin with their pointer. */
    public static final int VALUES_OUTSIDE = 32;
    /** Option: the map is in the directory of its heap, or is the directory. */
    public static final int NAMED = 64;

    // Flags, in the lowest byte of the state word. Go's iterator (1) and oldIterator (2) are never
    // set, because iterators pin nothing.
    public static final long WRITING = 4;
    public static final long SAME_SIZE = 8;
    /** Beyond Go: the running growth halves the table. */
    public static final long SHRINKING = 16;
    /**
     * Beyond Go: the heap had no room for the next array. The table continues with overflow buckets
     * until there is room.
     */
    public static final long CRAMPED = 32;

    private HmapLayout() {}

    public static int b(long state) {
        return (int) (state >>> 8) & 0xFF;
    }

    public static long withB(long state, int b) {
        return (state & ~0xFF00L) | (long) b << 8;
    }

    /** Stores the low 16 bits of {@code noverflow}; the others are dropped, as in Go. */
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
