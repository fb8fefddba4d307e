package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.Hash;
import io.memmap.format.HeapLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.memory.BlockAllocator;
import io.memmap.memory.HeapRepair;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Repairs the pages of a map with {@link Geometry#PAGE} for {@link MapRepair}. It believes the key of
 * a slot, the mark of the units that have moved, and the pointers of the header. A cut operation
 * may have left an entry in two slots, a gap before an entry, a value in an empty slot, and copies
 * in a page where they do not belong yet, or no longer.
 *
 * <p>An entry that moves here is first copied and then removed, and each step only shortens the way
 * of a search. So a repair that is interrupted can be started again.
 */
final class PageRepair {
    private static final int PAGE_BYTES = BucketLayout.PAGE_BYTES;

    private final BlockAllocator blocks;
    private final HeapRepair heap;
    private final MemorySegment mem;
    private final long hmap;
    private final BucketLayout layout;
    private final int pairBytes;
    private final long secret0;
    private final long secret2;

    // The arrays as they are after the repair of the header's words.
    private long array;
    private long old;
    private long state;
    private long unitBytes;

    private long entries;

    PageRepair(BlockAllocator blocks, HeapRepair heap, MemorySegment mem, long hmap, BucketLayout layout) {
        this.blocks = blocks;
        this.heap = heap;
        this.mem = mem;
        this.hmap = hmap;
        this.layout = layout;
        pairBytes = layout.keyStride();
        secret0 = Mem.getLong(mem, HeapLayout.SECRETS_OFFSET);
        secret2 = Mem.getLong(mem, HeapLayout.SECRETS_OFFSET + 2 * Long.BYTES);
    }

    /** Repairs the pages of a map that has an array. Returns the number of its entries (I1). */
    long repair() {
        repairHeader();
        markArrays();
        if (old == 0) {
            long pages = 1L << PagedTable.pagesB(HmapLayout.b(state));
            for (long page = 0; page < pages; page++) {
                settle(array + page * PAGE_BYTES);
            }
        } else {
            repairUnits();
        }
        repairExtension();
        long reserved = field(HmapLayout.OLD_OVERFLOW);
        if (reserved != 0) { // P7
            mark(reserved);
            entries++;
        }
        return entries;
    }

    /** I8: ends a growth all of whose units have moved. */
    private void repairHeader() {
        array = field(HmapLayout.BUCKETS);
        old = field(HmapLayout.OLD_BUCKETS);
        state = field(HmapLayout.STATE) & ~HmapLayout.WRITING;
        if (old != 0 && field(HmapLayout.NEVACUATE) >= 1L << PagedTable.unitsB(state)) {
            old = 0;
            state &= ~HmapLayout.SHRINKING;
            boolean journaled = (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & HmapLayout.JOURNALED) != 0;
            if (journaled) {
                Journal.saveHeader(mem, hmap);
            }
            long changes = field(HmapLayout.COUNT) + field(HmapLayout.REMOVALS);
            setField(HmapLayout.GROWTH_CHANGES, field(HmapLayout.GROWTH_CHANGES) + changes);
            setField(HmapLayout.OLD_BUCKETS, 0);
            setField(HmapLayout.NEVACUATE, 0);
            setField(HmapLayout.RELEASED, 0);
            setField(HmapLayout.STATE, state);
            if (journaled) {
                Journal.dropHeader(mem, hmap);
            }
        }
        setField(HmapLayout.STATE, state);
        unitBytes = Math.min(PAGE_BYTES, arrayBytes(HmapLayout.b(state)));
    }

    private void markArrays() {
        int b = HmapLayout.b(state);
        if (old != 0) {
            int oldB = MapHandle.oldB(state);
            if (oldB < BucketLayout.PAGE_B || b < BucketLayout.PAGE_B) {
                throw damaged("it grows from 2^" + oldB + " to 2^" + b + " lines, which is less than a page");
            }
            if (old == array) {
                b = Math.max(b, oldB);
            } else {
                requireArray(old, oldB);
            }
        }
        requireArray(array, b);
        heap.truncate(array, arrayBytes(b)); // a growth that did not begin, or a shrinking that has ended
    }

    private void requireArray(long start, int b) {
        if (b < 0
                || b >= Long.SIZE - 1
                || layout.bytes() > TableArrays.MAX_ARRAY_BYTES >> b
                || blocks.blockBytes(start) < arrayBytes(b)
                || heap.mark(start, BlockKind.BUCKET) == 0) {
            throw damaged("its array of 2^" + b + " lines is not at " + start);
        }
    }

    private long arrayBytes(int b) {
        return (long) layout.bytes() << b;
    }

    /** C10: believes the mark. Empties the pages where the entries of a unit are not yet, or no longer. */
    private void repairUnits() {
        long units = 1L << PagedTable.unitsB(state);
        boolean shrinks = (state & HmapLayout.SHRINKING) != 0;
        long mark = field(HmapLayout.NEVACUATE);
        for (long unit = 0; unit < units; unit++) {
            long x = array + unit * PAGE_BYTES;
            long y = x + units * PAGE_BYTES;
            if (unit < mark) {
                settle(x);
                if (shrinks) {
                    wipe(y);
                } else {
                    settle(y);
                }
            } else if (shrinks) {
                settle(x);
                settle(y);
            } else {
                settle(old + unit * PAGE_BYTES);
                wipe(y);
                if (old != array) {
                    wipe(x);
                }
            }
        }
    }

    private void wipe(long page) {
        for (long word = page; isUsed(page) && word < page + PAGE_BYTES; word += Long.BYTES) {
            if (Mem.getLong(mem, word) != 0) {
                Mem.zero(mem, page, PAGE_BYTES);
                return;
            }
        }
    }

    // -------------------------------------------------------------------------------------- entries

    /** P1 to P4: puts each entry of a unit where a search for it ends, and counts the entries. */
    private void settle(long unit) {
        if (!isUsed(unit)) {
            return;
        }
        int settled = settled(unit);
        if (settled >= 0) {
            entries += settled;
            return;
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (long slot = unit; slot < unit + unitBytes; slot += pairBytes) {
                changed |= settleSlot(slot, unit);
            }
        }
        entries += filled(unit, unitBytes);
    }

    /**
     * Returns the number of entries in a unit, or -1 if there is something to settle. Nearly all units have
     * nothing. This loop stores nothing, so the compiler keeps all that it needs in registers.
     */
    private int settled(long unit) {
        boolean ofLongs = layout.keyBytes() == Long.BYTES;
        boolean grows = old != 0;
        long newMask = PagedTable.mask(HmapLayout.b(state), pairBytes);
        long oldMask = grows ? PagedTable.mask(MapHandle.oldB(state), pairBytes) : 0;
        long unitMask = grows ? MapHandle.mask(PagedTable.unitsB(state)) : 0;
        long mark = grows ? field(HmapLayout.NEVACUATE) : 1;
        int filled = 0;
        for (long slot = unit; slot < unit + unitBytes; slot += pairBytes) {
            long stored = ofLongs ? Mem.getLong(mem, slot) : Mem.getInt(mem, slot);
            if (stored == 0) {
                if (hasValue(slot)) {
                    return -1;
                }
                continue;
            }
            filled++;
            long hash = hashOf(stored);
            boolean moved = (hash >>> PagedTable.PAGE_SHIFT & unitMask) < mark;
            long home = moved ? array + (hash & newMask) : old + (hash & oldMask);
            if (home != slot && ((home & -unitBytes) != unit || probe(0, home, unitBytes, stored) != slot)) {
                return -1;
            }
        }
        return filled;
    }

    /** Returns whether another entry may now be found elsewhere. */
    private boolean settleSlot(long slot, long unit) {
        long stored = load(slot);
        if (stored == 0) {
            clearValue(slot);
            return false;
        }
        long home = home(hashOf(stored));
        if ((home & -unitBytes) != unit) {
            if (!holds(home & -unitBytes, stored)) {
                throw damaged("the entry in slot @" + slot + " belongs to the page at " + (home & -unitBytes));
            }
            clear(slot);
            return true;
        }
        return settleIn(0, home, unitBytes, slot, stored);
    }

    /** Moves an entry to the first slot of its search in a unit, or drops it if the search finds it before. */
    private boolean settleIn(long base, long home, long bytes, long slot, long stored) {
        long found = probe(base, home, bytes, stored);
        if (found == slot) {
            return false;
        }
        if (load(found) == 0) {
            copy(slot, found);
        }
        clear(slot);
        return true;
    }

    private void repairExtension() {
        long word = field(HmapLayout.NEXT_OVERFLOW);
        long count = 0;
        if (word != 0) {
            long start = word & -layout.bytes();
            long bytes = (long) layout.bytes() << (word & layout.bytes() - 1);
            if (bytes <= 0 || blocks.blockBytes(start) < bytes) {
                throw damaged("its extension is not at " + start);
            }
            boolean changed = true;
            while (changed) {
                changed = false;
                for (long slot = start; slot < start + bytes; slot += pairBytes) {
                    changed |= settleInExtension(slot, start, bytes);
                }
            }
            count = filled(start, bytes);
            if (count == 0) {
                word = 0;
                setField(HmapLayout.NEXT_OVERFLOW, 0);
            } else {
                mark(start);
            }
        }
        entries += count;
        setField(HmapLayout.NANS, count);
        setField(HmapLayout.OVERFLOW, word == 0 ? 0 : 1L << (word & layout.bytes() - 1)); // P6
    }

    /** P2: moves an entry to its page if that has room. */
    private boolean settleInExtension(long slot, long start, long bytes) {
        long stored = load(slot);
        if (stored == 0) {
            clearValue(slot);
            return false;
        }
        long hash = hashOf(stored);
        long inPage = probe(0, home(hash), unitBytes, stored);
        if (inPage == 0) {
            long home = start + (PageExtension.line(hash) * layout.bytes() & bytes - 1);
            return settleIn(start, home, bytes, slot, stored);
        }
        if (load(inPage) == 0) {
            blocks.commit(inPage & -PAGE_BYTES, PAGE_BYTES);
            copy(slot, inPage);
            entries++;
        }
        clear(slot);
        return true;
    }

    /** Returns the home slot of a hash in the unit where its entries are. */
    private long home(long hash) {
        boolean moved = old == 0
                || (hash >>> PagedTable.PAGE_SHIFT & MapHandle.mask(PagedTable.unitsB(state)))
                        < field(HmapLayout.NEVACUATE);
        int b = moved ? HmapLayout.b(state) : MapHandle.oldB(state);
        return (moved ? array : old) + (hash & PagedTable.mask(b, pairBytes));
    }

    private boolean holds(long unit, long stored) {
        for (long slot = unit; slot < unit + unitBytes; slot += pairBytes) {
            if (load(slot) == stored) {
                return true;
            }
        }
        return false;
    }

    private long filled(long from, long bytes) {
        long filled = 0;
        for (long slot = from; slot < from + bytes; slot += pairBytes) {
            filled += load(slot) == 0 ? 0 : 1;
        }
        return filled;
    }

    /** Returns the slot of a stored key, or the first empty slot of its search; 0 if there is none. */
    private long probe(long base, long home, long bytes, long stored) {
        for (long distance = 0; distance < bytes; distance += pairBytes) {
            long slot = base + (home - base ^ distance);
            long found = load(slot);
            if (found == stored || found == 0) {
                return slot;
            }
        }
        return 0;
    }

    // ---------------------------------------------------------------------------------------- slots

    private long hashOf(long stored) {
        return Hash.ofStoredKey(stored, secret0, secret2);
    }

    private long load(long slot) {
        return layout.keyBytes() == Long.BYTES ? Mem.getLong(mem, slot) : Mem.getInt(mem, slot);
    }

    private void storeKey(long slot, long stored) {
        if (layout.keyBytes() == Long.BYTES) {
            Mem.setLong(mem, slot, stored);
        } else {
            Mem.setInt(mem, slot, (int) stored);
        }
    }

    private void copy(long from, long to) {
        Mem.copySmall(mem, from + layout.valuesOffset(), to + layout.valuesOffset(), pairBytes - layout.valuesOffset());
        VarHandle.storeStoreFence();
        storeKey(to, load(from));
        VarHandle.storeStoreFence();
    }

    private void clear(long slot) {
        storeKey(slot, 0);
        VarHandle.storeStoreFence();
        clearValue(slot);
    }

    /** P4: zeroes the value of an empty slot. */
    private void clearValue(long slot) {
        if (hasValue(slot)) {
            Mem.zero(mem, slot + layout.valuesOffset(), pairBytes - layout.valuesOffset());
        }
    }

    /** Returns whether the value of an empty slot is not 0. */
    private boolean hasValue(long slot) {
        // A slot is aligned to its size. The word in which the value begins has the key, too, which is 0.
        for (int i = layout.valuesOffset() & -Long.BYTES; i < pairBytes; i += Long.BYTES) {
            if (Mem.getLong(mem, slot + i) != 0) {
                return true;
            }
        }
        return false;
    }

    private boolean isUsed(long unit) {
        return BlockAllocator.isCommitted(mem, blocks.bitmapOffset(), blocks.granuleShift(), unit, Long.BYTES);
    }

    private void mark(long block) {
        if (heap.mark(block, BlockKind.OVERFLOW) == 0) {
            throw damaged("two of its parts have the block at " + block);
        }
    }

    private long field(long field) {
        return Mem.getLong(mem, hmap + field);
    }

    private void setField(long field, long value) {
        Mem.setLong(mem, hmap + field, value);
    }

    private IllegalStateException damaged(String what) {
        return new IllegalStateException("the map at " + hmap + " is damaged: " + what);
    }
}
