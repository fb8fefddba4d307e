package io.memmap;

import static io.memmap.cache.EntryNodes.PROBATION;
import static io.memmap.cache.EntryNodes.PROTECTED;
import static io.memmap.cache.EntryNodes.WINDOW;

import io.memmap.Evictions.Copier;
import io.memmap.Evictions.Evicted;
import io.memmap.cache.CacheMemory;
import io.memmap.cache.EntryNodes;
import io.memmap.cache.FrequencySketch;
import io.memmap.cache.ReadBuffer;
import io.memmap.format.BlockKind;
import io.memmap.format.BoundsLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntConsumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one shard of a bounded map: its share of the map's entries and bytes, and the time
 * after which an entry expires. This class decides which entry is evicted, and when.
 *
 * <p><b>Nodes.</b> Each entry has a <em>node</em>, a record in the heap ({@link EntryNodes}). The
 * number of the node is in the entry's slot ({@link NodeSlots}). The hash in a node leads to the
 * entry.
 *
 * <p><b>Bytes</b> are charged to the share before they are taken from the heap, and discharged
 * after they are given back. So the bytes that the shard has in use never exceed its charge, and
 * the charge never exceeds its share. For the table, a share that is used up is like a heap that is
 * full: {@link HashTable} takes all memory for a step before the step. A doubling is not begun if
 * the new array does not fit beside the old one. Then the chains grow longer instead.
 *
 * <p><b>The choice of the evicted entry</b> (W-TinyLFU: Einziger, Friedman and Manes, TinyLFU,
 * 2017). New entries are in the <em>window</em>, a hundredth of all entries. Entries that the
 * window has no room for move to <em>probation</em>. An entry that is used on probation becomes
 * <em>protected</em>. Up to four fifths of the entries outside the window are protected; when there
 * are more, the least recently used of them falls back to probation. When an entry must go, the
 * least recently used of the window and that of the probation are compared, and the
 * {@link FrequencySketch} decides: the entry that it saw more often stays. So a scan does not
 * displace entries that are used again and again. All of this takes constant time, and happens
 * before the new entry is added.
 *
 * <p><b>Reads</b> change none of these lists. A reader puts the node number of its entry into the
 * {@link ReadBuffer}. The next writer empties the buffer, or a reader that finds it full and the
 * lock free. Readers that race overwrite each other's numbers. A number may be stale when it is
 * taken from the buffer: then the use is counted for another node, or for no node.
 *
 * <p><b>Expiry.</b> An operation reads the clock once, and compares that time with the times in the
 * node. A writer reads the clock under the lock, and this class keeps the time as {@code now}. A
 * reader passes its time on. It accepts the outcome under the same version as all else that it has
 * read. The time of a read is written under the lock as a reader holds it, so that no node is freed
 * meanwhile. It is written only when the time in the node is older than a 1024th of the duration. A
 * time in a node never goes back, although the times of two threads may come in another order than
 * their locks.
 *
 * <p><b>Threads.</b> The shard's lock guards all else. Nodes are read without the lock, under the
 * version.
 */
final class Limits extends Budget {
    /** The value of a bound that is not set. */
    static final long UNBOUNDED = Long.MAX_VALUE;

    /** The number of nodes that a write checks for expired entries. */
    private static final int SWEPT_NODES = 8;
    /** The longest time to live, so that the difference of two times is never too large. */
    private static final long LONGEST_LIFE = Long.MAX_VALUE >> 1;

    /** The sketch takes at most the shard's bytes divided by this number. */
    private static final int SKETCH_PART = 16;

    /**
     * The most blocks by which a write grows or shrinks the sketch: twice the number that the
     * entries removed by a write's sweep can make superfluous.
     */
    private static final int SKETCH_STEPS = 16;

    /**
     * An entry of the window that is used this often and loses the comparison is still kept once in
     * {@link #ADMIT_WARM_ONCE_IN} times. Otherwise an attacker could make entries that are never
     * evicted.
     */
    private static final int WARM = 6;

    private static final int ADMIT_WARM_ONCE_IN = 128;

    /**
     * The settings of a map, or the share of one shard. {@link #UNBOUNDED} stands for a bound that
     * is not set.
     *
     * @param shards the number of the map's shards; 0 if it has not been chosen
     * @param dropsTooLarge whether entries that never fit are dropped and not refused
     * @param writeNanos the time from the last write of an entry until it expires
     * @param readNanos the time from the last read or write of an entry until it expires
     * @param refreshNanos the time from the last write of an entry until a read refreshes it
     * @param hasDeadlines whether each entry has a time to live of its own; then the two times
     *     before that are not set
     * @param clock returns nanoseconds from any origin, like {@link System#nanoTime}
     */
    record Settings(
            long entries,
            long bytes,
            int shards,
            boolean dropsTooLarge,
            long writeNanos,
            long readNanos,
            long refreshNanos,
            boolean hasDeadlines,
            LongSupplier clock) {
        /** The clock of a map that is given no other, unless it has a name. */
        static final LongSupplier NANO_TIME = System::nanoTime;

        static final Settings NONE =
                new Settings(UNBOUNDED, UNBOUNDED, 0, false, UNBOUNDED, UNBOUNDED, UNBOUNDED, false, NANO_TIME);

        Settings withShards(int count) {
            return new Settings(
                    entries, bytes, count, dropsTooLarge, writeNanos, readNanos, refreshNanos, hasDeadlines, clock);
        }

        Settings withClock(LongSupplier other) {
            return new Settings(
                    entries, bytes, shards, dropsTooLarge, writeNanos, readNanos, refreshNanos, hasDeadlines, other);
        }

        /** Returns the share of a shard; the shares add up to the whole. */
        Settings share(int shard) {
            return new Settings(
                    share(entries, shard),
                    share(bytes, shard),
                    shards,
                    dropsTooLarge,
                    writeNanos,
                    readNanos,
                    refreshNanos,
                    hasDeadlines,
                    clock);
        }

        private long share(long whole, int shard) {
            return whole == UNBOUNDED ? whole : whole / shards + (shard < whole % shards ? 1 : 0);
        }

        boolean evicts() {
            return entries != UNBOUNDED || bytes != UNBOUNDED;
        }

        boolean expires() {
            return writeNanos != UNBOUNDED || readNanos != UNBOUNDED || hasDeadlines;
        }

        /** Returns whether nodes have times. */
        boolean isTimed() {
            return expires() || refreshNanos != UNBOUNDED;
        }

        /**
         * Returns which times nodes have, as the bounds of a shard say it
         * ({@link BoundsLayout#TIMES}).
         */
        int times() {
            return hasDeadlines
                    ? BoundsLayout.WRITE_AND_DEADLINE
                    : isTimed() ? BoundsLayout.WRITE_AND_READ : BoundsLayout.NO_TIMES;
        }
    }

    private final HashTable table;
    private final Settings whole;
    /** The shard's share of the whole. */
    private final Settings settings;

    private final @Nullable Copier copier;
    private List<Evicted> evicted = List.of();
    /**
     * The node of the entry whose value is being replaced, or 0. If this entry must go to make room
     * for its own new value, that is not an eviction.
     */
    private int replaced;

    private @Nullable Evicted aside;
    /** The node of the entry that is being removed. */
    private int removed;

    private long usedBytes;
    private boolean refused;
    /**
     * Whether entries are being evicted so that the shard fits into its bounds, which it exceeds.
     */
    private boolean isFitting;
    /**
     * The bytes that the shard has in use with the smallest array and one entry whose key and value
     * lie in its bucket.
     */
    private final long leastBytes;

    private final @Nullable FrequencySketch sketch;

    private final NodeSlots slots;
    private final EntryNodes nodes;
    /** The offset of the shard's bounds, where its nodes and its sketch have their state. */
    private final long bounds;
    /** The time of the operation that holds the lock. */
    private long now;
    /** The deadline of the entry that the operation with the lock is about to write. */
    private long deadline;

    private final CacheCounters counters;

    private final ReadBuffer reads = new ReadBuffer();
    private final IntConsumer countRead = this::countRead;

    /**
     * Bounds a table that is new and empty, or one that has bounds in its memory and has been
     * opened. Such a table may exceed the new bounds until {@link #fitToBounds}.
     *
     * @throws IllegalArgumentException if the share is too small for one entry, or if the nodes of
     *     the table have other times than these settings need
     * @throws HeapExhaustedException if the heap has no room
     */
    Limits(HashTable table, Settings whole, int shard, @Nullable Copier copier, CacheCounters counters) {
        this.table = table;
        this.whole = whole;
        settings = whole.share(shard);
        this.copier = copier;
        this.counters = counters;
        slots = new NodeSlots(table);
        CacheMemory memory = new TableMemory(table);
        bounds = table.boundsOffset();
        boolean isNew = Mem.getInt(table.mem, bounds + BoundsLayout.END) == 0;
        if (isNew) {
            Mem.setInt(table.mem, bounds + BoundsLayout.TIMES, settings.times());
        } else {
            requireTimes(settings.times());
        }
        nodes = new EntryNodes(memory, bounds, settings.isTimed(), this::renumber);
        NativeHeap heap = table.heap();
        long mostBytes = mostSketchBytes(settings);
        boolean hasSketch = FrequencySketch.isIn(table.mem, bounds);
        long firstPiece =
                hasSketch ? FrequencySketch.firstBytes(table.mem, bounds) : FrequencySketch.firstBytes(mostBytes);
        long firstBytes = settings.evicts() ? heap.usableSize(firstPiece, BlockKind.ENTRY) : 0;
        leastBytes = table.headerBytes()
                + table.textBytes()
                + firstBytes
                + heap.usableSize(table.arrayBytes(0), BlockKind.BUCKET)
                + heap.usableSize(nodes.chunkBytes(), BlockKind.ENTRY);
        if (leastBytes > whole.share(whole.shards() - 1).bytes()) {
            throw new IllegalArgumentException(
                    "maxBytes must be " + leastBytes * whole.shards() + " or more for a map of "
                            + (whole.shards() == 1 ? "one entry" : whole.shards() + " shards with an entry each") + ": "
                            + whole.bytes());
        }
        FrequencySketch frequencies = settings.evicts() || hasSketch
                ? new FrequencySketch(memory, bounds, mostBytes, settings.entries())
                : null;
        if (frequencies != null && !settings.evicts()) {
            frequencies.free();
            frequencies = null;
        }
        sketch = frequencies;
        usedBytes = table.bytes() + ownBytes();
    }

    private void requireTimes(int wanted) {
        int found = Mem.getInt(table.mem, bounds + BoundsLayout.TIMES);
        if (found != wanted) {
            throw new IllegalArgumentException("the map named " + table.name() + " has " + inWords(found) + ", not "
                    + inWords(wanted) + ": open it with limits of that kind");
        }
    }

    private static String inWords(int times) {
        return switch (times) {
            case BoundsLayout.NO_TIMES -> "entries without times (no expireAfter, no refreshAfterWrite)";
            case BoundsLayout.WRITE_AND_READ ->
                "entries with the times of their last write and read (expireAfterWrite, expireAfterAccess or"
                        + " refreshAfterWrite)";
            case BoundsLayout.WRITE_AND_DEADLINE -> "entries with times to live of their own (expireAfter)";
            default -> "entries with times of the unknown kind " + times;
        };
    }

    /** Returns the time of the last write of this table, which has bounds in its memory. */
    static long latest(TableArrays table) {
        return Mem.getLong(table.mem, table.boundsOffset() + BoundsLayout.LATEST);
    }

    /** Returns the settings of the whole map. */
    Settings whole() {
        return whole;
    }

    CacheCounters counters() {
        return counters;
    }

    /**
     * Returns how often the key with this hash was used lately, by the estimate of the sketch; 0
     * without one.
     */
    int frequency(long hash) {
        FrequencySketch frequencies = sketch;
        return frequencies == null ? 0 : frequencies.frequency(hash);
    }

    /**
     * Evicts entries until the shard keeps its bounds. They may be lower than those of the process
     * that had the shard before. The caller holds the lock, and has set the time.
     */
    void fitToBounds() {
        beginWrite();
        FrequencySketch frequencies = sketch;
        if (frequencies == null) {
            return;
        }
        isFitting = true;
        try {
            frequencies.shrinkToBound();
            while (nodes.size(WINDOW) > windowLimit()) {
                nodes.move(nodes.oldest(WINDOW), PROBATION);
            }
            while (table.size() > settings.entries() || usedBytes > settings.bytes()) {
                evictOne();
                if (usedBytes > settings.bytes()) {
                    shrinkArray();
                }
            }
            fitSketch(Long.MAX_VALUE);
        } finally {
            isFitting = false;
        }
    }

    /** Halves the table's array if its entries have room in a smaller one. */
    private void shrinkArray() {
        if (table.isEmpty()) {
            dropEmpty();
        } else if (table.sizeFor(table.size()) < HmapLayout.b(table.state())) {
            try {
                table.shrink();
            } catch (HeapExhaustedException full) {
                // the next eviction tries again
            }
        }
    }

    /** Returns the limits of a table; null if the table is not bounded. */
    static @Nullable Limits of(TableArrays table) {
        return (Limits) table.budget;
    }

    /**
     * Returns the bound on the bytes of the sketch: one or two words for each entry that there may
     * be, or a part of the shard's bytes if that is less.
     */
    private static long mostSketchBytes(Settings settings) {
        long byEntries = settings.entries() > 1L << 40
                ? UNBOUNDED
                : Long.BYTES * 2 * Long.highestOneBit(Math.max(1, settings.entries() - 1));
        long byBytes = Long.highestOneBit(settings.bytes() / SKETCH_PART);
        return Math.max(FrequencySketch.BLOCK_BYTES, Math.min(byEntries, byBytes));
    }

    // --------------------------------------------------------------------------------------- bytes

    @Override
    boolean charge(long bytes) {
        if (bytes > settings.bytes() - usedBytes && !isFitting) {
            refused = true;
            return false;
        }
        usedBytes += bytes;
        return true;
    }

    @Override
    void discharge(long bytes) {
        usedBytes -= bytes;
    }

    @Override
    boolean hasRoomToGrow(long arrayBytes) {
        return arrayBytes + arrayBytes / 8 <= settings.bytes() - usedBytes;
    }

    @Override
    long ownBytes() {
        long sketchBytes = sketch == null ? 0 : sketch.bytes();
        return sketchBytes + nodes.bytes();
    }

    /** Clears the mark that bytes have been refused. */
    void expectNoRefusal() {
        refused = false;
    }

    /** Returns whether memory was refused by the share, and not by the heap. */
    boolean hasRefused() {
        return refused;
    }

    /**
     * Returns whether an entry with this many bytes outside the buckets fits, at least alone. If it
     * returns false, the entry is to be dropped.
     *
     * @throws IllegalArgumentException if the entry is to be refused
     */
    boolean fits(long blobBytes) {
        long most = settings.bytes() - leastBytes;
        if (blobBytes > most && !whole.dropsTooLarge()) {
            throw new IllegalArgumentException(
                    "an entry has " + blobBytes + " bytes outside the buckets, but a shard has"
                            + " at most " + most + " for one entry: set a larger maxBytes than " + whole.bytes()
                            + ", fewer shards than " + whole.shards() + ", or dropTooLarge()");
        }
        return blobBytes <= most;
    }

    /** Returns the most bytes that an entry may have outside the buckets. */
    long maxEntryBytes() {
        if (settings.bytes() == UNBOUNDED) {
            return UNBOUNDED;
        }
        long most = settings.bytes() - leastBytes;
        long fits = 0;
        for (long step = Long.highestOneBit(Math.min(most, 1L << 61)); step != 0; step >>>= 1) {
            if (table.heap().usableSize(fits + step, BlockKind.ENTRY) <= most) {
                fits += step;
            }
        }
        return fits;
    }

    // --------------------------------------------------------------------------------------- nodes

    /**
     * Returns the node of the entry in this filled slot. A reader without the lock may get a number
     * that is no node; the version shows that.
     */
    int nodeAt(long slot) {
        return slots.nodeAt(slot);
    }

    @Override
    long hashAt(long slot) {
        return nodes.hash(slots.nodeAt(slot));
    }

    /** Ensures that there is a free node; returns false if the share has no room for more. */
    private boolean hasFreeNode() {
        refused = false;
        boolean has = nodes.ensureFree();
        if (!has && !refused) {
            throw table.exhausted(nodes.chunkBytes());
        }
        return has;
    }

    @Override
    void link(long slot, long hash) {
        slots.setNode(slot, nodes.add(hash, now, settings.hasDeadlines() ? deadline : now));
        FrequencySketch frequencies = sketch;
        if (frequencies != null) {
            frequencies.use(hash);
            while (nodes.size(WINDOW) > windowLimit()) {
                nodes.move(nodes.oldest(WINDOW), PROBATION);
            }
        }
    }

    @Override
    void beginUnlink(long slot) {
        removed = slots.nodeAt(slot);
    }

    @Override
    void endUnlink() {
        VarHandle.storeStoreFence(); // no node is free while an entry has it
        nodes.free(removed);
    }

    private void renumber(long hash, int node, int another) {
        slots.renumber(hash, node, another);
        replaced = replaced == node ? another : replaced;
    }

    @Override
    void clear() {
        if (sketch != null) {
            sketch.clear();
        }
        nodes.clear();
        setSwept(0);
    }

    @Override
    void free() {
        if (sketch != null) {
            sketch.free();
        }
    }

    // ----------------------------------------------------------------------- the order of eviction

    /**
     * Returns the number of entries from which the sizes of the window and of the protected list
     * are computed.
     */
    private long capacity() {
        return settings.bytes() == UNBOUNDED ? settings.entries() : table.size();
    }

    private long windowLimit() {
        return Math.max(1, capacity() / 100);
    }

    /**
     * Notes a read of the entry with this node, without a lock. It is cheap, and the note may be
     * lost.
     */
    void noteRead(int node) {
        reads.add(node);
    }

    boolean hasManyReads() {
        return sketch != null && reads.isFull();
    }

    /** Counts the reads that have been noted. */
    void takeReads() {
        reads.drainTo(countRead);
    }

    private void countRead(int node) {
        if (nodes.isUsed(node)) {
            use(node);
        }
    }

    /** Counts a use of the entry with this node. */
    void use(int node) {
        FrequencySketch frequencies = sketch;
        if (frequencies == null) {
            return;
        }
        frequencies.use(nodes.hash(node));
        int list = nodes.list(node);
        nodes.move(node, list == PROBATION ? PROTECTED : list);
        long limit = (capacity() - windowLimit()) * 4 / 5;
        if (nodes.size(PROTECTED) > limit) {
            nodes.move(nodes.oldest(PROTECTED), PROBATION);
        }
    }

    /** Returns the node of the entry to evict next; 0 if there is no entry. */
    private int victim() {
        int candidate = nodes.size(WINDOW) >= windowLimit() ? nodes.oldest(WINDOW) : 0;
        int victim = nodes.oldest(nodes.size(PROBATION) != 0 ? PROBATION : PROTECTED);
        if (candidate == 0 || victim == 0) {
            return candidate != 0 ? candidate : victim != 0 ? victim : nodes.oldest(WINDOW);
        }
        FrequencySketch frequencies = sketch;
        if (frequencies == null) {
            return victim;
        }
        int wanted = frequencies.frequency(nodes.hash(candidate));
        if (wanted > frequencies.frequency(nodes.hash(victim))
                || (wanted >= WARM && ThreadLocalRandom.current().nextInt(ADMIT_WARM_ONCE_IN) == 0)) {
            return victim;
        }
        return candidate;
    }

    // ---------------------------------------------------------------------------------------- room

    /** Returns the time for an operation that begins; 0 if entries have no times. */
    long readClock() {
        return settings.isTimed() ? settings.clock().getAsLong() : 0;
    }

    /** Sets the time of the operation that holds the lock. */
    void setNow(long nanos) {
        now = nanos;
        if (settings.isTimed()) {
            Mem.setLong(table.mem, bounds + BoundsLayout.LATEST, nanos);
        }
    }

    /** Begins a write. Counts the reads noted before it. */
    void beginWrite() {
        replaced = 0; // a write may have failed
        takeReads();
        nodes.trim();
    }

    /**
     * Notes that the write replaces the value of the entry with this node. Counts a use, so that
     * this entry is not the first to be evicted.
     */
    void beginReplacing(int node) {
        use(node);
        replaced = node;
    }

    /**
     * Notes that the write changes the value of the entry with this node in place. Counts a use and
     * sets the times of the node.
     */
    void change(int node) {
        use(node);
        setTimes(node);
    }

    /** Ends a write that has succeeded. Removes a few entries that have expired. */
    void endWrite() {
        replaced = 0;
        aside = null;
        sweep(SWEPT_NODES);
        fitSketch(SKETCH_STEPS);
    }

    private void fitSketch(long steps) {
        if (sketch != null) {
            sketch.fit(table.size(), steps);
        }
    }

    /**
     * Evicts entries until there is room for this many more entries and bytes; returns whether any
     * entry was evicted.
     */
    boolean makeRoom(int entries, long bytes) {
        boolean evictedAny = false;
        while (table.size() > settings.entries() - entries
                || (entries > 0 && !hasFreeNode())
                || bytes > settings.bytes() - usedBytes) {
            if (table.size() == 0) {
                dropEmpty(); // now an entry that fits() has accepted has room
                return entries == 0 || hasFreeNode();
            }
            evictOne();
            evictedAny = true;
        }
        return evictedAny;
    }

    /** Evicts the next entry. */
    void evictOne() {
        int node = victim();
        if (node == 0) {
            dropEmpty();
        } else {
            remove(node, isExpired(node) ? RemovalCause.EXPIRED : RemovalCause.SIZE);
        }
    }

    /**
     * Evicts the least used entry of the chain of this hash, so that a slot of the chain is free.
     * If entries have no bytes outside their slots, no other eviction makes room, as no eviction
     * frees a bucket.
     */
    void evictFromChain(long hash) {
        FrequencySketch frequencies = sketch;
        long chain = table.size() == 0 ? 0 : table.chain(hash, table.state());
        int least = 0;
        int leastUses = FrequencySketch.MAX_FREQUENCY + 1;
        for (long bucket = chain; bucket != 0 && frequencies != null; bucket = table.overflow(bucket)) {
            for (long rest = Tophash.filled(table.tops(bucket)); rest != 0; rest &= rest - 1) {
                int node = slots.nodeAt(bucket + Tophash.lowest(rest));
                int uses = frequencies.frequency(nodes.hash(node));
                if (uses < leastUses) {
                    least = node;
                    leastUses = uses;
                }
            }
        }
        if (least == 0) {
            evictOne();
        } else {
            remove(least, isExpired(least) ? RemovalCause.EXPIRED : RemovalCause.SIZE);
        }
    }

    /** Releases the memory of a table without entries. */
    private void dropEmpty() {
        clear();
        table.dropArrays();
    }

    /** Removes the entry with this node. */
    void remove(int node, RemovalCause cause) {
        Copier wanted = copier;
        boolean isReplaced = node == replaced;
        if (!isReplaced) {
            counters.countRemoval(cause);
        }
        if (wanted == null) {
            slots.remove(nodes.hash(node), node, Limits::keepNothing);
        } else {
            slots.remove(nodes.hash(node), node, slot -> {
                Evicted copy = wanted.copy(slot, cause);
                if (isReplaced) {
                    aside = copy;
                } else {
                    add(copy);
                }
            });
        }
        if (isReplaced) {
            replaced = 0; // another entry may have the node by now
        }
    }

    /** Adds entries to those that the listener is to receive. */
    void addAll(List<Evicted> entries) {
        if (evicted.isEmpty()) {
            evicted = entries;
        } else {
            evicted.addAll(entries);
        }
    }

    /** Takes back an entry that was added, as its removal has failed. */
    void takeBack(Evicted entry) {
        evicted.remove(entry);
    }

    private static void keepNothing(long slot) {}

    /** Adds an entry to those that the listener is to receive. */
    void add(Evicted entry) {
        if (evicted.isEmpty()) {
            evicted = new ArrayList<>();
        }
        evicted.add(entry);
    }

    /** Returns the entries evicted since the last call. */
    List<Evicted> takeEvicted() {
        Evicted lost = aside;
        aside = null;
        replaced = 0;
        if (lost != null) { // the heap had no room for its new value
            add(lost);
            counters.countRemoval(lost.cause());
        }
        List<Evicted> taken = evicted;
        evicted = List.of();
        return taken;
    }

    // -------------------------------------------------------------------------------------- expiry

    /**
     * Removes the expired entries among the next nodes, as many as given. The sweep goes from high
     * numbers to low ones. When a node is given up, its entry gets a node with a lower number. So
     * no entry escapes the sweep.
     */
    private void sweep(int count) {
        if (!settings.expires()) {
            return;
        }
        int swept = Mem.getInt(table.mem, bounds + BoundsLayout.SWEPT);
        for (int i = 0; i < count && nodes.end() > 1; i++) {
            swept = Math.min(swept, nodes.end());
            swept = swept > 1 ? swept - 1 : nodes.end() - 1;
            if (nodes.isUsed(swept) && isExpired(swept)) {
                remove(swept, RemovalCause.EXPIRED);
            }
        }
        setSwept(swept);
    }

    /** Sets the node from which the sweep for expired entries goes on. */
    private void setSwept(int node) {
        Mem.setInt(table.mem, bounds + BoundsLayout.SWEPT, node);
    }

    /** Removes all entries that have expired. */
    void sweepAll() {
        beginWrite();
        setSwept(nodes.end());
        sweep(nodes.end() - 1);
        fitSketch(Long.MAX_VALUE);
        if (table.size() == 0) {
            dropEmpty();
        }
    }

    boolean expires() {
        return settings.expires();
    }

    /**
     * Returns whether the entry with this node has expired at the time of the operation that holds
     * the lock.
     */
    boolean isExpired(int node) {
        return isExpired(node, now);
    }

    /** Returns whether the entry with this node has expired at this time. */
    boolean isExpired(int node, long nanos) {
        return settings.expires() && isExpired(nodes.timeWritten(node), nodes.timeRead(node), nanos);
    }

    /**
     * Returns whether an entry that was last written and read at these times has expired at this
     * time. If entries have deadlines, {@code read} is the deadline.
     */
    boolean isExpired(long written, long read, long nanos) {
        return settings.hasDeadlines()
                ? nanos - read >= 0
                : nanos - written >= settings.writeNanos() || nanos - read >= settings.readNanos();
    }

    /**
     * Returns the time of the last write of the entry with this node. The map's entries must
     * expire.
     */
    long timeWritten(int node) {
        return nodes.timeWritten(node);
    }

    /**
     * Returns the time of the last read or write of the entry with this node, or its deadline if
     * entries have deadlines. The map's entries must expire.
     */
    long timeRead(int node) {
        return nodes.timeRead(node);
    }

    /** Sets the times of the entry with this node, which is not new and has been written. */
    void setTimes(int node) {
        if (settings.hasDeadlines()) {
            nodes.setWritten(node, now, deadline);
        } else if (settings.isTimed()) {
            nodes.setTimes(node, now);
        }
    }

    boolean expiresAfterRead() {
        return settings.readNanos() != UNBOUNDED;
    }

    /**
     * Returns whether a read of the entry with this node at this time is to be written to the node.
     */
    boolean isReadDue(int node, long nanos) {
        return nanos - nodes.timeRead(node) > settings.readNanos() >>> 10;
    }

    /** Sets the time of the last read. The caller holds the lock as a reader. */
    void setReadTime(int node, long nanos) {
        nodes.setTimeRead(node, nanos);
    }

    /** Passes the slot of each entry to an action, in an order in which they can be copied. */
    void forEachSlot(LongConsumer action) {
        nodes.forEachUsed(node -> action.accept(slots.slotOf(nodes.hash(node), node)));
    }

    /** Gives the entry that the operation with the lock writes next the deadline of a node of others. */
    void copyDeadline(Limits others, int node) {
        if (settings.hasDeadlines()) {
            deadline = others.nodes.deadline(node);
        }
    }

    /**
     * Gives the entry that has just been added the times of a node of other limits, and its place
     * among the lists.
     */
    void copyNode(Limits others, int node) {
        nodes.copyTimes(others.nodes, node);
        int list = others.nodes.list(node);
        if (list != WINDOW) {
            nodes.moveNewest(list);
        }
    }

    /** Returns how long ago the entry with this node was last written, in nanoseconds. */
    long age(int node, long nanos) {
        return nanos - nodes.timeWritten(node);
    }

    boolean isRefreshDue(long age) {
        return age >= settings.refreshNanos();
    }

    boolean refreshes() {
        return settings.refreshNanos() != UNBOUNDED;
    }

    /** Sets how long the entry that the operation with the lock writes next lives. */
    void setTimeToLive(long timeToLive) {
        deadline = deadlineAfter(timeToLive, now);
    }

    private static long deadlineAfter(long timeToLive, long nanos) {
        return nanos + Math.clamp(timeToLive, 0, LONGEST_LIFE);
    }

    /** Returns how long the entry with this node has to live from this time on. */
    long timeToLive(int node, long nanos) {
        return nodes.deadline(node) - nanos;
    }

    /**
     * Changes the time that the entry with this node has to live from a time on, unless it is
     * another than expected. The caller holds the lock, perhaps as a reader.
     */
    void changeTimeToLive(int node, long nanos, long expected, long timeToLive) {
        nodes.replaceDeadline(node, nanos + expected, deadlineAfter(timeToLive, nanos));
    }

    // --------------------------------------------------------------------------------------- check

    /**
     * Checks the invariants: L1 bytes, L2 entries, L3 lists and free nodes, L4 nodes of slots, L5
     * chunks, L6 sketch.
     */
    @Override
    void check() {
        require(
                usedBytes == table.bytes(),
                "L1",
                usedBytes + " bytes are charged, but " + table.bytes() + " are in use");
        require(usedBytes <= settings.bytes(), "L1", usedBytes + " bytes exceed maxBytes " + settings.bytes());
        require(
                table.size() <= settings.entries(),
                "L2",
                table.size() + " entries exceed maxEntries " + settings.entries());
        String listFault = nodes.listFault(table.size());
        require(listFault == null, "L3", "in the lists: " + listFault);
        String chunkFault = nodes.chunkFault();
        require(chunkFault == null, "L5", "in the chunks: " + chunkFault);
        long[] seen = {0};
        table.forEachSlot(slot -> {
            int node = slots.nodeAt(slot);
            require(node > 0 && node < nodes.end(), "L4", "slot @" + slot + " has node " + node);
            require(nodes.isUsed(node), "L4", "slot @" + slot + " has the free node " + node);
            require(
                    Tophash.of(nodes.hash(node)) == Mem.getByte(table.mem, slot),
                    "L4",
                    "node " + node + " belongs to another slot");
            seen[0] += node;
        });
        nodes.forEachUsed(node -> seen[0] -= node);
        require(seen[0] == 0, "L4", "a node belongs to no slot, or to two");
        String fault = sketch == null ? null : sketch.fault();
        require(fault == null, "L6", "the sketch: " + fault);
    }

    private void require(boolean holds, String invariant, String message) {
        if (!holds) {
            throw new IllegalStateException(invariant + " broken in " + table.type + "@" + table.hmap + ": " + message);
        }
    }
}
