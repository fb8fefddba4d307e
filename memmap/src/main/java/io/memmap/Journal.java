package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.memory.BlockAllocator;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Notes that a map makes before a change that a repair could not finish or undo without them. Most
 * changes need none, because one store decides them. The journal lies behind the header of a map in
 * a heap that is repaired after a crash ({@link HmapLayout#JOURNALED}).
 *
 * <ul>
 *   <li>The <em>image</em>: the header's words before a growth begins or ends, or an array is
 *       replaced. The repair puts them back.
 *   <li>The <em>record</em>: words before an entry's value is overwritten that has more than one
 *       word. The repair puts them back.
 *   <li>The <em>intent</em>: the map is being cleared, freed or packed. The repair finishes that.
 *   <li>The <em>NaN</em>: the slot in which an entry without a hash of its own is added or removed,
 *       and the number of such entries without it.
 * </ul>
 *
 * <p>Each note is written completely before the word that shows it.
 */
final class Journal {
    // Intents.
    static final long NOTHING = 0;
    /** All entries are being removed. */
    static final long CLEAR = 1;
    /** The map is being freed. */
    static final long FREE = 2;
    /** Entries are moving within their chains; one of them may be in two slots of a chain. */
    static final long PACK = 3;

    /** The most words in a record. */
    static final int RECORD_WORDS = 16;

    /** The fields of an image. */
    private static final long[] IMAGE = {
        HmapLayout.STATE,
        HmapLayout.BUCKETS,
        HmapLayout.OLD_BUCKETS,
        HmapLayout.NEVACUATE,
        HmapLayout.RELEASED,
        HmapLayout.OVERFLOW,
        HmapLayout.OLD_OVERFLOW,
        HmapLayout.NEXT_OVERFLOW,
        HmapLayout.NANS,
        HmapLayout.GROWTH_CHANGES
    };

    private Journal() {}

    static void intend(MemorySegment mem, long hmap, long intent) {
        show(mem, hmap + HmapLayout.INTENT, intent);
    }

    /** Stores a word of the journal after all stores before it, and before all stores after it. */
    private static void show(MemorySegment mem, long address, long word) {
        VarHandle.storeStoreFence();
        Mem.setLong(mem, address, word);
        VarHandle.storeStoreFence();
    }

    // --------------------------------------------------------------------------------------- image

    static void saveHeader(MemorySegment mem, long hmap) {
        for (int i = 0; i < IMAGE.length; i++) {
            Mem.setLong(mem, saved(hmap, i), Mem.getLong(mem, hmap + IMAGE[i]));
        }
        show(mem, hmap + HmapLayout.IMAGE, 1);
    }

    static void dropHeader(MemorySegment mem, long hmap) {
        show(mem, hmap + HmapLayout.IMAGE, 0);
    }

    /** Returns whether there was an image to put back. */
    static boolean restoreHeader(MemorySegment mem, long hmap) {
        if (Mem.getLong(mem, hmap + HmapLayout.IMAGE) == 0) {
            return false;
        }
        for (int i = 0; i < IMAGE.length; i++) {
            Mem.setLong(mem, hmap + IMAGE[i], Mem.getLong(mem, saved(hmap, i)));
        }
        dropHeader(mem, hmap);
        return true;
    }

    // -------------------------------------------------------------------------------------- record

    /** Records the words with these bytes, at most {@link #RECORD_WORDS} words from the first byte on. */
    static void record(MemorySegment mem, long hmap, long address, long bytes) {
        int words = 0;
        for (long at = address; at < address + bytes; at += Long.BYTES) {
            note(mem, hmap, words++, at);
        }
        show(mem, hmap + HmapLayout.RECORD, words);
    }

    /** Records these three words. */
    static void record(MemorySegment mem, long hmap, long first, long second, long third) {
        note(mem, hmap, 0, first);
        note(mem, hmap, 1, second);
        note(mem, hmap, 2, third);
        show(mem, hmap + HmapLayout.RECORD, 3);
    }

    private static void note(MemorySegment mem, long hmap, int index, long address) {
        Mem.setLong(mem, saved(hmap, 2 * index), address);
        Mem.setLong(mem, saved(hmap, 2 * index + 1), Mem.getLong(mem, address));
    }

    /**
     * Records more bytes than the journal has room for, in a block of {@link #copyBytes} bytes.
     */
    static void recordIn(long block, MemorySegment mem, long hmap, long address, long bytes) {
        Mem.setLong(mem, block, address);
        Mem.setLong(mem, block + Long.BYTES, bytes);
        Mem.copySmall(mem, address, block + 2 * Long.BYTES, bytes);
        show(mem, hmap + HmapLayout.RECORD, block);
    }

    static long copyBytes(long bytes) {
        return 2 * Long.BYTES + bytes;
    }

    static void dropRecord(MemorySegment mem, long hmap) {
        show(mem, hmap + HmapLayout.RECORD, 0);
    }

    /**
     * Returns whether there was a record to put back.
     *
     * @throws IllegalStateException if the record would go to memory that is not in use, or has more
     *     bytes than its block: the heap is damaged
     */
    static boolean restoreRecord(MemorySegment mem, long hmap, BlockAllocator blocks) {
        long record = Mem.getLong(mem, hmap + HmapLayout.RECORD);
        if (record == 0) {
            return false;
        }
        if (record < 0 || record > RECORD_WORDS) {
            long room = blocks.blockBytes(record) - 2 * Long.BYTES;
            long bytes = room < 0 ? -1 : Mem.getLong(mem, record + Long.BYTES);
            if (bytes < 0 || bytes > room) {
                throw new IllegalStateException("the record of the map at " + hmap + " is damaged: " + record);
            }
            long address = Mem.getLong(mem, record);
            requireUsed(hmap, blocks, address, bytes);
            Mem.copySmall(mem, record + 2 * Long.BYTES, address, bytes);
        } else {
            for (int i = 0; i < record; i++) {
                requireUsed(hmap, blocks, Mem.getLong(mem, saved(hmap, 2 * i)), Long.BYTES);
            }
            for (int i = 0; i < record; i++) {
                Mem.setLong(mem, Mem.getLong(mem, saved(hmap, 2 * i)), Mem.getLong(mem, saved(hmap, 2 * i + 1)));
            }
        }
        dropRecord(mem, hmap);
        return true;
    }

    private static void requireUsed(long hmap, BlockAllocator blocks, long address, long bytes) {
        if (!blocks.mayBeInUse(address, bytes)) {
            throw new IllegalStateException("the record of the map at " + hmap + " is damaged: " + bytes + " bytes at "
                    + address + " are not in use");
        }
    }

    // ----------------------------------------------------------------------------------------- NaN

    /** Notes that a NaN is added to this slot or removed from it, beside which there are so many. */
    static void noteNan(MemorySegment mem, long hmap, long slot, long others) {
        Mem.setLong(mem, hmap + HmapLayout.NANS_BESIDE, others);
        show(mem, hmap + HmapLayout.NAN_SLOT, slot);
    }

    static void dropNan(MemorySegment mem, long hmap) {
        show(mem, hmap + HmapLayout.NAN_SLOT, 0);
    }

    private static long saved(long hmap, int index) {
        return hmap + HmapLayout.SAVED + (long) index * Long.BYTES;
    }
}
