package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import io.memmap.telemetry.GrowthTrace;
import java.lang.invoke.VarHandle;

/**
 * Changes the array of a table. A table doubles, is rebuilt at the same size, or halves, one unit
 * at a time ({@link HashTable} explains the units). When the owner of the map asks for it, the
 * whole array changes at once.
 *
 * <p>The <em>mark</em> is the header's field nevacuate: all units below it have been evacuated.
 * <em>X</em> and <em>Y</em> are the new chains of a unit in the first and in the second half of a
 * doubled array. A <em>lane</em> is the byte of one slot in a bucket's tophash word.
 */
abstract class GrowingTable extends TableArrays {
    /** Arrays of at most 2^SHRINK_FLOOR_B buckets are not worth shrinking. */
    private static final int SHRINK_FLOOR_B = 5;
    /**
     * The number of evacuated buckets that nevacuate may pass in one write. Go has the same limit.
     */
    private static final int MAX_SKIPPED_BUCKETS = 1024;

    /**
     * Whether a write moves the same units as in Go: first the unit that it concerns, in any case.
     * If false, a growth ends only when the spare buckets of the old array have been released too.
     */
    private final boolean movesAsGo = bucketLayout.geometry() == BucketLayout.GO;

    /** The number of changes when this handle last packed the chains ({@link #reclaim}). */
    private long packedAt = Long.MIN_VALUE;

    /** The nil map of this type. */
    GrowingTable(MapType type, Geometry geometry) {
        super(type, geometry);
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    GrowingTable(NativeHeap heap, long hmap, MapType type) {
        super(heap, hmap, type);
    }

    /**
     * A handle of the map that had this identity when its header was at {@code hmap}. The map may
     * have been freed since.
     */
    GrowingTable(NativeHeap heap, long hmap, long identity, MapType type) {
        super(heap, hmap, identity, type);
    }

    /**
     * Returns the hash of the key in this filled slot of this chain of an array of 2^b buckets. A
     * key that does not equal itself has no hash of its own. For such a key this returns a hash
     * that names its place, or, in a bounded map, the hash that the node of its entry keeps.
     */
    abstract long hashAt(long slot, long seed, long chain, int b);

    /** Prepares what {@link #hashToMove} needs, because nothing may fail while a unit moves. */
    void prepareToMove() {}

    /**
     * Returns the same as {@link #hashAt} for an entry that is about to move. Allocates nothing.
     */
    long hashToMove(long slot, long seed, long chain, int b) {
        return hashAt(slot, seed, chain, b);
    }

    /**
     * Returns whether the map may have keys that have a place instead of a hash (NaN). No such key
     * is added to an old array, because it might have another place there.
     */
    boolean mayHoldNans() {
        return false;
    }

    /** Called before a chain of the old array moves. The replay of Go's traces overrides it. */
    void beforeMove(long chain) {}

    /**
     * Returns whether this unit of the running growth has moved. Below nevacuate it does not read
     * the old array, which may have been released there (I6).
     */
    final boolean isEvacuated(long unit) {
        return unit < field(HmapLayout.NEVACUATE)
                || (!paged && Tophash.isEvacuated(tops(field(HmapLayout.OLD_BUCKETS) + unit * bucketBytes)));
    }

    final boolean mustGrow(long count, long state) {
        return count > loadLimit(HmapLayout.b(state)) || hasTooManyOverflow(state);
    }

    /**
     * Starts to grow. Returns false if the heap or the table's budget has no room for the new
     * array. Then the table is cramped: it goes on with overflow buckets.
     */
    final boolean startGrowth(long state) {
        int b = HmapLayout.b(state);
        boolean doubles = field(HmapLayout.COUNT) + 1 > loadLimit(b);
        int newB = doubles ? b + 1 : b;
        Budget bound = budget;
        boolean mayGrow = bound == null || bound.hasRoomToGrow(heap().usableSize(arrayBytes(newB), BlockKind.BUCKET));
        long array = mayGrow ? newArrayToMoveTo(newB) : 0;
        if (array == 0) {
            return cramp();
        }
        beginTransition();
        replaceArray(array, newB, doubles ? 0 : HmapLayout.SAME_SIZE);
        count(doubles ? HmapLayout.DOUBLINGS : HmapLayout.SAME_SIZE_GROWTHS);
        addToGrowthChanges(-changes());
        endTransition();
        heap().countResize(false);
        beginTrace(b, newB);
        return true;
    }

    /** Goes on without a growth, for lack of memory. Returns false. */
    final boolean cramp() {
        long state = state();
        if ((state & HmapLayout.CRAMPED) == 0) {
            setState(state | HmapLayout.CRAMPED);
            publish();
        }
        return false;
    }

    final boolean mustShrink(long count) {
        int b = HmapLayout.b(state());
        return count < loadLimit(b) >>> 2
                && b > SHRINK_FLOOR_B
                && b > Mem.getByte(mem, hmap + HmapLayout.FLOOR_B)
                && shrinksByItself()
                && !isGrowing()
                && (paged || field(HmapLayout.NANS) == 0); // a NaN's hash is its place: merging changes it
    }

    /**
     * Starts to halve the table. If memory is lacking the table stays as it is, because nothing
     * depends on shrinking.
     */
    final void startShrink() {
        int b = HmapLayout.b(state()) - 1;
        long array = newArrayToMoveTo(b);
        if (array == 0 && reclaim()) {
            array = newArrayToMoveTo(b);
        }
        if (array != 0) {
            beginTransition();
            replaceArray(array, b, HmapLayout.SHRINKING);
            count(HmapLayout.SHRINKS);
            addToGrowthChanges(-changes());
            endTransition();
            heap().countResize(true);
            beginTrace(b + 1, b);
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
        setField(HmapLayout.NEXT_OVERFLOW, firstSpare(array, b));
        long state = HmapLayout.withB(HmapLayout.withNoverflow(state(), 0), b);
        setState((state & ~HmapLayout.CRAMPED) | growthFlag);
        publish();
    }

    final void beginTrace(int fromB, int toB) {
        if (GrowthTrace.isWanted()) {
            try {
                GrowthTrace trace = GrowthTrace.begin(heap().id(), hmap, name(), size(), fromB, toB, arrayBytes(toB));
                heap().growthTraces().begin(hmap, trace);
            } catch (OutOfMemoryError | StackOverflowError lost) {
                heap().growthTraces().end(hmap); // the growth has begun and goes on without a trace
            }
        }
    }

    final void stepTrace(GrowthTrace trace, long startNanos) {
        trace.step(startNanos);
        if (!isGrowing()) {
            try {
                trace.end();
            } catch (OutOfMemoryError | StackOverflowError lost) {
                // the growth has ended, with or without its event
            }
            heap().growthTraces().end(hmap);
        }
    }

    /** Makes a step of the running growth, on a write to this hash. At most two old chains move. */
    final void growWork(long hash) {
        GrowthTrace trace = heap().growthTraces().of(hmap);
        if (trace == null) {
            evacuateFor(hash);
        } else {
            long startNanos = System.nanoTime();
            evacuateFor(hash);
            stepTrace(trace, startNanos);
        }
        if (isGrowing()) { // otherwise this write's change comes after the growth
            increment(HmapLayout.GROWTH_WRITES);
        }
    }

    /**
     * Moves the unit of this hash if that is necessary, and the unit at the mark. The three chains
     * of an arbitrary unit are usually not in the CPU's caches. The three chains at the mark follow
     * those that the last steps used, as three sequential streams.
     */
    private void evacuateFor(long hash) {
        long state = state();
        if (haveAllMoved(state)) {
            retireSpares(state);
            return;
        }
        long own = hash & mask(unitsB(state));
        boolean takesOwn = movesAsGo || (!isEvacuated(own) && (mayHoldNans() || !hasRoom(chainOfOld(hash, state))));
        long unit = takesOwn ? own : field(HmapLayout.NEVACUATE);
        boolean moved = !isEvacuated(unit) && evacuate(unit, state);
        if (moved && (state & HmapLayout.SHRINKING) != 0) {
            return; // a unit that merges is two old chains
        }
        if (isGrowing() && !haveAllMoved(state)) {
            evacuate(field(HmapLayout.NEVACUATE), state);
        }
    }

    /**
     * Returns whether all units of the running growth have moved, so that only spare buckets are
     * left.
     */
    private boolean haveAllMoved(long state) {
        return field(HmapLayout.NEVACUATE) == 1L << unitsB(state);
    }

    /**
     * Releases the next piece of the old array's spare buckets, which are no longer in use. Ends
     * the growth after the last piece.
     */
    private void retireSpares(long state) {
        long old = field(HmapLayout.OLD_BUCKETS);
        if (old == 0) {
            throw failWriteBesideAnother();
        }
        long spares = old + (bucketBytes << oldB(state));
        long passed = Math.max(field(HmapLayout.RELEASED), spares) + releaseBytes();
        if (passed < old + arrayBytes(oldB(state))) {
            retirePassed(old, passed - old, 0);
        } else {
            endGrowth(old);
        }
    }

    /**
     * Returns the chain of the old array that this hash names; 0 if another thread removes the
     * array meanwhile.
     */
    final long chainOfOld(long hash, long state) {
        return chainIn(field(HmapLayout.OLD_BUCKETS), hash & mask(oldB(state)));
    }

    /**
     * Returns the chain with this number in an array; 0 if there is no array. The memory at the
     * start of the heap belongs to the heap and not to the map.
     */
    final long chainIn(long array, long number) {
        return array == 0 ? 0 : array + number * bucketBytes;
    }

    /** Returns whether a bucket of this chain has an empty slot. */
    final boolean hasRoom(long chain) {
        int hops = 0;
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket, ++hops)) {
            if (Tophash.empties(tops(bucket), slots) != 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Moves a unit. Only the unit at the mark may have moved before; then only the mark advances.
     * Returns false, with nothing moved, if memory ran out.
     */
    private boolean evacuate(long unit, long state) {
        boolean merges = (state & HmapLayout.SHRINKING) != 0;
        long units = 1L << unitsB(state);
        if (isEvacuated(unit)) {
            advanceMark(unit, units, merges);
            return true;
        }
        long splitBit = oldB(state) < HmapLayout.b(state) ? units : 0;
        long old = field(HmapLayout.OLD_BUCKETS);
        long array = field(HmapLayout.BUCKETS);
        if (old == 0 || array == 0) {
            throw failWriteBesideAnother();
        }
        long first = old + unit * bucketBytes;
        long second = first + units * bucketBytes;
        long x = array + unit * bucketBytes;
        long y = x + splitBit * bucketBytes;
        if (!heap().secure(x, bucketBytes) || !heap().secure(y, bucketBytes)) {
            return false;
        }
        prepareToMove();
        beforeMove(first);
        if (merges || !evacuateShortChain(first, x, y, unit, splitBit)) {
            if (!makeRoom(first, merges ? second : 0, x, y, unit, splitBit)) {
                return false;
            }
            long end = appendChain(first, x, y, unit, splitBit);
            if (merges) {
                appendChain(second, end, y, unit, splitBit);
            }
            VarHandle.storeStoreFence(); // the mark of the first bucket moves the unit
            markChain(first, unit, splitBit);
            if (merges) {
                markChain(second, unit, splitBit);
                retireChain(second);
            }
            retireChain(first);
        }
        increment(HmapLayout.MOVES);
        if (unit == field(HmapLayout.NEVACUATE)) {
            advanceMark(unit, units, merges);
        }
        return true;
    }

    /**
     * Moves a chain of one or two buckets to two empty buckets, if they have room, and retires the
     * chain. Nearly all chains are that short. Returns false, with nothing moved, if the chain is
     * longer or there is no room. The half to which an entry goes is as random as its hash, so it
     * is chosen without a branch.
     */
    private boolean evacuateShortChain(long first, long x, long y, long unit, long splitBit) {
        final long seed = seed();
        // The old array's B if units split; otherwise the value does not matter.
        final int b = unitsB(state());
        final long second = overflow(first);
        if (second != 0 && overflow(second) != 0) {
            return false;
        }
        if (tops(first) != 0) {
            heap().commit(x, bucketBytes);
            heap().commit(y, bucketBytes);
        }
        long slotX = 0;
        long slotY = 0;
        long topsX = 0;
        long topsY = 0;
        long lanesOfY = 0;
        long firstLanesOfY = 0;
        for (long from = first; from != 0; from = from == first ? second : 0) {
            firstLanesOfY = lanesOfY;
            lanesOfY = 0;
            final long tops = tops(from);
            for (long rest = Tophash.filled(tops); rest != 0; rest &= rest - 1) {
                long slot = Tophash.lowest(rest);
                long toY = -(hashToMove(from + slot, seed, unit, b) & splitBit) >> 63;
                long to = x + ((y - x) & toY);
                long toSlot = slotX + ((slotY - slotX) & toY);
                if (toSlot == slots) {
                    zeroValues(x);
                    zeroValues(y);
                    return false;
                }
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
        }
        if (topsX != 0) {
            Mem.setLong(mem, x, topsX);
        }
        if (topsY != 0) {
            Mem.setLong(mem, y, topsY);
        }
        VarHandle.storeStoreFence(); // the mark of the first bucket moves the unit
        markEvacuated(first, second == 0 ? lanesOfY : firstLanesOfY);
        if (second != 0) {
            markEvacuated(second, lanesOfY);
        }
        retireChain(first);
        return true;
    }

    /**
     * I10: zeroes the values of a bucket to which entries were copied that finally did not move.
     */
    private void zeroValues(long emptyBucket) {
        for (int slot = 0; slot < slots; slot++) {
            Mem.zero(mem, valueAddress(emptyBucket + slot), valueBytes);
        }
    }

    /**
     * Marks a bucket as evacuated. The entries in {@code lanesOfY} went to the second half of the
     * new array, the others to the first half.
     */
    private void markEvacuated(long bucket, long lanesOfY) {
        long tops = tops(bucket);
        if (tops == 0) {
            // The marks may be the first words ever written to this bucket.
            heap().commit(bucket, bucketBytes);
        }
        long filled = Tophash.filled(tops);
        long empties = Tophash.lanes(slots) & ~filled;
        long marks = ((filled ^ lanesOfY) >>> 7) * Tophash.EVACUATED_X
                | (lanesOfY >>> 7) * Tophash.EVACUATED_Y
                | (empties >>> 7) * Tophash.EVACUATED_EMPTY;
        Mem.setLong(mem, bucket, marks);
    }

    /**
     * Copies an entry. Each argument is the address of a key or value minus the offset of the
     * bucket's first key or value.
     */
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

    /**
     * Extends the new chains of a unit until they can hold its entries. If memory runs out, the
     * overflow buckets that are linked by then stay linked. An empty chain may have them, and the
     * next attempt uses them.
     */
    private boolean makeRoom(long first, long second, long x, long y, long unit, long splitBit) {
        long toX = 0;
        long toY = 0;
        for (long chain = first; chain != 0; chain = chain == first ? second : 0) {
            int hops = 0;
            for (long bucket = chain; bucket != 0; bucket = overflow(bucket, ++hops)) {
                long filled = Tophash.filled(tops(bucket));
                long lanesOfY = lanesOfY(bucket, filled, unit, splitBit);
                toX += Long.bitCount(filled ^ lanesOfY);
                toY += Long.bitCount(lanesOfY);
            }
        }
        return extend(x, toX) && (toY == 0 || extend(y, toY));
    }

    private boolean extend(long chain, long entries) {
        long bucket = chain;
        for (long room = slots; room < entries; room += slots) {
            heap().commit(bucket, bucketBytes);
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

    /**
     * Appends a chain's entries to the chains whose last buckets in use are x and y, which have
     * room. Returns the new last bucket of the first chain.
     */
    private long appendChain(long chain, long x, long y, long unit, long splitBit) {
        long endOfX = x;
        long endOfY = y;
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            long filled = Tophash.filled(tops(bucket));
            long lanesOfY = lanesOfY(bucket, filled, unit, splitBit);
            endOfX = append(bucket, filled ^ lanesOfY, endOfX);
            endOfY = append(bucket, lanesOfY, endOfY);
        }
        return endOfX;
    }

    /** Marks the buckets of a chain as evacuated, the first one first. */
    private void markChain(long chain, long unit, long splitBit) {
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            markEvacuated(bucket, lanesOfY(bucket, Tophash.filled(tops(bucket)), unit, splitBit));
        }
    }

    /**
     * Returns the lanes, out of these filled ones, whose entries go to the second half of the
     * array.
     */
    private long lanesOfY(long bucket, long filled, long unit, long splitBit) {
        long seed = seed();
        int b = unitsB(state());
        long lanesOfY = 0;
        if (splitBit != 0) {
            for (long rest = filled; rest != 0; rest &= rest - 1) {
                if ((hashToMove(bucket + Tophash.lowest(rest), seed, unit, b) & splitBit) != 0) {
                    lanesOfY |= rest & -rest;
                }
            }
        }
        return lanesOfY;
    }

    /**
     * Appends the entries in these lanes of a bucket to a chain that has room for them. {@code end}
     * is the last bucket of the chain that is in use. Returns the new end.
     */
    private long append(long from, long lanes, long end) {
        if (lanes == 0) {
            return end;
        }
        long fromTops = tops(from);
        long to = end;
        heap().commit(to, bucketBytes);
        long tops = tops(to);
        int slot = (Long.SIZE - Long.numberOfLeadingZeros(tops) + 7) >>> 3;
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

    /**
     * Advances the mark past its unit, which has moved, and past the following units that moved
     * earlier. Ends the growth after the last unit, unless there are many spare buckets.
     */
    private void advanceMark(long unit, long units, boolean merges) {
        long mark = unit + 1;
        long stop = Math.min(mark + MAX_SKIPPED_BUCKETS, units);
        long old = field(HmapLayout.OLD_BUCKETS);
        while (mark != stop && Tophash.isEvacuated(tops(old + mark * bucketBytes))) {
            mark++;
        }
        setField(HmapLayout.NEVACUATE, mark);
        if (mark == units && (movesAsGo || spareBytes(oldB(state())) <= releaseBytes())) {
            endGrowth(old);
        } else {
            retirePassed(old, mark * bucketBytes, merges ? units * bucketBytes : 0);
        }
    }

    private void endGrowth(long old) {
        beginTransition();
        addToGrowthChanges(changes());
        setField(HmapLayout.OLD_BUCKETS, 0);
        setField(HmapLayout.RELEASED, 0);
        long state = state();
        setState(state & ~(HmapLayout.SAME_SIZE | HmapLayout.SHRINKING));
        publish();
        endTransition();
        heap().countEvacuations(1L << unitsB(state));
        retireArray(old, oldB(state));
    }

    /**
     * Moves all units that are left. Returns false if memory ran out; then some of them may have
     * moved.
     */
    final boolean finishGrowth() {
        GrowthTrace trace = heap().growthTraces().of(hmap);
        if (trace == null) {
            return evacuateRest();
        }
        long startNanos = System.nanoTime();
        boolean finished = evacuateRest();
        stepTrace(trace, startNanos);
        return finished;
    }

    /**
     * Releases memory that this table does not need, after an allocation has failed. If a growth is
     * running, finishes it as far as the memory allows. Otherwise frees the overflow buckets that
     * removals have emptied. Returns whether anything has moved or was released: then the caller
     * looks up its chain again and retries. Does nothing in a table with a budget, which evicts
     * entries instead.
     */
    final boolean reclaim() {
        if (budget != null) {
            return false;
        }
        long moves = field(HmapLayout.MOVES);
        boolean ended = isGrowing() && finishGrowth();
        boolean released = releaseDeferred();
        return ended || released || field(HmapLayout.MOVES) != moves || pack();
    }

    /**
     * Moves the entries of each chain to its beginning, and frees the overflow buckets after them.
     * Returns whether any were freed. Cost: proportional to the number of buckets. So this is done
     * only if it frees an eighth of the overflow buckets, by an estimate, and if there have been as
     * many changes since the last time as buckets would be freed.
     */
    private boolean pack() {
        long array = field(HmapLayout.BUCKETS);
        long chains = 1L << HmapLayout.b(state());
        long overflow = field(HmapLayout.OVERFLOW);
        long needed = Math.max(0, field(HmapLayout.COUNT) / slots - chains / 2);
        long freed = overflow - needed;
        long changes = changes();
        if (paged || isGrowing() || array == 0 || freed <= overflow / 8 || changes < packedAt + freed) {
            return false;
        }
        packedAt = changes;
        intend(Journal.PACK);
        for (long chain = array; chain < array + chains * bucketBytes; chain += bucketBytes) {
            if (overflow(chain) != 0) {
                pack(chain, array);
            }
        }
        intend(Journal.NOTHING);
        increment(HmapLayout.MOVES);
        publish();
        return field(HmapLayout.OVERFLOW) != overflow;
    }

    private void pack(long chain, long array) {
        long to = chain;
        int toSlot = 0;
        int hops = 0;
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket, ++hops)) {
            long tops = tops(bucket);
            for (long rest = Tophash.filled(tops); rest != 0; rest &= rest - 1) {
                int slot = Tophash.lowest(rest);
                if (toSlot == slots) {
                    to = overflow(to);
                    toSlot = 0;
                }
                if (bucket != to || slot != toSlot) {
                    move(
                            bucket + slot * keyStride,
                            to + toSlot * keyStride,
                            bucket + slot * valueStride,
                            to + toSlot * valueStride);
                    VarHandle.storeStoreFence(); // at each moment the entry is in one of the slots or in both
                    Mem.setLong(mem, to, Tophash.with(tops(to), toSlot, Tophash.at(tops, slot)));
                    VarHandle.storeStoreFence();
                    Mem.setLong(mem, bucket, Tophash.with(tops(bucket), slot, Tophash.EMPTY_ONE));
                    VarHandle.storeStoreFence();
                    Mem.zero(mem, keyAddress(bucket + slot), keyBytes);
                    Mem.zero(mem, valueAddress(bucket + slot), valueBytes);
                }
                toSlot++;
            }
        }
        Mem.setLong(mem, to, Tophash.toLastFilled(tops(to)));
        for (long last = to, next = overflow(to); next != 0; next = overflow(last)) {
            Mem.setLong(mem, next, 0);
            if (isSpare(next, array, HmapLayout.b(state()))) {
                last = next;
            } else {
                setOverflow(last, overflow(next));
                giveBack(next, BlockKind.OVERFLOW);
                countOverflow(-1);
            }
        }
    }

    private boolean evacuateRest() {
        PagedTable engine = pages;
        if (engine != null) {
            return engine.moveRest();
        }
        while (isGrowing()) {
            if (haveAllMoved(state())) {
                endGrowth(field(HmapLayout.OLD_BUCKETS));
            } else if (!evacuate(field(HmapLayout.NEVACUATE), state())) {
                return false;
            }
        }
        return true;
    }

    /**
     * Moves all entries to a new array of 2^b buckets. Returns false, with no entry lost, if memory
     * ran out.
     */
    final boolean resize(int b) {
        prepareToMove();
        if (!finishGrowth()) {
            return false;
        }
        long from = field(HmapLayout.BUCKETS);
        long fromState = state();
        long fromSpares = field(HmapLayout.NEXT_OVERFLOW);
        long fromOverflow = field(HmapLayout.OVERFLOW);
        if (field(HmapLayout.COUNT) == 0) {
            freeArrays(); // if there is no room for a new array, the next write makes one
            long array = b == 0 ? 0 : newArray(b);
            if (b != 0 && array == 0) {
                return false;
            }
            setState(HmapLayout.withB(state(), b));
            setArray(array);
            return true;
        }
        PagedTable engine = pages;
        if (engine != null) {
            return engine.resize(b);
        }
        long array = newArray(b);
        if (array == 0) {
            return false;
        }
        boolean moved = true;
        int fromB = HmapLayout.b(fromState);
        beginTrace(fromB, b);
        long startNanos = System.nanoTime();
        heap().countEvacuations(1);
        beginTransition();
        replaceArray(array, b, 0);
        increment(HmapLayout.MOVES);
        for (long chain = 0; moved && chain < 1L << fromB; chain++) {
            moved = copyChain(from + chain * bucketBytes, fromOverflow, chain, fromB, array, mask(b));
        }
        long overflow = field(HmapLayout.OVERFLOW);
        if (!moved) {
            setField(HmapLayout.BUCKETS, from);
            setField(HmapLayout.OVERFLOW, fromOverflow);
            setField(HmapLayout.NEXT_OVERFLOW, fromSpares);
            setState(fromState);
        }
        setField(HmapLayout.OLD_BUCKETS, 0);
        setField(HmapLayout.OLD_OVERFLOW, 0);
        setField(HmapLayout.RELEASED, 0);
        publish();
        endTransition();
        if (moved) {
            freeArray(from, fromB, fromOverflow);
        } else {
            freeArray(array, b, overflow);
        }
        GrowthTrace trace = heap().growthTraces().of(hmap);
        if (trace != null && moved) {
            stepTrace(trace, startNanos);
        } else {
            heap().growthTraces().end(hmap);
        }
        return moved;
    }

    /**
     * Appends each entry of a chain, of an array with so many overflow buckets, to its chain in another
     * array.
     */
    private boolean copyChain(long from, long overflow, long chain, int b, long array, long mask) {
        long seed = seed();
        long left = overflow;
        for (long bucket = from; bucket != 0; bucket = overflow(bucket)) {
            if (left-- < 0) {
                throw concurrentWrites();
            }
            for (long rest = Tophash.filled(tops(bucket)); rest != 0; rest &= rest - 1) {
                long hash = hashToMove(bucket + Tophash.lowest(rest), seed, chain, b);
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
}
