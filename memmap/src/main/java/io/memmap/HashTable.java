package io.memmap;

import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongConsumer;

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
 * moves two old chains at most, so no write waits for a rehash: of a {@link Geometry#GO} map those of the unit that it
 * concerns first, as Go does; of others units in their order, and its own only where it finds no empty slot or a key may
 * be NaN. Old overflow buckets are freed as their chain moves, and the old array is given back to the operating system
 * piece by piece, its spares last.
 *
 * <p><b>Invariants.</b> Methods that keep one cite its name, and {@link TableCheck} recomputes them.
 * {@code memmap/docs/invariants.md} says which test fails without each:
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
 *   <li>I12: view is made of identity, views and buckets, or 0 while the table grows or has no array; limit follows from B
 *       and noverflow.
 *   <li>I13: blobBytes is the sum of the live blocks of all entries.
 *   <li>I14: the header's constants are those of its type and geometry, and its arrays are live blocks of their size.
 *   <li>I15: what a handle keeps under the view that the header has is what the header states.
 *   <li>I16: an entry of a shard is in the shard that its hash names, unless its key does not equal itself ({@link Shards}).
 * </ul>
 *
 * <p><b>Exhaustion.</b> Whatever a step needs from the heap it takes before it changes anything. If there is no room for a new
 * array beside the old one, the table is <em>cramped</em>: it keeps its array, its chains grow longer, and it tries again when a
 * chain needs a bucket. If a unit cannot move for lack of memory it stays, and reads and writes work on it where it is. An
 * insertion fails only when there is no empty slot in its chain, no bucket to be had, and no growth whose end would give memory
 * back.
 *
 * <p>Sources: Go 1.23, runtime/map.go and map_fast64.go.
 */
abstract class HashTable extends GrowingTable {
    /** What a batch has touched goes here, so that the compiler does not drop loads made for their cache misses only. */
    static long touched;

    /** The nil map of this type. */
    HashTable(MapType type) {
        super(type);
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    HashTable(NativeHeap heap, long hmap, MapType type) {
        super(heap, hmap, type);
    }

    /** A handle of the map that had this identity when its header was at {@code hmap}; it may have been freed since. */
    HashTable(NativeHeap heap, long hmap, long identity, MapType type) {
        super(heap, hmap, identity, type);
    }

    /** Returns the slot that a lookup of this filled slot's key finds, or 0. */
    abstract long searchAgain(long slot);

    /** Returns whether the key in this filled slot equals itself. */
    boolean isReflexiveAt(long slot) {
        return true;
    }

    // -------------------------------------------------------------------------------------------------------- chains

    /** Returns the chain that holds the keys of this hash; 0 if another thread takes the array away meanwhile. */
    final long chain(long hash, long state) {
        if (field(HmapLayout.OLD_BUCKETS) != 0) {
            return growingChain(hash, state);
        }
        return chainIn(field(HmapLayout.BUCKETS), hash & mask(HmapLayout.b(state)));
    }

    /** Returns the chain of this hash in a view that is current. */
    final long seenChain(long hash) {
        return seenArray + (hash & seenMask) * bucketBytes;
    }

    /** Returns the chain that a lookup of this hash walks; 0 if the map is nil, freed or empty. */
    final long chainForRead(long hash) {
        return beginRead() ? chain(hash, state()) : 0;
    }

    private long growingChain(long hash, long state) {
        long old = chainOfOld(hash, state);
        if (isEvacuated(hash & mask(unitsB(state)))) {
            return chainIn(field(HmapLayout.BUCKETS), hash & mask(HmapLayout.b(state)));
        }
        return old;
    }

    /** Returns the chain that a write to this hash works on, after a step of the running growth. */
    final long chainForWrite(long hash) {
        if (field(HmapLayout.OLD_BUCKETS) != 0) {
            growWork(hash);
        } else if (field(HmapLayout.BUCKETS) == 0) {
            allocateFirstArray();
        }
        long chain = chain(hash, state());
        if (chain == 0) {
            throw failWriteBesideAnother();
        }
        return chain;
    }

    /** Makes the first array of a table that has none: of the size that it should have, or of one that there is room for. */
    private void allocateFirstArray() {
        int b = HmapLayout.b(state());
        long array = newArray(b);
        while (array == 0 && b > 0) {
            array = newArray(--b);
        }
        if (array == 0) {
            throw failWrite(bucketBytes);
        }
        setState(HmapLayout.withB(state(), b));
        setArray(array);
    }

    /** Returns the bucket behind this one, in which a key was sought in vain; 0 if the chain has no more entries (I2). */
    final long bucketBehind(long bucket, long tops, int hops) {
        if (Tophash.at(tops, slots - 1) == Tophash.EMPTY_REST) {
            return 0;
        }
        return overflow(bucket, hops);
    }

    // -------------------------------------------------------------------------------------------------------- insert

    /**
     * Takes a slot for a new key of this hash in its chain, which has been searched in vain, and counts it. Returns the
     * slot, with a zero value and no key yet; or 0 if the table has started or ended a growth, and the chain must be searched
     * anew. A cramped table tries to grow when a chain is full.
     */
    final long insert(long chain, long hash) {
        long state = state();
        if (field(HmapLayout.OLD_BUCKETS) == 0) {
            boolean tries = (state & HmapLayout.CRAMPED) == 0 || !hasRoom(chain);
            if (tries && mustGrow(field(HmapLayout.COUNT) + 1, state) && startGrowth(state)) {
                return 0;
            }
        } else if (!isEvacuated(hash & mask(unitsB(state))) && !hasRoom(chain)) { // it could not move
            if (reclaim()) {
                return 0;
            }
            throw failWrite(bucketBytes);
        }
        long slot = takeSlot(chain, Tophash.of(hash));
        if (slot == 0) {
            if (reclaim()) {
                return 0;
            }
            throw failWrite(bucketBytes);
        }
        setField(HmapLayout.COUNT, field(HmapLayout.COUNT) + 1);
        increment(HmapLayout.CHANGES);
        return slot;
    }

    /**
     * Fills the first empty slot of a chain with this tophash; takes a new overflow bucket if there is none. Returns 0 if memory
     * ran out.
     */
    private long takeSlot(long chain, long top) {
        for (long bucket = chain; ; ) {
            long tops = tops(bucket);
            long empties = Tophash.empties(tops, slots);
            if (empties != 0) {
                if (tops == 0) {
                    heap().commit(bucket, bucketBytes);
                }
                int slot = Tophash.lowest(empties);
                Mem.setLong(mem, bucket, Tophash.with(tops, slot, top));
                return bucket + slot;
            }
            long next = overflow(bucket);
            if (next == 0) {
                next = newOverflow(bucket);
                if (next == 0) {
                    return 0;
                }
            }
            bucket = next;
        }
    }

    // -------------------------------------------------------------------------------------------------------- remove

    /** Empties this filled slot of this chain and counts it; may start to shrink the table. */
    final void remove(long chain, long slot) {
        releaseEntry(slot);
        Mem.zero(mem, valueAddress(slot), valueBytes);
        empty(chain, slot);
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

    /** Removes an entry of a bounded table, of which its hash and its node are known; {@code before} gets its slot. */
    final void expel(long hash, int node, LongConsumer before) {
        beginWrite();
        long chain = chainForWrite(hash);
        long slot = slotOfNode(chain, node);
        before.accept(slot);
        remove(chain, slot);
        endWrite();
    }

    /** Gives the entry of a bounded table that has this hash and this node another node. */
    final void renumber(long hash, int node, int another) {
        setNode(slotOfNode(chain(hash, state()), node), another);
    }

    private long slotOfNode(long chain, int node) {
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            for (long rest = Tophash.filled(tops(bucket)); rest != 0; rest &= rest - 1) {
                long slot = bucket + Tophash.lowest(rest);
                if (nodeAt(slot) == node) {
                    return slot;
                }
            }
        }
        throw new IllegalStateException("node " + node + " is of no entry in its chain");
    }

    /** Returns the node of the entry in this filled slot of a bounded table. */
    final int nodeAt(long slot) {
        return Mem.getInt(mem, nodeAddress(slot));
    }

    final void setNode(long slot, int node) {
        Mem.setInt(mem, nodeAddress(slot), node);
    }

    private long nodeAddress(long slot) {
        return valueAddress(slot) + valueBytes - Budget.SLOT_BYTES;
    }

    /** Gives the arrays of this table, which has no entry, back to the heap; the next write makes the first anew. */
    final void dropArrays() {
        beginWrite();
        freeArrays();
        setState(HmapLayout.withB(state(), Mem.getByte(mem, hmap + HmapLayout.FLOOR_B)));
        publish();
        endWrite();
    }

    /** Returns the bytes of the blocks of the entry in this filled slot. */
    long blobBytesAt(long slot) {
        return 0;
    }

    /** Passes the slot of every entry to an action, which must not change the table. */
    final void forEachSlot(LongConsumer action) {
        long state = state();
        long array = field(HmapLayout.BUCKETS);
        for (long chain = 0; array != 0 && chain < 1L << HmapLayout.b(state); chain++) {
            forEachSlot(array + chain * bucketBytes, action);
        }
        for (long chain = 0; isGrowing() && chain < 1L << oldB(state); chain++) {
            if (!isEvacuated(chain & mask(unitsB(state)))) {
                forEachSlot(field(HmapLayout.OLD_BUCKETS) + chain * bucketBytes, action);
            }
        }
    }

    private void forEachSlot(long chain, LongConsumer action) {
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            for (long rest = Tophash.filled(tops(bucket)); rest != 0; rest &= rest - 1) {
                action.accept(bucket + Tophash.lowest(rest));
            }
        }
    }

    /** Gives back what the entry in this filled slot, which is about to go, has out of line. */
    void releaseEntry(long slot) {}

    /** Gives back what all entries, which are about to go, have out of line. */
    void releaseEntries() {}

    /**
     * I2: makes this filled slot emptyOne; or, if all that follows it is emptyRest, emptyRest, as all emptyOne slots right before
     * it. By words: the load of one that has just been stored in part waits until all stores before it are done.
     */
    private void empty(long chain, long slot) {
        long bucket = bucketOf(slot);
        int i = (int) (slot & 7);
        long tops = tops(bucket);
        int behind = i < slots - 1 ? Tophash.at(tops, i + 1) : topBehind(bucket);
        if (behind != Tophash.EMPTY_REST) {
            Mem.setLong(mem, bucket, Tophash.with(tops, i, Tophash.EMPTY_ONE));
            return;
        }
        long kept = Tophash.toLastFilled(tops & mask(Byte.SIZE * i));
        Mem.setLong(mem, bucket, kept);
        while (kept == 0 && bucket != chain) {
            long before = chain;
            while (overflow(before) != bucket) {
                before = overflow(before);
            }
            bucket = before;
            kept = Tophash.toLastFilled(tops(bucket));
            Mem.setLong(mem, bucket, kept);
        }
    }

    /** Returns the first tophash behind this bucket. */
    private int topBehind(long bucket) {
        long next = overflow(bucket);
        return next == 0 ? Tophash.EMPTY_REST : Tophash.at(tops(next), 0);
    }

    /** Nothing is left that the old seed has placed. A shard keeps its seed, for a walk over it is not to end. */
    private void drawSeed() {
        if (isShard) {
            return;
        }
        setState(HmapLayout.withHash0(state(), ThreadLocalRandom.current().nextInt()));
        increment(HmapLayout.EPOCH);
        publish();
    }

    // ------------------------------------------------------------------------- the whole table, as its owner wishes

    /**
     * Sizes this new map for {@code hint} entries. A negative hint counts as 0. One that is too big for the heap, or for any,
     * throws and frees the header; Go takes the latter for 0.
     */
    final void initialize(long hint) {
        int b = sizeFor(hint);
        if (BucketLayout.loadLimit(slots, b) < hint) {
            throw failMaking(leastBytes(hint));
        }
        setState(HmapLayout.withB(state(), b));
        Mem.setByte(mem, hmap + HmapLayout.FLOOR_B, b);
        if (b > 0) {
            long array = newArray(b);
            if (array == 0) {
                throw failMaking(arrayBytes(b));
            }
            setArray(array);
        }
    }

    private HeapExhaustedException failMaking(long bytes) {
        String map = inWords(type, name());
        freeHeader();
        return heap().exhausted(bytes, map, bytes);
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
            if (isLive() && isShard) { // which gives back what it still has; a plain map is not written to
                releaseEntries();
                dropArrays();
            }
            return;
        }
        try {
            int b = HmapLayout.b(state());
            releaseEntries();
            freeArrays();
            setField(HmapLayout.COUNT, 0);
            setField(HmapLayout.NANS, 0);
            increment(HmapLayout.CHANGES);
            drawSeed();
            if (shrinksByItself()) {
                setState(HmapLayout.withB(state(), Mem.getByte(mem, hmap + HmapLayout.FLOOR_B)));
            } else {
                setArray(newArray(b)); // if another thread has taken the memory, the next write asks again
            }
            endWrite();
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /**
     * Makes room for {@code entries} entries in all, so that the map neither grows before it has more nor shrinks by itself
     * below that. Moves all entries at once: cost proportional to the number of buckets. A number below what the map has
     * room for moves nothing.
     *
     * @param entries the number of entries in all, at least 0
     * @throws IllegalArgumentException if {@code entries} is negative
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room, or no heap has it; the map is as it was
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void reserve(long entries) {
        if (entries < 0) {
            throw new IllegalArgumentException("entries must be 0 or more: " + entries);
        }
        int b = sizeFor(entries);
        beginWrite();
        try {
            if (BucketLayout.loadLimit(slots, b) < entries) {
                throw failWrite(leastBytes(entries));
            }
            if (b > HmapLayout.b(state()) && !resize(b)) {
                throw failWrite(arrayBytes(b));
            }
            Mem.setByte(mem, hmap + HmapLayout.FLOOR_B, b);
            endWrite();
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /**
     * Halves the map until its buckets are as few as its entries allow, gives the rest back to the heap, and forgets the
     * hint and what was reserved. Moves all entries at once: cost proportional to the number of buckets. While a NaN is a key,
     * the map keeps its buckets.
     *
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room for the smaller array beside the larger; the map keeps all entries
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void shrink() {
        beginWrite();
        try {
            Mem.setByte(mem, hmap + HmapLayout.FLOOR_B, 0);
            int b = field(HmapLayout.NANS) == 0 ? sizeFor(field(HmapLayout.COUNT)) : HmapLayout.b(state());
            if ((isGrowing() || b < HmapLayout.b(state())) && !resize(b)) {
                throw failWrite(arrayBytes(b));
            }
            endWrite();
        } catch (Throwable failed) {
            abandonWrite();
            throw failed;
        }
    }

    /**
     * Gives everything of this map back to the heap. Every handle of it is nil from then on, and says so; a cursor over it
     * ends. Cost: proportional to the number of buckets. Does nothing on a nil or freed map, nor after the end of the heap or
     * its arena, which freed all: so it is safe in a {@code finally}.
     *
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void free() {
        if (canBeFreed()) {
            beginWrite();
            try {
                releaseEntries();
                freeArrays();
                Budget bound = budget;
                if (bound != null) {
                    bound.free();
                }
            } catch (Throwable failed) {
                abandonWrite();
                throw failed;
            }
            freeHeader();
        }
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

    /**
     * Recomputes every invariant of the map's structure, for tests and for the diagnosis of a map that threads have
     * misused. Cost: proportional to the number of buckets and entries. Passes on a nil or freed map.
     *
     * @throws IllegalStateException naming the invariant that is broken and where; or if the heap is closed
     */
    public final void check() {
        if (isLive()) {
            new TableCheck(this).check();
            Budget bound = budget;
            if (bound != null) {
                bound.check();
            }
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
