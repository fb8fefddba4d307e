package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.SizeClasses;
import io.memmap.memory.StackReserve;
import io.memmap.telemetry.GrowthTrace;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The table of a map with {@link Geometry#PAGE}, from integers to integers or from long to structs: a
 * flat array of key-value pairs with open addressing, in pages that split in place. It takes the place
 * of {@link HashTable}'s buckets and overflow chains. The lookups that need no call are in {@link
 * IntegerTable} and {@link ObjectTable}; everything else about the geometry is here.
 *
 * <p><b>Terms.</b> A <em>slot</em> holds a pair, key first, and its reference is its offset. It has 8,
 * 16, 32 or 64 bytes. A <em>line</em> is a cache line of slots. It counts as the bucket of this geometry: B is the log2
 * of the number of lines. A <em>page</em> is 4096 bytes of slots. A <em>unit</em> is a page, or the
 * whole array if that is smaller. The bits of a key's hash from bit 12 on are the number of its
 * page, and the bits below 12 are the offset of its <em>home</em> slot in the page.
 *
 * <pre>
 *   hmap ---- buckets ------> | page 0 | page 1 | ... | page n-1 | address space for pages n to 2n-1
 *     |
 *     `------ nextOverflow -> | extension: line 0 | line 1 | ... |
 * </pre>
 *
 * <p><b>Stored keys.</b> A slot stores its key combined by exclusive or with a number that depends
 * on the map's seed and a secret of the heap. The stored key 0 means that the slot is empty. So one
 * key, which nobody can know, cannot be stored in a slot: the <em>reserved key</em>. Its pair is a
 * block of its own, whose pointer is in the header's oldoverflow field.
 *
 * <p><b>Probing.</b> A search for a key visits the slots of the unit at the offsets home ^ d, where
 * d counts up from 0 by the size of a slot. So it visits all slots of the home line before it
 * leaves it, and the neighbouring line next. It ends at an empty slot. An <em>insertion</em> takes
 * that slot. A <em>removal</em> leaves no tombstone. It moves an entry into the gap whose probe
 * sequence passes the gap, as long as there is one.
 *
 * <p><b>Full pages.</b> A page of 256 or 512 slots that is at most 11/16 full on average, or one of 64
 * slots that is half full, hardly ever fills up, unless the heap has no room for a growth. If it
 * does, further entries go to the <em>extension</em>, which all pages share: see {@link
 * PageExtension}.
 *
 * <p><b>Growth</b> doubles the array. If it has no more than a page, all entries move at once.
 * Otherwise the heap extends the array's block in place, and every 8th write splits one page, in
 * order: of the entries of page i, those with another bit set in their hash move to page i + n. If
 * there is no free address space behind the array, the growth takes a new array, and each step moves
 * page i of the old array to the pages i and i + n of the new one. <b>Shrinking</b> halves an array:
 * each write moves the entries of page i + n to page i, and at the end the block is cut off. So
 * neither needs a second array in the usual case, and no write waits for a rehash.
 *
 * <p><b>Invariants.</b> {@link PageCheck} recomputes them. I1 (count), I8, I11, I12, I14 and I15 of
 * {@link HashTable} hold too.
 *
 * <ul>
 *   <li>P1: an entry is in the page that its hash names, or in the extension.
 *   <li>P2: no slot that the probe sequence of an entry visits before the entry's slot is empty. For
 *       an entry in the extension this includes all slots of its page.
 *   <li>P3: no key is in two slots.
 *   <li>P4: all bytes of an empty slot are zero.
 *   <li>P5: while pages split or join in place, the upper page of a pair is empty if it has not been
 *       split off, or if it has been joined.
 *   <li>P6: nextOverflow is the extension's pointer plus the log2 of its number of lines, or 0.
 *       overflow is the number of lines, and nans the number of entries, which is not 0 and at most
 *       3/4 of the slots.
 *   <li>P7: oldoverflow points to the pair of the reserved key, or is 0.
 *   <li>C9, between any two stores: a slot with a key has the whole value, and an entry that moves is
 *       in two slots or in one.
 *   <li>C10, too: the mark alone says in which pages the entries of a unit are.
 * </ul>
 *
 * <p>Source of the growth by splitting: W. Litwin, Linear Hashing, VLDB 1980.
 */
final class PagedTable extends PairSlots {
    /** The number of writes for each page that splits. */
    private static final int WRITES_A_SPLIT = 8;
    /** The bytes of the array that are backed with memory at once, ahead of the splits. */
    private static final long BACKED_BYTES = 64 << 10;

    private static final int PAGE_BYTES = BucketLayout.PAGE_BYTES;
    static final int PAGE_SHIFT = 12;
    private static final int LINE_BYTES = PAGE_BYTES >>> BucketLayout.PAGE_B;

    private final PageExtension extension;
    /**
     * The pairs of a page on their way to other slots, or the offsets of slots; made before the first
     * step of a growth.
     */
    private long[] moving = {};
    /** The entries that a unit's split has copied, and those that it may move within their page. */
    private int copiedEntries;

    private int displacedEntries;

    PagedTable(HashTable table) {
        super(table);
        extension = new PageExtension(table);
    }

    // -------------------------------------------------------------------------------------- places

    /** Returns the log2 of the number of pages of an array of 2^b lines. */
    static int pagesB(int b) {
        return Math.max(0, b - BucketLayout.PAGE_B);
    }

    /** Returns the mask that makes a hash the offset of its home slot in an array of 2^b lines. */
    static long mask(int b, long pairBytes) {
        return ((long) LINE_BYTES << b) - pairBytes;
    }

    /** Returns the number of the page of this hash in an array of 2^b lines. */
    static long pageNumber(long hash, int b) {
        return hash >>> PAGE_SHIFT & MapHandle.mask(pagesB(b));
    }

    /** Returns the position of a hash in the order of a {@link ChainWalk}, before reversal. */
    static long inPageOrder(long hash) {
        return Long.rotateRight(hash, PAGE_SHIFT);
    }

    /** Returns the log2 of the number of units that a running growth or shrinking moves. */
    static int unitsB(long state) {
        return pagesB(MapHandle.unitsB(state));
    }

    /** Returns whether the entries of this hash are still in the old array, or where it was. */
    private boolean isOld(long hash, long state) {
        return table.isGrowing()
                && (hash >>> PAGE_SHIFT & MapHandle.mask(unitsB(state))) >= table.field(HmapLayout.NEVACUATE);
    }

    /** Returns the log2 of the number of lines of the array in which this hash is at present. */
    private int bOf(long hash, long state) {
        return isOld(hash, state) ? MapHandle.oldB(state) : HmapLayout.b(state);
    }

    /** Returns the log2 of the number of pages of the array in which this page is at present. */
    private int pagesBOf(long page, long state) {
        return pagesB(bOf(page << PAGE_SHIFT, state));
    }

    /** Returns the number of the page in which the entries of this hash are at present. */
    private long pageOf(long hash, long state) {
        return pageNumber(hash, bOf(hash, state));
    }

    private long home(long hash, long state) {
        boolean old = isOld(hash, state);
        long array = table.field(old ? HmapLayout.OLD_BUCKETS : HmapLayout.BUCKETS);
        return array + (hash & mask(old ? MapHandle.oldB(state) : HmapLayout.b(state), pairBytes));
    }

    /** Returns the size in bytes of a unit of the present arrays. */
    private long unitBytes(long state) {
        int b = HmapLayout.b(state);
        return b < BucketLayout.PAGE_B && !table.isGrowing() ? (long) LINE_BYTES << b : PAGE_BYTES;
    }

    @Override
    long homeBits(long stored) {
        return hashOf(stored);
    }

    // -------------------------------------------------------------------------------------- search

    /** Returns the slot of a key, or 0 if the key is absent. The map is live and has entries. */
    long search(long key) {
        long stored = key ^ table.flip();
        if (stored == 0) {
            return table.field(HmapLayout.OLD_OVERFLOW);
        }
        long hash = hashOf(stored);
        long state = table.state();
        if (table.field(HmapLayout.BUCKETS) == 0) {
            return 0;
        }
        long slot = probe(home(hash, state), unitBytes(state), stored);
        if (slot != 0) {
            return load(slot) == stored ? slot : 0;
        }
        return extension.search(hash, stored);
    }

    /** Probes a unit of an array. Arrays are aligned to the size of their units. */
    private long probe(long home, long unitBytes, long stored) {
        return probe(0, home, unitBytes, stored);
    }

    // --------------------------------------------------------------------------------------- write

    /**
     * Sets the value of a key, or adds to it. Returns the previous value, or the sum.
     *
     * @param empty the empty slot where the key belongs under the cached stamp, or 0
     */
    long write(long key, long operand, boolean adds, long empty) {
        StackReserve.claim();
        long slot = empty == 0 ? emptySlotOf(key) : empty;
        // C2 checks a segment for each field that holds it, but for a variable once.
        MemorySegment memory = mem;
        long count = Mem.getLong(memory, table.hmap + HmapLayout.COUNT) + 1;
        if (slot != 0 && count <= table.cachedLimit && table.heap().isCommitted(memory, slot, pairBytes)) {
            long stored = key ^ table.cachedFlip;
            if (isLong) {
                Mem.setLong(memory, slot + Long.BYTES, operand);
                if (table.journaled) { // C9. Other maps do without the fence: it takes 20 ns of 90
                    VarHandle.storeStoreFence();
                }
                Mem.setLong(memory, slot, stored);
            } else {
                Mem.setInt(memory, slot + Integer.BYTES, (int) operand);
                if (table.journaled) {
                    VarHandle.storeStoreFence();
                }
                Mem.setInt(memory, slot, (int) stored);
            }
            Mem.setLong(memory, table.hmap + HmapLayout.COUNT, count);
            return adds ? operand : 0;
        }
        return writeSlowly(key, operand, adds);
    }

    /**
     * Returns the empty slot where this key belongs. Returns 0 if the key is present, or if a write
     * needs more than to store there.
     */
    private long emptySlotOf(long key) {
        long stored = key ^ table.cachedFlip;
        if (table.shared || stored == 0 || !table.isCurrent()) {
            return 0;
        }
        long home = table.cachedArray + (hashOf(stored) & table.cachedMask);
        long slot = probe(home, Math.min(PAGE_BYTES, table.cachedMask + pairBytes), stored);
        return slot != 0 && load(slot) == 0 ? slot : 0;
    }

    private long writeSlowly(long key, long operand, boolean adds) {
        table.beginWrite();
        try {
            makeStep();
            long slot = search(key);
            boolean isNew = slot == 0;
            if (isNew) {
                slot = insert(key);
            }
            long previous = load(slot + valueOffset);
            long value = adds ? previous + operand : operand;
            store(slot + valueOffset, value);
            if (isNew) {
                addEntry(slot, key);
            }
            table.endWrite();
            return adds ? value : previous;
        } catch (Throwable failed) {
            table.abandonWrite();
            throw failed;
        }
    }

    /**
     * Makes a step of a running growth, and finds a slot for a key that is absent. The slot is empty,
     * and its value is zero. The caller has begun a write. It stores the value and then calls {@link
     * #addEntry}.
     */
    long slotFor(long key) {
        makeStep();
        return insert(key);
    }

    /**
     * Makes an entry of a slot of {@link #slotFor} whose value has been stored. C9: the store of the
     * key, or of the pointer to the pair of the reserved key, adds the entry.
     */
    void addEntry(long slot, long key) {
        long stored = key ^ table.flip();
        VarHandle.storeStoreFence();
        if (stored == 0) {
            table.setField(HmapLayout.OLD_OVERFLOW, slot);
        } else {
            store(slot, stored);
        }
        table.increment(HmapLayout.COUNT);
    }

    /** Finds a slot for a key that is absent. The slot is empty, and its value is zero. */
    private long insert(long key) {
        long stored = key ^ table.flip();
        long hash = hashOf(stored);
        if (table.field(HmapLayout.BUCKETS) == 0) {
            if (table.field(HmapLayout.COUNT) != 0) { // another thread takes the array away
                throw table.failWriteBesideAnother();
            }
            table.allocateFirstArray();
        }
        if (!table.isGrowing()) {
            long state = table.state();
            if ((state & HmapLayout.CRAMPED) == 0 && table.mustGrow(table.field(HmapLayout.COUNT) + 1, state)) {
                grow();
            }
        }
        long slot = stored == 0 ? takeReserved() : takeSlot(hash, stored);
        if (slot == 0 && table.reclaim()) {
            slot = stored == 0 ? takeReserved() : takeSlot(hash, stored);
        }
        if (slot == 0) {
            throw table.failWrite(extension.nextBytes());
        }
        return slot;
    }

    private long takeReserved() {
        return table.takeBlock(pairBytes, BlockKind.OVERFLOW);
    }

    /**
     * Returns the empty slot of its page or the extension where this key, which is absent, belongs.
     * Returns 0 if memory ran out.
     */
    private long takeSlot(long hash, long stored) {
        long state = table.state();
        long slot = probe(home(hash, state), unitBytes(state), stored);
        if (slot == 0 && (state & HmapLayout.CRAMPED) != 0 && !table.isGrowing() && grow()) {
            state = table.state();
            slot = probe(home(hash, state), unitBytes(state), stored);
        }
        if (slot == 0) {
            slot = extension.add(hash, stored);
        } else {
            commitSlot(slot, state);
        }
        return slot;
    }

    /**
     * Commits the memory of an empty slot of either array, together with the other pages of the
     * array that lie in the same 64 KiB. So the pages of an array are backed in order.
     */
    private void commitSlot(long slot, long state) {
        long array = table.field(HmapLayout.BUCKETS);
        int b = HmapLayout.b(state);
        if (table.isGrowing()) {
            long old = table.field(HmapLayout.OLD_BUCKETS);
            boolean isOld = old != array && slot >= old && slot - old < arrayBytes(MapHandle.oldB(state));
            array = isOld ? old : array;
            b = isOld || old == array ? Math.max(b, MapHandle.oldB(state)) : b;
        }
        commitIn(array, b, slot);
    }

    private void commitIn(long array, int b, long slot) {
        if (!table.heap().isCommitted(mem, slot, pairBytes)) {
            long from = Math.max(array, slot & -BACKED_BYTES);
            long to = Math.min(array + arrayBytes(b), (slot & -BACKED_BYTES) + BACKED_BYTES);
            table.heap().commit(from, to - from);
        }
    }

    private static long arrayBytes(int b) {
        return (long) LINE_BYTES << b;
    }

    // -------------------------------------------------------------------------------------- remove

    /** Removes a key. Returns whether it was present. */
    boolean delete(long key) {
        if (!table.beginDelete()) {
            return false;
        }
        try {
            makeStep();
            long slot = search(key);
            if (slot != 0) {
                remove(slot, hashOf(key ^ table.flip()));
            }
            table.endWrite();
            return slot != 0;
        } catch (Throwable failed) {
            table.abandonWrite();
            throw failed;
        }
    }

    /**
     * Makes a step of a running growth, and removes a key that is present. The caller has begun a
     * write.
     */
    void removePresent(long key) {
        makeStep();
        remove(search(key), hashOf(key ^ table.flip()));
    }

    /** Removes the entry in this slot, whose key has this hash. */
    void remove(long slot, long hash) {
        if (slot == table.field(HmapLayout.OLD_OVERFLOW)) {
            table.setField(HmapLayout.OLD_OVERFLOW, 0);
            VarHandle.storeStoreFence();
            table.giveBack(slot, BlockKind.OVERFLOW);
        } else if (extension.contains(slot)) {
            extension.remove(slot);
        } else if (hasNeighbours() && nothingPasses(slot)) {
            clear(slot);
        } else {
            long unitBytes = unitBytes(table.state());
            long gap = closeGap(slot & -unitBytes, slot, unitBytes);
            if (gap != 0) {
                pullBack(hash, gap);
            }
        }
        long count = table.countRemoval();
        if (count == 0) {
            table.drawSeed();
        }
        if (table.mustShrink(count)) {
            startShrink();
        }
    }

    /** Returns whether a unit has four slots, so that a slot has three neighbours. */
    private boolean hasNeighbours() {
        return 4 * pairBytes <= LINE_BYTES || 4L * pairBytes <= unitBytes(table.state());
    }

    /**
     * Returns whether a slot of a page can become empty without breaking P2: one of its three next
     * neighbours is empty, and no entry in the others passes the slot. This is the usual case. It is
     * decided without a branch, which the CPU could predict only when the line has arrived.
     */
    private boolean nothingPasses(long slot) {
        final long first = load(slot ^ pairBytes);
        final long second = load(slot ^ 2L * pairBytes);
        final long third = load(slot ^ 3L * pairBytes);
        final long agrees = (~(hashOf(first) ^ slot) & pairBytes & -isFilled(first))
                | (~(hashOf(second) ^ slot) & 2L * pairBytes & -isFilled(second))
                | (~(hashOf(third) ^ slot) & 2L * pairBytes & -isFilled(third));
        return (agrees | (isFilled(first) & isFilled(second) & isFilled(third))) == 0;
    }

    /** Returns 1 if this stored key is one, and 0 if it means an empty slot. */
    private static long isFilled(long stored) {
        return (stored | -stored) >>> 63;
    }

    /**
     * P2: moves an entry of the page of this hash from the extension to a gap in the page, if there
     * is one.
     */
    private void pullBack(long hash, long gap) {
        long state = table.state();
        long slot = firstInExtension(pageOf(hash, state), state);
        if (slot != 0) {
            copy(slot, gap);
            extension.remove(slot);
            table.increment(HmapLayout.MOVES);
        }
    }

    /** Returns a slot of the extension that holds an entry of this page, or 0. */
    private long firstInExtension(long page, long state) {
        return extension.firstOf(page, pagesBOf(page, state));
    }

    // --------------------------------------------------------------------------- growth, shrinking

    /**
     * Doubles the array, or starts to. Returns false if the heap has no room. Then the table is
     * cramped: it fills its pages and goes on in the extension.
     */
    private boolean grow() {
        int b = HmapLayout.b(table.state());
        if (b < BucketLayout.PAGE_B) {
            if (resize(b + 1)) {
                countGrowth();
                return true;
            }
            return table.cramp();
        }
        reserveMoving();
        long array = table.field(HmapLayout.BUCKETS);
        boolean extended = table.extendArray(array, b, b + 1);
        if (!extended) {
            array = table.newArrayToMoveTo(b + 1);
            if (array == 0) {
                return table.cramp();
            }
        }
        begin(array, b + 1, 0);
        countGrowth();
        table.beginTrace(b, b + 1);
        return true;
    }

    private void countGrowth() {
        table.count(HmapLayout.DOUBLINGS);
        table.heap().countResize(false);
    }

    /** Makes this array of 2^b lines the current one, and the present array the old one. */
    private void begin(long array, int b, long flag) {
        long old = table.field(HmapLayout.BUCKETS);
        table.beginTransition();
        table.setField(HmapLayout.OLD_BUCKETS, old);
        table.setField(HmapLayout.BUCKETS, array);
        table.setField(HmapLayout.NEVACUATE, 0);
        table.setField(HmapLayout.RELEASED, flag == HmapLayout.SHRINKING ? old + ((long) LINE_BYTES << b) : old);
        table.setState(HmapLayout.withB(table.state() & ~HmapLayout.CRAMPED, b) | flag);
        table.addToGrowthChanges(-table.changes());
        table.publish();
        table.endTransition();
    }

    /**
     * Starts to halve the array. An array that the heap would hold as a small block is halved at
     * once. If memory is lacking the table stays as it is.
     */
    private void startShrink() {
        int b = HmapLayout.b(table.state()) - 1;
        if ((long) LINE_BYTES << b <= SizeClasses.MAX_SMALL_BYTES) {
            if (resize(b)) {
                table.count(HmapLayout.SHRINKS);
                table.heap().countResize(true);
            }
            return;
        }
        begin(table.field(HmapLayout.BUCKETS), b, HmapLayout.SHRINKING);
        table.count(HmapLayout.SHRINKS);
        table.heap().countResize(true);
        table.beginTrace(b + 1, b);
    }

    /** Makes a step of the running growth or shrinking, if one is due at this write. */
    private void makeStep() {
        if (!table.isGrowing()) {
            return;
        }
        boolean shrinks = (table.state() & HmapLayout.SHRINKING) != 0;
        if (shrinks || table.field(HmapLayout.GROWTH_WRITES) % WRITES_A_SPLIT == 0) {
            GrowthTrace trace = table.heap().growthTraces().of(table.hmap);
            long startNanos = trace == null ? 0 : System.nanoTime();
            moveUnit();
            if (trace != null) {
                table.stepTrace(trace, startNanos);
            }
        }
        if (table.isGrowing()) { // otherwise this write's change comes after the growth
            table.increment(HmapLayout.GROWTH_WRITES);
        }
    }

    /** Moves the unit at the mark. Returns false, with nothing changed, if memory ran out. */
    private boolean moveUnit() {
        if (table.field(HmapLayout.BUCKETS) == 0) { // another thread takes the array away
            throw table.failWriteBesideAnother();
        }
        reserveMoving();
        long state = table.state();
        long unit = table.field(HmapLayout.NEVACUATE);
        boolean shrinks = (state & HmapLayout.SHRINKING) != 0;
        if (shrinks) {
            if (!join(unit, state)) {
                return false;
            }
        } else {
            if (!securesPages(unit, state)) {
                return false;
            }
            split(unit, state);
        }
        table.increment(HmapLayout.MOVES);
        VarHandle.storeStoreFence(); // C10: the mark moves the unit
        table.setField(HmapLayout.NEVACUATE, unit + 1);
        VarHandle.storeStoreFence();
        long units = 1L << unitsB(state);
        if (shrinks) {
            clearJoined(unit + units);
        } else if (splitsByCopies()) {
            removeCopied(unit);
        }
        pullBackAll(unit);
        if (!shrinks) {
            pullBackAll(unit + units);
        }
        long old = table.field(HmapLayout.OLD_BUCKETS);
        if (unit + 1 == units) {
            end(old, state);
        } else if (shrinks) {
            table.retirePassed(old, (units + unit + 1) * PAGE_BYTES, 0);
        } else if (old != table.field(HmapLayout.BUCKETS)) {
            table.retirePassed(old, (unit + 1) * PAGE_BYTES, 0);
        }
        return true;
    }

    private void end(long old, long state) {
        long array = table.field(HmapLayout.BUCKETS);
        table.beginTransition();
        table.addToGrowthChanges(table.changes());
        table.setField(HmapLayout.OLD_BUCKETS, 0);
        table.setField(HmapLayout.NEVACUATE, 0);
        table.setField(HmapLayout.RELEASED, 0);
        table.setState(state & ~HmapLayout.SHRINKING);
        table.publish();
        table.endTransition();
        table.heap().countEvacuations(1L << unitsB(state));
        if (old != array) {
            table.retireArray(old, MapHandle.oldB(state));
        } else if ((state & HmapLayout.SHRINKING) != 0) {
            table.truncateArray(array, HmapLayout.b(state));
        }
    }

    /** Secures the pages to which a unit moves. Returns false if the file system has no room. */
    private boolean securesPages(long unit, long state) {
        long x = table.field(HmapLayout.BUCKETS) + unit * PAGE_BYTES;
        return table.heap().secure(x, PAGE_BYTES)
                && table.heap().secure(x + ((long) PAGE_BYTES << unitsB(state)), PAGE_BYTES);
    }

    /**
     * Returns whether the running growth copies entries to the upper page of a unit first and removes
     * them from the lower page later, so that each moment shows every entry. To zero the page and to
     * place all entries anew is faster.
     */
    private boolean splitsByCopies() {
        return table.journaled && table.field(HmapLayout.OLD_BUCKETS) == table.field(HmapLayout.BUCKETS);
    }

    /**
     * Copies the entries of page i that belong to page i + n. Then {@link #moving} has the offsets of
     * their slots. From the number of slots on, it has those of the entries that stay and are not in
     * their home slots. The first loop has no branch that depends on an entry, because the CPU could
     * not predict it.
     */
    private void copyUp(long unit, long state) {
        long x = table.field(HmapLayout.BUCKETS) + unit * PAGE_BYTES;
        long upper = (long) PAGE_BYTES << unitsB(state);
        long[] slots = moving;
        int slotCount = PAGE_BYTES / pairBytes;
        int copies = 0;
        int others = 0;
        for (int at = 0; at < PAGE_BYTES; at += pairBytes) {
            long stored = load(x + at);
            long hash = hashOf(stored);
            int entry = stored == 0 ? 0 : 1;
            int copied = (hash & upper) == 0 ? 0 : entry;
            slots[copies] = at;
            copies += copied;
            slots[slotCount + others] = at;
            others += (hash & PAGE_BYTES - pairBytes) == at ? 0 : entry - copied;
        }
        if (copies > 0) {
            commitSlot(x + upper, state);
        }
        for (int i = 0; i < copies; i++) {
            long from = x + slots[i];
            copy(from, emptySlot(x + upper + homeOffset(load(from))));
        }
        copiedEntries = copies;
        displacedEntries = others;
    }

    /**
     * Removes the entries from page i that {@link #copyUp} has copied. Then restores P2: it moves
     * entries nearer to their home slots until no entry passes an empty slot.
     */
    private void removeCopied(long unit) {
        long x = table.field(HmapLayout.BUCKETS) + unit * PAGE_BYTES;
        long[] slots = moving;
        for (int i = 0; i < copiedEntries; i++) {
            clear(x + slots[i]);
        }
        int first = PAGE_BYTES / pairBytes;
        boolean moved = true;
        while (moved) { // a move leaves a gap, which other entries may pass
            moved = false;
            for (int i = first; i < first + displacedEntries; i++) {
                long slot = x + slots[i];
                long stored = load(slot);
                long nearest = probe(0, x + homeOffset(stored), PAGE_BYTES, stored);
                if (nearest != slot) {
                    copy(slot, nearest);
                    VarHandle.storeStoreFence();
                    clear(slot);
                    slots[i] = nearest - x;
                    moved = true;
                }
            }
        }
    }

    /** Returns the offset of a stored key's home slot in its page. */
    private long homeOffset(long stored) {
        return hashOf(stored) & PAGE_BYTES - pairBytes;
    }

    /** P5: empties a page whose entries have been copied to the lower page of its pair. */
    private void clearJoined(long page) {
        long y = table.field(HmapLayout.BUCKETS) + page * PAGE_BYTES;
        if (table.heap().isCommitted(mem, y, PAGE_BYTES)) {
            Mem.zero(mem, y, PAGE_BYTES);
        }
    }

    /** Moves the entries of page i of the old array to the pages i and i + n. */
    private void split(long unit, long state) {
        if (splitsByCopies()) {
            copyUp(unit, state);
            return;
        }
        long from = table.field(HmapLayout.OLD_BUCKETS) + unit * PAGE_BYTES;
        long x = table.field(HmapLayout.BUCKETS) + unit * PAGE_BYTES;
        long upper = (long) PAGE_BYTES << unitsB(state);
        long[] pairs = moving;
        int count = 0;
        for (int at = 0; at < PAGE_BYTES; at += pairBytes) {
            long stored = load(from + at);
            pairs[count] = stored;
            pairs[count + 1] = load(from + at + valueOffset);
            if (words > 2) {
                copyRest(from + at, pairs, count);
            }
            count += stored == 0 ? 0 : words;
        }
        if (count > 0) {
            commitSlot(x, state);
            commitSlot(x + upper, state);
        }
        if (count > 0 && from == x) {
            Mem.zero(mem, x, PAGE_BYTES);
        }
        for (int i = 0; i < count; i += words) {
            long hash = hashOf(pairs[i]);
            long slot = emptySlot(x + (hash & upper) + (hash & PAGE_BYTES - pairBytes));
            store(slot, pairs[i]);
            store(slot + valueOffset, pairs[i + 1]);
            if (words > 2) {
                storeRest(slot, pairs, i);
            }
        }
    }

    /** Copies the words of a slot after the first two to the array. */
    private void copyRest(long slot, long[] to, int at) {
        for (int word = 2; word < words; word++) {
            to[at + word] = Mem.getLong(mem, slot + (long) word * Long.BYTES);
        }
    }

    private void storeRest(long slot, long[] from, int at) {
        for (int word = 2; word < words; word++) {
            Mem.setLong(mem, slot + (long) word * Long.BYTES, from[at + word]);
        }
    }

    /** Returns the first empty slot in the probe sequence from this home slot of a page that has one. */
    private long emptySlot(long home) {
        long slot = home;
        for (long distance = pairBytes; load(slot) != 0; distance += pairBytes) {
            slot = home ^ distance;
        }
        return slot;
    }

    /**
     * Copies the entries of page i + n to page i, and those for which there is no room to the
     * extension. Returns false, with nothing changed, if memory ran out.
     */
    private boolean join(long unit, long state) {
        long x = table.field(HmapLayout.BUCKETS) + unit * PAGE_BYTES;
        long y = x + ((long) PAGE_BYTES << unitsB(state));
        int room = PAGE_BYTES / pairBytes - count(x);
        int incoming = count(y);
        if (incoming > room && !extension.makeRoom(incoming - room)) {
            return false;
        }
        if (incoming > 0) {
            commitSlot(x, state);
        }
        for (long from = y; incoming > 0 && from < y + PAGE_BYTES; from += pairBytes) {
            long stored = load(from);
            if (stored != 0) {
                long hash = hashOf(stored);
                copy(from, room > 0 ? emptySlot(x + (hash & PAGE_BYTES - pairBytes)) : extension.add(hash, stored));
                room = Math.max(0, room - 1);
            }
        }
        return true;
    }

    private int count(long page) {
        int count = 0;
        for (long slot = page; slot < page + PAGE_BYTES; slot += pairBytes) {
            count += load(slot) == 0 ? 0 : 1;
        }
        return count;
    }

    /** P2: moves entries of a page that has moved from the extension to the page, while it has room. */
    private void pullBackAll(long page) {
        long state = table.state();
        for (long slot = firstInExtension(page, state); slot != 0; slot = firstInExtension(page, state)) {
            long stored = load(slot);
            long to = probe(home(hashOf(stored), state), PAGE_BYTES, stored);
            if (to == 0) {
                return;
            }
            commitSlot(to, state);
            copy(slot, to);
            extension.remove(slot);
        }
    }

    /** Makes the space for the entries of a page that moves, before anything changes. */
    private void reserveMoving() {
        if (moving.length == 0) {
            moving = new long[words * (PAGE_BYTES / pairBytes + 1)];
        }
    }

    /** Moves all units that are left. Returns false, with no entry lost, if memory ran out. */
    boolean moveRest() {
        while (table.isGrowing()) {
            if (!moveUnit()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Moves all entries to a new array of 2^b lines. The table does not grow, and has entries.
     * Returns false, with nothing changed, if memory ran out.
     */
    boolean resize(int b) {
        long array = table.newArray(b);
        if (array == 0) {
            return false;
        }
        int fromB = HmapLayout.b(table.state());
        table.beginTrace(fromB, b);
        long startNanos = System.nanoTime();
        long from = table.field(HmapLayout.BUCKETS);
        long fromBytes = arrayBytes(fromB);
        long unitBytes = Math.min(PAGE_BYTES, arrayBytes(b));
        long excess = 0;
        for (long slot = from; slot < from + fromBytes; slot += pairBytes) {
            long stored = load(slot);
            if (stored != 0) {
                long to = probe(array + (hashOf(stored) & mask(b, pairBytes)), unitBytes, stored);
                if (to == 0) {
                    excess++;
                } else {
                    commitIn(array, b, to);
                    copy(slot, to);
                }
            }
        }
        if (excess > 0 && !extension.makeRoom(excess)) {
            table.giveBack(array, BlockKind.BUCKET);
            table.heap().growthTraces().end(table.hmap);
            return false;
        }
        for (long slot = from; excess > 0 && slot < from + fromBytes; slot += pairBytes) {
            long stored = load(slot);
            if (stored != 0 && probe(array + (hashOf(stored) & mask(b, pairBytes)), unitBytes, stored) == 0) {
                copy(slot, extension.add(hashOf(stored), stored));
            }
        }
        table.heap().countEvacuations(1);
        table.beginTransition();
        table.setState(HmapLayout.withB(table.state() & ~HmapLayout.CRAMPED, b));
        table.increment(HmapLayout.MOVES);
        table.setArray(array);
        table.endTransition();
        table.giveBack(from, BlockKind.BUCKET);
        for (long page = 0; extension.exists() && page < 1L << pagesB(b); page++) {
            pullBackAll(page);
        }
        GrowthTrace trace = table.heap().growthTraces().of(table.hmap);
        if (trace != null) {
            table.stepTrace(trace, startNanos);
        }
        return true;
    }

    /** Frees the extension and the pair of the reserved key, before the arrays are freed. */
    void freeBeside() {
        extension.free();
        long reserved = table.field(HmapLayout.OLD_OVERFLOW);
        if (reserved != 0) {
            table.setField(HmapLayout.OLD_OVERFLOW, 0);
            VarHandle.storeStoreFence();
            table.giveBack(reserved, BlockKind.OVERFLOW);
        }
    }

    // --------------------------------------------------------------------------------- whole table

    /** Passes the slot of each entry to an action, which must not change the table. */
    void forEachSlot(LongConsumer action) {
        long state = table.state();
        int b = table.isGrowing() ? Math.max(HmapLayout.b(state), MapHandle.oldB(state)) : HmapLayout.b(state);
        for (long page = 0; table.field(HmapLayout.BUCKETS) != 0 && page < 1L << pagesB(b); page++) {
            if (pageOf(page << PAGE_SHIFT, state) == page) {
                forEachSlot(page, 0, action);
            }
        }
    }

    /**
     * Passes the slots of the entries of a page, wherever they are, to an action. The first slot of
     * the page is the one at this offset, of which only the bits within the page count. The other
     * slots follow as in a search from there.
     */
    void forEachSlot(long page, long first, LongConsumer action) {
        long state = table.state();
        long unitBytes = unitBytes(state);
        long start = home(page << PAGE_SHIFT, state) + (first & unitBytes - pairBytes);
        for (long distance = 0; distance < unitBytes; distance += pairBytes) {
            long slot = start ^ distance;
            if (load(slot) != 0) {
                action.accept(slot);
            }
        }
        extension.eachOf(page, pagesBOf(page, state), action);
        long reserved = table.field(HmapLayout.OLD_OVERFLOW);
        if (reserved != 0 && pageOf(hashOf(0), state) == page) {
            action.accept(reserved);
        }
    }

    /**
     * P1, P2, P5: returns what is wrong with the place of the entry in this slot of an array or of
     * the extension; null if nothing is.
     */
    @Nullable
    String faultAt(long slot) {
        long state = table.state();
        long hash = hashOf(load(slot));
        long home = home(hash, state);
        long unitBytes = unitBytes(state);
        boolean isInExtension = extension.contains(slot);
        if (!isInExtension && (home & -unitBytes) != (slot & -unitBytes)) {
            return "has the hash " + Long.toHexString(hash) + ", whose home is @" + home;
        }
        long empty = probe(home, isInExtension ? unitBytes : home ^ slot, 0);
        if (empty == 0 && isInExtension) {
            empty = extension.emptyBefore(hash, slot);
        }
        return empty == 0 ? null : "is not found, because slot @" + empty + " before it is empty";
    }

    /** Returns the greatest number of lines that the search for an entry visits. */
    long longestSearch() {
        long[] longest = {0};
        forEachSlot(slot -> longest[0] = Math.max(longest[0], linesOfSearch(slot)));
        return longest[0];
    }

    private long linesOfSearch(long slot) {
        long stored = load(slot);
        if (stored == 0) {
            return 1;
        }
        long hash = hashOf(stored);
        if (extension.contains(slot)) {
            return unitBytes(table.state()) / LINE_BYTES + 1 + extension.distance(hash, slot) / LINE_BYTES;
        }
        return 1 + (home(hash, table.state()) ^ slot) / LINE_BYTES;
    }
}
