package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.ShardsLayout;
import io.memmap.memory.StackReserve;
import io.memmap.telemetry.CacheFigures;
import io.memmap.telemetry.Leaks;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
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
final class Shards<T extends HashTable> implements MapNames.NamedShards {
    private static final int HASH_SHIFT = ShardList.HASH_SHIFT;
    private static final String HEAP_ENDS = "Already closed: the heap was ended by NativeHeap.close()";

    static final int MAX_SHARDS = ShardsLayout.MAX_COUNT;

    final NativeHeap heap;
    private final String name;
    private final List<Shard<T>> shards;
    /**
     * The shards by the bits of the hash, as {@link #of} needs them. A map may keep the array and
     * the shift itself, which saves each lookup a load.
     */
    final Shard<T>[] byHash;

    private final long seed;
    /** The pointer of the {@link ShardList}; 0 if the map has no name in the directory. */
    private long list;
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

    // What all handles of the map share; null until the first of them needs it.
    private @Nullable Loads loads;
    private @Nullable OrderBuilder orderBuilder;
    private @Nullable CacheCounters counters;
    /** The options with which the first handle of a named map with limits was opened. */
    private @Nullable SyncMapOptions<?, ?> limits;

    private CacheFigures.@Nullable Source figures;

    private boolean hasEnded;
    /** Whether the map's end is its heap's end. */
    private boolean ownsHeap;

    /** What an operation that opens a map does with the tables of a class. */
    interface Tables<T> {
        /** Returns a handle of the new table whose header is at this pointer. */
        T handle(long hmap);

        /** Returns a handle of the table that this pointer points to, and refuses any other pointer. */
        T find(long hmap);

        /** Takes the number of shards before the first call of one of the other two. */
        default void begin(int shards) {}

        /** Returns the options whose limits the tables get; null if they have no limits. */
        default @Nullable SyncMapOptions<?, ?> options() {
            return null;
        }
    }

    /**
     * Opens the map of this name in the heap's directory, or makes it with this many shards. All
     * handles of the map in this process get the same shards, and so the same locks.
     *
     * @param tables the class of the tables
     * @throws IllegalArgumentException if the map of this name has another type, is a plain map, or was
     *     opened with another class
     * @throws HeapExhaustedException if the heap has no room; nothing was made
     */
    static <T extends HashTable> Shards<T> open(
            NativeHeap heap,
            String name,
            Class<? super T> tables,
            int count,
            MapType type,
            Geometry geometry,
            long hint,
            Tables<T> handles) {
        return open(heap, name, tables, count, type, geometry, 0, hint, handles);
    }

    /** Does the same for a map whose shards have these options, too. */
    @SuppressWarnings("unchecked") // the class of the tables has been checked
    static <T extends HashTable> Shards<T> open(
            NativeHeap heap,
            String name,
            Class<? super T> tables,
            int count,
            MapType type,
            Geometry geometry,
            int moreOptions,
            long hint,
            Tables<T> handles) {
        if (name.isEmpty()) {
            throw new IllegalStateException("a map to open needs a name: call name(...) before open()");
        }
        requireShared(heap);
        Shards<?> found = (Shards<?>) heap.names()
                .openShards(
                        name,
                        type,
                        pointer -> {
                            long header = ShardList.header(heap.memory, pointer, 0);
                            requireBounds(
                                    Mem.getByte(heap.memory, header + HmapLayout.OPTIONS), moreOptions, type, name);
                            return new Shards<>(heap, pointer, name, handles);
                        },
                        () -> makeNamed(heap, count, type, geometry, moreOptions, hint, name, handles));
        requireBounds(found.get(0).table.isBounded() ? HmapLayout.BOUNDED : 0, moreOptions, type, name);
        if (!tables.isInstance(found.get(0).table)) {
            throw new IllegalArgumentException("the map named " + name + " is open in this process with another class,"
                    + " as a " + found.get(0).table.getClass().getSimpleName() + " in each shard: open it with the"
                    + " same class everywhere, such as SyncLongLongMap or SyncMap");
        }
        return (Shards<T>) found;
    }

    /**
     * Requires that a map with these options has limits if the caller wants such a map, and else
     * none.
     */
    private static void requireBounds(int found, int wanted, MapType type, String name) {
        if (((found ^ wanted) & HmapLayout.BOUNDED) != 0) {
            throw new IllegalArgumentException("the map named " + name + " is a " + type
                    + ((wanted & HmapLayout.BOUNDED) == 0
                            ? " with limits or a removal listener, not one without: open it with a SyncMapBuilder that"
                                    + " sets them"
                            : " without limits, not one with limits or a removal listener: open it without them"));
        }
    }

    private static <T extends HashTable> Shards<T> makeNamed(
            NativeHeap heap,
            int count,
            MapType type,
            Geometry geometry,
            int moreOptions,
            long hint,
            String name,
            Tables<T> handles) {
        handles.begin(count);
        Shards<T> made =
                new Shards<>(heap, count, type, geometry, HmapLayout.NAMED | moreOptions, hint, name, handles::handle);
        try {
            long[] headers =
                    made.shards.stream().mapToLong(shard -> shard.table.hmap).toArray();
            made.list = ShardList.make(heap, headers, (int) made.seed, type, name);
            made.limits = handles.options();
            return made;
        } catch (Throwable failed) {
            made.freeTables();
            throw failed;
        }
    }

    private static void requireShared(NativeHeap heap) {
        if (heap.isConfined()) {
            throw new IllegalArgumentException(
                    "a map for many threads needs a heap for many threads: use NativeHeap.ofShared(), or in(arena)"
                            + " with a shared arena");
        }
    }

    /** Opens the shards of a list of the directory, which is in order. */
    private Shards(NativeHeap heap, long list, String name, Tables<T> handles) {
        this.heap = heap;
        this.name = name;
        this.list = list;
        byHash = newArray(ShardList.count(heap.memory, list));
        shards = Arrays.asList(byHash);
        limits = handles.options();
        handles.begin(byHash.length);
        for (int i = 0; i < byHash.length; i++) {
            long header = ShardList.header(heap.memory, list, i);
            if (heap.isReadOnly()) {
                byHash[i] = ReadOnlyShard.open(heap, header, name, handles);
                continue;
            }
            T table = handles.find(header);
            if (table.journaled && (table.field(HmapLayout.SEQUENCE) & 1) != 0) {
                throw new IllegalArgumentException("the map named " + name + " is broken: the sequence word of its"
                        + " shard at " + table.hmap + " says that a thread writes");
            }
            table.refreshCache();
            byHash[i] = new Shard<>(table);
        }
        seed = byHash[0].table.seed();
        tracked = null; // the directory finds the map
    }

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
        requireShared(heap);
        requireCount(count);
        boolean isNamed = (moreOptions & HmapLayout.NAMED) != 0;
        if (!isNamed) {
            heap.requireMemory(type);
        }
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
                MapHandle.setSeed(heap.memory, header, (int) hash0);
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
        tracked = isNamed ? null : heap.track(name);
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

    /** Shows the figures of the map to observers until it ends, unless another handle does so. */
    synchronized void show(CacheFigures.Source source) {
        if (figures == null) {
            heap.live().addCache(source);
            figures = source;
        }
    }

    /** Returns the loads that are under way in the map, whose keys are of this type. */
    synchronized Loads loads(Type<?> keyType) {
        Loads known = loads;
        if (known == null) {
            known = new Loads(keyType);
            loads = known;
        }
        return known;
    }

    /** Returns what builds the ordered indexes of these shards. */
    static OrderBuilder orderBuilder(Shards<? extends ObjectTable<?, ?>> shards) {
        synchronized (shards) {
            OrderBuilder known = shards.orderBuilder;
            if (known == null) {
                known = new OrderBuilder(shards);
                shards.orderBuilder = known;
            }
            return known;
        }
    }

    /**
     * Requires that the first handle of this map with limits was opened with such options.
     *
     * @throws IllegalArgumentException if it was opened with other limits
     */
    void requireLimits(SyncMapOptions<?, ?> options) {
        SyncMapOptions<?, ?> known = limits;
        if (known == null || !known.limitsAsMuchAs(options)) {
            throw new IllegalArgumentException("the map named " + name
                    + " is open in this process with other limits, listeners or another Expiry: set the same ones,"
                    + " or use the map that was opened first");
        }
    }

    /** Returns the counters of the map's uses, which all handles share. */
    synchronized CacheCounters counters() {
        CacheCounters known = counters;
        if (known == null) {
            known = new CacheCounters();
            counters = known;
        }
        return known;
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
        return functions.get() == 0 ? shard.lockUnchanged(version) : 0;
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
    @Override
    public void requireNoFunction() {
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
    RuntimeException exceptionFor(Throwable met) {
        if (isClosed()) {
            return (IllegalStateException) alreadyClosed().initCause(met);
        }
        if (shards.getFirst() instanceof ReadOnlyShard<T> shard) {
            return shard.word.failure(met);
        }
        if (met instanceof Error error) {
            throw error;
        }
        return (RuntimeException) met;
    }

    /**
     * Returns what a reading of a shard returns, under its lock. A shard that is read only has no lock:
     * then the reading may run many times, until no write has disturbed it.
     *
     * @param walk what the reading moves on; null if it moves nothing
     * @param reading takes a version, and must not believe a length above {@link SequenceWord#TRUSTED_BYTES} before
     *     it has found the shard to be unchanged since that version
     */
    <R extends @Nullable Object> R read(Shard<T> shard, @Nullable ChainWalk walk, LongFunction<R> reading) {
        if (shard instanceof ReadOnlyShard<T> readOnly) {
            requireAlive();
            ChainWalk.Place place = walk == null ? null : walk.place();
            return readOnly.word.read(version -> {
                if (walk != null && place != null) {
                    walk.goTo(place);
                }
                return reading.apply(version);
            });
        }
        long stamp = lockForRead(shard);
        try {
            requireAlive();
            return reading.apply(stamp);
        } finally {
            shard.unlockRead(stamp);
        }
    }

    /** Returns the number of entries. Each shard is counted at another moment. */
    long size() {
        long size = 0;
        for (Shard<T> shard : shards) {
            size += read(shard, null, version -> shard.table.size());
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
        requireAlive();
        return heap.withoutWriters("the figures of the map " + name, () -> {
            MapStats sum = MapStats.NIL;
            for (Shard<T> shard : shards) {
                sum = sum.plus(read(shard, null, version -> shard.table.stats()));
            }
            return sum;
        });
    }

    void check() {
        requireAlive();
        heap.withoutWriters("all of the map " + name + " at a time", () -> {
            for (Shard<T> shard : shards) {
                read(shard, null, version -> {
                    shard.table.check();
                    checkHashes(shard);
                    return true;
                });
            }
            return true;
        });
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
        end("free()");
    }

    /**
     * Does the same as {@link #free}, but leaves a map of the directory as it is: its handles share it,
     * and it ends with its heap.
     */
    void close() {
        refuseNested();
        if (list == 0) {
            endBy("close()");
        }
    }

    @Override
    public long list() {
        return list;
    }

    @Override
    public void discard() {
        freeTables();
    }

    @Override
    public void end(String call) {
        refuseNested();
        endBy(call);
    }

    @Override
    public void refuse() {
        if (end == null) {
            end = HEAP_ENDS;
        }
        shards.forEach(Shard::wake);
    }

    @Override
    public void awaitWriters() {
        for (Shard<T> shard : shards) {
            long stamp = shard.lockForWrite();
            shard.table.dropCache(); // so each reader looks at the end, and each write takes the lock
            shard.restSequence();
            shard.endWrite(stamp);
        }
    }

    @Override
    public void admit() {
        if (HEAP_ENDS.equals(end)) {
            end = null;
            for (Shard<T> shard : shards) {
                long stamp = shard.lockForWrite();
                shard.table.refreshCache();
                shard.resumeSequence();
                shard.endWrite(stamp);
            }
        }
    }

    @Override
    public long bytes() {
        long bytes = 0;
        for (Shard<T> shard : shards) {
            long stamp = shard.lockForNestedRead(this::requireOpen);
            try {
                requireAlive();
                bytes += shard.table.bytes();
            } finally {
                shard.unlockRead(stamp);
            }
        }
        return bytes;
    }

    @Override
    public void forEachHeader(LongConsumer action) {
        for (Shard<T> shard : shards) {
            long stamp = lockForRead(shard);
            try {
                requireAlive();
                action.accept(shard.table.hmap);
            } finally {
                shard.unlockRead(stamp);
            }
        }
    }

    @Override
    public long[] lockAll() {
        long[] stamps = new long[shards.size()]; // 0 for a shard that is not locked
        try {
            for (int i = 0; i < stamps.length; i++) {
                stamps[i] = shards.get(i).lockForNestedRead(this::requireOpen);
            }
            requireAlive();
            return stamps;
        } catch (Throwable failed) {
            unlockAll(stamps);
            throw failed;
        }
    }

    @Override
    public void unlockAll(long[] stamps) {
        for (int i = 0; i < stamps.length; i++) {
            if (stamps[i] != 0) {
                shards.get(i).unlockRead(stamps[i]);
            }
        }
    }

    @Override
    public boolean isWhole() {
        return shards.stream().allMatch(Shard::isWhole);
    }

    /**
     * Ends the map by a call of this name. While the map is ending, it refuses all threads. So a
     * function that this thread waits for does not wait for a lock that this thread holds. A map of the
     * directory loses its name first, so that the name is free for another map. If the map's own heap
     * cannot end, the map is open again. If the tables cannot be freed, the map stays closed, and the
     * next call tries again.
     */
    private synchronized void endBy(String call) {
        StackReserve.claim();
        if (hasEnded) {
            return;
        }
        if (heap.isReadOnly()) {
            if (heap.isAlive()) {
                throw heap.readOnly();
            }
            return;
        }
        String map = "Already closed: the map " + (name.isEmpty() ? "" : "'" + name + "' ");
        String ended = heap.isAlive()
                ? map + "was ended by " + call
                : heap.alreadyClosed().getMessage();
        end = map + "is being ended by " + call;
        long[] stamps = new long[shards.size()]; // 0 for a shard that is not locked
        try {
            forgetName();
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
            if (figures != null) {
                heap.live().removeCache(figures);
            }
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

    /**
     * Removes the map from the directory. From then on its memory is lost if the process dies, and the
     * name is free for another map.
     */
    private void forgetName() {
        try {
            if (list != 0) {
                heap.names().forget(name, list);
            }
        } catch (IllegalStateException e) {
            throwIfAlive(e);
        }
    }

    /** Frees the tables and their list. Does nothing if the heap has ended, and they with it. */
    private void freeTables() {
        try {
            for (Shard<T> shard : shards) {
                shard.dropSequence();
                shard.table.free();
            }
            if (list != 0) {
                heap.names().freeList(list);
                list = 0;
            }
        } catch (IllegalStateException e) {
            throwIfAlive(e);
        }
    }

    private void throwIfAlive(IllegalStateException failed) {
        if (heap.isAlive()) {
            throw failed;
        }
    }
}
