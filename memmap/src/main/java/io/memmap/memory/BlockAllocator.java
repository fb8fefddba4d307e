package io.memmap.memory;

import static io.memmap.format.HeapLayout.PAGE_BYTES;
import static io.memmap.format.HeapLayout.PAGE_SHIFT;
import static io.memmap.format.Mem.addLong;
import static io.memmap.format.Mem.getInt;
import static io.memmap.format.Mem.getLong;
import static io.memmap.format.Mem.setInt;
import static io.memmap.format.Mem.setLong;
import static io.memmap.memory.PageTable.LARGE;
import static io.memmap.memory.PageTable.SLAB;
import static io.memmap.memory.PageTable.bytesOf;
import static io.memmap.memory.PageTable.classOf;
import static io.memmap.memory.PageTable.kindOf;
import static io.memmap.memory.PageTable.offsetOf;
import static io.memmap.memory.PageTable.pagesOf;
import static io.memmap.memory.PageTable.stateOf;

import io.memmap.format.BlockKind;
import io.memmap.format.Hash;
import io.memmap.format.HeaderSums;
import io.memmap.format.HeapGeometry;
import io.memmap.format.HeapLayout;
import io.memmap.format.Mem;
import io.memmap.format.SizeClasses;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.security.SecureRandom;
import java.util.function.IntToLongFunction;

/**
 * Allocates blocks of memory inside one segment. The segment describes itself: the whole state of
 * the allocator is in the segment's tables, as page numbers and offsets. This object holds only the
 * places of the tables. It takes no lock.
 *
 * <pre>
 *   0        4096     tableOffset      dataOffset = firstPage                              endPage
 *   +--------+--------+----------------+------+------+-------------+------+----------- ... -+
 *   | heap   | commit | page table     | slab | slab | large block | slab | free run        |
 *   | header | map    | 64 bytes a page| 80 B | 16 B |             | 4 KiB|                 |
 *   +--------+--------+----------------+------+------+-------------+------+----------- ... -+
 *
 *   commit map: one bit for each granule
 *   page table: the entry of a page says which run the page belongs to
 * </pre>
 *
 * <p><b>Terms.</b> A <em>page</em> is 4096 bytes. A <em>run</em> is a sequence of adjacent pages: a
 * free run, a large block, or a slab. A <em>slab</em> is cut into small blocks of one size class
 * and kind. A <em>granule</em> is the unit that the operating system backs with memory and takes
 * back: a page, or 2 MiB with huge pages. A granule is <em>marked</em> in the commit map when it
 * may be backed, and so may hold something other than zero. Bytes are <em>dirty</em> when they may
 * be non-zero.
 *
 * <p><b>Allocate.</b> A request of up to 32 KiB gets the lowest free block of a slab of that class
 * and kind ({@link SizeClasses}, {@link Slabs}). If no slab has a free block, a run is taken for a
 * new slab. A larger request gets a run of its own ({@link PageRuns}). The part of the block that
 * lies in marked granules is zeroed ({@link CommitMap}); the rest is already zero.
 *
 * <p><b>Free.</b> For a small block its bit is set, and the slab is closed if this was its last
 * live block (H10 has exceptions). A run is merged with the free runs beside it. Its pages are
 * given back to the operating system when more than 256 KiB of them are dirty, or more than 2 MiB
 * with huge pages.
 *
 * <p><b>Exhaustion.</b> An operation that fails changes nothing, except that it may close slabs
 * that are kept empty.
 *
 * <p><b>Invariants.</b> H1, H2 and H15 are stated in {@link CommitMap}, H3 to H7, H13 and H14 in {@link
 * PageRuns}, H8 to H10 in {@link Slabs}. {@link HeapCheck} recomputes them, and these:
 *
 * <ul>
 *   <li>H11. The counts of bytes and blocks in use, by kind, match the live blocks.
 *   <li>H12. The header's constants say where the tables are.
 * </ul>
 */
public final class BlockAllocator extends Slabs {
    /** The number of small pages that are backed at a time. */
    private static final int BACKED_PAGES = 4;

    /** The least capacity in bytes. It has room for some slabs beside the tables. */
    public static final long MIN_CAPACITY = 1L << 20;
    /** The least capacity in bytes with huge pages. The tables take one huge page. */
    public static final long MIN_HUGE_CAPACITY = 4L << 20;
    /** The greatest capacity in bytes. Page numbers are ints. */
    public static final long MAX_CAPACITY = HeapLayout.MAX_CAPACITY;

    /** Bytes for slabs of a few sizes that are not full. */
    private static final long SLACK_BYTES = 128 << 10;

    private static final int HUGE_PAGES = 1 << (VirtualMemory.HUGE_SHIFT - PAGE_SHIFT);

    /** Created when the first heap opens, because seeding takes a while. */
    private static final class Random {
        static final SecureRandom SECURE = new SecureRandom();
    }

    private final boolean huge;

    /**
     * Lays out the tables of a new heap. All bytes of the reservation are zero, and all may be
     * committed.
     */
    public BlockAllocator(Reservation reservation) {
        this(reservation, reservation.bytes());
    }

    /** Lays out the tables of a new heap, of which at most {@code maxBytes} may be committed. */
    public BlockAllocator(Reservation reservation, long maxBytes) {
        HeapGeometry geometry = HeapGeometry.of(reservation.bytes(), reservation.granuleShift());
        this(reservation, geometry);
        layOut(geometry, maxBytes);
    }

    private BlockAllocator(Reservation reservation, HeapGeometry geometry) {
        super(reservation, geometry);
        this.huge = geometry.granuleShift() == VirtualMemory.HUGE_SHIFT;
    }

    /** Returns the allocator of a heap that already lies in the reservation. */
    public static BlockAllocator at(Reservation reservation) {
        return new BlockAllocator(reservation, HeapGeometry.of(reservation.bytes(), reservation.granuleShift()));
    }

    private void layOut(HeapGeometry geometry, long maxBytes) {
        if (mayLack) {
            // the commit map is backed as a whole, so that a mark needs no room
            long end = geometry.tableOffset() + HeapLayout.ENTRY_BYTES;
            if (!reservation.secure(0, roundUp(end))) { // the file is deleted
                throw new OutOfMemoryError(reservation.lack());
            }
            mark(0, end);
        }
        mark(0, HeapLayout.HEADER.byteSize());
        setLong(memory, HeapLayout.MAGIC_OFFSET, HeapLayout.MAGIC);
        setInt(memory, HeapLayout.VERSION_OFFSET, HeapLayout.VERSION);
        setInt(memory, HeapLayout.GRANULE_SHIFT_OFFSET, geometry.granuleShift());
        setLong(memory, HeapLayout.CAPACITY_OFFSET, geometry.capacity());
        setLong(memory, HeapLayout.BITMAP_OFFSET_OFFSET, geometry.bitmapOffset());
        setLong(memory, HeapLayout.TABLE_OFFSET_OFFSET, geometry.tableOffset());
        setInt(memory, HeapLayout.FIRST_PAGE_OFFSET, geometry.firstPage());
        setInt(memory, HeapLayout.END_PAGE_OFFSET, geometry.endPage());
        for (int i = 0; i < HeapLayout.SECRETS; i++) {
            setLong(memory, HeapLayout.SECRETS_OFFSET + (long) i * Long.BYTES, Random.SECURE.nextLong() | 1);
        }
        for (int i = 0; i < HeapLayout.UUID_WORDS; i++) {
            setLong(memory, HeapLayout.UUID_OFFSET + (long) i * Long.BYTES, Random.SECURE.nextLong());
        }
        setInt(memory, HeapLayout.HASH_VERSION_OFFSET, Hash.VERSION);
        setInt(memory, HeapLayout.HEADER_CHECK_OFFSET, HeaderSums.ofConstants(memory));
        setLong(memory, HeapLayout.MAX_BYTES_OFFSET, Math.min(maxBytes, geometry.capacity()));
        openRuns();
    }

    private long roundUp(long bytes) {
        long granule = 1L << granuleShift;
        return bytes + granule - 1 & -granule;
    }

    /**
     * Allocates a zeroed block. Returns its pointer, or 0 if there is no room.
     *
     * @param bytes 1 or more
     * @param committed whether the bytes of a large block count as committed at once; if not,
     *     {@link #commit} counts them later
     */
    public long allocate(long bytes, BlockKind kind, boolean committed) {
        if (bytes <= SizeClasses.MAX_SMALL_BYTES) {
            return allocateSmall((int) bytes, kind);
        }
        return bytes > reservation.bytes() ? 0 : allocateLarge(bytes, kind, committed);
    }

    private long allocateSmall(int bytes, BlockKind kind) {
        int sizeClass = SizeClasses.of(bytes, kind);
        long pointer = takeBlock(sizeClass, kind.code);
        if (pointer == 0) {
            pointer = closeKept(0) ? takeBlock(sizeClass, kind.code) : 0;
            if (pointer == 0) {
                return 0;
            }
        }
        int blockBytes = SizeClasses.blockBytes(sizeClass);
        commitZeroed(pointer, blockBytes);
        countAllocation(kind.code, blockBytes);
        return pointer;
    }

    private long allocateLarge(long bytes, BlockKind kind, boolean committed) {
        int pages = (int) ((bytes + PAGE_BYTES - 1) >>> PAGE_SHIFT);
        int page = takeLargeRun(pages);
        if (page == 0) {
            page = closeKept(0) ? takeLargeRun(pages) : 0;
            if (page == 0) {
                return 0;
            }
        }
        if (committed && mayLack && !secure(offsetOf(page), offsetOf(page + pages))) {
            giveRun(page, pages);
            return 0;
        }
        long pointer = openLarge(page, pages, kind);
        if (committed) {
            mark(pointer, pointer + bytesOf(pages));
        }
        return pointer;
    }

    private int takeLargeRun(int pages) {
        return huge && pages >= HUGE_PAGES ? takeAligned(pages, HUGE_PAGES) : takeRun(pages);
    }

    /**
     * Allocates a zeroed large block that {@link #extend} can probably extend later. The block lies
     * in the longest free run, behind a quarter of it. The quarter in front serves other
     * allocations, which prefer a shorter run. Returns 0 if there is no room.
     *
     * @param bytes more than {@link SizeClasses#MAX_SMALL_BYTES}
     */
    public long allocateExtensible(long bytes, BlockKind kind) {
        if (bytes > reservation.bytes()) {
            return 0;
        }
        int pages = (int) ((bytes + PAGE_BYTES - 1) >>> PAGE_SHIFT);
        int page = takeSpacious(pages, huge ? HUGE_PAGES : 1);
        if (page == 0) {
            return allocateLarge(bytes, kind, false);
        }
        return openLarge(page, pages, kind);
    }

    private long openLarge(int page, int pages, BlockKind kind) {
        setRun(page, PageTable.largeRun(kind.code, pages));
        long pointer = offsetOf(page);
        long blockBytes = bytesOf(pages);
        zeroMarked(pointer, pointer + blockBytes);
        countAllocation(kind.code, blockBytes);
        return pointer;
    }

    /**
     * Extends a large block in place, unless it is long enough. The new bytes are zero, and are committed only by {@link
     * #commit}. Returns false, and changes nothing, if the pages behind the block are not free or
     * the bound forbids it.
     *
     * @param bytes the new size
     * @throws IllegalArgumentException if no live large block of this kind begins at the pointer
     */
    public boolean extend(long pointer, long bytes, BlockKind kind) {
        int page = requireLarge(pointer, kind);
        int pages = pagesOf(run(page));
        int end = page + pages;
        long more = ((bytes + PAGE_BYTES - 1) >>> PAGE_SHIFT) - pages;
        if (more <= 0) {
            return true; // a truncation has found no room for an entry of the page table
        }
        if (more > endPage - end || !takeFront(end, (int) more)) {
            return false;
        }
        setRun(page, PageTable.largeRun(kind.code, pages + (int) more));
        zeroMarked(offsetOf(end), offsetOf(end) + bytesOf((int) more));
        count(kind.code, bytesOf((int) more), 0);
        return true;
    }

    /**
     * Shortens a large block and frees the pages behind it. The block keeps its length if the file
     * system has no room for an entry of the page table.
     *
     * @param bytes the new size, 1 or more and less than the present one
     * @throws IllegalArgumentException if no live large block of this kind begins at the pointer
     */
    public void truncate(long pointer, long bytes, BlockKind kind) {
        int page = requireLarge(pointer, kind);
        int pages = pagesOf(run(page));
        int kept = (int) ((bytes + PAGE_BYTES - 1) >>> PAGE_SHIFT);
        if (kept >= pages || !secureEntry(page + kept) || !secureEntry(page + kept - 1)) {
            return;
        }
        setRun(page, PageTable.largeRun(kind.code, kept));
        giveRun(page + kept, pages - kept);
        count(kind.code, -bytesOf(pages - kept), 0);
    }

    private int requireLarge(long pointer, BlockKind kind) {
        long run = runAt(pointer);
        if (kindOf(run) != kind.code || stateOf(run) != PageTable.LARGE || !isLarge(pointer, run)) {
            throw refused(pointer, kind);
        }
        return (int) (pointer >>> PAGE_SHIFT);
    }

    /**
     * Frees a block.
     *
     * @throws IllegalArgumentException if no live block of this kind begins at the pointer
     */
    public void free(long pointer, BlockKind kind) {
        long run = runAt(pointer);
        if (kindOf(run) != kind.code) {
            throw refused(pointer, kind);
        }
        if (stateOf(run) == SLAB) {
            int block = liveBlockAt(pointer, run);
            if (block < 0) {
                throw refused(pointer, kind);
            }
            giveBlock(pointer, run, block);
            count(kind.code, -SizeClasses.blockBytes(classOf(run)), -1);
        } else if (isLarge(pointer, run)) {
            int page = (int) (pointer >>> PAGE_SHIFT);
            clearRun(page);
            giveRun(page, pagesOf(run));
            count(kind.code, -bytesOf(pagesOf(run)), -1);
        } else {
            throw refused(pointer, kind);
        }
        if (blocksInUse(kind) == 0 && keptCount() > 1 && blocksInUse() == 0) {
            closeKept(1);
        }
    }

    /** Returns whether a live block of this kind begins at the pointer. */
    public boolean isBlock(long pointer, BlockKind kind) {
        long run = runAt(pointer);
        return kindOf(run) == kind.code && blockBytes(pointer, run) != 0;
    }

    /** Returns whether bytes lie behind the heap's own tables, in memory that is marked as in use. */
    public boolean mayBeInUse(long offset, long bytes) {
        if (offset < dataOffset || bytes < 0 || offset > reservation.bytes() - bytes) {
            return false;
        }
        long end = (offset + bytes + (1L << granuleShift) - 1) >>> granuleShift;
        long granule = offset >>> granuleShift;
        while (granule < end && isMarked(granule)) {
            granule++;
        }
        return granule >= end;
    }

    /**
     * Returns the bytes of the live block of any kind that begins at the pointer, or 0 if there is
     * no such block.
     */
    public long blockBytes(long pointer) {
        return blockBytes(pointer, runAt(pointer));
    }

    private long blockBytes(long pointer, long run) {
        if (stateOf(run) == SLAB) {
            return liveBlockAt(pointer, run) >= 0 ? SizeClasses.blockBytes(classOf(run)) : 0;
        }
        return isLarge(pointer, run) ? bytesOf(pagesOf(run)) : 0;
    }

    /** Returns the real size of a block of a kind that is allocated for {@code bytes}, 1 or more. */
    public static long usableBytes(long bytes, BlockKind kind) {
        return bytes <= SizeClasses.MAX_SMALL_BYTES
                ? SizeClasses.blockBytes(SizeClasses.of((int) bytes, kind))
                : Math.addExact(bytes, PAGE_BYTES - 1) & -PAGE_BYTES;
    }

    /**
     * Returns a capacity that has room for blocks of this many bytes in all, counted as {@link
     * #usableBytes} counts them. The tables take a 64th of the capacity, and slabs that are not
     * full take a little. Returns {@code Long.MAX_VALUE} for more than {@link #MAX_CAPACITY} bytes,
     * since no heap can hold them.
     */
    public static long boundFor(long bytes) {
        if (bytes < 0 || bytes > MAX_CAPACITY) { // it may have overflowed
            return Long.MAX_VALUE;
        }
        return Math.max(MIN_CAPACITY, wholePages(bytes + bytes / 60 + SLACK_BYTES));
    }

    /** Returns this number of bytes, rounded up to whole pages: the bounds of heaps are such numbers. */
    public static long wholePages(long bytes) {
        return bytes + PAGE_BYTES - 1 & -PAGE_BYTES;
    }

    /** Returns the heap's capacity in bytes, read from the header at the start of the memory. */
    public static long capacityAt(MemorySegment memory) {
        return getLong(memory, HeapLayout.CAPACITY_OFFSET);
    }

    /** Returns the granule's size as a shift: a granule has {@code 1 << granuleShift()} bytes. */
    public int granuleShift() {
        return granuleShift;
    }

    /** Returns the offset of the commit map. */
    public long bitmapOffset() {
        return bitmapOffset;
    }

    /**
     * Returns whether the bytes lie in one granule of this segment, and that granule counts as
     * committed.
     */
    public static boolean isCommitted(
            MemorySegment memory, long bitmapOffset, int granuleShift, long offset, long bytes) {
        return CommitMap.isCommitted(memory, bitmapOffset, granuleShift, offset, bytes);
    }

    /**
     * Counts granules of a live block as committed, before these bytes are written. If granules are
     * pages, this includes up to three pages of the block beside the first. The operating system
     * then backs them all in one call: 4.4 us for four pages, whereas a fault takes 1.4 us for each
     * page that is written, and twice that if the page was read before. If the bytes are more than
     * four pages, all of them are backed in one call.
     *
     * @return false if the heap is in a file and the file system has no room; then nothing has changed
     */
    public boolean commit(long offset, long bytes) {
        if (granuleShift == PAGE_SHIFT && !isMarked(offset >>> PAGE_SHIFT)) {
            int page = (int) (offset >>> PAGE_SHIFT);
            int first = page;
            int end = (int) ((offset + bytes + PAGE_BYTES - 1) >>> PAGE_SHIFT);
            while ((first & (BACKED_PAGES - 1)) != 0 && isInterior(first)) {
                first--;
            }
            while ((end & (BACKED_PAGES - 1)) != 0 && end < endPage && isInterior(end)) {
                end++;
            }
            if (mayLack) {
                return secure(offsetOf(first), offsetOf(end)) || secure(offset, offset + bytes);
            }
            if (reservation.back(offsetOf(first), bytesOf(end - first))) {
                mark(offsetOf(first), offsetOf(end));
            }
        }
        if (mayLack) {
            return secure(offset, offset + bytes);
        }
        commitBytes(offset, bytes);
        return true;
    }

    /**
     * Gives the whole granules inside {@code [from, to)}, which must lie in one live block, back to
     * the operating system.
     */
    public void release(long from, long to) {
        if (from < dataOffset || to > reservation.bytes() || from > to) {
            throw new IllegalArgumentException("the range to release must lie in " + dataOffset + ".."
                    + reservation.bytes() + ": " + from + ".." + to);
        }
        giveBack(from, to);
    }

    /**
     * Returns one of the random odd numbers, 0 to 3, that were drawn when the heap was laid out.
     */
    public long secret(int index) {
        return getLong(memory, HeapLayout.SECRETS_OFFSET + (long) index * Long.BYTES);
    }

    /** Takes the secrets of another heap, so that each key has the hash that it has there. */
    public void adoptSecrets(IntToLongFunction secrets) {
        for (int i = 0; i < HeapLayout.SECRETS; i++) {
            setLong(memory, HeapLayout.SECRETS_OFFSET + (long) i * Long.BYTES, secrets.applyAsLong(i));
        }
        setInt(memory, HeapLayout.HEADER_CHECK_OFFSET, HeaderSums.ofConstants(memory));
    }

    /**
     * Gives the memory that no live block needs back to the operating system: that of slabs without a live
     * block, and of free pages that were used.
     */
    public void trim() {
        closeKept(0);
        cleanRuns();
    }

    /**
     * Backs so many bytes behind the granules of a file that are in use, if the file system has room. So
     * blocks that are allocated there need no page faults. {@link #dropAhead} gives back what no block has
     * taken.
     */
    public void backAhead(long bytes) {
        long start = Math.max(dataOffset, committedEnd());
        reservation.secureAhead(start, Math.min(roundUp(bytes), reservation.bytes() - start));
    }

    /** Gives the granules back that {@link #backAhead} has backed between those in use. */
    public void dropAhead() {
        giveBackUnmarked(dataOffset >>> granuleShift, (committedEnd() - 1) >>> granuleShift);
    }

    /** Returns the offset behind the last granule that counts as committed. */
    public long committedEnd() {
        return endOfMarked(memory, reservation.bytes(), granuleShift);
    }

    /** Returns the bytes of the live blocks of a kind, including the bytes lost to rounding. */
    public long bytesInUse(BlockKind kind) {
        return getLong(memory, HeapLayout.KIND_BYTES_OFFSET + (long) kind.code * Long.BYTES);
    }

    private long blocksInUse(BlockKind kind) {
        return getLong(memory, HeapLayout.KIND_BLOCKS_OFFSET + (long) kind.code * Long.BYTES);
    }

    /** Returns the number of live blocks of all kinds. */
    public long blocksInUse() {
        long blocks = 0;
        for (int kind = 0; kind < BlockKind.COUNT; kind++) {
            blocks += getLong(memory, HeapLayout.KIND_BLOCKS_OFFSET + (long) kind * Long.BYTES);
        }
        return blocks;
    }

    /** Returns the bytes of addresses that the heap has. */
    public long reservedBytes() {
        return reservation.bytes();
    }

    /** Returns the bound that {@link #committedBytes} never exceeds. */
    public long maxBytes() {
        return getLong(memory, HeapLayout.MAX_BYTES_OFFSET);
    }

    /** Returns the most bytes that the operating system can be backing now. */
    public long committedBytes() {
        return reservation.isLazy()
                ? getLong(memory, HeapLayout.COMMITTED_GRANULES_OFFSET) << reservation.granuleShift()
                : reservation.bytes();
    }

    /** Returns the part of {@link #committedBytes} that belongs to the heap's own tables. */
    public long metadataBytes() {
        return reservation.isLazy()
                ? getLong(memory, HeapLayout.METADATA_GRANULES_OFFSET) << reservation.granuleShift()
                : dataOffset;
    }

    /** Returns the length of the longest run of pages that can be taken, in bytes. */
    public long longestFreeBytes() {
        return bytesOf(longest());
    }

    /**
     * Recomputes every invariant.
     *
     * @throws IllegalStateException if an invariant is broken; the message names the first one and
     *     the place
     */
    public void check() {
        new HeapCheck(this).check();
    }

    /**
     * Reads every byte of the granules that are not marked as committed.
     *
     * @throws IllegalStateException if one of the bytes is not zero
     */
    public void checkZeroes() {
        new HeapCheck(this).checkZeroes();
    }

    /** Returns the pointer to the map of names, or 0. */
    public long directory() {
        return getLong(memory, HeapLayout.DIRECTORY_OFFSET);
    }

    /** Sets the pointer to the map of names. */
    public void setDirectory(long pointer) {
        VarHandle.releaseFence(); // other processes may read it
        setLong(memory, HeapLayout.DIRECTORY_OFFSET, pointer);
    }

    /** Counts a growth that a map has begun. */
    public void countGrowth() {
        addLong(memory, HeapLayout.GROWTHS_OFFSET, 1);
    }

    /** Counts a halving that a map has begun. */
    public void countShrink() {
        addLong(memory, HeapLayout.SHRINKS_OFFSET, 1);
    }

    /** Counts the units that a finished growth or halving has moved. */
    public void countEvacuations(long units) {
        addLong(memory, HeapLayout.EVACUATIONS_OFFSET, units);
    }

    @Override
    void clearTables() {
        super.clearTables();
        Mem.zero(memory, HeapLayout.KIND_BYTES_OFFSET, (long) BlockKind.COUNT * Long.BYTES);
        Mem.zero(memory, HeapLayout.KIND_BLOCKS_OFFSET, (long) BlockKind.COUNT * Long.BYTES);
    }

    @Override
    void relist(int slab, long run) {
        super.relist(slab, run);
        int live = getInt(memory, entryOffset(slab) + HeapLayout.LIVE);
        count(kindOf(run), (long) live * SizeClasses.blockBytes(classOf(run)), live);
    }

    private void countAllocation(int kind, long bytes) {
        addLong(memory, HeapLayout.KIND_ALLOCATIONS_OFFSET + (long) kind * Long.BYTES, 1);
        count(kind, bytes, 1);
    }

    final void count(int kind, long bytes, long blocks) {
        addLong(memory, HeapLayout.KIND_BYTES_OFFSET + (long) kind * Long.BYTES, bytes); // H11
        addLong(memory, HeapLayout.KIND_BLOCKS_OFFSET + (long) kind * Long.BYTES, blocks);
    }

    /**
     * Returns the run word of the page that holds the byte, or a word that belongs to no block if
     * there is no such page.
     */
    final long runAt(long pointer) {
        // The header is read first, so that a closed or foreign arena is refused for any pointer.
        long capacity = capacityAt(memory);
        if (pointer < dataOffset || pointer >= capacity) {
            return PageTable.INTERIOR;
        }
        int page = (int) (pointer >>> PAGE_SHIFT);
        boolean isHole = mayLack && !isMarked(entryOffset(page) >>> granuleShift);
        return isHole ? PageTable.INTERIOR : run(page);
    }

    static boolean isLarge(long pointer, long run) {
        return stateOf(run) == LARGE && (pointer & (PAGE_BYTES - 1)) == 0;
    }

    private IllegalArgumentException refused(long pointer, BlockKind kind) {
        if (pointer < dataOffset || pointer >= reservation.bytes()) {
            return new IllegalArgumentException(
                    "pointer must be " + dataOffset + ".." + (reservation.bytes() - 1) + ": " + pointer);
        }
        long run = runAt(pointer);
        if (blockBytes(pointer, run) == 0) {
            return new IllegalArgumentException(
                    "no live block begins at pointer " + pointer + ": it was freed before, or never allocated");
        }
        BlockKind found = BlockKind.of(kindOf(run));
        return new IllegalArgumentException("pointer " + pointer + " "
                + (kind == BlockKind.BLOB ? "belongs to a map" : "is of another kind")
                + ": it is a " + found + " block, not " + kind);
    }
}
