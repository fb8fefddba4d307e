package io.memmap.memory;

import static io.memmap.format.Mem.getLong;
import static io.memmap.format.Mem.setLong;

import io.memmap.format.HeapGeometry;
import io.memmap.format.HeapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;

/**
 * The commit map, and the lowest layer of the allocator: one bit for each granule of the segment, the heap's own tables
 * included. It is set once the granule may hold something other than zero, which is when the operating system has backed
 * it, and clear again when it has been given back.
 *
 * <p>The layers are classes that extend each other, up to {@link BlockAllocator}, so that all of them read one segment field
 * of one object, whose checks the compiler makes once.
 *
 * <ul>
 *   <li>H1. A granule that is not marked reads zero everywhere; so no entry of the page table in use lies in one.
 *   <li>H2. {@code committedGranules} is the number of bits set; {@code metadataGranules} those below the first page.
 * </ul>
 */
abstract class CommitMap {
    private static final int WORD_SHIFT = 6;

    final MemorySegment memory;
    final Reservation reservation;
    final int granuleShift;
    final long bitmapOffset;
    final long dataOffset;

    CommitMap(Reservation reservation, HeapGeometry geometry) {
        this.memory = reservation.memory();
        this.reservation = reservation;
        this.granuleShift = geometry.granuleShift();
        this.bitmapOffset = geometry.bitmapOffset();
        this.dataOffset = PageTable.offsetOf(geometry.firstPage());
    }

    /**
     * Whether the bytes lie in one granule, and that is marked. The segment and where its map is come from the caller's own
     * fields, so that the compiler checks the segment once for this access and the caller's next (2.0 ns instead of 2.7
     * with C2 of JDK 25).
     */
    static boolean isCommitted(MemorySegment memory, long bitmapOffset, int granuleShift, long offset, long bytes) {
        long granule = offset >>> granuleShift;
        return granule == (offset + bytes - 1) >>> granuleShift
                && (getLong(memory, bitmapOffset + (granule >>> WORD_SHIFT << 3)) & 1L << granule) != 0;
    }

    /** Marks the granules of bytes that are about to be used, of which the first is zero as long as its granule is not marked. */
    final void commitBytes(long offset, long bytes) {
        if (!isCommitted(memory, bitmapOffset, granuleShift, offset, bytes)) {
            if (!isMarked(offset >>> granuleShift)) {
                touch(offset);
            }
            mark(offset, offset + bytes);
        }
    }

    /**
     * Writes the zero that is there. A page that is read before it is written is mapped twice, first to the one page of zeros; and
     * the second time all threads of the process are interrupted to forget the first: 17 us, not 1.3, where another one runs.
     */
    private void touch(long offset) {
        Mem.setByte(memory, offset, 0);
    }

    /** Prepares a small block: zeroes what may be dirty of it, and marks all of it. */
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

    /** Zeroes the bytes in {@code [from, to)} that lie in marked granules: all that can be dirty. */
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

    /** Gives the whole granules inside {@code [from, to)} back to the operating system. They read zero afterwards. */
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
        if (!returned) {
            zeroMarked(start, end);
        }
        if (returned || !reservation.isLazy()) { // pages that are backed when touched, and not taken back, stay marked
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
            markGranule(own); // the map's own page; each is nearer to the marked first one, so this ends
        }
    }

    /** The first granule of {@code [granule, last]} whose bit is set; a greater one if there is none. */
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

    /** The last granule up to {@code granule} whose bit is set. One is. */
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

    /** The bits of granules {@code first} to {@code last} of one word. */
    private static long bits(long first, long last) {
        return (-1L << first) & (-1L >>> (Long.SIZE - 1 - (last & (Long.SIZE - 1))));
    }
}
