package io.memmap.memory;

import static io.memmap.format.HeapLayout.ENTRY_SHIFT;
import static io.memmap.format.Mem.getLong;
import static io.memmap.format.Mem.setLong;
import static io.memmap.memory.PageTable.INTERIOR;
import static io.memmap.memory.PageTable.LARGE;
import static io.memmap.memory.PageTable.SLAB;
import static io.memmap.memory.PageTable.bytesOf;
import static io.memmap.memory.PageTable.classOf;
import static io.memmap.memory.PageTable.kindOf;
import static io.memmap.memory.PageTable.offsetOf;
import static io.memmap.memory.PageTable.pageOfSlab;
import static io.memmap.memory.PageTable.pagesOf;
import static io.memmap.memory.PageTable.stateOf;

import io.memmap.format.BlockKind;
import io.memmap.format.HeapLayout;
import io.memmap.format.SizeClasses;
import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the tables of a heap whose process ended in the middle of an operation. It believes what
 * one store decides: the run word of the first page of each live run, the bits of a slab's free
 * blocks, and the bits of the commit map. It computes everything else from them.
 *
 * <p>The caller marks all blocks that its maps use. A block of a map's kind that has no mark was
 * taken by an operation that did not come to its end, and is freed. Blocks of {@link BlockKind#BLOB}
 * belong to the user and are kept.
 *
 * <p>Each step only repeats what a step before it may have done, so a repair that is interrupted can
 * be started again.
 */
public final class HeapRepair {
    private final BlockAllocator heap;
    private final MemorySegment memory;
    private static final int CHUNK_SHIFT = 12;
    private static final int IN_CHUNK = (1 << CHUNK_SHIFT) - 1;
    private static final long[] WHOLE = {};

    /**
     * The marked blocks by their first pages, or the first pages of their slabs: for a slab a bit for
     * each block, else no bits. Chunks of the array are made when they are used.
     */
    private final long[] @Nullable [] @Nullable [] marks;

    private long swept;

    /** Begins the repair. The caller may commit memory from now on, but may not allocate or free. */
    public HeapRepair(BlockAllocator heap) {
        this.heap = heap;
        memory = heap.memory;
        marks = new long[(heap.endPage >>> CHUNK_SHIFT) + 1][][];
        heap.recount();
    }

    /** Returns the number of blocks that were freed because nothing refers to them. */
    public long swept() {
        return swept;
    }

    /** Passes each live block of a kind to an action. */
    public void forEach(BlockKind kind, LongConsumer action) {
        for (int page = nextLive(heap.firstPage); page < heap.endPage; page = nextLive(page + pagesAt(page))) {
            long run = heap.run(page);
            if (kindOf(run) != kind.code) {
                continue;
            }
            if (stateOf(run) == LARGE) {
                action.accept(offsetOf(page));
                continue;
            }
            int blockBytes = SizeClasses.blockBytes(classOf(run));
            for (int word = 0; word < words(run); word++) {
                for (long live = liveIn(page, run, word); live != 0; live &= live - 1) {
                    int block = (word << 6) + Long.numberOfTrailingZeros(live);
                    action.accept(offsetOf(page) + (long) block * blockBytes);
                }
            }
        }
    }

    /**
     * Marks a block as one that is in use.
     *
     * @return the size of the block if it had no mark, otherwise 0
     * @throws IllegalStateException if no live block of this kind begins there
     */
    public long mark(long pointer, BlockKind kind) {
        long run = heap.runAt(pointer);
        boolean isSlab = stateOf(run) == SLAB;
        int block = isSlab ? heap.liveBlockAt(pointer, run) : 0;
        if (kindOf(run) != kind.code || block < 0 || (!isSlab && !BlockAllocator.isLarge(pointer, run))) {
            throw new IllegalStateException("no live block of kind " + kind + " begins at pointer " + pointer);
        }
        int page = isSlab ? Slabs.slabOf(pointer, run) : (int) (pointer >>> HeapLayout.PAGE_SHIFT);
        long[] bits = marksAt(page);
        if (!isSlab) {
            setMarks(page, WHOLE);
            return bits == null ? bytesOf(pagesOf(run)) : 0;
        }
        if (bits == null) {
            if (!isLive(page, heap.run(page))) {
                throw new IllegalStateException("no slab is at the block of kind " + kind + " at pointer " + pointer);
            }
            bits = new long[words(run)];
            setMarks(page, bits);
        }
        boolean isNew = (bits[block >>> 6] & 1L << block) == 0;
        bits[block >>> 6] |= 1L << block;
        return isNew ? SizeClasses.blockBytes(classOf(run)) : 0;
    }

    private long @Nullable [] marksAt(int page) {
        long[] @Nullable [] chunk = marks[page >>> CHUNK_SHIFT];
        return chunk == null ? null : chunk[page & IN_CHUNK];
    }

    private void setMarks(int page, long @Nullable [] bits) {
        long[] @Nullable [] chunk = marks[page >>> CHUNK_SHIFT];
        if (chunk == null) {
            chunk = new long[IN_CHUNK + 1][];
            marks[page >>> CHUNK_SHIFT] = chunk;
        }
        chunk[page & IN_CHUNK] = bits;
    }

    /** Takes the mark of a block back. */
    public void unmark(long pointer) {
        int page = (int) (pointer >>> HeapLayout.PAGE_SHIFT);
        long run = heap.run(page);
        if (stateOf(run) == LARGE) {
            setMarks(page, null);
            return;
        }
        long[] bits = marksAt(Slabs.slabOf(pointer, run));
        if (bits != null) {
            int block = heap.liveBlockAt(pointer, run);
            bits[block >>> 6] &= ~(1L << block);
        }
    }

    /** Cuts a marked block off behind these bytes, if it is a large block and longer. */
    public void truncate(long pointer, long bytes) {
        int page = (int) (pointer >>> HeapLayout.PAGE_SHIFT);
        long run = heap.run(page);
        int kept = (int) ((bytes + HeapLayout.PAGE_BYTES - 1) >>> HeapLayout.PAGE_SHIFT);
        if (stateOf(run) == LARGE && pagesOf(run) > kept) {
            heap.setRun(page, PageTable.largeRun(kindOf(run), kept));
        }
    }

    /** Frees the blocks without a mark and rebuilds the tables. */
    public void rebuild() {
        sweep();
        heap.clearTables();
        int page = heap.firstPage;
        while (page < heap.endPage) {
            int live = nextLive(page);
            if (live > page) {
                freeRun(page, live);
            }
            if (live < heap.endPage) {
                long run = heap.run(live);
                if (stateOf(run) == LARGE) {
                    heap.count(kindOf(run), bytesOf(pagesOf(run)), 1);
                } else {
                    heap.relist(live, run);
                }
                live += pagesOf(run);
            }
            page = live;
        }
    }

    private void sweep() {
        for (int page = nextLive(heap.firstPage); page < heap.endPage; ) {
            long run = heap.run(page);
            int next = nextLive(page + pagesOf(run));
            boolean sweeps = kindOf(run) != BlockKind.BLOB.code;
            long[] marked = marksAt(page);
            if (stateOf(run) == LARGE) {
                if (sweeps && marked == null) {
                    heap.clearRun(page);
                    swept++;
                }
            } else {
                boolean isEmpty = true;
                for (int word = 0; word < words(run); word++) {
                    long live = liveIn(page, run, word);
                    long lost = sweeps ? live & ~(marked == null ? 0 : marked[word]) : 0;
                    if (lost != 0) {
                        long offset = Slabs.freeWord(heap.entryOffset(page), word);
                        setLong(memory, offset, getLong(memory, offset) | lost);
                        swept += Long.bitCount(lost);
                    }
                    isEmpty &= live == lost;
                }
                if (isEmpty) {
                    heap.clearRun(page);
                }
            }
            page = next;
        }
    }

    /** Makes one clean free run of the pages in {@code [from, to)}, in which no live run begins. */
    private void freeRun(int from, int to) {
        for (int page = nextSet(from, to); page < to; page = nextSet(page + 1, to)) {
            heap.clearRun(page);
        }
        heap.giveBack(offsetOf(from), offsetOf(to));
        heap.insert(from, to - from, 0, 0);
    }

    // ---------------------------------------------------------------------------------------- runs

    /** Returns the first page from this one on at which a live run begins; endPage if there is none. */
    private int nextLive(int from) {
        int page = nextSet(from, heap.endPage);
        while (page < heap.endPage && !isLive(page, heap.run(page))) {
            page = nextSet(page + 1, heap.endPage);
        }
        return page;
    }

    /**
     * Returns the first page in {@code [from, to)} whose entry is in use; {@code to} if there is none.
     * Reads no unmarked part of the table (H1).
     */
    private int nextSet(int from, int to) {
        int page = from;
        while (page < to) {
            long entry = heap.entryOffset(page);
            long granule = entry >>> heap.granuleShift;
            long marked = heap.nextMarked(granule, heap.entryOffset(to - 1) >>> heap.granuleShift);
            if (marked != granule) {
                page += (int) Math.min(to - page, ((marked << heap.granuleShift) - entry) >> ENTRY_SHIFT);
            } else if (heap.run(page) != INTERIOR) {
                return page;
            } else {
                page++;
            }
        }
        return to;
    }

    private boolean isLive(int page, long run) {
        int pages = pagesOf(run);
        if (kindOf(run) >= BlockKind.COUNT || pages <= 0 || pages > heap.endPage - page) {
            return false;
        }
        return stateOf(run) == LARGE
                || (stateOf(run) == SLAB
                        && pageOfSlab(run) == 0
                        && SizeClasses.exists(classOf(run), kindOf(run))
                        && pages == SizeClasses.slabPages(classOf(run)));
    }

    private int pagesAt(int page) {
        return pagesOf(heap.run(page));
    }

    private static int words(long run) {
        return (SizeClasses.blocks(classOf(run)) + Long.SIZE - 1) >>> 6;
    }

    /** Returns the bits of a slab's live blocks in this word. */
    private long liveIn(int slab, long run, int word) {
        int inWord = Math.min(SizeClasses.blocks(classOf(run)) - (word << 6), Long.SIZE);
        return ~getLong(memory, Slabs.freeWord(heap.entryOffset(slab), word)) & -1L >>> (Long.SIZE - inWord);
    }
}
