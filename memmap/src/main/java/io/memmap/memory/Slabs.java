package io.memmap.memory;

import static io.memmap.format.HeapLayout.ENTRY_BYTES;
import static io.memmap.format.HeapLayout.ENTRY_SHIFT;
import static io.memmap.format.HeapLayout.FREE_BLOCKS;
import static io.memmap.format.HeapLayout.FREE_WORDS_PER_ENTRY_SHIFT;
import static io.memmap.format.HeapLayout.KEPT;
import static io.memmap.format.HeapLayout.KEPT_COUNT_OFFSET;
import static io.memmap.format.HeapLayout.KEPT_SLABS;
import static io.memmap.format.HeapLayout.KEPT_SLABS_OFFSET;
import static io.memmap.format.HeapLayout.LIVE;
import static io.memmap.format.HeapLayout.NEXT;
import static io.memmap.format.HeapLayout.PAGE_SHIFT;
import static io.memmap.format.HeapLayout.PREVIOUS;
import static io.memmap.format.HeapLayout.SLAB_LISTS_OFFSET;
import static io.memmap.format.HeapLayout.WORDS_WITH_FREE;
import static io.memmap.format.Mem.getInt;
import static io.memmap.format.Mem.getLong;
import static io.memmap.format.Mem.setInt;
import static io.memmap.format.Mem.setLong;
import static io.memmap.memory.PageTable.classOf;
import static io.memmap.memory.PageTable.kindOf;
import static io.memmap.memory.PageTable.offsetOf;
import static io.memmap.memory.PageTable.pageOfSlab;
import static io.memmap.memory.PageTable.pagesOf;

import io.memmap.format.BlockKind;
import io.memmap.format.HeapGeometry;
import io.memmap.format.HeapLayout;
import io.memmap.format.Mem;
import io.memmap.format.SizeClasses;
import java.lang.invoke.VarHandle;

/**
 * Manages the small blocks. A slab is a run of up to 16 pages, cut from its first byte on into
 * equal blocks of one size class and kind. The state of a slab is in the page table, away from the
 * blocks. So a stray write of the user does not reach it, and each block keeps the alignment that
 * its size gives.
 *
 * <p>A slab has one bit for each block, which is set while the block is free. Each page's entry
 * holds 256 of these bits. The first entry also holds a word that has a bit for each non-zero word
 * of these bits. So two bit searches find the lowest free block.
 *
 * <ul>
 *   <li>H8. A bit in {@code wordsWithFree} is set when that word of {@code freeBlocks} is not zero.
 *       {@code live} and the number of free bits add up to the blocks of the slab.
 *   <li>H9. A slab is in the list for its class and kind exactly when it has a free block.
 *   <li>H10. A slab without a live block is one of at most 16 kept slabs. So a single block that is
 *       allocated and freed again and again does not open and close a slab each time. Any other
 *       slab is closed with its last block. When the last block of the heap is freed, one kept slab
 *       remains.
 * </ul>
 */
abstract class Slabs extends PageRuns {
    private static final int NONE = -1;

    Slabs(Reservation reservation, HeapGeometry geometry) {
        super(reservation, geometry);
    }

    /**
     * Takes the lowest free block of a slab. Returns its pointer, or 0 if there is no slab and no
     * room for one. Its bytes may be dirty.
     */
    final long takeBlock(int sizeClass, int kind) {
        int slab = firstOf(sizeClass, kind);
        if (slab == 0) {
            slab = openSlab(sizeClass, kind);
            if (slab == 0) {
                return 0;
            }
        }
        long entry = entryOffset(slab);
        long wordsWithFree = getLong(memory, entry + WORDS_WITH_FREE);
        int word = Long.numberOfTrailingZeros(wordsWithFree); // H9: the slab has a free block
        long wordOffset = freeWord(entry, word);
        long free = getLong(memory, wordOffset);
        int block = (word << 6) + Long.numberOfTrailingZeros(free);
        free &= free - 1;
        setLong(memory, wordOffset, free);
        int live = getInt(memory, entry + LIVE);
        setInt(memory, entry + LIVE, live + 1);
        if (live == 0) {
            unkeep(entry); // H10
        }
        if (free == 0) {
            wordsWithFree &= wordsWithFree - 1;
            setLong(memory, entry + WORDS_WITH_FREE, wordsWithFree); // H8
            if (wordsWithFree == 0) {
                unlink(entry, sizeClass, kind); // H9
            }
        }
        return offsetOf(slab) + (long) block * SizeClasses.blockBytes(sizeClass);
    }

    /**
     * Returns the number of the live block that begins at {@code pointer}, or -1 if there is none.
     * {@code run} is the run word of the pointer's page.
     */
    final int liveBlockAt(long pointer, long run) {
        int slab = slabOf(pointer, run);
        int sizeClass = classOf(run);
        int slabOffset = (int) (pointer - offsetOf(slab));
        int block = SizeClasses.blockAt(sizeClass, slabOffset);
        if (block * SizeClasses.blockBytes(sizeClass) != slabOffset || block >= SizeClasses.blocks(sizeClass)) {
            return NONE;
        }
        long free = getLong(memory, freeWord(entryOffset(slab), block >>> 6));
        return (free & 1L << block) == 0 ? block : NONE;
    }

    /**
     * Gives a live block back. {@code block} is its number; {@code run} is the run word of any page
     * of its slab.
     */
    final void giveBlock(long pointer, long run, int block) {
        int slab = slabOf(pointer, run);
        long entry = entryOffset(slab);
        int word = block >>> 6;
        long wordOffset = freeWord(entry, word);
        long free = getLong(memory, wordOffset);
        setLong(memory, wordOffset, free | 1L << block);
        if (free == 0) {
            long wordsWithFree = getLong(memory, entry + WORDS_WITH_FREE);
            setLong(memory, entry + WORDS_WITH_FREE, wordsWithFree | 1L << word); // H8
            if (wordsWithFree == 0) {
                link(slab, entry, classOf(run), kindOf(run)); // H9
            }
        }
        int live = getInt(memory, entry + LIVE) - 1;
        setInt(memory, entry + LIVE, live);
        if (live == 0) {
            retire(slab, entry, run); // H10
        }
    }

    /**
     * Closes the kept slabs, except the last {@code rest} of them. Returns whether any were closed.
     */
    final boolean closeKept(int rest) {
        int count = keptCount();
        for (int index = count - 1 - rest; index >= 0; index--) {
            int slab = kept(index); // close moves the last kept slab into this place
            close(slab, run(slab));
        }
        return count > rest;
    }

    /**
     * Keeps a slab that has lost its last live block, if it is the only one in its list. Otherwise
     * closes it. If too many are kept, another kept slab is closed.
     */
    private void retire(int slab, long entry, long run) {
        boolean alone = firstOf(classOf(run), kindOf(run)) == slab && getInt(memory, entry + NEXT) == 0;
        if (!alone) {
            close(slab, run);
            return;
        }
        if (keptCount() == KEPT_SLABS) {
            close(kept(0), run(kept(0)));
        }
        int count = keptCount();
        setKept(count, slab);
        setInt(memory, KEPT_COUNT_OFFSET, count + 1);
    }

    private void unkeep(long entry) {
        int index = getInt(memory, entry + KEPT) - 1;
        if (index >= 0) {
            int last = keptCount() - 1;
            setKept(index, kept(last));
            setInt(memory, entry + KEPT, 0);
            setInt(memory, KEPT_COUNT_OFFSET, last);
        }
    }

    private void setKept(int index, int slab) {
        setInt(memory, KEPT_SLABS_OFFSET + (long) index * Integer.BYTES, slab);
        setInt(memory, entryOffset(slab) + KEPT, index + 1);
    }

    private int openSlab(int sizeClass, int kind) {
        int pages = SizeClasses.slabPages(sizeClass);
        int slab = takeRun(pages);
        if (slab == 0) {
            return 0;
        }
        if (mayLack && !secure(offsetOf(slab), offsetOf(slab + pages))) {
            giveRun(slab, pages);
            return 0;
        }
        for (int page = pages - 1; page > 0; page--) {
            setRun(slab + page, PageTable.slabRun(sizeClass, kind, page, pages));
        }
        long entry = entryOffset(slab);
        commitBytes(entry, ENTRY_BYTES);
        int blocks = SizeClasses.blocks(sizeClass);
        int words = (blocks + Long.SIZE - 1) >>> 6;
        for (int word = 0; word < words; word++) {
            int inWord = Math.min(blocks - (word << 6), Long.SIZE);
            setLong(memory, freeWord(entry, word), -1L >>> (Long.SIZE - inWord));
        }
        setLong(memory, entry + WORDS_WITH_FREE, -1L >>> (Long.SIZE - words)); // H8
        setInt(memory, entry + LIVE, 0);
        setInt(memory, entry + KEPT, 0);
        VarHandle.storeStoreFence(); // the first page's run word makes the slab, with all its blocks free
        setRun(slab, PageTable.slabRun(sizeClass, kind, 0, pages));
        link(slab, entry, sizeClass, kind); // H9
        return slab;
    }

    @Override
    void clearTables() {
        super.clearTables();
        Mem.zero(memory, KEPT_SLABS_OFFSET, (long) KEPT_SLABS * Integer.BYTES);
        setInt(memory, KEPT_COUNT_OFFSET, 0);
        Mem.zero(memory, SLAB_LISTS_OFFSET, (long) HeapLayout.SLAB_LISTS * Integer.BYTES);
    }

    /** H8, H9: computes the words of a slab from the bits of its blocks, of which one is live. */
    void relist(int slab, long run) {
        long entry = entryOffset(slab);
        int blocks = SizeClasses.blocks(classOf(run));
        int free = 0;
        long wordsWithFree = 0;
        for (int word = 0; word < (blocks + Long.SIZE - 1) >>> 6; word++) {
            long bits = getLong(memory, freeWord(entry, word));
            free += Long.bitCount(bits);
            wordsWithFree |= (bits == 0 ? 0 : 1L) << word;
        }
        setLong(memory, entry + WORDS_WITH_FREE, wordsWithFree);
        setInt(memory, entry + LIVE, blocks - free);
        setInt(memory, entry + KEPT, 0);
        if (free != 0) {
            link(slab, entry, classOf(run), kindOf(run));
        }
    }

    private void close(int slab, long run) {
        long entry = entryOffset(slab);
        unkeep(entry);
        unlink(entry, classOf(run), kindOf(run));
        int pages = pagesOf(run);
        for (int page = 0; page < pages; page++) {
            clearRun(slab + page);
        }
        giveRun(slab, pages);
    }

    private void link(int slab, long entry, int sizeClass, int kind) {
        long list = listOffset(listOf(sizeClass, kind));
        int next = getInt(memory, list);
        setInt(memory, entry + NEXT, next);
        setInt(memory, entry + PREVIOUS, 0);
        if (next != 0) {
            setInt(memory, entryOffset(next) + PREVIOUS, slab);
        }
        setInt(memory, list, slab);
    }

    private void unlink(long entry, int sizeClass, int kind) {
        int next = getInt(memory, entry + NEXT);
        int previous = getInt(memory, entry + PREVIOUS);
        if (next != 0) {
            setInt(memory, entryOffset(next) + PREVIOUS, previous);
        }
        if (previous != 0) {
            setInt(memory, entryOffset(previous) + NEXT, next);
        } else {
            setInt(memory, listOffset(listOf(sizeClass, kind)), next);
        }
    }

    final int firstOf(int sizeClass, int kind) {
        return getInt(memory, listOffset(listOf(sizeClass, kind)));
    }

    static int slabOf(long pointer, long run) {
        return (int) (pointer >>> PAGE_SHIFT) - pageOfSlab(run);
    }

    /** Returns the offset of the word with the bits of blocks {@code 64 * word} and on. */
    static long freeWord(long entry, int word) {
        int wordsPerEntry = 1 << FREE_WORDS_PER_ENTRY_SHIFT;
        return entry
                + ((long) (word >>> FREE_WORDS_PER_ENTRY_SHIFT) << ENTRY_SHIFT)
                + FREE_BLOCKS
                + (long) (word & (wordsPerEntry - 1)) * Long.BYTES;
    }

    private static int listOf(int sizeClass, int kind) {
        return sizeClass < SizeClasses.FIRST_OF_ENTRIES
                ? sizeClass * BlockKind.COUNT + kind
                : SizeClasses.FIRST_OF_ENTRIES * (BlockKind.COUNT - 1) + sizeClass;
    }

    private static long listOffset(int list) {
        return SLAB_LISTS_OFFSET + (long) list * Integer.BYTES;
    }

    final int kept(int index) {
        return getInt(memory, KEPT_SLABS_OFFSET + (long) index * Integer.BYTES);
    }

    final int keptCount() {
        return getInt(memory, KEPT_COUNT_OFFSET);
    }
}
