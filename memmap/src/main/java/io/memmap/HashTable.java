package io.memmap;

import io.memmap.format.Hash;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import io.memmap.memory.StackReserve;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongConsumer;

/**
 * The hash table: the algorithm of Go's map, on memory outside the Java heap. This class and its
 * superclasses contain everything that does not depend on the type of the keys:
 *
 * <ul>
 *   <li>{@link MapHandle}: the header, the fields that a handle caches, the frame of an operation
 *   <li>{@link TableArrays}: the memory, that is arrays, spare buckets and overflow buckets
 *   <li>{@link GrowingTable}: growth, from its start to the last unit that moves
 *   <li>HashTable: the chain of a hash, insertion and removal, and what concerns the whole table
 * </ul>
 *
 * <p>They are one object, so that the compiler checks the memory segment once for an operation. A
 * subclass for each kind of key adds the probe (find, assign, delete): {@link IntegerTable} and
 * {@link ObjectTable}.
 *
 * <p><b>Terms.</b> The <em>header</em> (hmap) points to an array of 2<sup>B</sup> <em>buckets</em>.
 * A bucket has up to 8 <em>slots</em>, each for one entry, and one <em>tophash</em> byte for each
 * slot. A full bucket continues in an <em>overflow bucket</em>. A bucket and its overflow buckets
 * are a <em>chain</em>. The low B bits of a key's hash are the number of its chain; the top byte of
 * the hash gives its tophash. <em>Spare</em> buckets may follow the array. They become overflow
 * buckets before separate blocks are taken from the heap. A <em>slot reference</em> is the offset
 * of the slot's tophash byte. Buckets are aligned to 8, so the low three bits of a slot reference
 * are the number of the slot, and the other bits are the bucket.
 *
 * <pre>
 *   hmap ---- buckets ---> | chain 0 | chain 1 | ... | chain 2^B-1 | spare | spare |
 *     |                                   `-- overflow bucket -- overflow bucket
 *     `------ oldbuckets -> | gone | gone | chain 2 | ...            while growing
 * </pre>
 *
 * <p><b>Find</b> walks one chain and modifies nothing. <b>Assign</b> uses the first empty slot of
 * the chain. <b>Delete</b> leaves a tombstone (emptyOne), or emptyRest if no filled slot follows in
 * the chain.
 *
 * <p><b>Growth</b> replaces the array by another one. The new array has twice the size if more than
 * 6.5 of 8 slots are full on average, and the same size if there are too many overflow buckets. It
 * has half the size if the map has become nearly empty; Go does not do that. The entries move one
 * <em>unit</em> at a time. To <em>evacuate</em> a unit is to move its entries to the new array. A
 * unit is a set of chains that exchange entries with each other and with no other chain: one old
 * chain and the one or two new chains that it is divided into, or two old chains and the new chain
 * into which they merge. A write moves at most two old chains, so no write waits for a complete
 * rehash. In a {@link Geometry#GO} map a write first moves the unit that it concerns, as Go does.
 * In other maps a write moves the units in their order, and moves its own unit only if its chain
 * has no empty slot or if a key may be NaN. The overflow buckets of an old chain are freed when the
 * chain moves. The old array is released to the operating system piece by piece, its spare buckets
 * last.
 *
 * <p><b>Invariants.</b> A method that keeps an invariant cites its name, and {@link TableCheck}
 * recomputes them. {@code memmap/docs/invariants.md} says for each which test fails without it:
 *
 * <ul>
 *   <li>I1: count is the number of filled slots in chains that are not evacuated.
 *   <li>I2: a chain consists of filled and emptyOne slots, the last of them filled, and then of
 *       emptyRest slots to its end.
 *   <li>I3: an entry is in the chain that its hash names, under its tophash.
 *   <li>I4: no key is in two slots.
 *   <li>I5: overflow and oldoverflow count the overflow buckets that are linked from the current
 *       and from the old array.
 *   <li>I6: a unit is evacuated completely or not at all. All units below nevacuate are evacuated.
 *       The new chains of a unit that is not evacuated are empty.
 *   <li>I7: noverflow equals overflow for B below 16, because each bucket is counted there.
 *   <li>I8: the sameSize and shrinking flags, oldoverflow and released are zero unless the table
 *       grows.
 *   <li>I9: an overflow pointer is nil, a spare bucket of its own array, or a live overflow block.
 *       The spare buckets that are not yet in use are zero, except that the overflow pointer of the
 *       last one is the address of the array.
 *   <li>I10: the value of an empty slot is zero.
 *   <li>I11: the writing flag is clear between operations.
 *   <li>I12: stamp is computed from identity, stamps and buckets, or is 0 while the table grows or
 *       has no array. limit follows from B and noverflow.
 *   <li>I13: blobBytes is the sum of the live blocks of all entries.
 *   <li>I14: the header's constants are those of its type and geometry, and its arrays are live
 *       blocks of their size.
 *   <li>I15: the fields that a handle has cached under the header's current stamp equal the
 *       header's fields.
 *   <li>I16: an entry of a shard is in the shard that its hash names, unless its key does not equal
 *       itself ({@link Shards}).
 * </ul>
 *
 * <p><b>Exhaustion.</b> Each step takes the memory that it needs from the heap before it changes
 * anything. If there is no room for a new array beside the old one, the table is <em>cramped</em>:
 * it keeps its array, its chains grow longer, and it tries again when a chain needs a bucket. If a
 * unit cannot move for lack of memory, it stays where it is, and reads and writes use it there. An
 * insertion fails only if its chain has no empty slot, no bucket can be had, and no growth is
 * running whose end would release memory.
 *
 * <p>Sources: Go 1.23, runtime/map.go and map_fast64.go.
 */
abstract class HashTable extends GrowingTable {
    /** The nil map of this type. */
    HashTable(MapType type, Geometry geometry) {
        super(type, geometry);
        pages = paged ? new PagedTable(this) : null;
    }

    /** A handle of the map of this type whose header is at {@code hmap}. */
    HashTable(NativeHeap heap, long hmap, MapType type) {
        super(heap, hmap, type);
        pages = paged ? new PagedTable(this) : null;
    }

    /**
     * A handle of the map that had this identity when its header was at {@code hmap}. The map may
     * have been freed since.
     */
    HashTable(NativeHeap heap, long hmap, long identity, MapType type) {
        super(heap, hmap, identity, type);
        pages = paged ? new PagedTable(this) : null;
    }

    /** Returns the hash of a key from the form in which a paged map stores the key. */
    long hashOfStored(long stored) {
        return Hash.ofStoredKey(stored, secret0, secret2);
    }

    /** Returns the slot that a lookup of this filled slot's key finds, or 0. */
    abstract long searchAgain(long slot);

    /** Returns whether the key in this filled slot equals itself. A NaN does not. */
    boolean isReflexiveAt(long slot) {
        return true;
    }

    // -------------------------------------------------------------------------------------- chains

    /**
     * Returns the chain that holds the keys of this hash; 0 if another thread removes the array
     * meanwhile.
     */
    final long chain(long hash, long state) {
        if (field(HmapLayout.OLD_BUCKETS) != 0) {
            return growingChain(hash, state);
        }
        return chainIn(field(HmapLayout.BUCKETS), hash & mask(HmapLayout.b(state)));
    }

    /** Returns the chain of this hash. The cached fields must be current ({@link #isCurrent}). */
    final long cachedChain(long hash) {
        return cachedArray + (hash & cachedMask) * bucketBytes;
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

    /**
     * Returns the chain for a write to this hash. First makes a step of the running growth, if
     * there is one.
     */
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

    /**
     * Makes the first array of a table without an array. If there is no room for the intended size,
     * takes the largest smaller size that fits.
     */
    final void allocateFirstArray() {
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

    /**
     * Returns the next bucket of the chain after this one, which does not contain the key; 0 if the
     * chain has no more entries (I2).
     */
    final long bucketBehind(long bucket, long tops, int hops) {
        if (Tophash.at(tops, slots - 1) == Tophash.EMPTY_REST) {
            return 0;
        }
        return overflow(bucket, hops);
    }

    // -------------------------------------------------------------------------------------- insert

    /**
     * Finds a slot in this chain for a new key of this hash. A search has shown that the chain does
     * not contain the key. Returns the slot, which is empty and whose value is zero. The caller stores
     * key and value and then calls {@link #addEntry}. Returns 0 if the table has started or ended a
     * growth: then the caller must search the chain again. A cramped table tries to grow when a chain
     * is full.
     */
    final long insert(long chain, long hash) {
        long state = state();
        if (field(HmapLayout.OLD_BUCKETS) == 0) {
            boolean tries = (state & HmapLayout.CRAMPED) == 0 || !hasRoom(chain);
            if (tries && mustGrow(field(HmapLayout.COUNT) + 1, state) && startGrowth(state)) {
                return 0;
            }
        } else if (!isEvacuated(hash & mask(unitsB(state))) && !hasRoom(chain)) {
            // The unit could not move.
            if (reclaim()) {
                return 0;
            }
            throw failWrite(bucketBytes);
        }
        long slot = emptySlot(chain);
        if (slot == 0) {
            if (reclaim()) {
                return 0;
            }
            throw failWrite(bucketBytes);
        }
        return slot;
    }

    /**
     * Makes an entry of a slot of {@link #insert} in which key and value have been stored. The store
     * of the tophash word adds the entry; before it, the slot is empty.
     */
    final void addEntry(long slot, long hash) {
        long bucket = bucketOf(slot);
        VarHandle.storeStoreFence();
        Mem.setLong(mem, bucket, Tophash.with(tops(bucket), (int) slot & 7, Tophash.of(hash)));
        increment(HmapLayout.COUNT);
    }

    /**
     * Returns the first empty slot of a chain. Takes a new overflow bucket if the chain has no empty
     * slot. Returns 0 if memory ran out.
     */
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
                    return 0;
                }
            }
            bucket = next;
        }
    }

    // -------------------------------------------------------------------------------------- remove

    /**
     * Removes the entry in this filled slot of this chain and lowers the count. May start to shrink
     * the table. The store of the tophash word removes the entry; what the entry had is cleared and
     * freed after it.
     */
    final void remove(long chain, long slot) {
        long block = releaseEntry(slot);
        empty(chain, slot);
        VarHandle.storeStoreFence();
        Mem.zero(mem, valueAddress(slot), valueBytes);
        endRemoval(slot, block);
        long count = countRemoval();
        if (count == 0) {
            drawSeed();
        }
        if (mustShrink(count)) {
            startShrink();
        }
    }

    /**
     * Frees the arrays of this table, which has no entries. The next write makes a new first array.
     * The caller has claimed the stack.
     */
    final void dropArrays() {
        beginClaimedWrite();
        freeArrays();
        setState(HmapLayout.withB(state(), Mem.getByte(mem, hmap + HmapLayout.FLOOR_B)));
        publish();
        endWrite();
    }

    /** Returns the size in bytes of the blocks that belong to the entry in this filled slot. */
    long blobBytesAt(long slot) {
        return 0;
    }

    /** Passes the slot of every entry to an action, which must not change the table. */
    final void forEachSlot(LongConsumer action) {
        PagedTable engine = pages;
        if (engine != null) {
            engine.forEachSlot(action);
            return;
        }
        long state = state();
        long array = field(HmapLayout.BUCKETS);
        for (long chain = 0; array != 0 && chain < 1L << HmapLayout.b(state); chain++) {
            if (!heap().isHole(array + chain * bucketBytes, bucketBytes)) {
                forEachSlot(array + chain * bucketBytes, action);
            }
        }
        for (long chain = 0; isGrowing() && chain < 1L << oldB(state); chain++) {
            if (!isEvacuated(chain & mask(unitsB(state)))) {
                forEachSlot(field(HmapLayout.OLD_BUCKETS) + chain * bucketBytes, action);
            }
        }
    }

    private void forEachSlot(long chain, LongConsumer action) {
        int hops = 0;
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket, ++hops)) {
            for (long rest = Tophash.filled(tops(bucket)); rest != 0; rest &= rest - 1) {
                action.accept(bucket + Tophash.lowest(rest));
            }
        }
    }

    /**
     * Prepares the removal of the entry in this filled slot. Returns the block that belongs to the
     * entry, or 0.
     */
    long releaseEntry(long slot) {
        return 0;
    }

    /** Ends the removal of the entry that was in this slot, to which this block belonged if it is not 0. */
    void endRemoval(long slot, long block) {}

    /** Frees the blocks of all entries, which are about to be removed. */
    void releaseEntries() {}

    /** Frees the ordered index, if there is one. */
    void freeOrder() {}

    /** Checks the ordered index, if there is one. */
    void checkOrder() {}

    /**
     * I2: marks this filled slot as emptyOne. If all slots after it are emptyRest, marks it as
     * emptyRest instead, and with it all emptyOne slots directly before it. Stores whole words: a
     * load of a word that was just stored in part waits until all earlier stores are done.
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

    /**
     * Returns the first tophash of the next bucket of the chain; emptyRest if there is no next
     * bucket.
     */
    private int topBehind(long bucket) {
        long next = overflow(bucket);
        return next == 0 ? Tophash.EMPTY_REST : Tophash.at(tops(next), 0);
    }

    /**
     * Draws a new seed. The table must be empty, because the seed decides the place of each entry.
     * A shard keeps its seed, so that a walk over it does not end.
     */
    final void drawSeed() {
        if (isShard) {
            return;
        }
        setSeed(mem, hmap, ThreadLocalRandom.current().nextInt());
        increment(HmapLayout.EPOCH);
        publish();
    }

    // -------------------------------------------------------- the whole table, as its owner wishes

    /**
     * Sizes this new map for {@code hint} entries. A negative hint counts as 0. If this heap has no
     * room for the hint, or if no heap could have, throws and frees the header. Go treats a hint
     * that no heap could hold as 0.
     */
    final void initialize(long hint) {
        int b = sizeFor(hint);
        if (loadLimit(b) < hint) {
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
     * Removes all entries. With automatic shrinking the arrays are returned to the heap. Without it
     * the map keeps its size, as in Go. Cost: proportional to the number of buckets. Does nothing
     * on a nil or freed map.
     *
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void clear() {
        StackReserve.claim();
        clearClaimed();
    }

    /** Does the same for a caller that has claimed the stack. */
    final void clearClaimed() {
        if (!beginClaimedDelete()) {
            if (isLive() && isShard) {
                // A shard frees what it still holds. A plain map is not written to.
                releaseEntries();
                dropArrays();
            }
            return;
        }
        try {
            int b = HmapLayout.b(state());
            intend(Journal.CLEAR);
            releaseEntries();
            freeArrays();
            setField(HmapLayout.REMOVALS, changes() + 1);
            setField(HmapLayout.COUNT, 0);
            setField(HmapLayout.NANS, 0);
            drawSeed();
            if (shrinksByItself()) {
                setState(HmapLayout.withB(state(), Mem.getByte(mem, hmap + HmapLayout.FLOOR_B)));
            } else {
                // 0 if another thread has taken the memory: the next write tries again.
                setArray(newArray(b));
            }
            intend(Journal.NOTHING);
            endWrite();
        } catch (Throwable failed) {
            intend(Journal.NOTHING);
            abandonWrite();
            throw failed;
        }
    }

    /**
     * Makes room for {@code entries} entries in total. The map does not grow before it has more
     * entries, and does not shrink automatically below that size. Moves all entries at once. Cost:
     * proportional to the number of buckets. If the map already has room for that many entries,
     * moves nothing.
     *
     * @param entries the total number of entries, at least 0
     * @throws IllegalArgumentException if {@code entries} is negative
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room for so many entries, or if no heap
     *     could have; the map is unchanged
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
            if (loadLimit(b) < entries) {
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
     * Halves the map until it has as few buckets as its entries allow, and returns the rest of the
     * memory to the heap. Drops the size hint and the reservation made by {@link #reserve}. Moves
     * all entries at once. Cost: proportional to the number of buckets. While a NaN is a key, the
     * map keeps its buckets.
     *
     * @throws NilMapException if the map is nil or freed
     * @throws HeapExhaustedException if the heap has no room for the smaller array beside the
     *     larger one; the map keeps all entries
     * @throws IllegalStateException if the heap is closed
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void shrink() {
        beginWrite();
        try {
            Mem.setByte(mem, hmap + HmapLayout.FLOOR_B, 0);
            int b = paged || field(HmapLayout.NANS) == 0 ? sizeFor(field(HmapLayout.COUNT)) : HmapLayout.b(state());
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
     * Frees this map and returns all its memory to the heap. A map that was opened by name loses
     * its name. From then on every handle of the map is nil ({@link #isNil}), and a cursor over the
     * map ends. Cost: proportional to the number of buckets. Does nothing on a nil or freed map.
     * Does nothing after the heap or its arena has ended either, because that has freed everything.
     * So a call is safe in a {@code finally} block.
     *
     * @throws java.util.ConcurrentModificationException if another thread is seen writing
     */
    public final void free() {
        if (canBeFreed()) {
            beginWrite();
            try {
                if (isNamed() && !isShard) { // all shards of a map have one name
                    heap().names().forget(name(), hmap);
                }
                intend(Journal.FREE);
                releaseEntries();
                freeOrder();
                freeArrays();
                Budget bound = budget;
                if (bound != null) {
                    bound.free();
                }
            } catch (Throwable failed) {
                intend(Journal.NOTHING);
                abandonWrite();
                throw failed;
            }
            freeHeader();
        }
    }

    /**
     * Returns the map's state. Cost: proportional to the number of buckets, because the longest
     * chain is searched.
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
        PagedTable engine = pages;
        long overflowBuckets = field(HmapLayout.OVERFLOW) + (paged ? 0 : field(HmapLayout.OLD_OVERFLOW));
        return new MapStats(
                field(HmapLayout.COUNT),
                b,
                field(HmapLayout.BUCKETS) == 0 ? 0 : 1L << b,
                overflowBuckets,
                growing,
                growing ? field(HmapLayout.NEVACUATE) : 0,
                bytes(),
                engine == null ? TableCheck.longestChain(this) : engine.longestSearch(),
                counter(HmapLayout.DOUBLINGS),
                counter(HmapLayout.SAME_SIZE_GROWTHS),
                counter(HmapLayout.SHRINKS));
    }

    /**
     * Recomputes every invariant of the map's structure. For tests, and to diagnose a map that
     * threads have misused. Cost: proportional to the number of buckets and entries. Passes on a
     * nil or freed map.
     *
     * @throws IllegalStateException if an invariant is broken: the message names the invariant and
     *     the place; or if the heap is closed
     */
    public final void check() {
        if (isLive()) {
            PagedTable engine = pages;
            if (engine == null) {
                new TableCheck(this).check();
            } else {
                new PageCheck(this, engine).check();
            }
            checkOrder();
            Budget bound = budget;
            if (bound != null) {
                bound.check();
            }
        }
    }

    /**
     * Describes a chain, bucket by bucket and slot by slot, without keys and values. A map with
     * {@link Geometry#PAGE} has pages in the place of chains.
     *
     * @param chain the number of the chain or page in the current array, from 0
     * @return the description, of several lines
     * @throws IndexOutOfBoundsException if there is no such chain
     * @throws IllegalStateException if the heap is closed
     */
    public final String dump(long chain) {
        return TableCheck.dump(this, chain);
    }
}
