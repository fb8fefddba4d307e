package io.memmap;

import io.memmap.memory.BlockKind;
import io.memmap.memory.Mem;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Go's map, in a heap's segment. This class is all of it but the keys: it makes, grows, evacuates, shrinks, clears and
 * frees. A subclass for each kind of key adds the probe (find, assign, delete), and a typed map is a thin face over that.
 *
 * <p><b>Terms.</b> The <em>header</em> (hmap) names an array of 2<sup>B</sup> <em>buckets</em>. A bucket has up to 8
 * <em>slots</em> and a <em>tophash</em> byte for each; a bucket that is full continues in an <em>overflow bucket</em>, and
 * the whole is a <em>chain</em>. The low B bits of a key's hash name its chain, the top byte is its tophash. Behind the
 * array may lie <em>spare</em> buckets, which become overflow buckets first. A <em>slot reference</em> is the offset of the
 * slot's tophash byte: buckets are aligned to 8, so its low three bits are the slot's number and the rest is the bucket.
 *
 * <pre>
 *   hmap ---- buckets ---> | chain 0 | chain 1 | ... | chain 2^B-1 | spare | spare |
 *     |                                   `-- overflow bucket -- overflow bucket
 *     `------ oldbuckets -> | gone | gone | chain 2 | ...            while growing
 * </pre>
 *
 * <p><b>Find</b> walks one chain and modifies nothing. <b>Assign</b> uses the first empty slot of the chain. <b>Delete</b>
 * leaves a tombstone (emptyOne), or emptyRest where nothing follows.
 *
 * <p><b>Growth</b> replaces the array by one of twice the size when more than 6.5 of 8 slots are full on average, by one
 * of the same size when there are too many overflow buckets, and, beyond Go, by one of half the size when the map has
 * emptied. The entries move a <em>unit</em> at a time: the chains that exchange entries with each other and no others.
 * That is one old chain and the one or two new ones it splits into, or the two old chains that merge into one. A write
 * moves the unit that it concerns and at most one more, two old chains in all, so no write waits for a rehash. Old
 * overflow buckets are freed as their chain moves, and the old array is given back to the operating system piece by piece.
 *
 * <p><b>Invariants</b>, kept by the methods that cite them and recomputed by {@link TableCheck}; {@code memmap/docs} tells each:
 *
 * <ul>
 *   <li>I1: count is the number of filled slots in chains that are not evacuated.
 *   <li>I2: a chain is filled and emptyOne slots, the last of them filled, then emptyRest to its end.
 *   <li>I3: an entry is in the chain that its hash names, under its tophash.
 *   <li>I4: no key is in two slots.
 *   <li>I5: overflow and oldoverflow count the overflow buckets that are linked from either array.
 *   <li>I6: a unit is evacuated in whole or not at all; below nevacuate all are; the new chains of one that is not are empty.
 *   <li>I7: noverflow equals overflow for B below 16, as each is counted there.
 *   <li>I8: the sameSize and shrinking flags, oldoverflow and released are zero unless the table grows.
 *   <li>I9: an overflow pointer is nil, a spare of its own array, or a live overflow block; the spares not yet taken are
 *       zero but for the last, whose overflow pointer is the array.
 *   <li>I10: the value of an empty slot is zero.
 *   <li>I11: the writing flag is clear between operations.
 *   <li>I12: direct is buckets, or 0 while the table grows; where it is not 0, directMask and directLimit follow
 *       from B and noverflow.
 * </ul>
 *
 * <p><b>Exhaustion.</b> Whatever a step needs from the heap it takes before it changes anything. If a unit cannot move for
 * lack of memory it stays, and reads, overwrites and removals work on it where it is; only an insertion there fails.
 *
 * <p>Sources: Go 1.23, runtime/map.go and map_fast64.go.
 */
abstract class HashTable extends Hmap {

    /** What a batch has touched goes here, so that the compiler does not drop loads made for their cache misses only. */
    static long touched;
    /** The answer of a short cut that does not apply. */
    static final long ELSEWHERE = -1;
    /** A walk of a chain looks out for a cycle each time that its hops have these bits clear. */
    static final int HOPS_BETWEEN_CHECKS = 63;

    /** Old arrays are given back in pieces of at least this size: 64 KiB take about 5 us, see docs. */
    private static final long RELEASE_BYTES = 64 << 10;
    /** Arrays below 2^SHRINK_FLOOR_B buckets are not worth shrinking. */
    private static final int SHRINK_FLOOR_B = 5;
    /** As in Go: how many evacuated buckets nevacuate may skip in one write. */
    private static final int MAX_SKIPPED_BUCKETS = 1024;
    /** No address space of today holds an array beyond this. */
    private static final long MAX_ARRAY_BYTES = 1L << 47;

    /** The nil map of this type. */
    HashTable(MapType type) {
        super(type);
    }

    /** A handle of the map whose header is at {@code hmap}. */
    HashTable(NativeHeap heap, long hmap) {
        super(heap, hmap);
    }

    // ---------------------------------------------------------------------------------------------- for subclasses

    /** Returns the hash of the key in this filled slot. */
    abstract long hashAt(long slot, long seed);

    /** Returns the slot that a lookup of this filled slot's key finds, or 0. */
    abstract long searchAgain(long slot);

    /** Returns the bytes that a bucket array of {@code bytes} really gets; what is left over becomes spares. */
    long roundUp(long bytes) {
        return heap().usableSize(bytes);
    }

    /** Frees the overflow buckets of an old chain that has been evacuated. Its first bucket keeps the marks. */
    void retireChain(long chain) {
        long bucket = overflow(chain);
        if (bucket != 0) {
            setOverflow(chain, 0);
            freeOverflow(bucket, field(HmapLayout.OLD_BUCKETS), oldB(state()), HmapLayout.OLD_OVERFLOW);
        }
    }

    /** Gives back what the mark has passed of the old array, and of its second half if that is passed in step. */
    void retirePassed(long old, long passedBytes, long secondHalf) {
        long granule = heap().granule();
        long released = field(HmapLayout.RELEASED);
        long passed = old + passedBytes & -granule;
        if (passed - released >= Math.max(RELEASE_BYTES, granule)) {
            heap().release(released, passed);
            if (secondHalf != 0) {
                heap().release(released + secondHalf, passed + secondHalf);
            }
            setField(HmapLayout.RELEASED, passed);
        }
    }

    /** Frees this old array of 2^b buckets, all of whose chains have been retired. */
    void retireArray(long array, int b) {
        heap().free(array, BlockKind.BUCKET);
    }

    // ------------------------------------------------------------------------------------------------------ chains

    /** Returns the chain that holds the keys of this hash. */
    final long chain(long hash, long state) {
        long buckets = field(HmapLayout.BUCKETS);
        if (field(HmapLayout.OLD_BUCKETS) != 0) {
            return growingChain(hash, state);
        }
        return buckets + (hash & mask(HmapLayout.b(state))) * bucketBytes;
    }

    /** Returns the chain that a lookup of this hash walks; 0 if the map is nil, freed or empty. */
    final long chainForRead(long hash) {
        return beginRead() ? chain(hash, state()) : 0;
    }

    private long growingChain(long hash, long state) {
        long old = field(HmapLayout.OLD_BUCKETS);
        if (isEvacuated(hash & mask(unitsB(state)))) {
            return field(HmapLayout.BUCKETS) + (hash & mask(HmapLayout.b(state))) * bucketBytes;
        }
        return old + (hash & mask(oldB(state))) * bucketBytes;
    }

    /** Returns whether this unit of the running growth has moved. The array below nevacuate may have been given back (I6). */
    final boolean isEvacuated(long unit) {
        return unit < field(HmapLayout.NEVACUATE)
                || Tophash.isEvacuated(tops(field(HmapLayout.OLD_BUCKETS) + unit * bucketBytes));
    }

    /** Returns the chain that a write to this hash works on, after a step of the running growth. */
    final long chainForWrite(long hash) {
        if (field(HmapLayout.OLD_BUCKETS) != 0) {
            growWork(hash);
        } else if (field(HmapLayout.BUCKETS) == 0) {
            allocateFirstArray();
        }
        return chain(hash, state());
    }

    private void allocateFirstArray() {
        int b = HmapLayout.b(state());
        long array = newArray(b);
        if (array == 0) {
            throw failWrite(arrayBytes(b));
        }
        setArray(array);
    }

    private void setArray(long array) {
        setField(HmapLayout.BUCKETS, array);
        publish();
    }

    /** I12: states what the short cuts of lookups and insertions need, after the arrays or noverflow have changed. */
    private void publish() {
        long state = state();
        int b = HmapLayout.b(state);
        setField(HmapLayout.DIRECT, direct());
        setField(HmapLayout.DIRECT_MASK, mask(b));
        setField(HmapLayout.DIRECT_LIMIT, hasTooManyOverflow(state) ? 0 : BucketLayout.loadLimit(slots, b));
    }

    /** Throws if a walk has followed more overflow pointers than there are: two threads have made a cycle of a chain. */
    final void checkHops(int hops) {
        if (hops > 1 + field(HmapLayout.OVERFLOW) + field(HmapLayout.OLD_OVERFLOW)) {
            throw concurrentWrites();
        }
    }

    // ------------------------------------------------------------------------------------------------------ insert

    /**
     * Takes a slot for a new key of this hash in its chain, which has been searched in vain, and counts it. Returns the
     * slot, with a zero value and no key yet; or 0 if the table has started to grow, and the chain must be searched anew.
     */
    final long insert(long chain, long hash) {
        long state = state();
        if (field(HmapLayout.OLD_BUCKETS) == 0) {
            if (mustGrow(field(HmapLayout.COUNT) + 1, state)) {
                startGrowth(state);
                return 0;
            }
        } else if (!isEvacuated(hash & mask(unitsB(state)))) {
            throw failWrite(bucketBytes);
        }
        long slot = emptySlot(chain);
        Mem.setByte(mem, slot, (int) Tophash.of(hash));
        setField(HmapLayout.COUNT, field(HmapLayout.COUNT) + 1);
        increment(HmapLayout.CHANGES);
        return slot;
    }

    private long emptySlot(long chain) {
        for (long bucket = chain; ; ) {
            long tops = tops(bucket);
            long empties = Tophash.empties(tops, slots);
            if (empties != 0) {
                if (tops == 0) {
                    heap().commit(bucket, bucketBytes);
                }
                return bucket + Tophash.lowest(empties);
            }
            long next = overflow(bucket);
            if (next == 0) {
                next = newOverflow(bucket);
                if (next == 0) {
                    throw failWrite(bucketBytes);
                }
            }
            bucket = next;
        }
    }

    /** Links a new overflow bucket behind this last one of a chain of the current array; 0 if memory ran out. */
    private long newOverflow(long last) {
        long bucket = field(HmapLayout.NEXT_OVERFLOW);
        if (bucket == 0) {
            bucket = heap().tryAllocate(bucketBytes, BlockKind.OVERFLOW);
            if (bucket == 0) {
                return 0;
            }
        } else if (overflow(bucket) == 0) {
            setField(HmapLayout.NEXT_OVERFLOW, bucket + bucketBytes);
            heap().commit(bucket, bucketBytes);
        } else { // the last spare, by its sentinel (I9)
            setOverflow(bucket, 0);
            setField(HmapLayout.NEXT_OVERFLOW, 0);
        }
        heap().commit(last, bucketBytes);
        setOverflow(last, bucket);
        increment(HmapLayout.OVERFLOW);
        long state = state();
        int b = HmapLayout.b(state);
        if (b < 16 || (ThreadLocalRandom.current().nextInt() & mask(b - 15)) == 0) {
            setState(HmapLayout.withNoverflow(state, HmapLayout.noverflow(state) + 1));
            publish();
        }
        return bucket;
    }

    // ------------------------------------------------------------------------------------------------------ remove

    /** Empties this filled slot of this chain and counts it; may start to shrink the table. */
    final void remove(long chain, long slot) {
        Mem.zero(mem, valueAddress(slot), valueBytes);
        Mem.setByte(mem, slot, Tophash.EMPTY_ONE);
        extendEmptyRest(chain, slot);
        long count = field(HmapLayout.COUNT) - 1;
        setField(HmapLayout.COUNT, count);
        increment(HmapLayout.CHANGES);
        if (count == 0) {
            drawSeed();
        }
        if (mustShrink(count)) {
            startShrink();
        }
    }

    /** I2: if all that follows this emptyOne slot is emptyRest, so becomes it, and all emptyOne slots right before it. */
    private void extendEmptyRest(long chain, long slot) {
        long bucket = bucketOf(slot);
        int i = (int) (slot & 7);
        if (i == slots - 1) {
            long next = overflow(bucket);
            if (next != 0 && Mem.getByte(mem, next) != Tophash.EMPTY_REST) {
                return;
            }
        } else if (Mem.getByte(mem, slot + 1) != Tophash.EMPTY_REST) {
            return;
        }
        do {
            Mem.setByte(mem, bucket + i, Tophash.EMPTY_REST);
            if (i > 0) {
                i--;
            } else if (bucket == chain) {
                return;
            } else {
                long before = chain;
                while (overflow(before) != bucket) {
                    before = overflow(before);
                }
                bucket = before;
                i = slots - 1;
            }
        } while (Mem.getByte(mem, bucket + i) == Tophash.EMPTY_ONE);
    }

    private void drawSeed() {
        setState(HmapLayout.withHash0(state(), ThreadLocalRandom.current().nextInt()));
        increment(HmapLayout.EPOCH);
    }

    // ------------------------------------------------------------------------------------------------------ growth

    private boolean mustGrow(long count, long state) {
        return count > BucketLayout.loadLimit(slots, HmapLayout.b(state)) || hasTooManyOverflow(state);
    }

    static boolean hasTooManyOverflow(long state) {
        return HmapLayout.noverflow(state) >= 1 << Math.min(HmapLayout.b(state), 15);
    }

    private void startGrowth(long state) {
        int b = HmapLayout.b(state);
        boolean doubles = field(HmapLayout.COUNT) + 1 > BucketLayout.loadLimit(slots, b);
        int newB = doubles ? b + 1 : b;
        long array = newArray(newB);
        if (array == 0) {
            throw failWrite(arrayBytes(newB));
        }
        replaceArray(array, newB, doubles ? 0 : HmapLayout.SAME_SIZE);
        increment(doubles ? HmapLayout.DOUBLINGS : HmapLayout.SAME_SIZE_GROWTHS);
    }

    private boolean mustShrink(long count) {
        if (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) != HmapLayout.AUTO_SHRINK || isGrowing()) {
            return false;
        }
        int b = HmapLayout.b(state());
        return b > SHRINK_FLOOR_B
                && b > Mem.getByte(mem, hmap + HmapLayout.FLOOR_B)
                && count < BucketLayout.loadLimit(slots, b) >>> 2;
    }

    /** Starts to halve the table. For lack of memory it stays as it is: shrinking is a favour. */
    private void startShrink() {
        int b = HmapLayout.b(state()) - 1;
        long array = newArray(b);
        if (array != 0) {
            replaceArray(array, b, HmapLayout.SHRINKING);
            increment(HmapLayout.SHRINKS);
        }
    }

    /** Makes the current array the old one. */
    private void replaceArray(long array, int b, long growthFlag) {
        setField(HmapLayout.OLD_BUCKETS, field(HmapLayout.BUCKETS));
        setField(HmapLayout.RELEASED, field(HmapLayout.BUCKETS));
        setField(HmapLayout.BUCKETS, array);
        setField(HmapLayout.NEVACUATE, 0);
        setField(HmapLayout.OLD_OVERFLOW, field(HmapLayout.OVERFLOW));
        setField(HmapLayout.OVERFLOW, 0);
        setState(HmapLayout.withB(HmapLayout.withNoverflow(state(), 0), b) | growthFlag);
        publish();
    }

    /** A step of the running growth, due to a write to this hash: at most two old chains move. */
    private void growWork(long hash) {
        long state = state();
        long unit = hash & mask(unitsB(state));
        boolean moved = !isEvacuated(unit) && evacuate(unit, state);
        if (moved && (state & HmapLayout.SHRINKING) != 0) {
            return; // a unit that merges is two old chains
        }
        if (isGrowing()) {
            evacuate(field(HmapLayout.NEVACUATE), state);
        }
    }

    /**
     * Moves a unit that has not moved; one at the mark may have, and then only the mark moves. Returns false, with nothing
     * moved, if memory ran out.
     */
    private boolean evacuate(long unit, long state) {
        boolean merges = (state & HmapLayout.SHRINKING) != 0;
        long units = 1L << unitsB(state);
        if (isEvacuated(unit)) {
            advanceMark(unit, units, merges);
            return true;
        }
        long splitBit = oldB(state) < HmapLayout.b(state) ? units : 0;
        long first = field(HmapLayout.OLD_BUCKETS) + unit * bucketBytes;
        long second = first + units * bucketBytes;
        long x = field(HmapLayout.BUCKETS) + unit * bucketBytes;
        long y = x + splitBit * bucketBytes;
        if (!merges && overflow(first) == 0) {
            evacuateBucket(first, x, y, splitBit);
        } else if (makeRoom(first, merges ? second : 0, x, y, splitBit)) {
            long end = evacuateChain(first, x, y, splitBit);
            if (merges) {
                evacuateChain(second, end, y, splitBit);
            }
        } else {
            return false;
        }
        increment(HmapLayout.MOVES);
        if (unit == field(HmapLayout.NEVACUATE)) {
            advanceMark(unit, units, merges);
        }
        return true;
    }

    /**
     * Moves a chain of one bucket, the usual one, to two empty buckets, in which it has room. The side of an entry is as
     * random as its hash, so the choice is made without a branch.
     */
    private void evacuateBucket(long from, long x, long y, long splitBit) {
        final long seed = seed();
        final long tops = tops(from);
        final long filled = Tophash.filled(tops);
        long slotX = 0;
        long slotY = 0;
        long topsX = 0;
        long topsY = 0;
        long lanesOfY = 0;
        for (long rest = filled; rest != 0; rest &= rest - 1) {
            long slot = Tophash.lowest(rest);
            long toY = -(hashAt(from + slot, seed) & splitBit) >> 63;
            long to = x + ((y - x) & toY);
            long toSlot = slotX + ((slotY - slotX) & toY);
            move(
                    from + slot * keyStride,
                    to + toSlot * keyStride,
                    from + slot * valueStride,
                    to + toSlot * valueStride);
            long top = (tops >>> (8 * slot) & 0xFF) << (8 * toSlot);
            topsX |= top & ~toY;
            topsY |= top & toY;
            slotX += 1 + toY;
            slotY -= toY;
            lanesOfY |= rest & -rest & toY;
        }
        if (topsX != 0) {
            heap().commit(x, bucketBytes);
            Mem.setLong(mem, x, topsX);
        }
        if (topsY != 0) {
            heap().commit(y, bucketBytes);
            Mem.setLong(mem, y, topsY);
        }
        if (tops == 0) {
            heap().commit(from, bucketBytes); // the marks may be the first that is ever written here
        }
        Mem.setLong(mem, from, evacuationMarks(filled, lanesOfY));
    }

    /** Copies an entry; the arguments are the slots' addresses less the offsets of the first key and value. */
    private void move(long fromKey, long toKey, long fromValue, long toValue) {
        if (keyBytes == Long.BYTES) {
            Mem.setLong(mem, toKey + keysOffset, Mem.getLong(mem, fromKey + keysOffset));
        } else {
            Mem.copySmall(mem, fromKey + keysOffset, toKey + keysOffset, keyBytes);
        }
        if (valueBytes == Long.BYTES) {
            Mem.setLong(mem, toValue + valuesOffset, Mem.getLong(mem, fromValue + valuesOffset));
        } else {
            Mem.copySmall(mem, fromValue + valuesOffset, toValue + valuesOffset, valueBytes);
        }
    }

    /** Returns the tophash word of a bucket whose entries have moved. */
    private long evacuationMarks(long filled, long lanesOfY) {
        long empties = Tophash.lanes(slots) & ~filled;
        return ((filled ^ lanesOfY) >>> 7) * Tophash.EVACUATED_X
                | (lanesOfY >>> 7) * Tophash.EVACUATED_Y
                | (empties >>> 7) * Tophash.EVACUATED_EMPTY;
    }

    /**
     * Extends the new chains of a unit until they hold its entries. Overflow buckets that are linked when memory runs out
     * stay linked: an empty chain may have them, and the next attempt uses them.
     */
    private boolean makeRoom(long first, long second, long x, long y, long splitBit) {
        long toX = 0;
        long toY = 0;
        for (long chain = first; chain != 0; chain = chain == first ? second : 0) {
            for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
                long filled = Tophash.filled(tops(bucket));
                long lanesOfY = lanesOfY(bucket, filled, splitBit);
                toX += Long.bitCount(filled ^ lanesOfY);
                toY += Long.bitCount(lanesOfY);
            }
        }
        return extend(x, toX) && (toY == 0 || extend(y, toY));
    }

    private boolean extend(long chain, long entries) {
        long bucket = chain;
        for (long room = slots; room < entries; room += slots) {
            long next = overflow(bucket);
            if (next == 0) {
                next = newOverflow(bucket);
                if (next == 0) {
                    return false;
                }
            }
            bucket = next;
        }
        return true;
    }

    /** Copies a chain's entries behind x and y, which have room, marks it as evacuated and retires it. Returns x's end. */
    private long evacuateChain(long chain, long x, long y, long splitBit) {
        long endOfX = x;
        long endOfY = y;
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            long tops = tops(bucket);
            if (tops == 0) {
                heap().commit(bucket, bucketBytes); // the marks may be the first that is ever written here
            }
            long filled = Tophash.filled(tops);
            long lanesOfY = lanesOfY(bucket, filled, splitBit);
            endOfX = append(bucket, filled ^ lanesOfY, endOfX);
            endOfY = append(bucket, lanesOfY, endOfY);
            Mem.setLong(mem, bucket, evacuationMarks(filled, lanesOfY));
        }
        retireChain(chain);
        return endOfX;
    }

    /** Returns those of the filled lanes whose entries go to the second half of the array. */
    private long lanesOfY(long bucket, long filled, long splitBit) {
        long seed = seed();
        long lanesOfY = 0;
        if (splitBit != 0) {
            for (long rest = filled; rest != 0; rest &= rest - 1) {
                if ((hashAt(bucket + Tophash.lowest(rest), seed) & splitBit) != 0) {
                    lanesOfY |= rest & -rest;
                }
            }
        }
        return lanesOfY;
    }

    /** Appends these entries of a bucket to a chain that has room and whose last filled bucket is {@code end}; returns the new end. */
    private long append(long from, long lanes, long end) {
        if (lanes == 0) {
            return end;
        }
        long fromTops = tops(from);
        long to = end;
        long tops = tops(to);
        int slot = (Long.SIZE - Long.numberOfLeadingZeros(tops) + 7) >>> 3;
        if (slot == 0) {
            heap().commit(to, bucketBytes);
        }
        for (long rest = lanes; rest != 0; rest &= rest - 1) {
            if (slot == slots) {
                Mem.setLong(mem, to, tops);
                to = overflow(to);
                tops = 0;
                slot = 0;
            }
            int fromSlot = Tophash.lowest(rest);
            tops |= (long) Tophash.at(fromTops, fromSlot) << (8 * slot);
            move(
                    from + fromSlot * keyStride,
                    to + slot * keyStride,
                    from + fromSlot * valueStride,
                    to + slot * valueStride);
            slot++;
        }
        Mem.setLong(mem, to, tops);
        return to;
    }

    /** The unit at the mark has moved: passes it and what has moved before its turn; ends the growth after the last. */
    private void advanceMark(long unit, long units, boolean merges) {
        long mark = unit + 1;
        long stop = Math.min(mark + MAX_SKIPPED_BUCKETS, units);
        long old = field(HmapLayout.OLD_BUCKETS);
        while (mark != stop && Tophash.isEvacuated(tops(old + mark * bucketBytes))) {
            mark++;
        }
        setField(HmapLayout.NEVACUATE, mark);
        if (mark == units) {
            endGrowth(old);
        } else {
            retirePassed(old, mark * bucketBytes, merges ? units * bucketBytes : 0);
        }
    }

    private void endGrowth(long old) {
        setField(HmapLayout.OLD_BUCKETS, 0);
        setField(HmapLayout.RELEASED, 0);
        long state = state();
        setState(state & ~(HmapLayout.SAME_SIZE | HmapLayout.SHRINKING));
        publish();
        retireArray(old, oldB(state));
    }

    /** Moves all units that are left. Returns false, with a part moved, if memory ran out. */
    final boolean finishGrowth() {
        while (isGrowing()) {
            if (!evacuate(field(HmapLayout.NEVACUATE), state())) {
                return false;
            }
        }
        return true;
    }

    // ------------------------------------------------------------------------------------------------------ arrays

    /** Returns the bytes of an array of 2^b buckets with the spares that Go would give it. */
    final long arrayBytes(int b) {
        if (b < 4) {
            return bucketBytes << b;
        }
        long bytes = roundUp(((1L << b) + (1L << (b - 4))) * bucketBytes);
        return bytes - bytes % bucketBytes;
    }

    /** Makes a zero array and the table's spares behind it; returns 0 and changes nothing if memory ran out. */
    private long newArray(int b) {
        long bytes = arrayBytes(b);
        long array = heap().tryReserve(bytes, BlockKind.BUCKET);
        if (array == 0) {
            return 0;
        }
        long spares = array + (bucketBytes << b);
        long last = array + bytes - bucketBytes;
        if (last >= spares) {
            heap().commit(last, bucketBytes);
            setOverflow(last, array);
            setField(HmapLayout.NEXT_OVERFLOW, spares);
        } else {
            setField(HmapLayout.NEXT_OVERFLOW, 0);
        }
        return array;
    }

    private boolean isSpare(long bucket, long array, int b) {
        return bucket >= array && bucket < array + arrayBytes(b);
    }

    /** Frees a chain's overflow buckets from this one on, but for spares, which go with their array. */
    final void freeOverflow(long from, long array, int b, long counter) {
        long next;
        for (long bucket = from; bucket != 0; bucket = next) {
            next = overflow(bucket);
            if (!isSpare(bucket, array, b)) {
                heap().free(bucket, BlockKind.OVERFLOW);
            }
            setField(counter, field(counter) - 1);
        }
    }

    /** Frees an array and its overflow buckets. */
    private void freeArray(long array, int b, long counter) {
        for (long chain = array; field(counter) != 0 && chain < array + (bucketBytes << b); chain += bucketBytes) {
            freeOverflow(overflow(chain), array, b, counter);
        }
        heap().free(array, BlockKind.BUCKET);
    }

    /** Frees both arrays and all overflow buckets; the table has no array then. */
    private void freeArrays() {
        long state = state();
        long old = field(HmapLayout.OLD_BUCKETS);
        if (old != 0) {
            freeArray(old, oldB(state), HmapLayout.OLD_OVERFLOW);
        }
        if (field(HmapLayout.BUCKETS) != 0) {
            freeArray(field(HmapLayout.BUCKETS), HmapLayout.b(state), HmapLayout.OVERFLOW);
        }
        setField(HmapLayout.BUCKETS, 0);
        setField(HmapLayout.OLD_BUCKETS, 0);
        setField(HmapLayout.NEVACUATE, 0);
        setField(HmapLayout.RELEASED, 0);
        setField(HmapLayout.NEXT_OVERFLOW, 0);
        setState(HmapLayout.withNoverflow(state, 0) & ~(HmapLayout.SAME_SIZE | HmapLayout.SHRINKING));
        publish();
    }

    // ------------------------------------------------------------------------------- the whole table, at its owner's
    // wish

    /**
     * Sizes this new map for {@code hint} entries. A negative or absurd hint counts as 0, as in Go; one that is too big for
     * the heap throws and frees the header.
     */
    final void initialize(long hint) {
        int b = sizeFor(hint);
        setState(HmapLayout.withB(state(), b));
        Mem.setByte(mem, hmap + HmapLayout.FLOOR_B, b);
        if (b > 0) {
            long array = newArray(b);
            if (array == 0) {
                freeHeader();
                throw heap().exhausted(arrayBytes(b));
            }
            setArray(array);
        }
    }

    /** Returns the least B whose load limit is not below this number of entries; 0 if no address space holds it. */
    private int sizeFor(long entries) {
        int b = 0;
        while (BucketLayout.loadLimit(slots, b) < entries) {
            b++;
            if (bucketBytes > MAX_ARRAY_BYTES >> b) {
                return 0;
            }
        }
        return b;
    }

    /**
     * Removes all entries. With automatic shrinking the arrays go back to the heap; without it the map keeps its size, as
     * in Go. Cost: proportional to the number of buckets. Does nothing on a nil or freed map.
     *
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void clear() {
        if (!beginDelete()) {
            return;
        }
        int b = HmapLayout.b(state());
        boolean autoShrink = Mem.getByte(mem, hmap + HmapLayout.OPTIONS) == HmapLayout.AUTO_SHRINK;
        freeArrays();
        setField(HmapLayout.COUNT, 0);
        increment(HmapLayout.CHANGES);
        drawSeed();
        if (autoShrink) {
            setState(HmapLayout.withB(state(), Mem.getByte(mem, hmap + HmapLayout.FLOOR_B)));
        } else {
            setArray(newArray(b)); // if another thread has taken the memory, the next write asks again
        }
        endWrite();
    }

    /**
     * Makes room for {@code entries} entries in all, so that the map neither grows before it has more nor shrinks by itself
     * below that. Moves all entries at once: cost proportional to the number of buckets. A number below what the map has
     * room for moves nothing.
     *
     * @param entries the number of entries in all, at least 0
     * @throws IllegalArgumentException if {@code entries} is negative or beyond any address space
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room; the map is as it was
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void reserve(long entries) {
        int b = sizeFor(entries);
        if (entries < 0 || BucketLayout.loadLimit(slots, b) < entries) {
            throw new IllegalArgumentException(
                    "entries must be 0.." + (MAX_ARRAY_BYTES / bucketBytes * slots / 2) + ": " + entries);
        }
        beginWrite();
        if (b > HmapLayout.b(state()) && !resize(b)) {
            throw failWrite(arrayBytes(b));
        }
        Mem.setByte(mem, hmap + HmapLayout.FLOOR_B, b);
        endWrite();
    }

    /**
     * Halves the map until its buckets are as few as its entries allow, gives the rest back to the heap, and forgets the
     * hint and what was reserved. Moves all entries at once: cost proportional to the number of buckets.
     *
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room for the smaller array beside the larger; the map keeps all entries
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void shrink() {
        beginWrite();
        Mem.setByte(mem, hmap + HmapLayout.FLOOR_B, 0);
        int b = sizeFor(field(HmapLayout.COUNT));
        if ((isGrowing() || b < HmapLayout.b(state())) && !resize(b)) {
            throw failWrite(arrayBytes(b));
        }
        endWrite();
    }

    /**
     * Gives everything of this map back to the heap. Every handle of it is nil from then on, and says so; a cursor over it
     * ends. Cost: proportional to the number of buckets. Does nothing on a nil or freed map.
     *
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void free() {
        if (isLive()) {
            beginWrite();
            freeArrays();
            freeHeader();
        }
    }

    /** Moves all entries to a new array of 2^b buckets. Returns false, with no entry lost, if memory ran out. */
    private boolean resize(int b) {
        if (!finishGrowth()) {
            return false;
        }
        long from = field(HmapLayout.BUCKETS);
        long fromState = state();
        long fromOverflow = field(HmapLayout.OVERFLOW);
        long fromSpares = field(HmapLayout.NEXT_OVERFLOW);
        if (field(HmapLayout.COUNT) == 0) {
            freeArrays(); // the next write makes another if there is no room for this one
            long array = b == 0 ? 0 : newArray(b);
            if (b != 0 && array == 0) {
                return false;
            }
            setState(HmapLayout.withB(state(), b));
            setArray(array);
            return true;
        }
        long array = newArray(b);
        if (array == 0) {
            return false;
        }
        replaceArray(array, b, 0);
        increment(HmapLayout.MOVES);
        boolean moved = true;
        long fromEnd = from + (bucketBytes << HmapLayout.b(fromState));
        for (long chain = from; moved && chain < fromEnd; chain += bucketBytes) {
            moved = copyChain(chain, array, mask(b));
        }
        if (moved) {
            freeArray(from, HmapLayout.b(fromState), HmapLayout.OLD_OVERFLOW);
        } else {
            freeArray(array, b, HmapLayout.OVERFLOW);
            setField(HmapLayout.BUCKETS, from);
            setField(HmapLayout.OVERFLOW, fromOverflow);
            setField(HmapLayout.NEXT_OVERFLOW, fromSpares);
            setState(fromState);
        }
        setField(HmapLayout.OLD_BUCKETS, 0);
        setField(HmapLayout.OLD_OVERFLOW, 0);
        setField(HmapLayout.RELEASED, 0);
        publish();
        return moved;
    }

    /** Appends each of a chain's entries to its chain of another array. */
    private boolean copyChain(long chain, long array, long mask) {
        long seed = seed();
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            for (long rest = Tophash.filled(tops(bucket)); rest != 0; rest &= rest - 1) {
                long hash = hashAt(bucket + Tophash.lowest(rest), seed);
                long end = array + (hash & mask) * bucketBytes;
                while (overflow(end) != 0) {
                    end = overflow(end);
                }
                if (Tophash.empties(tops(end), slots) == 0) {
                    end = newOverflow(end);
                    if (end == 0) {
                        return false;
                    }
                }
                append(bucket, rest & -rest, end);
            }
        }
        return true;
    }

    /**
     * Returns the map's state. Cost: proportional to the number of buckets, for the longest chain.
     *
     * @return the state; all zero for a nil or freed map
     * @throws IllegalStateException if the heap is closed
     */
    public final MapStats stats() {
        if (!isLive()) {
            return MapStats.NIL;
        }
        long state = state();
        int b = HmapLayout.b(state);
        boolean growing = isGrowing();
        long overflowBuckets = field(HmapLayout.OVERFLOW) + field(HmapLayout.OLD_OVERFLOW);
        return new MapStats(
                field(HmapLayout.COUNT),
                b,
                field(HmapLayout.BUCKETS) == 0 ? 0 : 1L << b,
                overflowBuckets,
                growing,
                growing ? field(HmapLayout.NEVACUATE) : 0,
                bytes(),
                TableCheck.longestChain(this),
                field(HmapLayout.DOUBLINGS),
                field(HmapLayout.SAME_SIZE_GROWTHS),
                field(HmapLayout.SHRINKS));
    }

    /** Returns the bytes of all blocks of this map. */
    private long bytes() {
        NativeHeap heap = heap();
        long state = state();
        int b = HmapLayout.b(state);
        long bytes = heap.usableSize(HmapLayout.BYTES);
        if (field(HmapLayout.NAME) != 0) {
            bytes += heap.usableSize(field(HmapLayout.NAME_BYTES));
        }
        long array = field(HmapLayout.BUCKETS);
        if (array != 0) {
            bytes += heap.usableSize(arrayBytes(b));
            bytes += (field(HmapLayout.OVERFLOW) - sparesTaken(array, b)) * heap.usableSize(bucketBytes);
        }
        if (isGrowing()) {
            bytes += heap.usableSize(arrayBytes(oldB(state)));
            bytes += oldOverflowBlocks(oldB(state)) * heap.usableSize(bucketBytes);
        }
        return bytes;
    }

    /** Returns how many overflow buckets of the old array are not spares of it. */
    private long oldOverflowBlocks(int b) {
        long blocks = 0;
        long left = field(HmapLayout.OLD_OVERFLOW);
        long array = field(HmapLayout.OLD_BUCKETS);
        for (long chain = array; left > 0 && chain < array + (bucketBytes << b); chain += bucketBytes) {
            for (long bucket = overflow(chain); left > 0 && bucket != 0; bucket = overflow(bucket)) {
                left--;
                blocks += isSpare(bucket, array, b) ? 0 : 1;
            }
        }
        return blocks;
    }

    private long sparesTaken(long array, int b) {
        long spares = array + (bucketBytes << b);
        long next = field(HmapLayout.NEXT_OVERFLOW);
        return ((next == 0 ? array + arrayBytes(b) : next) - spares) / bucketBytes;
    }

    /**
     * Recomputes every invariant of the map's structure, for tests and for the diagnosis of a map that threads have
     * misused. Cost: proportional to the number of buckets and entries. Passes on a nil or freed map.
     *
     * @throws IllegalStateException naming the invariant that is broken and where; or if the heap is closed
     */
    public final void check() {
        if (isLive()) {
            new TableCheck(this).check();
        }
    }

    /**
     * Describes a chain, bucket by bucket and slot by slot, without keys and values.
     *
     * @param chain the number of the chain in the current array, from 0
     * @return several lines
     * @throws IndexOutOfBoundsException if there is no such chain
     * @throws IllegalStateException if the heap is closed
     */
    public final String dump(long chain) {
        return TableCheck.dump(this, chain);
    }
}
