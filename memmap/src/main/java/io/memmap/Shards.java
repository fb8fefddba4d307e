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
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The shards of a map for many threads. Each shard is a table with a lock. All tables have the same
 * seed for their whole life. The bits of a key's hash from bit 32 on name the shard. So within a
 * shard the low bits, which name the chain or the page, and the top byte, the tophash, are spread as
 * well as in a whole map.
 *
 * @param <T> the class of the tables
 */
final class Shards<T extends HashTable> {
    /**
     * The bits of a hash from this one on name the shard. Tables use the bits below, and the top byte.
     */
    private static final int HASH_SHIFT = 32;

    static final int MAX_SHARDS = 1 << 10;

    final NativeHeap heap;
    private final String name;
    private final List<Shard<T>> shards;
    /**
     * The shards by the bits of the hash, as {@link #of} needs them. A map may keep the array and
     * the shift itself, which saves each lookup a load.
     */
    final Shard<T>[] byHash;

    private final long seed;
    /** The record by which a leak of the map is found; null if the map is not tracked. */
    private final Leaks.@Nullable Tracked tracked;
    /**
     * The number of callers' functions that run under a lock. While it is not 0, a write checks
     * that its thread is not in such a function.
     */
    private final AtomicInteger functions = new AtomicInteger();

    /** The number of guards that each thread holds; a thread without guards is absent. */
    private final Map<Thread, Integer> guards = new ConcurrentHashMap<>();

    /**
     * The message for operations while the map is ending and after its end; null while the map is
     * open.
     */
    private volatile @Nullable String end;

    private boolean hasEnded;
    private Runnable atEnd = () -> {};
    /** Whether the map's end is its heap's end. */
    private boolean ownsHeap;

    /**
     * Makes this many shards.
     *
     * @param handle makes a handle to the table whose header is at a pointer
     * @throws HeapExhaustedException if the heap has no room; nothing was made
     */
    Shards(
            NativeHeap heap,
            int count,
            MapType type,
            Geometry geometry,
            int moreOptions,
            long hint,
            String name,
            LongFunction<T> handle) {
        if (heap.isConfined()) {
            throw new IllegalArgumentException(
                    "a map for many threads needs a heap for many threads: use NativeHeap.ofShared(), or in(arena)"
                            + " with a shared arena");
        }
        requireCount(count);
        heap.requireMemory(type);
        this.heap = heap;
        this.name = name;
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
                header = MapHandle.makeHeader(heap, type, geometry, options, name);
                hash0 = made == 0 ? Mem.getInt(heap.memory, header + HmapLayout.HASH0) : hash0;
                Mem.setInt(heap.memory, header + HmapLayout.HASH0, (int) hash0);
                table = handle.apply(header);
                table.initialize(hint / count);
                table.runDeferred();
                byHash[made] = new Shard<>(table);
            }
        } catch (Throwable failed) {
            if (table != null) {
                table.free();
            } else if (header != 0) {
                MapHandle.discardHeader(heap, header);
            }
            for (int i = 0; i < made; i++) {
                byHash[i].table.free();
            }
            throw failed;
        }
        seed = shards.getFirst().table.seed();
        tracked = heap.track(name);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the array holds only shards of one kind
    private static <T extends HashTable> Shard<T>[] newArray(int length) {
        return new Shard[length];
    }

    /** Returns the number of shards that a caller asks for, if it is valid. */
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

    /**
     * Makes the heap the map's own, so that it ends with the map. No other code may have the heap.
     */
    synchronized void ownHeap() {
        ownsHeap = true;
    }

    /** Sets what runs once when the map has ended. */
    synchronized void atEnd(Runnable action) {
        atEnd = action;
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

    /** Returns the index of the shard of the keys with this hash. */
    int indexOf(long hash) {
        return (int) (hash >>> HASH_SHIFT) & byHash.length - 1;
    }

    /** Returns the shard of the keys with this hash. */
    Shard<T> of(long hash) {
        return of(hash, byHash);
    }

    static <T extends HashTable> Shard<T> of(long hash, Shard<T>[] byHash) {
        return byHash[(int) (hash >>> HASH_SHIFT) & byHash.length - 1];
    }

    /** Locks a shard for a write. */
    long lock(Shard<T> shard) {
        StackReserve.claim();
        refuseNested();
        return lockClaimed(shard);
    }

    /** Does the same for a caller that has claimed the stack and is not nested. */
    long lockClaimed(Shard<T> shard) {
        long stamp = shard.lockForWrite();
        if (end != null || !heap.isAlive()) {
            shard.endWrite(stamp);
            throw alreadyClosed();
        }
        return stamp;
    }

    /**
     * Locks a shard for a write that calls no function, if no thread has written since a reader
     * noted this version; otherwise returns 0. Also returns 0 while any function runs, as this
     * thread may be in it: {@link #lock} then checks that.
     */
    long lockUnchanged(Shard<T> shard, long version) {
        StackReserve.claim();
        return functions.get() == 0 ? shard.tryConvertToWriteLock(version) : 0;
    }

    /**
     * Locks a shard for a caller's function, and for the write that may follow
     * {@link Shard#excludeReaders}.
     */
    long lockForFunction(Shard<T> shard) {
        long stamp = lock(shard);
        functions.incrementAndGet();
        return shard.admitReaders(stamp);
    }

    void unlockFunction(Shard<T> shard, long stamp) {
        functions.decrementAndGet();
        shard.endWrite(stamp);
    }

    /**
     * Locks a shard for a function that reads there, beside other readers. A thread that is in a
     * function already does not queue.
     */
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

    /**
     * Throws if this thread is in a function. Otherwise two functions that write to each other's
     * shards would wait for each other.
     */
    private void refuseNested() {
        if (isNested()) {
            throw new IllegalStateException(
                    "recursive update: a function that runs under a lock of the map may not change it");
        }
    }

    /**
     * Throws if this thread is in a function, and so may not wait for another thread. Claims the
     * stack of an operation first.
     */
    void requireNoFunction() {
        StackReserve.claim();
        refuseNested();
    }

    /** Returns whether this thread is in a function that runs under a lock. */
    private boolean isNested() {
        if (functions.get() != 0) {
            if (guards.containsKey(Thread.currentThread())) {
                return true;
            }
            for (Shard<T> shard : shards) {
                if (shard.isHeldByThisThread()) {
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

    /** Throws if the map is closed. Does not check the arena: the memory access does. */
    void requireOpen() {
        if (end != null) {
            throw alreadyClosed();
        }
    }

    /**
     * Throws if the map or its arena is closed. It is for answers that need no access to the
     * memory.
     */
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

    boolean isClosed() {
        return end != null || !heap.memory.scope().isAlive();
    }

    private IllegalStateException alreadyClosed() {
        String message = end;
        return message == null ? heap.alreadyClosed() : new IllegalStateException(message);
    }

    /**
     * Returns the exception to throw for one that a read has met and that is not due to a torn
     * read. If the map is closed, it says so.
     */
    RuntimeException exceptionFor(RuntimeException met) {
        return isClosed() ? (IllegalStateException) alreadyClosed().initCause(met) : met;
    }

    /** Returns the number of entries. Each shard is counted at another moment. */
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

    /**
     * Empties one shard after the other. Passes each to an action, before it is emptied, under its
     * lock.
     */
    void clear(Consumer<? super Shard<T>> before) {
        StackReserve.claim(); // once: a later refusal would leave half of the entries
        refuseNested();
        for (Shard<T> shard : shards) {
            long stamp = lockClaimed(shard);
            try {
                before.accept(shard);
                shard.table.clearClaimed();
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

    /** Checks I16: the hash of each entry names its shard. */
    private void checkHashes(Shard<T> shard) {
        T table = shard.table;
        table.forEachSlot(slot -> {
            if (table.isReflexiveAt(slot) && of(table.hashAt(slot, seed, 0, 0)) != shard) {
                throw new IllegalStateException("I16 broken in " + table.type + "@" + table.hmap
                        + ": the hash of slot @" + slot + " names another shard");
            }
        });
    }

    /**
     * Ends the map when all writers are done: gives its memory back to the heap, or ends the heap
     * if it is the map's own.
     */
    void free() {
        refuseNested();
        end("free()");
    }

    /** Does the same as {@link #free}. */
    void close() {
        refuseNested();
        end("close()");
    }

    /**
     * Ends the map by a call of this name. While the map is ending, it refuses all threads. So a
     * function that this thread waits for does not wait for a lock that this thread holds. If the
     * map's own heap cannot end, the map is open again. If the tables cannot be freed, the map
     * stays closed, and the next call tries again.
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
        long[] stamps = new long[shards.size()]; // 0 for a shard that is not locked
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
            atEnd.run();
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
                    shard.table.dropCache();
                }
                shard.endWrite(stamps[i]);
            }
        }
    }

    /** Frees the tables. Does nothing if the heap has ended, and its tables with it. */
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
