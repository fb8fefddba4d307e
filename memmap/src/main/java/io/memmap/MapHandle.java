package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BoundsLayout;
import io.memmap.format.BucketLayout;
import io.memmap.format.Hash;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.memory.StackReserve;
import io.memmap.telemetry.Leaks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.ConcurrentModificationException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A handle of a map: the heap, and the offset of the map's header in it. The header is the block
 * that describes the map ({@link HmapLayout}). Two handles that were made separately for one offset
 * denote the same map.
 *
 * <p>A handle caches two kinds of the header's fields. Some are constant for the map's whole life.
 * The others stay the same for more than one operation. The header has a word that changes when
 * they change, the <em>stamp</em>. The cached fields count only while the stamp is the one under
 * which they were read.
 *
 * <p>The nil map is a handle of a header of zeros to which nothing is written. A handle recognises
 * its map by the identity that the header had when the handle was made. So a handle of a freed map
 * behaves as a nil map, even if another map has been made at the same offset.
 */
abstract class MapHandle {
    private static final MemorySegment NIL = Arena.global().allocate(HmapLayout.BYTES, 8);
    /**
     * Differs from the identity in NIL, so that a nil map needs no test other than the one for a
     * freed map.
     */
    private static final long NIL_IDENTITY = -1;

    private static final int BUCKETS_SHIFT = 20;
    /**
     * The bound on an identity. It leaves room for the count of stamps, which is added to the
     * identity.
     */
    private static final long MAX_IDENTITY = 1L << 62;

    /** The heap of the map. Null for a nil map, and for an {@code ObservedMap}. */
    final @Nullable NativeHeap heap;

    final MemorySegment mem;
    /** The header's offset; 0 for a nil map. */
    final long hmap;
    /** The identity that the header has while this handle's map is live. */
    final long identity;

    final MapType type;
    final BucketLayout bucketLayout;

    // The numbers of bucketLayout and the heap's hash secrets, copied so that each is one load
    // away.
    final int slots;
    final long bucketBytes;
    final long keysOffset;
    final long keyStride;
    final long valuesOffset;
    final long valueStride;
    final long overflowOffset;
    final int keyBytes;
    final int valueBytes;
    /** The load limit in sixteenths of all slots. */
    final int load;
    /** Whether the map has {@link Geometry#PAGE}. */
    final boolean paged;

    final long secret0;
    final long secret1;
    final long secret2;
    /**
     * Whether the map is a shard, one of the tables of a map for many threads: writers hold a lock,
     * and readers need none.
     */
    final boolean isShard;
    /**
     * Whether other threads can reach the map and only the writing flag detects conflicts with
     * them.
     */
    final boolean shared;
    /** Whether the map has a {@link Journal}. */
    final boolean journaled;
    /**
     * Whether only one thread can use this handle, so that lookups may refresh the cache. Not set if the
     * heap is read only: then each write begins with a check.
     */
    final boolean confined;

    // The cached fields. On a shared heap only writers refresh them. The program keeps a writer
    // apart from all other threads, so many threads may read through one handle. In a shard,
    // writers refresh them under the lock, and readers validate them together with everything else
    // that they have read.
    /**
     * The complement of the header's stamp when the cache was last refreshed. 0 if nothing is
     * cached: no header's stamp has the complement 0.
     */
    private long cachedComplement;
    /** The array; 0 while nothing is cached. */
    long cachedArray;

    /** What selects a chain, or in a paged map the home slot, from a hash. */
    long cachedMask;

    long cachedSeed;
    long cachedLimit;
    /** The same as {@code cachedComplement} if the map is paged, else 0. */
    private long cachedPaged;
    /** The same as {@code cachedPaged} unless a write must set the writing flag; then 0. */
    private long cachedPagedToWrite;
    /** What a paged map stores a key with ({@link #flip}). */
    long cachedFlip;

    /**
     * Tracks the map for leak detection. Only the handle that the map was made with has it. Null if
     * the map is not tracked.
     */
    private Leaks.@Nullable Tracked tracked;

    /** The nil map of this type. */
    MapHandle(MapType type, Geometry geometry) {
        this(null, NIL, 0, NIL_IDENTITY, type, bucketLayout(geometry, type, 0));
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    MapHandle(NativeHeap heap, long hmap, MapType type) {
        this(heap, hmap, Mem.getLong(heap.memory, hmap + HmapLayout.IDENTITY), type);
    }

    /**
     * A handle of the map that had this identity when its header was at {@code hmap}. The map may
     * have been freed since.
     */
    MapHandle(NativeHeap heap, long hmap, long identity, MapType type) {
        this(
                heap,
                heap.memory,
                hmap,
                identity,
                type,
                Mem.getLong(heap.memory, hmap + HmapLayout.IDENTITY) == identity
                        ? BucketLayout.read(heap.memory, hmap)
                        : bucketLayout(Geometry.DEFAULT, type, 0));
    }

    /**
     * A read-only handle of the map with this layout whose header is at {@code hmap}. It is for a
     * thread that may not touch the map's heap.
     */
    MapHandle(MemorySegment mem, long hmap, BucketLayout layout) {
        this(null, mem, hmap, Mem.getLong(mem, hmap + HmapLayout.IDENTITY), MapType.LONG_TO_LONG, layout);
    }

    private MapHandle(
            @Nullable NativeHeap heap, MemorySegment mem, long hmap, long identity, MapType type, BucketLayout layout) {
        this.heap = heap;
        this.mem = mem;
        this.hmap = hmap;
        this.identity = identity;
        this.type = type;
        bucketLayout = layout;
        slots = layout.slots();
        bucketBytes = layout.bytes();
        keysOffset = layout.keysOffset();
        keyStride = layout.keyStride();
        valuesOffset = layout.valuesOffset();
        valueStride = layout.valueStride();
        overflowOffset = layout.overflowOffset();
        keyBytes = layout.keyBytes();
        valueBytes = layout.valueBytes();
        paged = layout.geometry() == BucketLayout.PAGE;
        int stated = Mem.getByte(mem, hmap + HmapLayout.LOAD);
        load = stated == 0 ? layout.defaultLoad() : stated;
        secret0 = heap == null ? 0 : heap.secret(0);
        secret1 = heap == null ? 0 : heap.secret(1);
        secret2 = heap == null ? 0 : heap.secret(2);
        isShard = heap != null && (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & HmapLayout.SHARD) != 0;
        journaled = (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & HmapLayout.JOURNALED) != 0;
        confined = heap != null && heap.isConfined() && !heap.isReadOnly();
        shared = heap != null && !confined && !isShard;
    }

    /** Makes the header of an empty map without arrays and returns its pointer. */
    static long makeHeader(NativeHeap heap, MapType type, Geometry geometry, int options, String name) {
        return makeHeader(heap, type, geometry, 0, options, name);
    }

    /** Does the same, with this load limit in sixteenths, or that of the geometry if 0. */
    static long makeHeader(NativeHeap heap, MapType type, Geometry geometry, int load, int options, String name) {
        StackReserve.claim();
        long bytes =
                HmapLayout.bytes(heap.isJournaled()) + ((options & HmapLayout.BOUNDED) != 0 ? BoundsLayout.BYTES : 0);
        long hmap = heap.tryAllocate(bytes, BlockKind.HEADER, BlockOwner.BY_NAME, name);
        if (hmap == 0) {
            throw heap.exhausted(bytes, inWords(type, name), bytes);
        }
        try {
            storeText(heap, hmap + HmapLayout.NAME, name, type, name);
            storeText(heap, hmap + HmapLayout.TYPE, type.text(), type, name);
        } catch (Throwable failed) {
            freeHeader(heap, hmap);
            throw failed;
        }
        MemorySegment mem = heap.memory;
        BucketLayout layout = bucketLayout(geometry, type, options);
        layout.write(mem, hmap);
        Mem.setByte(mem, hmap + HmapLayout.LOAD, load == 0 ? layout.defaultLoad() : load);
        Mem.setByte(mem, hmap + HmapLayout.KEY_KIND, type.key().kind().code());
        Mem.setByte(mem, hmap + HmapLayout.VALUE_KIND, type.value().kind().code());
        Mem.setByte(
                mem,
                hmap + HmapLayout.OPTIONS,
                options | outside(type) | (heap.isJournaled() ? HmapLayout.JOURNALED : 0));
        Mem.setLong(mem, hmap + HmapLayout.EXTRA, hmap + HmapLayout.OVERFLOW);
        var random = ThreadLocalRandom.current();
        setSeed(mem, hmap, random.nextInt());
        VarHandle.storeStoreFence(); // the identity makes the map
        Mem.setLong(mem, hmap + HmapLayout.IDENTITY, random.nextLong(1, MAX_IDENTITY));
        return hmap;
    }

    /** Sets the seed of a map without entries. */
    static void setSeed(MemorySegment mem, long hmap, int hash0) {
        long state = Mem.getLong(mem, hmap + HmapLayout.STATE);
        Mem.setLong(mem, hmap + HmapLayout.STATE, HmapLayout.withHash0(state, hash0));
        Mem.setInt(mem, hmap + HmapLayout.HASH0_COPY, hash0);
    }

    /** Returns the options that say which objects of this type lie outside their slots. */
    private static int outside(MapType type) {
        return (type.key().isInline() ? 0 : HmapLayout.KEYS_OUTSIDE)
                | (type.value().isInline() ? 0 : HmapLayout.VALUES_OUTSIDE);
    }

    /** Returns the layout of the buckets that a map with these options has. */
    static BucketLayout bucketLayout(Geometry geometry, MapType type, int options) {
        int nodeBytes = (options & HmapLayout.BOUNDED) != 0 ? Budget.SLOT_BYTES : 0;
        return BucketLayout.of(
                geometry.code(), type.key().slotBytes(), type.value().slotBytes() + nodeBytes);
    }

    /**
     * Stores a text, which may be empty, in its own block. Writes the pointer of the block to this
     * address and the length of the text to the word after it. The type and name of the map appear
     * in the message if the heap is exhausted.
     */
    private static void storeText(NativeHeap heap, long address, String text, MapType type, String map) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > 0) {
            long block = heap.tryAllocate(utf8.length, BlockKind.ENTRY, BlockOwner.BY_NAME, map);
            if (block == 0) {
                throw heap.exhausted(utf8.length, inWords(type, map), utf8.length);
            }
            Mem.copyIn(utf8, 0, heap.memory, block, utf8.length);
            Mem.setLong(heap.memory, address, block);
            Mem.setLong(heap.memory, address + Long.BYTES, utf8.length);
        }
    }

    /**
     * Frees a header made by {@link #makeHeader} for which no handle could be made. Does nothing if
     * it has been freed already.
     */
    static void discardHeader(NativeHeap heap, long hmap) {
        if (heap.isBlock(hmap, BlockKind.HEADER)) {
            freeHeader(heap, hmap);
        }
    }

    private static void freeHeader(NativeHeap heap, long hmap) {
        Mem.setLong(heap.memory, hmap + HmapLayout.IDENTITY, 0);
        VarHandle.storeStoreFence();
        for (long text : new long[] {HmapLayout.NAME, HmapLayout.TYPE}) {
            long block = Mem.getLong(heap.memory, hmap + text);
            if (block != 0) {
                heap.free(block, BlockKind.ENTRY);
            }
        }
        heap.free(hmap, BlockKind.HEADER);
    }

    /** Returns {@code pointer} if a live map of objects of this type starts there. */
    static long requireMap(NativeHeap heap, long pointer, MapType expected) {
        return requireMap(heap, pointer, expected, Geometry.ofObjects(expected) == Geometry.PAGE);
    }

    /**
     * Returns {@code pointer} if a live map of this type starts there.
     *
     * @param mayBePaged whether the caller's class can read a map with {@link Geometry#PAGE}
     */
    static long requireMap(NativeHeap heap, long pointer, MapType expected, boolean mayBePaged) {
        if (!heap.isBlock(pointer, BlockKind.HEADER)) {
            throw new IllegalArgumentException(
                    "pointer " + pointer + " is not a map of this heap; expected a " + expected);
        }
        requireIntact(pointer, HeaderCheck.faultInConstants(heap, pointer));
        String found = MapType.nameAt(heap.memory, pointer);
        if (!found.equals(expected.toString())) {
            throw new IllegalArgumentException("pointer " + pointer + " is a " + found + "; expected a " + expected);
        }
        requireIntact(pointer, HeaderCheck.fault(heap, pointer, expected));
        if (!mayBePaged && Mem.getByte(heap.memory, pointer + HmapLayout.GEOMETRY) == BucketLayout.PAGE) {
            throw new IllegalArgumentException("pointer " + pointer + " is a " + found
                    + " with geometry PAGE, which a MemMap of this type cannot read; use the class that made it");
        }
        return pointer;
    }

    private static void requireIntact(long pointer, @Nullable String fault) {
        if (fault != null) {
            throw new IllegalArgumentException(
                    "pointer " + pointer + " is a map whose header has been overwritten: " + fault);
        }
    }

    /** Frees the header and the name. Every handle of the map is stale afterwards. */
    final void freeHeader() {
        setField(HmapLayout.IDENTITY, 0);
        setField(HmapLayout.STAMP, 0);
        setField(HmapLayout.COUNT, 0);
        refreshCache();
        untrack();
        freeHeader(heap(), hmap);
    }

    /** Starts leak detection for this new map, if the heap is set to detect leaks. */
    final void track(String name) {
        tracked = heap().track(name);
    }

    private void untrack() {
        Leaks.Tracked known = tracked;
        if (known != null) {
            known.end();
        }
    }

    /**
     * Returns what tracks the map for leak detection; null if the map is not tracked, or not
     * through this handle.
     */
    final Leaks.@Nullable Tracked tracked() {
        return tracked;
    }

    // -------------------------------------------------------------------------------------- header

    final long field(long field) {
        return Mem.getLong(mem, hmap + field);
    }

    final void setField(long field, long value) {
        Mem.setLong(mem, hmap + field, value);
    }

    /** Returns one of the counters of growths, which have four bytes. */
    final long counter(long field) {
        return Integer.toUnsignedLong(Mem.getInt(mem, hmap + field));
    }

    /** Adds 1 to one of the counters of growths. */
    final void count(long field) {
        Mem.setInt(mem, hmap + field, Mem.getInt(mem, hmap + field) + 1);
    }

    /** Returns whether the map is in the directory of its heap. */
    final boolean isNamed() {
        return (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & HmapLayout.NAMED) != 0;
    }

    final boolean shrinksByItself() {
        return (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & HmapLayout.AUTO_SHRINK) != 0;
    }

    /** Returns the number of entries added, entries removed, and clears since the map was made. */
    final long changes() {
        return field(HmapLayout.COUNT) + field(HmapLayout.REMOVALS);
    }

    /** Lowers the count by one removed entry. Returns the new count. */
    final long countRemoval() {
        long count = field(HmapLayout.COUNT) - 1;
        setField(HmapLayout.COUNT, count);
        setField(HmapLayout.REMOVALS, field(HmapLayout.REMOVALS) + 2);
        return count;
    }

    final void increment(long field) {
        setField(field, field(field) + 1);
    }

    /** Returns the value that the header's stamp field must have between operations (I12). */
    final long stamp() {
        return stampOf(field(HmapLayout.IDENTITY), field(HmapLayout.STAMPS), field(HmapLayout.BUCKETS), isGrowing());
    }

    /**
     * Returns the stamp for these fields of a header. It depends on the array too, so that an
     * overwritten array pointer is detected.
     */
    static long stampOf(long identity, long stamps, long buckets, boolean growing) {
        return growing || buckets == 0 ? 0 : identity + stamps ^ buckets << BUCKETS_SHIFT;
    }

    /**
     * Returns whether the cached fields are current, by the header's stamp. If so, the map is live,
     * has an array and does not grow.
     */
    final boolean isCurrent() {
        return ~field(HmapLayout.STAMP) == cachedComplement;
    }

    /** Does the same for a caller that has read the header's stamp. */
    final boolean isCurrent(long stamp) {
        return ~stamp == cachedComplement;
    }

    /** Returns whether the map is paged and the cached stamp is the header's current one. */
    final boolean isPagedAndCurrent() {
        return ~field(HmapLayout.STAMP) == cachedPaged;
    }

    /** Does the same for a caller that has read the header's stamp. */
    final boolean isPagedAndCurrent(long stamp) {
        return ~stamp == cachedPaged;
    }

    /** Returns whether this is so, and a write need not set the writing flag. */
    final boolean isPagedAndCurrentToWrite() {
        return ~field(HmapLayout.STAMP) == cachedPagedToWrite;
    }

    /**
     * Refreshes the cached fields. Clears them if this handle's map has been freed, even if the
     * header now belongs to another map.
     */
    final void refreshCache() {
        long stamp = isLive() ? field(HmapLayout.STAMP) : 0;
        cachedComplement = stamp == 0 ? 0 : ~stamp;
        cachedPaged = paged ? cachedComplement : 0;
        cachedPagedToWrite = shared ? 0 : cachedPaged;
        cachedArray = stamp == 0 ? 0 : field(HmapLayout.BUCKETS);
        cachedMask = indexMask(HmapLayout.b(state()));
        cachedSeed = seed();
        cachedFlip = flip();
        cachedLimit = field(HmapLayout.LIMIT);
        if (paged && (cachedMask < 0 || cachedArray > mem.byteSize() - cachedMask - keyStride)) {
            dropCache(); // the header has been overwritten, and lookups may leave out the check of bounds
        }
    }

    /** Clears the cached fields. After the map has ended they stay so. */
    final void dropCache() {
        cachedComplement = 0;
        cachedPaged = 0;
        cachedPagedToWrite = 0;
        cachedArray = 0;
    }

    /**
     * Refreshes the cached fields before a lookup, if the header has a stamp and the handle is
     * confined to one thread.
     */
    final void refreshBeforeRead() {
        if (confined && field(HmapLayout.STAMP) != 0) {
            refreshCache();
        }
    }

    /** Returns hash0, the map's seed. */
    final long seed() {
        return Mem.getInt(mem, hmap + HmapLayout.HASH0) & 0xFFFF_FFFFL;
    }

    final long state() {
        return field(HmapLayout.STATE);
    }

    final void setState(long state) {
        setField(HmapLayout.STATE, state);
    }

    /** Returns whether this handle's map is alive: neither nil nor freed. */
    final boolean isLive() {
        return field(HmapLayout.IDENTITY) == identity;
    }

    /**
     * Returns whether this handle's map can be freed. Returns false also if its heap or arena has
     * ended, and the map with it.
     */
    final boolean canBeFreed() {
        NativeHeap owner = heap;
        return owner != null && owner.isAlive() && isLive();
    }

    final boolean isGrowing() {
        return field(HmapLayout.OLD_BUCKETS) != 0;
    }

    /** Returns the log2 of the number of buckets of the old array, while the table grows. */
    static int oldB(long state) {
        int b = HmapLayout.b(state);
        return switch ((int) (state & (HmapLayout.SAME_SIZE | HmapLayout.SHRINKING))) {
            case (int) HmapLayout.SAME_SIZE -> b;
            case (int) HmapLayout.SHRINKING -> b + 1;
            default -> b - 1;
        };
    }

    /** Returns the log2 of the number of units that a running growth moves. */
    static int unitsB(long state) {
        return Math.min(HmapLayout.b(state), oldB(state));
    }

    static long mask(int b) {
        return (1L << b) - 1;
    }

    /** Returns what selects a chain, or in a paged map the home slot, from a hash. */
    final long indexMask(int b) {
        return paged ? PagedTable.mask(b, keyStride) : mask(b);
    }

    /**
     * Returns the number with which a paged map combines a key by exclusive or to store it.
     */
    final long flip() {
        return flip(seed());
    }

    /** Does the same for a seed that the caller has read. */
    final long flip(long seed) {
        long flip = Hash.flip(seed, secret1);
        return keyBytes == Integer.BYTES ? (int) flip : flip;
    }

    /** Returns the most entries that 2^b buckets of this map hold before it must grow. */
    final long loadLimit(int b) {
        return BucketLayout.loadLimit(slots, b, load);
    }

    final NativeHeap heap() {
        NativeHeap heap = this.heap;
        if (heap == null) {
            throw noMap();
        }
        return heap;
    }

    // ------------------------------------------------------------------------------------- buckets

    final long tops(long bucket) {
        return Mem.getLong(mem, bucket);
    }

    final long overflow(long bucket) {
        return Mem.getLong(mem, bucket + overflowOffset);
    }

    final void setOverflow(long bucket, long next) {
        Mem.setLong(mem, bucket + overflowOffset, next);
    }

    static long bucketOf(long slot) {
        return slot & ~7L;
    }

    final long keyAddress(long slot) {
        return bucketOf(slot) + keysOffset + (slot & 7) * keyStride;
    }

    final long valueAddress(long slot) {
        return bucketOf(slot) + valuesOffset + (slot & 7) * valueStride;
    }

    // ------------------------------------------------------------------- the frame of an operation

    /** Returns whether a read can find anything: false if the map is nil, freed or empty. */
    final boolean beginRead() {
        if (field(HmapLayout.COUNT) == 0 || field(HmapLayout.IDENTITY) != identity) {
            return false;
        }
        if ((state() & HmapLayout.WRITING) != 0) {
            throw misuse("concurrent map read and map write");
        }
        return true;
    }

    final void beginWrite() {
        if (!isShard) { // the stack was claimed before a shard was locked
            StackReserve.claim();
        }
        beginClaimedWrite();
    }

    /**
     * Does the same for a caller that has claimed the stack. Compiled code checks for the stack of
     * {@link StackReserve#claim} wherever it contains a claim, even one that it does not reach. So
     * an operation that may not stop between two shards contains one claim only.
     */
    final void beginClaimedWrite() {
        heap().checkAttached(); // a write that can neither allocate nor free must not begin
        if (!isLive()) {
            throw noMap();
        }
        if (shared) {
            long state = state();
            if ((state & HmapLayout.WRITING) != 0) {
                throw concurrentWrites();
            }
            setState(state ^ HmapLayout.WRITING);
            setField(HmapLayout.STAMP, 0);
        }
    }

    final void endWrite() {
        if (shared) {
            long state = state();
            if ((state & HmapLayout.WRITING) == 0) {
                throw concurrentWrites();
            }
            setState(state & ~HmapLayout.WRITING);
            setField(HmapLayout.STAMP, stamp());
        }
        long stamp = field(HmapLayout.STAMP);
        if (~stamp != cachedComplement && (stamp | cachedComplement) != 0) {
            refreshCache();
        }
    }

    /**
     * Ends a write that an exception or error has interrupted. Code that may throw runs before the
     * first store of a step or after the last one, so the table is intact.
     */
    final void abandonWrite() {
        if (shared) {
            setState(state() & ~HmapLayout.WRITING);
            setField(HmapLayout.STAMP, stamp());
        }
    }

    /** Begins a deletion. Returns false, and begins nothing, if there is nothing to delete. */
    final boolean beginDelete() {
        if (field(HmapLayout.COUNT) == 0 || !isLive()) {
            return false;
        }
        beginWrite();
        return true;
    }

    /** Does the same for a caller that has claimed the stack. */
    final boolean beginClaimedDelete() {
        if (field(HmapLayout.COUNT) == 0 || !isLive()) {
            return false;
        }
        beginClaimedWrite();
        return true;
    }

    final RuntimeException failWrite(long bytes) {
        endWrite();
        return exhausted(bytes);
    }

    /**
     * Returns the exception that says that the heap has no room for these bytes, which the map
     * needs.
     */
    abstract HeapExhaustedException exhausted(long bytes);

    /** Returns the words by which a message names a map. */
    static String inWords(MapType type, String name) {
        return name.isEmpty() ? "an unnamed " + type : "the " + type + " named " + name;
    }

    /**
     * Ends a write that has detected a concurrent write, which removed the map's array. Returns the
     * exception to throw.
     */
    final ConcurrentModificationException failWriteBesideAnother() {
        endWrite();
        return concurrentWrites();
    }

    final NilMapException noMap() {
        return new NilMapException(
                hmap == 0
                        ? "assignment to entry in nil map: make a map first"
                        : "assignment to entry in freed map (pointer " + hmap + "): make a map first");
    }

    static ConcurrentModificationException concurrentWrites() {
        return misuse("concurrent map writes");
    }

    /** Returns the exception for a plain map that two threads use at once. */
    static ConcurrentModificationException misuse(String uses) {
        return new ConcurrentModificationException(uses + ": use a map for many threads, such as SyncMap");
    }

    // ----------------------------------------------------------------------------- the public face

    /**
     * Returns this map's pointer: the offset of its header in the heap's segment. All handles of
     * the map have the same pointer, and it stays the same for the map's life.
     *
     * @return the pointer in bytes; 0 for the nil map
     */
    public final long pointer() {
        untrack(); // a caller that has the pointer can find the map again
        return hmap;
    }

    /**
     * Returns whether this is the nil map or a handle of a freed map.
     *
     * @return true if reads find nothing and writes throw
     * @throws IllegalStateException if the heap is closed
     */
    public final boolean isNil() {
        return !isLive();
    }

    /**
     * Returns the number of entries, in constant time.
     *
     * @return the number of entries; 0 for a nil or freed map
     * @throws IllegalStateException if the heap is closed
     */
    public final long size() {
        return isLive() ? field(HmapLayout.COUNT) : 0;
    }

    /**
     * Returns whether the map has no entries.
     *
     * @return true if the map has no entries, or is nil or freed
     * @throws IllegalStateException if the heap is closed
     */
    public final boolean isEmpty() {
        return size() == 0;
    }

    /**
     * Returns the name that the map was made with.
     *
     * @return the name; empty if the map has no name, or is nil or freed
     * @throws IllegalStateException if the heap is closed
     */
    public final String name() {
        return isLive() ? text(mem, hmap + HmapLayout.NAME) : "";
    }

    /**
     * Returns the text whose pointer is at this address and whose length is in the word after it.
     */
    static String text(MemorySegment mem, long address) {
        byte[] utf8 = new byte[(int) Mem.getLong(mem, address + Long.BYTES)];
        Mem.copyOut(mem, Mem.getLong(mem, address), utf8, utf8.length);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /**
     * Returns the layouts of the map's header and of its buckets, with the name of every field. The
     * first 48 bytes of the header are those of Go's hmap.
     *
     * @return the two layouts
     */
    public final MapLayout layout() {
        return new MapLayout(HmapLayout.LAYOUT, bucketLayout.toStructLayout());
    }

    /**
     * Compares handles. Two handles are equal if they denote the same map, whatever it contains,
     * also after the map has been freed. Go compares pointers to maps in the same way. To compare
     * contents, compare the maps' {@code asMap()}, or use {@link MemMap#contentEquals}.
     */
    @Override
    @SuppressWarnings("ReferenceEquality") // a heap has no equality but identity
    public final boolean equals(@Nullable Object object) {
        return object instanceof MapHandle other
                && heap == other.heap
                && hmap == other.hmap
                && identity == other.identity;
    }

    @Override
    public final int hashCode() {
        return Long.hashCode(identity);
    }

    /** Describes the handle: the map's type, pointer and size. */
    @Override
    public final String toString() {
        if (!isLive()) {
            return type + (hmap == 0 ? " nil" : " freed@" + hmap);
        }
        return type + "@" + hmap + " size " + size();
    }
}
