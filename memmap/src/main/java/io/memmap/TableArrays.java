package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BoundsLayout;
import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.OrderLayout;
import io.memmap.format.SizeClasses;
import io.memmap.memory.BlockAllocator;
import io.memmap.telemetry.Leaks;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a table: its bucket arrays, the spare buckets after them, and the overflow buckets.
 * This class allocates, links and frees them. A growth tells it which parts of the old array are no
 * longer needed. {@link HashTable} explains these terms and is responsible for the contents.
 */
abstract class TableArrays extends MapHandle {
    /** The largest size of an array in bytes. No address space of today holds more. */
    static final long MAX_ARRAY_BYTES = 1L << 47;
    /** The number of overflow buckets by which a small table may exceed the usual number. */
    private static final long FEW_BUCKETS = 64;

    /**
     * The least size of the pieces in which an old array is released to the operating system. To
     * release 64 KiB takes about 5 us; see {@code memmap/docs/decisions.md}, "Old arrays come back
     * in pieces of 64 KiB".
     */
    private static final long RELEASE_BYTES = 64 << 10;
    /**
     * The same for a shard, and in a file. To make a hole in a file takes longer. Each release interrupts all threads of the process, which takes longer
     * than the release itself.
     */
    private static final long SHARD_RELEASE_BYTES = 256 << 10;
    /** A walk over a chain checks for a cycle when these bits of its number of hops are clear. */
    private static final int HOPS_BETWEEN_CHECKS = 63;

    /** Tells the heap about a table that owns a block. */
    private static final BlockOwner<TableArrays> OWNER = new BlockOwner<>() {
        @Override
        public String mapName(TableArrays owner) {
            return owner.name();
        }

        @Override
        public boolean isBounded(TableArrays owner) {
            return owner.budget != null;
        }

        @Override
        public Leaks.@Nullable Tracked tracked(TableArrays owner) {
            return owner.tracked();
        }

        @Override
        public boolean defersSample(TableArrays owner, long block, double objects) {
            return owner.defersSample(block, objects);
        }
    };

    /**
     * The bounds of the table, which take memory on the table's account; null if the table is not
     * bounded.
     */
    @Nullable
    Budget budget;

    /** The algorithm of a paged table; null in other tables, and in a table that is only observed. */
    @Nullable
    PagedTable pages;

    // The work that a write to a shard defers until readers are admitted again (runDeferred).
    /**
     * The end of a range of the old array that is to be released, or 0. The mark has passed the
     * range. The next two fields belong to it: the start of the range, and the distance to the same
     * range in the second half, or 0.
     */
    private long deferredTo;

    private long deferredFrom;
    private long deferredSecondHalf;
    /** An old array that is to be freed, or 0. */
    private long deferredArray;
    /**
     * A block that has been allocated as a sample of the allocation profile, and is to be recorded;
     * 0 if there is none. The next field is the number of blocks that it stands for.
     */
    private long deferredSample;

    private double deferredSampleObjects;

    /** The nil map of this type. */
    TableArrays(MapType type, Geometry geometry) {
        super(type, geometry);
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    TableArrays(NativeHeap heap, long hmap, MapType type) {
        super(heap, hmap, type);
    }

    /**
     * A handle of the map that had this identity when its header was at {@code hmap}. The map may
     * have been freed since.
     */
    TableArrays(NativeHeap heap, long hmap, long identity, MapType type) {
        super(heap, hmap, identity, type);
    }

    /**
     * A read-only handle of the map with this layout whose header is at {@code hmap}. It is for a
     * thread that may not touch the map's heap.
     */
    TableArrays(MemorySegment mem, long hmap, BucketLayout layout) {
        super(mem, hmap, layout);
    }

    /**
     * Returns the number of bytes that the heap really gives to a bucket array of {@code bytes}.
     * The rest becomes spare buckets.
     */
    long roundUp(long bytes) {
        return BlockAllocator.usableBytes(bytes, BlockKind.BUCKET);
    }

    /**
     * Returns the size in bytes of an array of 2^b buckets, with as many spare buckets as Go would
     * add.
     */
    final long arrayBytes(int b) {
        if (b < 4 || paged) {
            return bucketBytes << b;
        }
        long bytes = roundUp(((1L << b) + (1L << (b - 4))) * bucketBytes);
        return bytes - bytes % bucketBytes;
    }

    /** Returns the size in bytes of the spare buckets after an array of 2^b buckets. */
    final long spareBytes(int b) {
        return arrayBytes(b) - (bucketBytes << b);
    }

    /**
     * Returns the least B for which the load limit is at least this number of entries; 0 if no
     * address space holds so many.
     */
    final int sizeFor(long entries) {
        int b = 0;
        while (loadLimit(b) < entries) {
            b++;
            if (bucketBytes > MAX_ARRAY_BYTES >> b) {
                return 0;
            }
        }
        return b;
    }

    /**
     * Returns the least size in bytes of the slots for this number of entries;
     * {@link Long#MAX_VALUE} if the size is larger.
     */
    final long leastBytes(long entries) {
        return entries / slots > Long.MAX_VALUE / bucketBytes ? Long.MAX_VALUE : entries / slots * bucketBytes;
    }

    /**
     * Returns the greatest size in bytes of a table's blocks while it grows to this number of
     * entries, without the blocks of keys and values that lie outside the slots. Counts the last
     * array, the one before it, and one overflow bucket for every four chains, which is what a full
     * array of well-spread hashes has. Returns {@link Long#MAX_VALUE} if no address space holds the
     * table.
     */
    final long peakBytes(long entries) {
        int b = sizeFor(entries);
        if (loadLimit(b) < entries) {
            return Long.MAX_VALUE;
        }
        long arrays = arrayBytes(b) + (b == 0 ? 0 : arrayBytes(b - 1));
        if (paged) {
            return headerBytes() + arrays + FEW_BUCKETS * bucketBytes;
        }
        return headerBytes()
                + arrays
                + ((1L << b) / 4 + FEW_BUCKETS) * BlockAllocator.usableBytes(bucketBytes, BlockKind.OVERFLOW);
    }

    /**
     * Returns the bound of a heap that has room for one map of this number of entries, whose blocks
     * outside the slots have {@code blobBytes} bytes in total.
     *
     * @throws IllegalArgumentException if no heap is large enough
     */
    final long heapBytesFor(long entries, long blobBytes) {
        long peak = entries < 0 ? Long.MAX_VALUE : peakBytes(entries);
        long bound = peak > Long.MAX_VALUE - blobBytes ? Long.MAX_VALUE : NativeHeap.boundFor(peak + blobBytes);
        if (bound > NativeHeap.MAX_BYTES) {
            throw new IllegalArgumentException("entries must be 0 or more, and fit into the largest heap, "
                    + NativeHeap.MAX_BYTES + " bytes: " + entries);
        }
        return bound;
    }

    @Override
    final HeapExhaustedException exhausted(long bytes) {
        long twice = peakBytes(2 * field(HmapLayout.COUNT));
        return heap().exhausted(bytes, inWords(type, name()), Math.max(bytes, twice + field(HmapLayout.BLOB_BYTES)));
    }

    /**
     * Makes a zeroed array and the spare buckets after it. Returns 0 and changes nothing if memory
     * ran out. In a file the whole array is backed, as lookups read all of it.
     */
    final long newArray(int b) {
        long array = newArrayToMoveTo(b);
        if (array != 0 && !heap().secure(array, arrayBytes(b))) {
            giveBack(array, BlockKind.BUCKET);
            return 0;
        }
        return array;
    }

    /**
     * Does the same for a growth, which {@linkplain HeapMemory#secure secures} the buckets of each unit
     * before it moves the unit. Lookups read them only then.
     */
    final long newArrayToMoveTo(int b) {
        long bytes = arrayBytes(b);
        if (paged && bytes > SizeClasses.MAX_SMALL_BYTES) {
            return heap().tryReserveExtensible(bytes, BlockKind.BUCKET, OWNER, this);
        }
        long array = takeBlock(bytes, BlockKind.BUCKET, false);
        if (array == 0 || paged) {
            return array;
        }
        if (spareBytes(b) != 0) {
            long last = array + bytes - bucketBytes;
            if (!heap().secure(last, bucketBytes)) {
                giveBack(array, BlockKind.BUCKET);
                return 0;
            }
            heap().commit(last, bucketBytes);
            setOverflow(last, array);
        }
        return array;
    }

    /** Returns the first spare bucket of a new array of 2^b buckets; 0 if it has none. */
    final long firstSpare(long array, int b) {
        return array == 0 || spareBytes(b) == 0 ? 0 : array + (bucketBytes << b);
    }

    /** Extends the array of a paged table in place. Returns false if the heap has no room for that. */
    final boolean extendArray(long array, int fromB, int toB) {
        return arrayBytes(fromB) > SizeClasses.MAX_SMALL_BYTES
                && heap().tryExtend(array, arrayBytes(toB), BlockKind.BUCKET, OWNER, this);
    }

    /** Cuts the array of a paged table down to 2^b lines. */
    final void truncateArray(long array, int b) {
        deferredTo = 0; // the range is behind the end, and may soon be in another block
        heap().truncate(array, arrayBytes(b), BlockKind.BUCKET, OWNER, this);
    }

    /** Makes this new array the array of a table without one. The header's B is that of the array. */
    final void setArray(long array) {
        if (!paged) {
            setField(HmapLayout.NEXT_OVERFLOW, firstSpare(array, HmapLayout.b(state())));
        }
        VarHandle.storeStoreFence();
        setField(HmapLayout.BUCKETS, array);
        publish();
    }

    /**
     * Begins to change several of the header's fields that only make sense together. In a map with a
     * journal, a repair undoes the changes until {@link #endTransition}. Between the two, nothing may
     * be freed and nothing may throw.
     */
    final void beginTransition() {
        if (journaled) {
            Journal.saveHeader(mem, hmap);
        }
    }

    final void endTransition() {
        if (journaled) {
            Journal.dropHeader(mem, hmap);
        }
    }

    /** Notes in the journal, if the map has one, what a repair must finish ({@link Journal}). */
    final void intend(long intent) {
        if (journaled) {
            Journal.intend(mem, hmap, intent);
        }
    }

    /** I12: updates the header's stamp, after the arrays, hash0 or noverflow have changed. */
    final void publish() {
        increment(HmapLayout.STAMPS);
        setField(HmapLayout.LIMIT, limit(slots, load, state()));
        setField(HmapLayout.STAMP, stamp());
        refreshCache();
    }

    /** Returns the value of the header's limit field in a table of this state (I12). */
    static long limit(int slots, int load, long state) {
        if ((state & HmapLayout.CRAMPED) != 0) {
            return Long.MAX_VALUE;
        }
        return hasTooManyOverflow(state) ? 0 : BucketLayout.loadLimit(slots, HmapLayout.b(state), load);
    }

    static boolean hasTooManyOverflow(long state) {
        return HmapLayout.noverflow(state) >= 1 << Math.min(HmapLayout.b(state), 15);
    }

    /**
     * Links a new overflow bucket after this bucket, the last of a chain of the current array.
     * Returns 0 if memory ran out.
     */
    final long newOverflow(long last) {
        long bucket = field(HmapLayout.NEXT_OVERFLOW);
        if (bucket == 0) {
            bucket = takeBlock(bucketBytes, BlockKind.OVERFLOW);
            if (bucket == 0) {
                return 0;
            }
        } else {
            if (!heap().secure(bucket, bucketBytes)) {
                return 0;
            }
            heap().commit(bucket, bucketBytes);
            if (overflow(bucket) == 0) {
                setField(HmapLayout.NEXT_OVERFLOW, bucket + bucketBytes);
            } else { // the last spare bucket, recognised by its sentinel (I9)
                setOverflow(bucket, 0);
                setField(HmapLayout.NEXT_OVERFLOW, 0);
            }
        }
        heap().commit(last, bucketBytes);
        VarHandle.storeStoreFence(); // only an empty bucket is linked
        setOverflow(last, bucket);
        if (countOverflow(1)) {
            publish();
        }
        return bucket;
    }

    /**
     * Adds this change to the numbers of overflow buckets. Returns whether noverflow has changed;
     * if so, the caller must publish a new stamp.
     */
    final boolean countOverflow(int change) {
        setField(HmapLayout.OVERFLOW, field(HmapLayout.OVERFLOW) + change);
        long state = state();
        int b = HmapLayout.b(state);
        int noverflow = HmapLayout.noverflow(state) + change;
        boolean counts =
                b < 16 || (noverflow >= 0 && (ThreadLocalRandom.current().nextInt() & mask(b - 15)) == 0);
        if (counts) {
            setState(HmapLayout.withNoverflow(state, noverflow));
        }
        return counts;
    }

    /**
     * Returns the next bucket of a chain, in a walk that has made this number of hops. Throws if
     * the chain is found to be a cycle.
     */
    final long overflow(long bucket, int hops) {
        if ((hops & HOPS_BETWEEN_CHECKS) == 0) {
            checkHops(hops);
        }
        return overflow(bucket);
    }

    /**
     * Throws if a walk has followed more overflow pointers than exist: then two threads have made a
     * chain into a cycle.
     */
    private void checkHops(int hops) {
        if (hops > 1 + field(HmapLayout.OVERFLOW) + field(HmapLayout.OLD_OVERFLOW)) {
            throw concurrentWrites();
        }
    }

    final boolean isSpare(long bucket, long array, int b) {
        return bucket >= array && bucket < array + arrayBytes(b);
    }

    /**
     * Frees a chain's overflow buckets from this one on, which are at most so many, except spare
     * buckets, which are freed with their array. Returns the number of all these buckets.
     */
    private long freeOverflow(long from, long array, int b, long most) {
        long count = 0;
        long next;
        for (long bucket = from; bucket != 0 && count < most; bucket = next) {
            next = overflow(bucket);
            if (!isSpare(bucket, array, b)) {
                giveBack(bucket, BlockKind.OVERFLOW);
            }
            count++;
        }
        return count;
    }

    /** Frees an array, to which the header no longer refers, and its overflow buckets, of this number. */
    final void freeArray(long array, int b, long overflow) {
        long left = overflow;
        for (long chain = array; left != 0 && chain < array + (bucketBytes << b); chain += bucketBytes) {
            if (!heap().isHole(chain, bucketBytes)) {
                left -= freeOverflow(overflow(chain), array, b, left);
            }
        }
        giveBack(array, BlockKind.BUCKET);
    }

    /**
     * Adds to the header's growthChanges field. Called at the beginning and the end of a growth, so
     * that the field counts the changes made while the table grows.
     */
    final void addToGrowthChanges(long changes) {
        setField(HmapLayout.GROWTH_CHANGES, field(HmapLayout.GROWTH_CHANGES) + changes);
    }

    /** Frees both arrays and all overflow buckets. Afterwards the table has no array. */
    final void freeArrays() {
        deferredTo = 0; // the range is in an array that is freed and may be reused
        PagedTable engine = pages;
        if (engine != null) {
            engine.freeBeside();
        }
        long state = state();
        long array = field(HmapLayout.BUCKETS);
        long overflow = field(HmapLayout.OVERFLOW);
        long old = field(HmapLayout.OLD_BUCKETS);
        long oldOverflow = field(HmapLayout.OLD_OVERFLOW);
        if (old != 0) {
            heap().growthTraces().end(hmap);
        }
        beginTransition();
        if (old != 0) {
            addToGrowthChanges(changes());
        }
        setField(HmapLayout.BUCKETS, 0);
        setField(HmapLayout.OLD_BUCKETS, 0);
        setField(HmapLayout.NEVACUATE, 0);
        setField(HmapLayout.RELEASED, 0);
        setField(HmapLayout.OVERFLOW, 0);
        setField(HmapLayout.OLD_OVERFLOW, 0);
        setField(HmapLayout.NEXT_OVERFLOW, 0);
        setState(HmapLayout.withNoverflow(state, 0)
                & ~(HmapLayout.SAME_SIZE | HmapLayout.SHRINKING | HmapLayout.CRAMPED));
        publish();
        endTransition();
        if (old != 0 && old != array) {
            freeArray(old, oldB(state), oldOverflow);
        }
        if (array != 0) {
            freeArray(array, HmapLayout.b(state), overflow);
        }
    }

    /**
     * Takes a zeroed block from the heap, all of it committed. Returns 0 if the heap has no room,
     * or if the table's budget does not allow it.
     */
    final long takeBlock(long bytes, BlockKind kind) {
        return takeBlock(bytes, kind, true);
    }

    /**
     * Takes a block like {@link #takeBlock}, but commits none of it. The caller commits parts of
     * the block with {@link HeapMemory#commit}.
     */
    final long reserveBlock(long bytes, BlockKind kind) {
        return takeBlock(bytes, kind, false);
    }

    private long takeBlock(long bytes, BlockKind kind, boolean committed) {
        Budget bound = budget;
        if (bound != null && !bound.charge(heap().usableSize(bytes, kind))) {
            return 0;
        }
        long block =
                committed ? heap().tryAllocate(bytes, kind, OWNER, this) : heap().tryReserve(bytes, kind, OWNER, this);
        if (bound != null && block == 0) {
            bound.discharge(heap().usableSize(bytes, kind));
        }
        return block;
    }

    /** Returns a block of {@link #takeBlock} to the heap. */
    final void giveBack(long block, BlockKind kind) {
        Budget bound = budget;
        long bytes = bound == null ? 0 : heap().blockBytes(block);
        heap().free(block, kind);
        if (block == deferredSample) {
            deferredSample = 0;
        }
        if (bound != null) {
            bound.discharge(bytes);
        }
    }

    // ------------------------------------------------------------ what a growth no longer needs

    /**
     * Frees the overflow buckets of an old chain that has been evacuated. The first bucket of the
     * chain keeps the marks of the evacuation.
     */
    void retireChain(long chain) {
        long bucket = overflow(chain);
        if (bucket != 0) {
            VarHandle.storeStoreFence(); // a chain is cut only when it is marked
            setOverflow(chain, 0);
            long linked = field(HmapLayout.OLD_OVERFLOW);
            long freed = freeOverflow(bucket, field(HmapLayout.OLD_BUCKETS), oldB(state()), linked);
            setField(HmapLayout.OLD_OVERFLOW, linked - freed);
        }
    }

    /**
     * Releases the part of the old array that the mark has passed, once it is as large as a piece.
     * If the two halves are passed together, also releases the same part of the second half. A
     * shard releases it in {@link #runDeferred}.
     */
    void retirePassed(long old, long passedBytes, long secondHalf) {
        long released = field(HmapLayout.RELEASED);
        long passed = old + passedBytes & -heap().granule();
        if (passed - released >= releaseBytes()) {
            VarHandle.storeStoreFence(); // no unit is released before the mark has passed it
            setField(HmapLayout.RELEASED, passed);
            deferredFrom = deferredTo == 0 ? released : deferredFrom;
            deferredTo = passed;
            deferredSecondHalf = secondHalf;
            if (!isShard) {
                releaseDeferred();
            }
        }
    }

    /** Frees this old array of 2^b buckets. All its chains have been retired. */
    void retireArray(long array, int b) {
        deferredTo = 0;
        // A bounded table counts its bytes, and so must free the array at once.
        if (isShard && budget == null && deferredArray == 0) {
            deferredArray = array;
        } else {
            giveBack(array, BlockKind.BUCKET);
        }
    }

    /** Returns the least number of bytes of an old array that are released at once. */
    final long releaseBytes() {
        return Math.max(isShard || heap().isInFile() ? SHARD_RELEASE_BYTES : RELEASE_BYTES, heap().granule());
    }

    // --------------------------------------------------------------------------- deferred work

    /**
     * Keeps a sample of the allocation profile until the write has ended, if this is a shard,
     * because to record a sample takes some 100 us. Returns false if the sample is not kept, as
     * when this write has deferred another one already.
     */
    private boolean defersSample(long block, double objects) {
        if (!isShard || deferredSample != 0) {
            return false;
        }
        deferredSample = block;
        deferredSampleObjects = objects;
        return true;
    }

    /** Returns whether a write has deferred work that {@link #runDeferred} is to do. */
    final boolean hasDeferred() {
        return (deferredTo | deferredArray | deferredSample) != 0;
    }

    /**
     * Does the work that a write has deferred: records a sample, and releases the memory at which
     * no reader looks any more. Readers are admitted meanwhile, but no other thread may write.
     */
    void runDeferred() {
        long block = deferredSample;
        if (block != 0) {
            deferredSample = 0;
            heap().takeSample(block, deferredSampleObjects, OWNER, this);
        }
        releaseDeferred();
    }

    /** Releases the memory that a growth has deferred. Returns whether there was any. */
    final boolean releaseDeferred() {
        long to = deferredTo;
        long array = deferredArray;
        deferredTo = 0;
        deferredArray = 0;
        if (to != 0) {
            heap().release(deferredFrom, to);
            if (deferredSecondHalf != 0) {
                heap().release(deferredFrom + deferredSecondHalf, to + deferredSecondHalf);
            }
        }
        if (array != 0) {
            giveBack(array, BlockKind.BUCKET);
        }
        return (to | array) != 0;
    }

    // ------------------------------------------------------------------------------------- sizes

    /** Returns the size in bytes of all blocks of this map. */
    final long bytes() {
        Budget bound = budget;
        long own = bound == null ? 0 : bound.ownBytes();
        return headerBytes() + arrayBytes() + overflowBytes() + blobBytes() + orderBytes() + own;
    }

    final long headerBytes() {
        long bytes = HmapLayout.bytes(journaled);
        return BlockAllocator.usableBytes(isBounded() ? bytes + BoundsLayout.BYTES : bytes, BlockKind.HEADER);
    }

    /** Returns whether the map is a shard with bounds. */
    final boolean isBounded() {
        return (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & HmapLayout.BOUNDED) != 0;
    }

    /** Returns the offset of the bounds of this map, which must be a shard with bounds. */
    final long boundsOffset() {
        return hmap + HmapLayout.bytes(journaled);
    }

    /** Returns the size in bytes of the blocks of both arrays. */
    final long arrayBytes() {
        int b = HmapLayout.b(state());
        long bytes = field(HmapLayout.BUCKETS) == 0 ? 0 : BlockAllocator.usableBytes(arrayBytes(b), BlockKind.BUCKET);
        if (field(HmapLayout.OLD_BUCKETS) == field(HmapLayout.BUCKETS)) { // no growth, or one in place
            return isGrowing()
                    ? Math.max(bytes, BlockAllocator.usableBytes(arrayBytes(oldB(state())), BlockKind.BUCKET))
                    : bytes;
        }
        return isGrowing() ? bytes + BlockAllocator.usableBytes(arrayBytes(oldB(state())), BlockKind.BUCKET) : bytes;
    }

    /** Returns the size in bytes of the overflow buckets that are separate blocks. */
    final long overflowBytes() {
        if (paged) {
            long extension = field(HmapLayout.OVERFLOW) * bucketBytes;
            long reserved =
                    field(HmapLayout.OLD_OVERFLOW) == 0 ? 0 : BlockAllocator.usableBytes(keyStride, BlockKind.OVERFLOW);
            return reserved + (extension == 0 ? 0 : BlockAllocator.usableBytes(extension, BlockKind.OVERFLOW));
        }
        long array = field(HmapLayout.BUCKETS);
        long blocks = array == 0 ? 0 : field(HmapLayout.OVERFLOW) - sparesTaken(array, HmapLayout.b(state()));
        if (isGrowing()) {
            blocks += oldOverflowBlocks(oldB(state()));
        }
        return blocks * BlockAllocator.usableBytes(bucketBytes, BlockKind.OVERFLOW);
    }

    /** Returns the size in bytes of the blocks of name, type, keys and values. */
    final long blobBytes() {
        return textBytes() + field(HmapLayout.BLOB_BYTES);
    }

    /** Returns the size in bytes of the blocks of name and type. */
    final long textBytes() {
        return textBytes(HmapLayout.NAME) + textBytes(HmapLayout.TYPE);
    }

    /** Returns the size in bytes of the blocks of the ordered index. */
    long orderBytes() {
        long order = field(HmapLayout.ORDER);
        if (order == 0) {
            return 0;
        }
        long nodes = Mem.getLong(mem, order + OrderLayout.NODES);
        return BlockAllocator.usableBytes(OrderLayout.HEADER_BYTES, BlockKind.ORDER)
                + nodes * BlockAllocator.usableBytes(OrderLayout.NODE_BYTES, BlockKind.ORDER);
    }

    private long textBytes(long text) {
        long bytes = field(text + Long.BYTES);
        return field(text) == 0 ? 0 : BlockAllocator.usableBytes(Math.max(1, bytes), BlockKind.ENTRY);
    }

    /**
     * Returns the number of overflow buckets of the old array that are separate blocks and not its
     * spare buckets.
     */
    long oldOverflowBlocks(int b) {
        long blocks = 0;
        long left = field(HmapLayout.OLD_OVERFLOW);
        long array = field(HmapLayout.OLD_BUCKETS);
        for (long chain = array; left > 0 && chain < array + (bucketBytes << b); chain += bucketBytes) {
            long first = heap().isHole(chain, bucketBytes) ? 0 : overflow(chain); // it may be released
            for (long bucket = first; left > 0 && bucket != 0; bucket = overflow(bucket)) {
                left--;
                blocks += isSpare(bucket, array, b) ? 0 : 1;
            }
        }
        return blocks;
    }

    private long sparesTaken(long array, int b) {
        long spares = array + (bucketBytes << b);
        long next = field(HmapLayout.NEXT_OVERFLOW);
        return ((next == 0 ? array + arrayBytes(b) : next) - spares) / bucketBytes;
    }
}
