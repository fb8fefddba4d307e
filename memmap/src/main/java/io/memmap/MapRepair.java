package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.HeapLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import io.memmap.memory.BlockAllocator;
import io.memmap.memory.HeapRepair;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Repairs the maps of a heap whose process ended in the middle of an operation. Afterwards each map
 * has the entries of all completed operations, and the operation that was running is done or not.
 *
 * <p>The stores of the engine have an order in which one word decides each step: the tophash word of
 * an entry's bucket, the link to an overflow bucket, the mark of a unit that moves, the identity of a
 * map. So a repair believes these words. It computes the rest from a walk over the chains: the
 * counts, the next spare bucket, the empty slots at the end of a chain, the stamp. It empties slots
 * that had been filled but not yet taken, and the new chains of a unit that was about to move. What
 * cannot be computed is in the map's {@link Journal}. {@link PageRepair} does the same for pages.
 *
 * <p>A repair that is interrupted can be started again. It does not know the types of the maps.
 */
final class MapRepair {
    /**
     * What a repair has done.
     *
     * @param maps the number of maps found
     * @param undone the number of operations that were put back or finished with a journal
     * @param swept the number of blocks freed because nothing refers to them
     */
    record Repaired(int maps, int undone, long swept) {
        /** Of a heap that needed no repair. */
        static final Repaired NOTHING = new Repaired(0, 0, 0);
    }

    private final BlockAllocator blocks;
    private final HeapRepair heap;
    private final MemorySegment mem;
    private final long hmap;
    /** The pointers that the directory has, and its own. */
    private final Set<Long> named;

    private final boolean isDirectory;
    private final BucketLayout layout;
    private final long bucketBytes;
    private final int options;
    private final EntryBounds bounds;

    private boolean undone;
    private long filled;
    private long blobBytes;
    /** Whether the process ended within a write of this shard, or within its repair. */
    private boolean wasWriting;
    /** The repair of the map's bounds; null in a map without bounds. */
    private @Nullable BoundsRepair limits;
    /** The spare bucket with the highest address that is linked in the array of the last walk, or 0. */
    private long highestSpare;
    /** The spare buckets that are linked in the array of the running walk, by their numbers. */
    private BitSet spares = new BitSet();

    private boolean packs;

    private MapRepair(BlockAllocator blocks, HeapRepair heap, MemorySegment mem, long hmap, Set<Long> named) {
        this.blocks = blocks;
        this.heap = heap;
        this.mem = mem;
        this.hmap = hmap;
        this.named = named;
        isDirectory = hmap == Mem.getLong(mem, HeapLayout.DIRECTORY_OFFSET);
        layout = BucketLayout.read(mem, hmap);
        bucketBytes = layout.bytes();
        options = Mem.getByte(mem, hmap + HmapLayout.OPTIONS);
        bounds = new EntryBounds(mem, layout, options);
    }

    /**
     * Repairs a heap and all its maps. No handle of a map may exist.
     *
     * @throws IllegalStateException if the memory holds what no interrupted operation leaves: the heap
     *     is damaged
     */
    static Repaired repair(BlockAllocator blocks, MemorySegment memory) {
        HeapRepair heap = new HeapRepair(blocks);
        long directory = Mem.getLong(memory, HeapLayout.DIRECTORY_OFFSET);
        Set<Long> named = new HashSet<>(Set.of(directory));
        List<MapRepair> maps = new ArrayList<>();
        heap.forEach(BlockKind.HEADER, hmap -> {
            if (hmap == directory) { // it says which other maps are named
                maps.addFirst(new MapRepair(blocks, heap, memory, hmap, named));
            } else if (Mem.getLong(memory, hmap + HmapLayout.IDENTITY) != 0) {
                maps.add(new MapRepair(blocks, heap, memory, hmap, named));
            }
        });
        if (directory != 0 && (maps.isEmpty() || maps.getFirst().hmap != directory)) {
            throw new IllegalStateException("no map begins at the pointer of the directory, " + directory);
        }
        maps.forEach(MapRepair::beginSequence);
        int found = 0;
        int undone = 0;
        for (MapRepair map : maps) {
            found += map.repair() ? 1 : 0;
            undone += map.undone ? 1 : 0;
            if (map.isDirectory) {
                map.nameShards(maps);
            }
        }
        heap.rebuild();
        maps.forEach(MapRepair::endSequence);
        return new Repaired(found, undone, heap.swept());
    }

    /** Tells the readers in other processes that the table is not to be read, as while a thread writes. */
    private void beginSequence() {
        if (hasSequence()) {
            wasWriting = (field(HmapLayout.SEQUENCE) & 1) != 0;
            setField(HmapLayout.SEQUENCE, field(HmapLayout.SEQUENCE) | 1);
            VarHandle.storeStoreFence();
        }
    }

    private boolean hasSequence() {
        return (isDirectory || has(HmapLayout.SHARD)) && has(HmapLayout.JOURNALED);
    }

    private void endSequence() {
        if (hasSequence() && field(HmapLayout.IDENTITY) != 0) {
            VarHandle.storeStoreFence();
            setField(HmapLayout.SEQUENCE, field(HmapLayout.SEQUENCE) + 1);
        }
    }

    /** Adds the shards of the lists in the directory to the maps with a name, and marks the lists. */
    private void nameShards(List<MapRepair> maps) {
        Set<Long> headers = new HashSet<>();
        maps.forEach(map -> headers.add(map.hmap));
        for (long list : List.copyOf(named)) {
            if (!blocks.isBlock(list, BlockKind.ENTRY)) {
                continue;
            }
            if (HeapWords.areAt(mem, list)) {
                heap.mark(list, BlockKind.ENTRY);
            } else {
                String fault = ShardList.fault(mem, list, blocks.blockBytes(list));
                for (int i = 0; fault == null && i < ShardList.count(mem, list); i++) {
                    long header = ShardList.header(mem, list, i);
                    fault = !headers.contains(header)
                            ? "no shard begins at " + header
                            : ShardList.faultInShard(mem, list, header);
                    if (!named.add(header)) {
                        fault = "two lists have the shard at " + header;
                    }
                }
                if (fault != null || heap.mark(list, BlockKind.ENTRY) == 0) {
                    throw damaged("its list of shards at " + list + ": " + fault);
                }
            }
        }
    }

    /** Repairs the map and marks its blocks. Returns false if the map has ended. */
    private boolean repair() {
        boolean wasFreed = has(HmapLayout.JOURNALED) && field(HmapLayout.INTENT) == Journal.FREE;
        boolean isHalfNamed = has(HmapLayout.NAMED) && !named.contains(hmap); // while it was made or removed
        if (wasFreed || isHalfNamed) {
            setField(HmapLayout.IDENTITY, 0);
            undone = wasFreed || isHalfNamed;
            return false;
        }
        heap.mark(hmap, BlockKind.HEADER);
        requireLayout();
        if (has(HmapLayout.BOUNDED)) {
            long behind = hmap + HmapLayout.bytes(has(HmapLayout.JOURNALED));
            limits = new BoundsRepair(blocks, heap, mem, behind, wasWriting);
            limits.begin();
        }
        markText(HmapLayout.NAME);
        markText(HmapLayout.TYPE);
        setField(HmapLayout.ORDER, 0); // swept, and built again by the next call that needs it
        if (has(HmapLayout.JOURNALED)) {
            packs = field(HmapLayout.INTENT) == Journal.PACK;
            readJournal();
        }
        if (field(HmapLayout.BUCKETS) == 0) {
            empty();
        } else if (layout.geometry() == BucketLayout.PAGE) {
            setCount(new PageRepair(blocks, heap, mem, hmap, layout).repair());
        } else {
            repairArrays();
        }
        requireSeed();
        if (limits != null) {
            limits.finish();
        }
        publish();
        if (packs) {
            setField(HmapLayout.INTENT, Journal.NOTHING);
        }
        return true;
    }

    /** A damaged layout could make the steps of a walk too large, or 0. */
    private void requireLayout() {
        boolean isSlot = isSlotBytes(layout.keyBytes()) && isSlotBytes(layout.valueBytes());
        if (!isSlot || !layout.equals(BucketLayout.of(layout.geometry(), layout.keyBytes(), layout.valueBytes()))) {
            throw damaged("its layout is " + layout);
        }
    }

    private static boolean isSlotBytes(int bytes) {
        return bytes >= 0 && bytes <= Type.MAX_INLINE_BYTES + Budget.SLOT_BYTES;
    }

    /** The seed of a map without entries may have been changed when its copy had not. */
    private void requireSeed() {
        int hash0 = Mem.getInt(mem, hmap + HmapLayout.HASH0);
        if (field(HmapLayout.COUNT) == 0) {
            Mem.setInt(mem, hmap + HmapLayout.HASH0_COPY, hash0);
        } else if (Mem.getInt(mem, hmap + HmapLayout.HASH0_COPY) != hash0) {
            throw damaged("its hash0 differs from the copy");
        }
    }

    private void readJournal() {
        if (field(HmapLayout.INTENT) == Journal.CLEAR) {
            Journal.restoreHeader(mem, hmap);
            endGrowth();
            empty();
            setField(HmapLayout.NAN_SLOT, 0);
            setField(HmapLayout.INTENT, Journal.NOTHING);
            undone = true;
            return;
        }
        undone = Journal.restoreHeader(mem, hmap);
        undone |= Journal.restoreRecord(mem, hmap, blocks);
        long slot = field(HmapLayout.NAN_SLOT);
        if (slot != 0) {
            boolean isFilled = Tophash.at(tops(MapHandle.bucketOf(slot)), (int) slot & 7) >= Tophash.MIN_TOPHASH;
            setField(HmapLayout.NANS, field(HmapLayout.NANS_BESIDE) + (isFilled ? 1 : 0));
            setField(HmapLayout.NAN_SLOT, 0);
        }
    }

    /** Ends the growth of a map that is being cleared, if it grows. */
    private void endGrowth() {
        if (field(HmapLayout.OLD_BUCKETS) != 0) {
            Journal.saveHeader(mem, hmap);
            long changes = field(HmapLayout.COUNT) + field(HmapLayout.REMOVALS);
            setField(HmapLayout.GROWTH_CHANGES, field(HmapLayout.GROWTH_CHANGES) + changes);
            setField(HmapLayout.OLD_BUCKETS, 0);
            Journal.dropHeader(mem, hmap);
        }
    }

    private void markText(long field) {
        if (field(field) != 0) {
            heap.mark(field(field), BlockKind.ENTRY);
        }
    }

    /** Makes a map without entries and arrays of this map, which has no array or is being cleared. */
    private void empty() {
        setField(HmapLayout.BUCKETS, 0);
        setField(HmapLayout.OLD_BUCKETS, 0);
        setField(HmapLayout.NEVACUATE, 0);
        setField(HmapLayout.RELEASED, 0);
        setField(HmapLayout.OVERFLOW, 0);
        setField(HmapLayout.OLD_OVERFLOW, 0);
        setField(HmapLayout.NEXT_OVERFLOW, 0);
        setField(HmapLayout.NANS, 0);
        setField(HmapLayout.BLOB_BYTES, 0);
        setCount(0);
        long state = HmapLayout.withNoverflow(field(HmapLayout.STATE), 0)
                & ~(HmapLayout.SAME_SIZE | HmapLayout.SHRINKING | HmapLayout.CRAMPED | HmapLayout.WRITING);
        setField(
                HmapLayout.STATE,
                has(HmapLayout.AUTO_SHRINK)
                        ? HmapLayout.withB(state, Mem.getByte(mem, hmap + HmapLayout.FLOOR_B))
                        : state);
    }

    /** I1: sets the count. A removal that had not been counted is counted. */
    private void setCount(long count) {
        long more = field(HmapLayout.COUNT) - count;
        if (more > 0) {
            setField(HmapLayout.REMOVALS, field(HmapLayout.REMOVALS) + 2 * more);
        }
        setField(HmapLayout.COUNT, count);
    }

    /** I12: gives the header a new stamp. */
    private void publish() {
        setField(HmapLayout.STAMPS, field(HmapLayout.STAMPS) + 1);
        int load = Mem.getByte(mem, hmap + HmapLayout.LOAD);
        setField(HmapLayout.LIMIT, TableArrays.limit(layout.slots(), load, field(HmapLayout.STATE)));
        long array = field(HmapLayout.BUCKETS);
        boolean grows = field(HmapLayout.OLD_BUCKETS) != 0;
        setField(
                HmapLayout.STAMP,
                MapHandle.stampOf(field(HmapLayout.IDENTITY), field(HmapLayout.STAMPS), array, grows));
    }

    // ------------------------------------------------------------------------------ buckets, chains

    private void repairArrays() {
        long array = field(HmapLayout.BUCKETS);
        long old = field(HmapLayout.OLD_BUCKETS);
        long state = field(HmapLayout.STATE) & ~HmapLayout.WRITING;
        int b = HmapLayout.b(state);
        requireArray(array, b);
        long oldOverflow = 0;
        if (old == 0) {
            state &= ~(HmapLayout.SAME_SIZE | HmapLayout.SHRINKING); // I8
            setField(HmapLayout.RELEASED, 0);
        } else {
            requireArray(old, MapHandle.oldB(state));
            oldOverflow = repairUnits(array, old, state);
        }
        long overflow = 0;
        highestSpare = 0;
        spares = new BitSet();
        for (long chain = 0; chain < 1L << b; chain++) {
            overflow += repairChain(array + chain * bucketBytes, array, b);
        }
        setField(HmapLayout.NEXT_OVERFLOW, nextSpare(array, b));
        setField(HmapLayout.OVERFLOW, overflow); // I5
        setField(HmapLayout.OLD_OVERFLOW, oldOverflow);
        setField(HmapLayout.STATE, b < 16 ? HmapLayout.withNoverflow(state, (int) overflow) : state); // I7
        setField(HmapLayout.BLOB_BYTES, blobBytes); // I13
        setCount(filled);
    }

    private void requireArray(long array, int b) {
        if (b < 0
                || b >= Long.SIZE - 1
                || bucketBytes > TableArrays.MAX_ARRAY_BYTES >> b
                || blocks.blockBytes(array) < bucketBytes << b
                || heap.mark(array, BlockKind.BUCKET) == 0) {
            throw damaged("its array of 2^" + b + " buckets is not at " + array);
        }
    }

    /**
     * I6: finishes the unit that was moving, or takes it back. Returns the number of overflow buckets
     * that are linked from the old array.
     */
    private long repairUnits(long array, long old, long state) {
        int oldB = MapHandle.oldB(state);
        long units = 1L << MapHandle.unitsB(state);
        boolean merges = (state & HmapLayout.SHRINKING) != 0;
        boolean splits = oldB < HmapLayout.b(state);
        long overflow = 0;
        long mark = field(HmapLayout.NEVACUATE);
        if (mark < 0 || mark > units) {
            throw damaged("its mark is " + mark + " of " + units + " units");
        }
        for (long unit = mark; unit < units; unit++) {
            long first = old + unit * bucketBytes;
            long second = first + units * bucketBytes;
            if (Tophash.isEvacuated(tops(first))) {
                retire(first);
                if (merges) {
                    retire(second);
                }
            } else {
                wipe(array + unit * bucketBytes, array, HmapLayout.b(state));
                if (splits) {
                    wipe(array + (unit + units) * bucketBytes, array, HmapLayout.b(state));
                }
                overflow += repairChain(first, old, oldB);
                overflow += merges ? repairChain(second, old, oldB) : 0;
            }
        }
        return overflow;
    }

    /** Marks an old chain whose unit has moved, and cuts off its overflow buckets. */
    private void retire(long chain) {
        if (!Tophash.isEvacuated(tops(chain))) {
            blocks.commit(chain, bucketBytes);
            setTops(chain, (Tophash.lanes(layout.slots()) >>> 7) * Tophash.EVACUATED_EMPTY);
        }
        if (overflow(chain) != 0) {
            Mem.setLong(mem, chain + layout.overflowOffset(), 0);
        }
    }

    /** Empties a new chain whose unit has not moved. It keeps its buckets. */
    private void wipe(long chain, long array, int b) {
        if (!isUsed(chain)) {
            return;
        }
        setTops(chain, 0);
        long seen = chain;
        long hops = 0;
        for (long bucket = overflow(chain); bucket != 0; bucket = overflow(bucket)) {
            boolean isBucket = isSpare(bucket, array, b) || blocks.isBlock(bucket, BlockKind.OVERFLOW);
            if (bucket == seen || !isBucket) {
                throw damaged("the chain at " + chain + " is linked to " + bucket);
            }
            setTops(bucket, 0);
            if ((++hops & hops - 1) == 0) { // a circle comes back to one of these, however long it is
                seen = bucket;
            }
        }
    }

    /**
     * Counts the entries of a chain, marks its blocks, and restores I2 and I10. Returns the number of
     * its overflow buckets.
     */
    private long repairChain(long chain, long array, int b) {
        if (!isUsed(chain)) {
            return 0;
        }
        long overflow = 0;
        for (long bucket = overflow(chain); bucket != 0; bucket = overflow(bucket)) {
            requireOverflow(bucket, array, b);
            overflow++;
        }
        if (packs) {
            dropCopies(chain);
        }
        long last = 0; // the last bucket with an entry
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            last = entries(bucket) != 0 ? bucket : last;
        }
        boolean isBehind = last == 0;
        for (long bucket = chain; bucket != 0; bucket = overflow(bucket)) {
            int kept = isBehind ? 0 : bucket == last ? lastEntry(bucket) : layout.slots();
            repairBucket(bucket, kept);
            isBehind |= bucket == last;
        }
        return overflow;
    }

    /** Marks an overflow bucket. So a chain that runs in a circle ends here, too. */
    private void requireOverflow(long bucket, long array, int b) {
        boolean isNew;
        if (isSpare(bucket, array, b)) {
            int number = (int) ((bucket - array) / bucketBytes - (1L << b));
            isNew = !spares.get(number);
            spares.set(number);
            highestSpare = Math.max(highestSpare, bucket);
        } else {
            isNew = heap.mark(bucket, BlockKind.OVERFLOW) != 0;
        }
        if (!isNew) {
            throw damaged("two chains have the overflow bucket at " + bucket);
        }
    }

    private boolean isSpare(long bucket, long array, int b) {
        return bucket >= array + (bucketBytes << b)
                && bucket <= array + arrayBytes(array, b) - bucketBytes
                && (bucket - array) % bucketBytes == 0;
    }

    /** Returns the size of an array with its spare buckets. */
    private long arrayBytes(long array, int b) {
        long bytes = blocks.blockBytes(array);
        return b < 4 ? bucketBytes << b : bytes - bytes % bucketBytes;
    }

    /** Returns the lanes of the slots that have entries. */
    private long entries(long bucket) {
        return Tophash.filled(tops(bucket)) & Tophash.lanes(layout.slots());
    }

    /** Returns the number of slots up to the last entry of a bucket. */
    private int lastEntry(long bucket) {
        return (Long.SIZE - Long.numberOfLeadingZeros(entries(bucket))) >>> 3;
    }

    /** Counts the entries of a bucket whose first {@code kept} slots are not emptyRest, and empties the others. */
    private void repairBucket(long bucket, int kept) {
        long tops = tops(bucket);
        long right = 0;
        for (int slot = 0; slot < layout.slots(); slot++) {
            int top = Tophash.at(tops, slot);
            if (top >= Tophash.MIN_TOPHASH) {
                right = Tophash.with(right, slot, top);
                filled++;
                markEntry(bucket, slot);
                continue;
            }
            right = Tophash.with(right, slot, slot < kept ? Tophash.EMPTY_ONE : Tophash.EMPTY_REST);
            zero(bucket + layout.valuesOffset() + (long) slot * layout.valueStride(), layout.valueBytes());
            if (has(HmapLayout.KEYS_OUTSIDE)) {
                zero(keyAddress(bucket, slot), layout.keyBytes());
            }
        }
        setTops(bucket, right);
    }

    private void zero(long address, int bytes) {
        for (int i = 0; i < bytes; i++) {
            if (Mem.getByte(mem, address + i) != 0) {
                Mem.zero(mem, address, bytes);
                return;
            }
        }
    }

    private void markEntry(long bucket, int slot) {
        if (isDirectory) {
            named.add(Mem.getLong(mem, bucket + layout.valuesOffset() + (long) slot * layout.valueStride()));
        }
        if (limits != null) {
            long value = bucket + layout.valuesOffset() + (long) slot * layout.valueStride();
            limits.use(value + layout.valueBytes() - Budget.SLOT_BYTES);
        }
        long block = bounds.block(bucket, slot);
        if (block == 0) {
            return;
        }
        long bytes = heap.mark(block, BlockKind.ENTRY);
        if (bytes == 0) {
            throw damaged("two entries have the block at " + block);
        }
        String fault = bounds.fault(bucket, slot, block, bytes);
        if (fault != null) {
            throw damaged("slot @" + (bucket + slot) + " " + fault);
        }
        blobBytes += bytes;
    }

    /** I9: returns the first spare bucket that is not linked. Restores what tells the last one. */
    private long nextSpare(long array, int b) {
        long end = array + arrayBytes(array, b);
        long next = highestSpare == 0 ? array + (bucketBytes << b) : highestSpare + bucketBytes;
        if (next >= end) {
            return 0;
        }
        long last = end - bucketBytes;
        if (overflow(last) != array) {
            Mem.setLong(mem, last + layout.overflowOffset(), array);
        }
        return next;
    }

    /**
     * Drops the second slot of an entry that was moving within its chain. Its key, its value and its
     * block are those of the first slot.
     */
    private void dropCopies(long chain) {
        for (long bucket = chain; bucket != 0 && overflow(chain) != 0; bucket = overflow(bucket)) {
            for (long rest = entries(bucket); rest != 0; rest &= rest - 1) {
                dropCopiesOf(bucket, Tophash.lowest(rest));
            }
        }
    }

    private void dropCopiesOf(long bucket, int slot) {
        int from = slot + 1;
        for (long other = bucket; other != 0; other = overflow(other)) {
            for (int i = from; i < layout.slots(); i++) {
                if (Tophash.at(tops(other), i) == Tophash.at(tops(bucket), slot)
                        && haveEqualKeys(keyAddress(other, i), keyAddress(bucket, slot))) {
                    setTops(other, Tophash.with(tops(other), i, Tophash.EMPTY_ONE));
                }
            }
            from = 0;
        }
    }

    private boolean haveEqualKeys(long a, long b) {
        for (int i = 0; i < layout.keyBytes(); i++) {
            if (Mem.getByte(mem, a + i) != Mem.getByte(mem, b + i)) {
                return false;
            }
        }
        return true;
    }

    // --------------------------------------------------------------------------------------- fields

    private boolean isUsed(long chain) {
        return BlockAllocator.isCommitted(mem, blocks.bitmapOffset(), blocks.granuleShift(), chain, Long.BYTES);
    }

    private long keyAddress(long bucket, int slot) {
        return bucket + layout.keysOffset() + (long) slot * layout.keyStride();
    }

    private long tops(long bucket) {
        return Mem.getLong(mem, bucket);
    }

    private void setTops(long bucket, long tops) {
        if (tops(bucket) != tops) {
            Mem.setLong(mem, bucket, tops);
        }
    }

    private long overflow(long bucket) {
        return Mem.getLong(mem, bucket + layout.overflowOffset());
    }

    private boolean has(int option) {
        return (options & option) != 0;
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
