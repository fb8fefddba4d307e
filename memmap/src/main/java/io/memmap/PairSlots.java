package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Slots with pairs of an integer key and a value, in units of a power of two of them that are probed
 * alike: the pages of a {@link PagedTable}, and its {@link PageExtension}. The offsets of slots within a unit are
 * combined by exclusive or, as {@link PagedTable} explains.
 */
abstract class PairSlots {
    final HashTable table;
    final MemorySegment mem;
    final boolean isLong;
    final int pairBytes;
    final int valueOffset;
    /**
     * The number of words in a slot that may differ from zero. A word has the size of a key. A value
     * that is larger than a key has further words, of 8 bytes each.
     */
    final int words;

    PairSlots(HashTable table) {
        this.table = table;
        mem = table.mem;
        isLong = table.keyBytes == Long.BYTES;
        pairBytes = (int) table.keyStride;
        valueOffset = (int) table.valuesOffset;
        words = Math.max(2, (valueOffset + table.valueBytes + table.keyBytes - 1) / table.keyBytes);
    }

    /**
     * Returns a number whose bits below the size of a unit are the offset of the home slot of a
     * stored key in its unit.
     */
    abstract long homeBits(long stored);

    /** Returns the stored key or the value at this address. */
    final long load(long address) {
        return isLong ? Mem.getLong(mem, address) : Mem.getInt(mem, address);
    }

    final void store(long address, long word) {
        if (isLong) {
            Mem.setLong(mem, address, word);
        } else {
            Mem.setInt(mem, address, (int) word);
        }
    }

    final long hashOf(long stored) {
        return table.hashOfStored(stored);
    }

    /** Copies an entry to an empty slot. C9: the store of the key adds it there. */
    final void copy(long from, long to) {
        store(to + valueOffset, load(from + valueOffset));
        for (int word = 2; word < words; word++) {
            Mem.setLong(mem, to + (long) word * Long.BYTES, Mem.getLong(mem, from + (long) word * Long.BYTES));
        }
        VarHandle.storeStoreFence();
        store(to, load(from));
    }

    /** Empties a slot. C9: the store of the key removes the entry. */
    final void clear(long slot) {
        store(slot, 0);
        VarHandle.storeStoreFence();
        store(slot + valueOffset, 0);
        for (int word = 2; word < words; word++) {
            Mem.setLong(mem, slot + (long) word * Long.BYTES, 0);
        }
    }

    /**
     * Returns the first slot in the probe sequence from this home slot that holds this stored key or
     * is empty; 0 if other keys have all slots of the unit. The base is the unit's first slot, or
     * any offset that is smaller by a multiple of the unit's size.
     */
    final long probe(long base, long home, long unitBytes, long stored) {
        for (long distance = 0; distance < unitBytes; distance += pairBytes) {
            long slot = base + (home - base ^ distance);
            long found = load(slot);
            if (found == stored || found == 0) {
                return slot;
            }
        }
        return 0;
    }

    /**
     * P2: removes the entry in a slot, moves entries into the gap until no entry's probe sequence
     * passes the gap within its unit, and clears the gap. Returns the gap if the unit is otherwise
     * full, so that entries outside of it may pass the gap, else 0.
     *
     * <p>C9: the key of a gap is 0 before its value changes, so an entry that moves is in two slots
     * for a moment, with the same value.
     *
     * <p>An entry in slot s passes the gap g if its home h is nearer to g than to s: if h ^ g is less
     * than h ^ s. The highest bit in which g and s differ decides: h must agree with g there. So for
     * each bit there is a block of slots around the gap and a sibling block of the same size, and an
     * entry of the sibling block passes the gap if its home has the gap's bit. Such an entry has
     * passed all slots of the gap's block. So if one of these is empty, there is no such entry, nor
     * one farther away.
     */
    final long closeGap(long base, long slot, long unitBytes) {
        long gap = slot - base;
        store(slot, 0);
        VarHandle.storeStoreFence();
        boolean moved = true;
        while (moved) {
            moved = false;
            for (long half = pairBytes; half < unitBytes && !moved; half <<= 1) {
                long sibling = (gap ^ half) & -half;
                boolean full = true;
                for (long from = sibling; from < sibling + half && !moved; from += pairBytes) {
                    long stored = load(base + from);
                    if (stored == 0) {
                        full = false;
                    } else if (((homeBits(stored) ^ gap) & half) == 0) {
                        copy(base + from, base + gap);
                        VarHandle.storeStoreFence();
                        store(base + from, 0);
                        VarHandle.storeStoreFence();
                        gap = from;
                        moved = true;
                        table.increment(HmapLayout.MOVES);
                    }
                }
                if (!moved && !full) {
                    clear(base + gap);
                    return 0;
                }
            }
        }
        clear(base + gap);
        return base + gap;
    }
}
