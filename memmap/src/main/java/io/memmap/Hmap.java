package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.memory.StackReserve;
import io.memmap.telemetry.Leaks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ConcurrentModificationException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A handle of a map: the heap and the offset of the header in it. What else a handle keeps are facts that the header states
 * for the map's whole life, and a copy of some that it states for longer than one operation: the <em>view</em>, which counts
 * only while the header has the word under which it was copied. Handles made apart over one offset are one map.
 *
 * <p>The nil map is a handle of a header of zeros that nobody writes. A handle knows its map by the identity that the
 * header had when the handle was made, so that a handle of a freed map acts as a nil one also when another map has been
 * made where the header was.
 */
abstract class Hmap {
    private static final MemorySegment NIL = Arena.global().allocate(HmapLayout.BYTES, 8);
    /** Differs from the identity that NIL has, so that a nil map is one case with a freed one. */
    private static final long NIL_IDENTITY = -1;

    private static final int BUCKETS_SHIFT = 20;
    /** Leaves room for the views that are added to it. */
    private static final long MAX_IDENTITY = 1L << 62;

    /** Null exactly for a nil map. */
    final @Nullable NativeHeap heap;

    final MemorySegment mem;
    /** The header's offset; 0 for a nil map. */
    final long hmap;
    /** What the header's identity must be while this handle is of a live map. */
    final long identity;

    final MapType type;
    final BucketLayout bucketLayout;

    // The numbers of bucketLayout, and the heap's hash secrets, each one load away.
    final int slots;
    final long bucketBytes;
    final long keysOffset;
    final long keyStride;
    final long valuesOffset;
    final long valueStride;
    final long overflowOffset;
    final int keyBytes;
    final int valueBytes;

    final long secret0;
    final long secret1;
    final long secret2;
    /** Whether a lock guards the map, and threads read it without. */
    final boolean isShard;
    /** Whether other threads can reach the map with nothing but the writing flag between them. */
    final boolean shared;
    /** Whether one thread alone can use this handle, so that lookups may copy the view. */
    private final boolean confined;

    // The view. Of a map on a shared heap only writers copy it, whom the program keeps apart from all others: so
    // many threads may read by one handle. Of a shard they do it under the lock, and readers believe it with all
    // else that they have read.
    /** The complement of the header's view: 0, which is of none, at first and while there is none. */
    private long seen;
    /** The array; 0 while there is no view. */
    long seenArray;

    long seenMask;
    long seenSeed;
    long seenLimit;

    /** The map as the collector is to see it, in the handle that it was made with; null if it is not looked for. */
    private Leaks.@Nullable Tracked tracked;

    /** The nil map of this type. */
    Hmap(MapType type) {
        this(null, NIL, 0, NIL_IDENTITY, type, bucketLayout(Geometry.DEFAULT, type, 0));
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    Hmap(NativeHeap heap, long hmap, MapType type) {
        this(heap, hmap, Mem.getLong(heap.memory, hmap + HmapLayout.IDENTITY), type);
    }

    /** A handle of the map that had this identity when its header was at {@code hmap}; it may have been freed since. */
    Hmap(NativeHeap heap, long hmap, long identity, MapType type) {
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

    /** A look at the map of this layout whose header is here, for a thread that may not touch its heap. */
    Hmap(MemorySegment mem, long hmap, BucketLayout layout) {
        this(null, mem, hmap, Mem.getLong(mem, hmap + HmapLayout.IDENTITY), MapType.LONG_TO_LONG, layout);
    }

    private Hmap(
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
        secret0 = heap == null ? 0 : heap.secret(0);
        secret1 = heap == null ? 0 : heap.secret(1);
        secret2 = heap == null ? 0 : heap.secret(2);
        isShard = heap != null && (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & HmapLayout.SHARD) != 0;
        confined = heap != null && heap.isConfined();
        shared = heap != null && !confined && !isShard;
    }

    /** Makes the header of an empty map without arrays and returns its pointer. */
    static long makeHeader(NativeHeap heap, MapType type, Geometry geometry, int options, String name) {
        StackReserve.claim();
        long hmap = heap.tryAllocate(HmapLayout.BYTES, BlockKind.HEADER, BlockOwner.BY_NAME, name);
        if (hmap == 0) {
            throw heap.exhausted(HmapLayout.BYTES, inWords(type, name), HmapLayout.BYTES);
        }
        try {
            storeText(heap, hmap + HmapLayout.NAME, name, type, name);
            storeText(heap, hmap + HmapLayout.TYPE, type.text(), type, name);
        } catch (Throwable failed) {
            freeHeader(heap, hmap);
            throw failed;
        }
        MemorySegment mem = heap.memory;
        bucketLayout(geometry, type, options).write(mem, hmap);
        Mem.setByte(mem, hmap + HmapLayout.KEY_KIND, type.key().kind().code());
        Mem.setByte(mem, hmap + HmapLayout.VALUE_KIND, type.value().kind().code());
        Mem.setByte(mem, hmap + HmapLayout.OPTIONS, options);
        Mem.setLong(mem, hmap + HmapLayout.EXTRA, hmap + HmapLayout.OVERFLOW);
        var random = ThreadLocalRandom.current();
        Mem.setLong(mem, hmap + HmapLayout.STATE, HmapLayout.withHash0(0, random.nextInt()));
        Mem.setLong(mem, hmap + HmapLayout.IDENTITY, random.nextLong(1, MAX_IDENTITY));
        return hmap;
    }

    /** Returns the layout of the buckets that a map with these options has. */
    static BucketLayout bucketLayout(Geometry geometry, MapType type, int options) {
        int nodeBytes = (options & HmapLayout.BOUNDED) != 0 ? Budget.SLOT_BYTES : 0;
        return BucketLayout.of(
                geometry.code(), type.key().slotBytes(), type.value().slotBytes() + nodeBytes);
    }

    /**
     * Stores a text, which may be empty, in a block of its own, with its pointer at this address and its length behind that,
     * for a map of this type and name.
     */
    private static void storeText(NativeHeap heap, long address, String text, MapType type, String map) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > 0) {
            long block = heap.tryAllocate(utf8.length, BlockKind.BLOB, BlockOwner.BY_NAME, map);
            if (block == 0) {
                throw heap.exhausted(utf8.length, inWords(type, map), utf8.length);
            }
            Mem.copyIn(utf8, 0, heap.memory, block, utf8.length);
            Mem.setLong(heap.memory, address, block);
            Mem.setLong(heap.memory, address + Long.BYTES, utf8.length);
        }
    }

    /** Frees the header of {@link #makeHeader} where no handle of it could be made, if it has not been freed by then. */
    static void discardHeader(NativeHeap heap, long hmap) {
        if (heap.isBlock(hmap, BlockKind.HEADER)) {
            freeHeader(heap, hmap);
        }
    }

    private static void freeHeader(NativeHeap heap, long hmap) {
        for (long text : new long[] {HmapLayout.NAME, HmapLayout.TYPE}) {
            long block = Mem.getLong(heap.memory, hmap + text);
            if (block != 0) {
                heap.free(block, BlockKind.BLOB);
            }
        }
        heap.free(hmap, BlockKind.HEADER);
    }

    /** Returns {@code pointer} if a live map of this type starts there. */
    static long requireMap(NativeHeap heap, long pointer, MapType expected) {
        if (!heap.isBlock(pointer, BlockKind.HEADER)) {
            throw new IllegalArgumentException(
                    "pointer " + pointer + " is no map of this heap; expected a " + expected);
        }
        requireIntact(pointer, HeaderCheck.faultInConstants(heap, pointer));
        String found = MapType.nameAt(heap.memory, pointer);
        if (!found.equals(expected.toString())) {
            throw new IllegalArgumentException("pointer " + pointer + " is a " + found + "; expected a " + expected);
        }
        requireIntact(pointer, HeaderCheck.fault(heap, pointer, expected));
        return pointer;
    }

    private static void requireIntact(long pointer, @Nullable String fault) {
        if (fault != null) {
            throw new IllegalArgumentException(
                    "pointer " + pointer + " is a map whose header has been overwritten: " + fault);
        }
    }

    /** Gives the header and the name back; every handle of the map is stale then. */
    final void freeHeader() {
        setField(HmapLayout.IDENTITY, 0);
        setField(HmapLayout.VIEW, 0);
        setField(HmapLayout.COUNT, 0);
        see();
        untrack();
        freeHeader(heap(), hmap);
    }

    /** Has the collector look out for this map, which was just made, if its heap wants that. */
    final void track(String name) {
        tracked = heap().track(name);
    }

    private void untrack() {
        Leaks.Tracked known = tracked;
        if (known != null) {
            known.end();
        }
    }

    /** Returns the map as the collector is to see it; null if it does not, or not by this handle. */
    final Leaks.@Nullable Tracked tracked() {
        return tracked;
    }

    // ----------------------------------------------------------------------------------------------------- header

    final long field(long field) {
        return Mem.getLong(mem, hmap + field);
    }

    final void setField(long field, long value) {
        Mem.setLong(mem, hmap + field, value);
    }

    final boolean shrinksByItself() {
        return (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & HmapLayout.AUTO_SHRINK) != 0;
    }

    final void increment(long field) {
        setField(field, field(field) + 1);
    }

    /** What the field of this name is to be between operations (I12). */
    final long view() {
        return viewOf(field(HmapLayout.IDENTITY), field(HmapLayout.VIEWS), field(HmapLayout.BUCKETS), isGrowing());
    }

    /** The array is in it too, so that one that has been overwritten is found out. */
    static long viewOf(long identity, long views, long buckets, boolean growing) {
        return growing || buckets == 0 ? 0 : identity + views ^ buckets << BUCKETS_SHIFT;
    }

    /** Returns whether this handle's view is the header's: then the map is live, has an array and does not grow. */
    final boolean isCurrent() {
        return ~field(HmapLayout.VIEW) == seen;
    }

    /** Copies the view; that of another map, whose header is where this one's was, is none. */
    final void see() {
        long view = isLive() ? field(HmapLayout.VIEW) : 0;
        seen = view == 0 ? 0 : ~view;
        seenArray = view == 0 ? 0 : field(HmapLayout.BUCKETS);
        seenMask = mask(HmapLayout.b(state()));
        seenSeed = seed();
        seenLimit = field(HmapLayout.LIMIT);
    }

    /** Forgets the view, for good: of a map that has ended. */
    final void unsee() {
        seen = 0;
        seenArray = 0;
    }

    /** Copies the view if it is another, for a lookup. */
    final void lookAgain() {
        if (confined && field(HmapLayout.VIEW) != 0) {
            see();
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

    /** Returns whether this handle's map can be freed: false, too, where its heap or arena has ended, and the map with it. */
    final boolean canBeFreed() {
        NativeHeap owner = heap;
        return owner != null && owner.isAlive() && isLive();
    }

    final boolean isGrowing() {
        return field(HmapLayout.OLD_BUCKETS) != 0;
    }

    /** Returns the log2 of the old array's bucket count, while growing. */
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

    final NativeHeap heap() {
        NativeHeap heap = this.heap;
        if (heap == null) {
            throw noMap();
        }
        return heap;
    }

    // ----------------------------------------------------------------------------------------------------- buckets

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

    // -------------------------------------------------------------------------------------- the frame of an operation

    /** Returns whether a read has anything to look at; the map may be nil, freed or empty. */
    final boolean beginRead() {
        if (field(HmapLayout.COUNT) == 0 || field(HmapLayout.IDENTITY) != identity) {
            return false;
        }
        if ((state() & HmapLayout.WRITING) != 0) {
            throw new ConcurrentModificationException("concurrent map read and map write");
        }
        return true;
    }

    final void beginWrite() {
        if (!isShard) { // whose lock was taken with a claim
            StackReserve.claim();
        }
        heap().checkAttached(); // a write that could neither allocate nor free must not begin
        if (!isLive()) {
            throw noMap();
        }
        if (shared) {
            long state = state();
            if ((state & HmapLayout.WRITING) != 0) {
                throw concurrentWrites();
            }
            setState(state ^ HmapLayout.WRITING);
            setField(HmapLayout.VIEW, 0);
        }
    }

    final void endWrite() {
        if (shared) {
            long state = state();
            if ((state & HmapLayout.WRITING) == 0) {
                throw concurrentWrites();
            }
            setState(state & ~HmapLayout.WRITING);
            setField(HmapLayout.VIEW, view());
        }
        long view = field(HmapLayout.VIEW);
        if (~view != seen && (view | seen) != 0) {
            see();
        }
    }

    /**
     * Ends a write that an exception or error has cut short. Whatever may throw comes before the first store of a step or
     * after the last, so the table is whole.
     */
    final void abandonWrite() {
        if (shared) {
            setState(state() & ~HmapLayout.WRITING);
            setField(HmapLayout.VIEW, view());
        }
    }

    /** Begins a deletion; returns false, and begins nothing, where there is nothing to delete. */
    final boolean beginDelete() {
        if (field(HmapLayout.COUNT) == 0 || !isLive()) {
            return false;
        }
        beginWrite();
        return true;
    }

    final RuntimeException failWrite(long bytes) {
        endWrite();
        return exhausted(bytes);
    }

    /** Says that the heap has no room for these bytes, which the map needs. */
    abstract HeapExhaustedException exhausted(long bytes);

    /** Returns how a message names a map. */
    static String inWords(MapType type, String name) {
        return name.isEmpty() ? "an unnamed " + type : "the " + type + " named " + name;
    }

    /** Ends a write that has met another: one that took the map's array away. */
    final ConcurrentModificationException failWriteBesideAnother() {
        endWrite();
        return concurrentWrites();
    }

    final NilMapException noMap() {
        return new NilMapException(
                hmap == 0
                        ? "assignment to entry in nil map"
                        : "assignment to entry in freed map (pointer " + hmap + ")");
    }

    static ConcurrentModificationException concurrentWrites() {
        return new ConcurrentModificationException("concurrent map writes");
    }

    // --------------------------------------------------------------------------------------------------- the public
    // face

    /**
     * Returns this map's pointer: the offset of its header in the heap's segment, which every handle of the map has. It
     * stays the same for the map's life.
     *
     * @return the pointer in bytes; 0 for the nil map
     */
    public final long pointer() {
        untrack(); // whoever has the pointer finds the map again
        return hmap;
    }

    /**
     * Returns whether this is the nil map or a handle of a map that has been freed.
     *
     * @return true if reads find nothing and writes are refused
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
     * Returns whether the map has no entry.
     *
     * @return true if there is none, as in a nil or freed map
     * @throws IllegalStateException if the heap is closed
     */
    public final boolean isEmpty() {
        return size() == 0;
    }

    /**
     * Returns the name that the map was made with.
     *
     * @return the name; empty if it has none, or the map is nil or freed
     * @throws IllegalStateException if the heap is closed
     */
    public final String name() {
        return isLive() ? text(mem, hmap + HmapLayout.NAME) : "";
    }

    /** Returns the text whose pointer is at this address and its length behind that. */
    static String text(MemorySegment mem, long address) {
        byte[] utf8 = new byte[(int) Mem.getLong(mem, address + Long.BYTES)];
        Mem.copyOut(mem, Mem.getLong(mem, address), utf8, utf8.length);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /**
     * Returns the layouts of the map's header and of its buckets, with every field by its name. The header's first 48
     * bytes are Go's hmap.
     *
     * @return the two layouts
     */
    public final MapLayout layout() {
        return new MapLayout(HmapLayout.LAYOUT, bucketLayout.toStructLayout());
    }

    /**
     * Compares handles as Go compares pointers: two are equal if they are of the same map, whatever is in it; also when it has
     * been freed. To compare contents, compare the maps' {@code asMap()}, or use {@link MemMap#contentEquals}.
     */
    @Override
    @SuppressWarnings("ReferenceEquality") // a heap is what it is
    public final boolean equals(@Nullable Object object) {
        return object instanceof Hmap other && heap == other.heap && hmap == other.hmap && identity == other.identity;
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
