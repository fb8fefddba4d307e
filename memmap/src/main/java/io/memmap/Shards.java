package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.memory.StackReserve;
import io.memmap.telemetry.Leaks;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a map for many threads. All have one seed for life; of a key's hash, bits just below the thirty-second name the
 * shard, so that the low bits, which name the chain, and the top byte, the tophash, are as good in a shard as in a whole map.
 *
 * @param <T> the tables
 */
final class Shards<T extends HashTable> {
    private static final int HASH_BITS = 32;
    static final int MAX_SHARDS = 1 << 10;

    final NativeHeap heap;
    private final String name;
    private final List<Shard<T>> shards;
    /** The same as {@link #of} asks for them; a map may keep both itself, to spare each lookup a load. */
    final Shard<T>[] byHash;

    final int shift;

    private final long seed;
    /** The map as the collector is to see it; null if it is not looked for. */
    private final Leaks.@Nullable Tracked tracked;
    /** Functions of callers that run under a lock; while there are some, a write looks out for its own thread's. */
    private final AtomicInteger functions = new AtomicInteger();

    /** How many guards a thread holds, which has some. */
    private final Map<Thread, Integer> guards = new ConcurrentHashMap<>();

    /** What is said of the map's end while it is ending, and for ever when it has ended; null while it is open. */
    private volatile @Nullable String end;

    private boolean hasEnded;
    /** Whether the map's end is its heap's end. */
    private boolean ownsHeap;

    /**
     * Makes this many shards.
     *
     * @param handle makes a handle of the table whose header is at a pointer
     * @throws HeapExhaustedException if the heap has no room; nothing was made
     */
    Shards(NativeHeap heap, int count, MapType type, long hint, String name, LongFunction<T> handle) {
        this(heap, count, type, 0, hint, name, handle);
    }

    /** As the other, with these options of a table besides. */
    Shards(NativeHeap heap, int count, MapType type, int moreOptions, long hint, String name, LongFunction<T> handle) {
        if (heap.isConfined()) {
            throw new IllegalArgumentException(
                    "a map for many threads needs a heap for many threads: NativeHeap.ofShared() or in(an arena that"
                            + " is shared)");
        }
        requireCount(count);
        this.heap = heap;
        this.name = name;
        shift = HASH_BITS - Integer.numberOfTrailingZeros(count);
        byHash = newArray(count);
        shards = Arrays.asList(byHash);
        StackReserve.claim();
        int made = 0;
        long header = 0;
        T table = null;
        try {
            for (long hash0 = 0; made < count; made++) {
                int options = HmapLayout.AUTO_SHRINK | HmapLayout.SHARD | moreOptions;
                table = null;
                header = 0;
                header = Hmap.makeHeader(heap, type, Geometry.DEFAULT, options, name);
                hash0 = made == 0 ? Mem.getInt(heap.memory, header + HmapLayout.HASH0) : hash0;
                Mem.setInt(heap.memory, header + HmapLayout.HASH0, (int) hash0);
                table = handle.apply(header);
                table.initialize(hint / count);
                table.settle();
                byHash[made] = new Shard<>(table);
            }
        } catch (Throwable failed) {
            if (table != null) {
                table.free();
            } else if (header != 0) {
                Hmap.discardHeader(heap, header);
            }
            for (int i = 0; i < made; i++) {
                byHash[i].table.free();
            }
            throw failed;
        }
        seed = shards.getFirst().table.seed();
        tracked = heap.track(name);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of all shards takes those of one kind
    private static <T extends HashTable> Shard<T>[] newArray(int length) {
        return new Shard[length];
    }

    /** Returns a number of shards that a caller wishes, if it is one. */
    static int requireCount(int count) {
        if (count < 1 || count > MAX_SHARDS || Integer.bitCount(count) != 1) {
            throw new IllegalArgumentException("shards must be a power of two from 1 to " + MAX_SHARDS + ": " + count);
        }
        return count;
    }

    /** Returns the number of shards for this machine. */
    static int defaultCount() {
        int wanted = Math.clamp(4L * Runtime.getRuntime().availableProcessors(), 16, MAX_SHARDS);
        return Integer.highestOneBit(wanted);
    }

    /** Makes the heap, which nobody else has, the map's own: it ends with the map. */
    synchronized void ownHeap() {
        ownsHeap = true;
    }

    /** Returns the seed of every shard. */
    long seed() {
        return seed;
    }

    int count() {
        return shards.size();
    }

    Shard<T> get(int index) {
        return shards.get(index);
    }

    /** Returns the shard of the keys with this hash. */
    Shard<T> of(long hash) {
        return of(hash, byHash, shift);
    }

    static <T extends HashTable> Shard<T> of(long hash, Shard<T>[] byHash, int shift) {
        return byHash[(int) hash >>> shift & byHash.length - 1]; // of one shard, the shift is by 32 bits, or none
    }

    /** Locks a shard for a write. */
    long lock(Shard<T> shard) {
        StackReserve.claim();
        refuseNested();
        long stamp = shard.lockForWrite();
        if (end != null || !heap.isAlive()) {
            shard.endWrite(stamp);
            throw alreadyClosed();
        }
        return stamp;
    }

    /**
     * Locks a shard for a write that calls no function, if nobody has written since a reader noted this version; else returns
     * 0, as for a thread that may be in a function, and {@link #lock} is to tell more.
     */
    long lockUnchanged(Shard<T> shard, long version) {
        StackReserve.claim();
        return functions.get() == 0 ? shard.tryConvertToWriteLock(version) : 0;
    }

    /** Locks a shard for a function of the caller's, and the write that may follow {@link Shard#excludeReaders}. */
    long lockForFunction(Shard<T> shard) {
        long stamp = lock(shard);
        functions.incrementAndGet();
        return shard.admitReaders(stamp);
    }

    void unlockFunction(Shard<T> shard, long stamp) {
        functions.decrementAndGet();
        shard.endWrite(stamp);
    }

    /** Locks a shard for a function that reads there beside others; a thread in a function already does not queue. */
    long guard(Shard<T> shard) {
        StackReserve.claim();
        long stamp = lockForRead(shard);
        try {
            requireAlive();
            guards.merge(Thread.currentThread(), 1, Integer::sum);
        } catch (Throwable failed) {
            shard.unlockRead(stamp);
            throw failed;
        }
        functions.incrementAndGet();
        return stamp;
    }

    void unguard(Shard<T> shard, long stamp) {
        try {
            guards.computeIfPresent(Thread.currentThread(), (thread, count) -> count == 1 ? null : count - 1);
        } finally {
            functions.decrementAndGet();
            shard.unlockRead(stamp);
        }
    }

    /** Two functions that write to each other's shards would wait for each other. */
    private void refuseNested() {
        if (isNested()) {
            throw new IllegalStateException(
                    "recursive update: a function that runs under a lock of the map may not change it");
        }
    }

    /** Returns whether this thread is in a function that runs under a lock. */
    private boolean isNested() {
        if (functions.get() != 0) {
            if (guards.containsKey(Thread.currentThread())) {
                return true;
            }
            for (Shard<T> shard : shards) {
                if (shard.isMine()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Locks a shard for a read. */
    long lockForRead(Shard<T> shard) {
        StackReserve.claim();
        return isNested() ? shard.lockForNestedRead(this::requireOpen) : shard.lockForRead();
    }

    /** Throws if the map is closed. That its arena is alive, whoever reads the memory finds out. */
    void requireOpen() {
        if (end != null) {
            throw alreadyClosed();
        }
    }

    /** Throws if the map or its arena is closed; called where an answer needs no look at the memory. */
    void requireAlive() {
        if (isClosed()) {
            throw alreadyClosed();
        }
    }

    /** Throws if the arena is closed. */
    void requireMemory() {
        if (!heap.memory.scope().isAlive()) {
            throw alreadyClosed();
        }
    }

    private boolean isClosed() {
        return end != null || !heap.memory.scope().isAlive();
    }

    private IllegalStateException alreadyClosed() {
        String message = end;
        return message == null ? heap.alreadyClosed() : new IllegalStateException(message);
    }

    /** Returns what to throw for an exception that a read has met and that is true: that the map is closed, if it is. */
    RuntimeException told(RuntimeException met) {
        return isClosed() ? (IllegalStateException) alreadyClosed().initCause(met) : met;
    }

    /** Returns the number of entries, of each shard at another moment. */
    long size() {
        long size = 0;
        for (Shard<T> shard : shards) {
            long stamp = lockForRead(shard);
            try {
                requireAlive();
                size += shard.table.size();
            } finally {
                shard.unlockRead(stamp);
            }
        }
        return size;
    }

    /** Empties one shard after the other. */
    void clear() {
        for (Shard<T> shard : shards) {
            long stamp = lock(shard);
            try {
                shard.table.clear();
            } finally {
                shard.endWrite(stamp);
            }
        }
    }

    MapStats stats() {
        MapStats sum = MapStats.NIL;
        for (Shard<T> shard : shards) {
            long stamp = lockForRead(shard);
            try {
                requireAlive();
                sum = sum.plus(shard.table.stats());
            } finally {
                shard.unlockRead(stamp);
            }
        }
        return sum;
    }

    void check() {
        for (Shard<T> shard : shards) {
            long stamp = lockForRead(shard);
            try {
                requireAlive();
                shard.table.check();
                checkHashes(shard);
            } finally {
                shard.unlockRead(stamp);
            }
        }
    }

    /** I16. */
    private void checkHashes(Shard<T> shard) {
        T table = shard.table;
        table.forEachSlot(slot -> {
            if (table.isReflexiveAt(slot) && of(table.hashAt(slot, seed, 0, 0)) != shard) {
                throw new IllegalStateException("I16 broken in " + table.type + "@" + table.hmap
                        + ": the hash of slot @" + slot + " names another shard");
            }
        });
    }

    /** Ends the map: gives its memory back to the heap, or ends a heap of its own, once all writers are done. */
    void free() {
        refuseNested();
        end("free()");
    }

    /** As {@link #free}. */
    void close() {
        refuseNested();
        end("close()");
    }

    /**
     * Ends the map by a call of this name. While it is ending, the map is closed to all threads, so that a function that is
     * waited for does not wait for a lock that is held here. If its own heap cannot end, the map is open again. If the tables
     * cannot be given back, the map stays closed, and the next call tries again.
     */
    private synchronized void end(String call) {
        StackReserve.claim();
        if (hasEnded) {
            return;
        }
        String map = "Already closed: the map " + (name.isEmpty() ? "" : "'" + name + "' ");
        String ended = heap.isAlive()
                ? map + "was ended by " + call
                : heap.alreadyClosed().getMessage();
        end = map + "is being ended by " + call;
        long[] stamps = new long[shards.size()]; // 0 of a shard that is not locked
        try {
            shards.forEach(Shard::wake);
            for (int i = 0; i < stamps.length; i++) {
                stamps[i] = shards.get(i).lockForWrite();
            }
            if (ownsHeap) {
                heap.close();
            } else {
                freeTables();
            }
            hasEnded = true;
            end = ended;
            if (tracked != null) {
                tracked.end();
            }
        } finally {
            boolean isOpen = ownsHeap && !hasEnded;
            if (isOpen) {
                end = null;
            }
            for (int i = 0; i < stamps.length && stamps[i] != 0; i++) {
                Shard<T> shard = shards.get(i);
                if (!isOpen) {
                    shard.table.unsee();
                }
                shard.endWrite(stamps[i]);
            }
        }
    }

    /** Does nothing if the heap has ended, and its tables with it. */
    private void freeTables() {
        try {
            for (Shard<T> shard : shards) {
                shard.table.free();
            }
        } catch (IllegalStateException e) {
            if (heap.isAlive()) {
                throw e;
            }
        }
    }
}
