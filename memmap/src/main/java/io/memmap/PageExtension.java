package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The extension of a {@link PagedTable}: one block of lines for the entries of all pages that are
 * full. It is a single unit of probing. The search for an entry begins at the first slot of a line
 * that the number of its page names, so the entries of a page are near each other. The number of
 * lines is a power of two. At most three quarters of the slots are taken, so that each search ends
 * at an empty slot. An extension that would be fuller is replaced by one of twice the size, to which
 * its entries move at once.
 */
final class PageExtension extends PairSlots {
    static final int LINE_BYTES = BucketLayout.PAGE_BYTES >>> BucketLayout.PAGE_B;
    /** The log2 of the number of lines of the first extension. */
    private static final int FIRST_B = 2;

    PageExtension(HashTable table) {
        super(table);
    }

    /** Returns the line at which the search for this hash begins, before it is cut to the lines there are. */
    static long line(long hash) {
        return hash >>> PagedTable.PAGE_SHIFT;
    }

    @Override
    long homeBits(long stored) {
        return homeBitsOfHash(hashOf(stored));
    }

    private static long homeBitsOfHash(long hash) {
        return line(hash) * LINE_BYTES;
    }

    /** Returns the extension's pointer plus the log2 of its number of lines, or 0. */
    private long word() {
        return table.field(HmapLayout.NEXT_OVERFLOW);
    }

    private static long startOf(long word) {
        return word & -LINE_BYTES;
    }

    private static long bytesOf(long word) {
        return (long) LINE_BYTES << (word & LINE_BYTES - 1);
    }

    /** P6: sets the header's words. */
    private void set(long word) {
        table.setField(HmapLayout.NEXT_OVERFLOW, word);
        table.setField(HmapLayout.OVERFLOW, word == 0 ? 0 : bytesOf(word) / LINE_BYTES);
    }

    boolean exists() {
        return word() != 0;
    }

    boolean contains(long slot) {
        long word = word();
        return word != 0 && slot >= startOf(word) && slot < startOf(word) + bytesOf(word);
    }

    /** Returns the bytes of the next larger extension. */
    long nextBytes() {
        long word = word();
        return word == 0 ? (long) LINE_BYTES << FIRST_B : 2 * bytesOf(word);
    }

    private long home(long hash, long word) {
        return startOf(word) + (homeBitsOfHash(hash) & bytesOf(word) - 1);
    }

    private long probe(long hash, long word, long stored) {
        return probe(startOf(word), home(hash, word), bytesOf(word), stored);
    }

    /** Returns the slot of a stored key, or 0 if the key is absent. */
    long search(long hash, long stored) {
        long word = word();
        long slot = word == 0 ? 0 : probe(hash, word, stored);
        return slot != 0 && load(slot) == stored ? slot : 0;
    }

    /**
     * Counts a key, which is absent. Returns the empty slot where it belongs, or 0 if memory ran out.
     */
    long add(long hash, long stored) {
        if (!makeRoom(1)) {
            return 0;
        }
        long slot = probe(hash, word(), stored);
        table.increment(HmapLayout.NANS);
        return slot;
    }

    /**
     * P6: makes an extension, or enlarges it, until it can take more entries. Returns false, with
     * nothing changed, if memory ran out.
     */
    boolean makeRoom(long more) {
        long word = word();
        long entries = table.field(HmapLayout.NANS) + more;
        int b = word == 0 ? FIRST_B : (int) (word & LINE_BYTES - 1);
        while (4 * entries > (3L * table.slots) << b) {
            b++;
        }
        if (word != 0 && (long) LINE_BYTES << b == bytesOf(word)) {
            return true;
        }
        long block = table.takeBlock((long) LINE_BYTES << b, BlockKind.OVERFLOW);
        if (block == 0) {
            return false;
        }
        long larger = block | b;
        long end = word == 0 ? 0 : startOf(word) + bytesOf(word);
        for (long slot = startOf(word); slot < end; slot += pairBytes) {
            long stored = load(slot);
            if (stored != 0) {
                copy(slot, probe(hashOf(stored), larger, stored));
            }
        }
        VarHandle.storeStoreFence();
        set(larger);
        VarHandle.storeStoreFence();
        if (word != 0) {
            table.giveBack(startOf(word), BlockKind.OVERFLOW);
            table.increment(HmapLayout.MOVES);
        }
        return true;
    }

    /** Removes the entry in this slot. The last entry takes the extension with it. */
    void remove(long slot) {
        long word = word();
        closeGap(startOf(word), slot, bytesOf(word));
        long entries = table.field(HmapLayout.NANS) - 1;
        table.setField(HmapLayout.NANS, entries);
        if (entries == 0) {
            set(0);
            VarHandle.storeStoreFence();
            table.giveBack(startOf(word), BlockKind.OVERFLOW);
        }
    }

    /** Gives the extension back with all its entries, before the arrays are freed. */
    void free() {
        long word = word();
        if (word != 0) {
            set(0);
            table.setField(HmapLayout.NANS, 0);
            table.giveBack(startOf(word), BlockKind.OVERFLOW);
        }
    }

    /** Returns a slot that holds an entry of this page, one of 2^pagesB, or 0. */
    long firstOf(long page, int pagesB) {
        return eachOf(page, pagesB, null);
    }

    /**
     * Passes the slots that hold entries of this page, one of 2^pagesB, to an action. Returns the
     * first one if there is no action. The searches for these entries begin at one line, or at
     * several if there are more lines than pages.
     */
    long eachOf(long page, int pagesB, @Nullable LongConsumer action) {
        long word = word();
        if (word == 0) {
            return 0;
        }
        long start = startOf(word);
        long bytes = bytesOf(word);
        long lines = bytes / LINE_BYTES;
        for (long line = page & lines - 1; line < lines; line += 1L << pagesB) {
            long home = line * LINE_BYTES;
            for (long distance = 0; distance < bytes; distance += pairBytes) {
                long slot = start + (home ^ distance);
                long stored = load(slot);
                if (stored == 0) {
                    break;
                }
                long hash = hashOf(stored);
                if ((line(hash) & MapHandle.mask(pagesB)) == page && home(hash, word) == start + home) {
                    if (action == null) {
                        return slot;
                    }
                    action.accept(slot);
                }
            }
        }
        return 0;
    }

    /** Returns the distance in bytes from the home slot of an entry to this slot of the entry. */
    long distance(long hash, long slot) {
        long word = word();
        return home(hash, word) - startOf(word) ^ slot - startOf(word);
    }

    /** P2: returns an empty slot that the search for the entry in this slot visits before it, or 0. */
    long emptyBefore(long hash, long slot) {
        long word = word();
        return probe(startOf(word), home(hash, word), distance(hash, slot), 0);
    }
}
