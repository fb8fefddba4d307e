package io.memmap.memory;

import static io.memmap.format.Mem.getLong;
import static io.memmap.format.Mem.setLong;

import io.memmap.format.HeapGeometry;
import io.memmap.format.HeapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;

/**
 * The commit map, which is the lowest layer of the allocator. It has one bit for each granule of
 * the segment, including the granules of the heap's own tables. A granule is the unit that the
 * operating system backs with memory and takes back. The bit is set when the operating system has
 * backed the granule, which may then hold something other than zero. The bit is cleared when the
 * granule has been given back.
 *
 * <p>The layers of the allocator are classes that extend each other, up to {@link BlockAllocator}.
 * So all of them read the same segment field of one object, and the compiler checks the segment
 * once.
 *
 * <p>In a heap in a file, bytes are committed by {@link #secure} before their first access. The other
 * methods find them marked.
 *
 * <ul>
 *   <li>H1. A granule that is not marked reads zero everywhere. So a page table entry in use never
 *       lies in an unmarked granule.
 *   <li>H2. {@code committedGranules} is the number of bits set. {@code metadataGranules} is the
 *       number of bits set below the first page.
 *   <li>H15. In a heap in a file, only marked granules are read or written, and a granule is marked
 *       when the operating system has backed it.
 * </ul>
 */
abstract class CommitMap {
    private static final int WORD_SHIFT = 6;

    final MemorySegment memory;
    final Reservation reservation;
    final int granuleShift;
    final long bitmapOffset;
    final long dataOffset;
    /** Whether the heap is in a file (H15). */
    final boolean mayLack;

    CommitMap(Reservation reservation, HeapGeometry geometry) {
        this.memory = reservation.memory();
        this.reservation = reservation;
        this.granuleShift = geometry.granuleShift();
        this.bitmapOffset = geometry.bitmapOffset();
        this.dataOffset = PageTable.offsetOf(geometry.firstPage());
        this.mayLack = reservation.mayLack();
    }

    /**
     * Returns whether the bytes lie in one granule and that granule is marked. The caller passes
     * the segment and the offset of the map from its own fields. So the compiler checks the segment
     * once for this access and the caller's next access (2.0 ns instead of 2.7 ns with C2 of JDK
     * 25).
     */
    static boolean isCommitted(MemorySegment memory, long bitmapOffset, int granuleShift, long offset, long bytes) {
        long granule = offset >>> granuleShift;
        return granule == (offset + bytes - 1) >>> granuleShift
                && (getLong(memory, bitmapOffset + (granule >>> WORD_SHIFT << 3)) & 1L << granule) != 0;
    }

    /**
     * Returns the offset behind the last granule whose bit is set in the commit map of a heap with so many
     * bytes. The first granule is always marked.
     */
    static long endOfMarked(MemorySegment memory, long capacity, int granuleShift) {
        long bitmapOffset = getLong(memory, HeapLayout.BITMAP_OFFSET_OFFSET);
        long granule = (capacity >>> granuleShift) - 1 & -Long.SIZE;
        while (granule > 0 && getLong(memory, bitmapOffset + (granule >>> WORD_SHIFT << 3)) == 0) {
            granule -= Long.SIZE;
        }
        long word = getLong(memory, bitmapOffset + (granule >>> WORD_SHIFT << 3));
        return (granule + Long.SIZE - Long.numberOfLeadingZeros(word)) << granuleShift;
    }

    /**
     * Marks the granules of bytes that are about to be used. The first byte must be zero if its
     * granule is not marked.
     */
    final void commitBytes(long offset, long bytes) {
        if (!isCommitted(memory, bitmapOffset, granuleShift, offset, bytes)) {
            if (!isMarked(offset >>> granuleShift)) {
                touch(offset);
            }
            mark(offset, offset + bytes);
        }
    }

    /**
     * Writes a zero over the zero at this offset. Without this, a page that is read before it is
     * written is mapped twice, first to the shared page of zeros. The second mapping interrupts all
     * threads of the process so that they drop the first: it takes 17 us instead of 1.3 us while
     * another thread runs.
     */
    private void touch(long offset) {
        Mem.setByte(memory, offset, 0);
    }

    /**
     * Backs and marks the granules of bytes that are about to be used in a heap in a file. In such a heap
     * a granule must not even be read before: if the file system has no room for it, the access ends
     * with a signal. Returns false, and changes nothing, if the file system has no room.
     */
    final boolean secure(long from, long to) {
        long first = from >>> granuleShift;
        long last = (to - 1) >>> granuleShift;
        long granule = nextUnmarked(first, last);
        if (granule <= last && reservation.refuses((last - granule + 1) << granuleShift)) {
            return false;
        }
        while (granule <= last) {
            long end = Math.min(nextMarked(granule, last), last + 1);
            if (!reservation.secure(granule << granuleShift, (end - granule) << granuleShift)) {
                giveBackUnmarked(first, end - 1);
                reservation.noteLack((end - granule) << granuleShift);
                return false;
            }
            granule = nextUnmarked(end, last);
        }
        mark(from, to);
        return true;
    }

    /** Gives the granules back that were backed, but not marked. */
    final void giveBackUnmarked(long first, long last) {
        for (long granule = nextUnmarked(first, last); granule <= last; ) {
            long end = Math.min(nextMarked(granule, last), last + 1);
            reservation.discard(granule << granuleShift, (end - granule) << granuleShift);
            granule = nextUnmarked(end, last);
        }
    }

    /** Returns the first granule of {@code [granule, last]} whose bit is clear, or a greater number. */
    private long nextUnmarked(long granule, long last) {
        long found = granule;
        while (found <= last && isMarked(found)) {
            found++;
        }
        return found;
    }

    /** Prepares a small block: zeroes its bytes that may be dirty, and marks all of it. */
    final void commitZeroed(long offset, long bytes) {
        long first = offset >>> granuleShift;
        if (first == (offset + bytes - 1) >>> granuleShift) {
            if (isMarked(first)) {
                Mem.zero(memory, offset, bytes);
            } else {
                touch(offset);
                markGranule(first);
            }
        } else {
            zeroMarked(offset, offset + bytes);
            mark(offset, offset + bytes);
        }
    }

    /**
     * H2: computes the counts from the bits. Marks the granules of the map itself in which a bit is
     * set, as far as a repair finds them unmarked.
     */
    final void recount() {
        long granules = reservation.bytes() >>> granuleShift;
        for (long granule = granules - 1 & -Long.SIZE; granule >= 0; granule -= Long.SIZE) {
            if (getLong(memory, wordOffset(granule)) != 0 && !isMarked(wordOffset(granule) >>> granuleShift)) {
                markGranule(wordOffset(granule) >>> granuleShift);
            }
        }
        long marked = 0;
        long metadata = 0;
        for (long granule = nextMarked(0, granules - 1);
                granule < granules;
                granule = nextMarked(granule + 1, granules - 1)) {
            marked++;
            metadata += granule << granuleShift < dataOffset ? 1 : 0;
        }
        setLong(memory, HeapLayout.COMMITTED_GRANULES_OFFSET, marked);
        setLong(memory, HeapLayout.METADATA_GRANULES_OFFSET, metadata);
    }

    final boolean isMarked(long granule) {
        return (getLong(memory, wordOffset(granule)) & 1L << granule) != 0;
    }

    /** Marks every granule that has a byte in {@code [from, to)}. */
    final void mark(long from, long to) {
        long granule = from >>> granuleShift;
        long last = (to - 1) >>> granuleShift;
        while (granule <= last) {
            long wordLast = Math.min(last, granule | (Long.SIZE - 1));
            markInWord(granule, bits(granule, wordLast));
            granule = wordLast + 1;
        }
    }

    /**
     * Zeroes the bytes in {@code [from, to)} that lie in marked granules. No other bytes can be
     * dirty.
     */
    final void zeroMarked(long from, long to) {
        long last = (to - 1) >>> granuleShift;
        long granule = nextMarked(from >>> granuleShift, last);
        while (granule <= last) {
            long start = Math.max(from, granule << granuleShift);
            long end = Math.min(to, (granule + 1) << granuleShift);
            Mem.zero(memory, start, end - start);
            granule = nextMarked(granule + 1, last);
        }
    }

    /**
     * Gives the whole granules inside {@code [from, to)} back to the operating system. They read
     * zero afterwards.
     */
    final void giveBack(long from, long to) {
        long granuleBytes = 1L << granuleShift;
        long first = (from + granuleBytes - 1) >>> granuleShift;
        long last = (to >>> granuleShift) - 1;
        first = nextMarked(first, last);
        if (first > last) {
            return;
        }
        last = previousMarked(last);
        long start = first << granuleShift;
        long end = (last + 1) << granuleShift;
        boolean returned = reservation.discard(start, end - start);
        reservation.forgetLack();
        if (!returned) {
            zeroMarked(start, end);
        }
        // pages that are backed when touched stay marked if they were not taken back
        if (returned || !reservation.isLazy()) {
            unmark(first, last);
        }
    }

    private void unmark(long first, long last) {
        long cleared = 0;
        long granule = first;
        while (granule <= last) {
            long wordLast = Math.min(last, granule | (Long.SIZE - 1));
            long offset = wordOffset(granule);
            long word = getLong(memory, offset);
            long bits = bits(granule, wordLast) & word;
            if (bits != 0) {
                setLong(memory, offset, word & ~bits);
                cleared += Long.bitCount(bits);
            }
            granule = wordLast + 1;
        }
        Mem.addLong(memory, HeapLayout.COMMITTED_GRANULES_OFFSET, -cleared); // H2
    }

    private void markGranule(long granule) {
        markInWord(granule, 1L << granule);
    }

    private void markInWord(long granule, long bits) {
        long offset = wordOffset(granule);
        long word = getLong(memory, offset);
        long added = bits & ~word;
        if (added == 0) {
            return;
        }
        setLong(memory, offset, word | added);
        long count = Long.bitCount(added);
        Mem.addLong(memory, HeapLayout.COMMITTED_GRANULES_OFFSET, count); // H2
        if (granule << granuleShift < dataOffset) {
            Mem.addLong(memory, HeapLayout.METADATA_GRANULES_OFFSET, count); // H2
        }
        long own = offset >>> granuleShift;
        if (!isMarked(own)) {
            // the page that holds this word of the map; each is nearer to the first, marked page,
            // so this ends
            markGranule(own);
        }
    }

    /**
     * Returns the first granule of {@code [granule, last]} whose bit is set, or a greater number if
     * there is none.
     */
    final long nextMarked(long granule, long last) {
        while (granule <= last) {
            long word = getLong(memory, wordOffset(granule)) & (-1L << granule);
            if (word != 0) {
                return (granule & -Long.SIZE) + Long.numberOfTrailingZeros(word);
            }
            granule = (granule | (Long.SIZE - 1)) + 1;
        }
        return granule;
    }

    /**
     * Returns the last granule up to {@code granule} whose bit is set. The caller knows that there
     * is one.
     */
    private long previousMarked(long granule) {
        while (true) {
            long word = getLong(memory, wordOffset(granule)) & (-1L >>> (Long.SIZE - 1 - (granule & (Long.SIZE - 1))));
            if (word != 0) {
                return (granule & -Long.SIZE) + Long.SIZE - 1 - Long.numberOfLeadingZeros(word);
            }
            granule = (granule & -Long.SIZE) - 1;
        }
    }

    private long wordOffset(long granule) {
        return bitmapOffset + (granule >>> WORD_SHIFT << 3);
    }

    /** Returns the bits of granules {@code first} to {@code last}, which lie in one word. */
    private static long bits(long first, long last) {
        return (-1L << first) & (-1L >>> (Long.SIZE - 1 - (last & (Long.SIZE - 1))));
    }
}
