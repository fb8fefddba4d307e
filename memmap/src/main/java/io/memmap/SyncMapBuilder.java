package io.memmap;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Builds a map, with limits if any are set: a map with limits is a cache that cannot leak. A
 * builder is for one thread. It may make several maps; each has a heap of its own if no heap
 * was given.
 *
 * <p><b>Size.</b> The map never exceeds {@link #maxEntries} and {@link #maxBytes}, at any
 * moment and as seen by any thread: it evicts entries before it needs their slots or their
 * bytes. Each shard keeps to its share, and so evicts a little before the whole map is full.
 * The policy W-TinyLFU chooses the entry to evict. It takes the least recently used entry of
 * the older ones and the least recently used of the newest, and evicts the one that was used
 * less often. So a scan does not push out entries that are used again and again. A read counts
 * as a use, and writes nothing to the map's memory. With many threads some reads may go
 * uncounted.
 *
 * <p><b>Time.</b> From the moment when it expires, an entry is absent for every operation and
 * iterator. {@link SyncMap#size} may still count it, and its memory is in use, until it is removed.
 * Each write looks at 8 entries of its shard and removes those that have expired.
 * {@link SyncMap#purgeExpired} removes all expired entries. No thread runs in the background, except
 * those of the executor that {@link #refreshAfterWrite} uses.
 *
 * <p>An operation reads the clock once, and uses that time for all that it finds, writes and
 * removes. A read reads the clock when it begins. A write reads it when it has the lock of its
 * shard, but {@code putIfAbsent}, {@code computeIfAbsent} and {@code clear} when they begin. So a
 * value that a function makes has a time from before the function ran. A value that a loader makes
 * has the time at which it is stored. An iterator reads the clock each time that it looks for its
 * next entry, in {@code hasNext} or else in {@code next}. {@code next} returns the entry that
 * {@code hasNext} has found.
 *
 * @param <K> the class of the keys
 * @param <V> the class of the values
 * @see SyncMap#builder
 * @see RemovalListener
 * @see MapBuilder
 */
public final class SyncMapBuilder<K, V> {
    /** The heap of the maps; null if each map makes a heap of its own. */
    private final @Nullable NativeHeap heap;

    private final Type<K> keyType;
    private final Type<V> valueType;
    private long maxEntries = Limits.UNBOUNDED;
    private long maxBytes = Limits.UNBOUNDED;
    private long writeNanos = Limits.UNBOUNDED;
    private long readNanos = Limits.UNBOUNDED;
    private @Nullable Expiry<? super K, ? super V> expiry;
    private long refreshNanos = Limits.UNBOUNDED;
    private Executor executor = ForkJoinPool.commonPool();
    private LongSupplier ticker = Limits.Settings.NANO_TIME;
    private @Nullable RemovalListener<? super K, ? super V> evictionListener;
    private @Nullable RemovalListener<? super K, ? super V> removalListener;
    private String name = "";
    /** The number of shards; 0 if the map chooses it. */
    private int shards;

    private boolean dropsTooLarge;
    private boolean recordsStats;

    SyncMapBuilder(@Nullable NativeHeap heap, Type<K> keyType, Type<V> valueType) {
        this.heap = heap;
        this.keyType = keyType;
        this.valueType = valueType;
    }

    /**
     * Bounds the number of entries.
     *
     * @param entries the most entries that the map has at any moment, 1 or more
     * @return this builder
     * @throws IllegalArgumentException if the number is 0 or negative
     */
    public SyncMapBuilder<K, V> maxEntries(long entries) {
        maxEntries = requirePositive(entries, "maxEntries");
        return this;
    }

    /**
     * Bounds the map's memory: headers, bucket arrays (both, while the map grows), overflow
     * buckets, keys and values that lie outside the buckets, and the memory of the limits
     * themselves.
     *
     * <p>Such a map has 16 shards by default, on every machine. It has fewer if a shard would
     * have less than 64 KiB or, if {@link #maxEntries} is set too, less than 256 entries. An
     * entry lies in one shard. So the largest entry is one that alone fits into a shard's
     * share: some KiB less than a 16th of these bytes. {@link SyncMap#maxEntryBytes} returns
     * the exact figure, and {@link #shards} changes it. A larger entry is refused with
     * {@link IllegalArgumentException}, and the map is as it was. With {@link #dropTooLarge} it
     * is dropped instead.
     *
     * @param bytes the most bytes that the map has in use in its heap at any moment
     * @return this builder
     * @throws IllegalArgumentException if the number is 0 or negative
     */
    public SyncMapBuilder<K, V> maxBytes(long bytes) {
        maxBytes = requirePositive(bytes, "maxBytes");
        return this;
    }

    /**
     * Drops each entry that is larger than {@link SyncMap#maxEntryBytes}, in place of refusing
     * it with an exception. The write then has the same effect as if the entry were evicted at
     * once: the value that the key had before is gone, as with any overwrite, and the listener
     * receives the new entry with {@link RemovalCause#TOO_LARGE}. Without {@link #maxBytes} no
     * entry is too large.
     *
     * @return this builder
     */
    public SyncMapBuilder<K, V> dropTooLarge() {
        dropsTooLarge = true;
        return this;
    }

    /**
     * Sets the number of shards. Each shard has a lock for writers, and an equal share of
     * {@link #maxEntries} and of {@link #maxBytes}. More shards let more threads write at once.
     * Fewer shards have room for larger entries, and keep the bounds and the choice of the
     * evicted entries closer to those of a map in one piece.
     *
     * @param count the number of shards, a power of two from 1 to 1024; no more than
     *     {@link #maxEntries}
     * @return this builder
     * @throws IllegalArgumentException if it is not a power of two from 1 to 1024
     */
    public SyncMapBuilder<K, V> shards(int count) {
        shards = Shards.requireCount(count);
        return this;
    }

    /**
     * Lets entries expire when this time has passed since their last write.
     *
     * @param duration the time, 1 ns or more
     * @return this builder
     * @throws IllegalArgumentException if the duration is zero or negative
     * @throws IllegalStateException if {@link #expireAfter} is set too
     */
    public SyncMapBuilder<K, V> expireAfterWrite(Duration duration) {
        requireOneExpiry(expiry != null);
        writeNanos = nanos(duration, "expireAfterWrite");
        return this;
    }

    /**
     * Lets entries expire when this time has passed since they were last read or written. The
     * time of a read is exact to a 1024th of the duration: an entry may expire earlier by as
     * much, but never later. {@link SyncMap#containsKey}, iterators and comparisons, such as
     * {@link SyncMap#equals}, do not count as reads.
     *
     * @param duration the time, 1 ns or more
     * @return this builder
     * @throws IllegalArgumentException if the duration is zero or negative
     * @throws IllegalStateException if {@link #expireAfter} is set too
     */
    public SyncMapBuilder<K, V> expireAfterAccess(Duration duration) {
        requireOneExpiry(expiry != null);
        readNanos = nanos(duration, "expireAfterAccess");
        return this;
    }

    /**
     * Gives each entry a time to live of its own. The expiry decides it when an entry is created,
     * updated or read. {@link SyncMap#containsKey}, iterators and comparisons, such as
     * {@link SyncMap#equals}, do not count as reads. A caller can also give an entry its time:
     * {@link SyncMap#put(Object, Object, Duration)} and {@link SyncMap#expireAfter}.
     *
     * <p>Cost: as much memory as with {@link #expireAfterWrite}. Each write also takes the lock as
     * a function does, and each read looks its key up a second time.
     *
     * @param entryExpiry the expiry
     * @return this builder
     * @throws IllegalStateException if {@link #expireAfterWrite} or {@link #expireAfterAccess} is
     *     set too
     */
    public SyncMapBuilder<K, V> expireAfter(Expiry<? super K, ? super V> entryExpiry) {
        requireOneExpiry(writeNanos != Limits.UNBOUNDED || readNanos != Limits.UNBOUNDED);
        expiry = Objects.requireNonNull(entryExpiry, "entryExpiry");
        return this;
    }

    private static void requireOneExpiry(boolean hasOther) {
        if (hasOther) {
            throw new IllegalStateException(
                    "expireAfter cannot be set together with expireAfterWrite or expireAfterAccess");
        }
    }

    /**
     * Sets a listener that receives each entry that the limits remove. {@link #onRemoval} sets one
     * that also receives what callers remove and replace. The listener runs in the
     * thread whose write evicted the entry, after that write and outside of all locks. So the
     * order between threads is not fixed. The listener receives all evictions of a write, also
     * if the write itself fails, and also if the listener, or the code that decodes the evicted
     * objects, throws an exception or an error. The first of these is then thrown to the caller
     * of the write, with the others as suppressed; the write has been done nonetheless. If the
     * write itself has failed, its own exception is thrown, with the first of these as
     * suppressed.
     *
     * @param listener the listener
     * @return this builder
     */
    public SyncMapBuilder<K, V> onEviction(RemovalListener<? super K, ? super V> listener) {
        evictionListener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /**
     * Sets a listener that receives each entry that leaves the map: what the limits remove, as with
     * {@link #onEviction}, and also what callers remove, clear, replace or change, each with the
     * value before. It runs when and where the listener of {@link #onEviction} runs, and the same
     * holds for what it throws. If both are set, this one receives each entry after that one. In
     * Caffeine a removal listener runs on an executor; here it runs in the thread of the write.
     *
     * <p>Cost, only with such a listener: each write that removes or replaces an entry copies its
     * bytes and decodes them; {@link SyncMap#clear} does so for a whole shard at a time; and each
     * entry of a map without bounds takes some 40 bytes more. If the Java heap has no room for the
     * copies of a shard, {@code clear} throws an {@link OutOfMemoryError}. The shards before it are
     * then empty and their entries were passed on. The other shards are as they were.
     *
     * @param listener the listener
     * @return this builder
     */
    public SyncMapBuilder<K, V> onRemoval(RemovalListener<? super K, ? super V> listener) {
        removalListener = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /**
     * Refreshes values that have grown old: if {@link SyncMap#get(Object, java.util.function.Function)}
     * finds a value that was written this long ago or longer, it returns that value, and has the
     * executor run its loader. No other call refreshes. There is at most one refresh or load of a
     * key at a time. As with any load, the new value is not stored if the key has been written
     * meanwhile. It is stored if the entry has expired or been evicted meanwhile; Caffeine drops it
     * then.
     *
     * <p>If the loader returns null, the entry is removed. If it throws, or the executor refuses the
     * task, the entry stays as it is, the map logs a warning, and a later call tries again. If a
     * call finds no value any more, before the executor has begun the refresh, it loads the value
     * itself.
     *
     * <p>The time of the last write lies in the map's memory, in the record that the map keeps
     * about each entry; a map without other limits needs some 56 bytes more for an entry. A map with
     * {@link #expireAfterWrite} has that time already.
     *
     * @param duration the time, 1 ns or more
     * @return this builder
     * @throws IllegalArgumentException if the duration is zero or negative
     * @see #executor
     */
    public SyncMapBuilder<K, V> refreshAfterWrite(Duration duration) {
        refreshNanos = nanos(duration, "refreshAfterWrite");
        return this;
    }

    /**
     * Sets what runs the refreshes of {@link #refreshAfterWrite}. {@link ForkJoinPool#commonPool} by
     * default.
     *
     * @param runner runs each task that it accepts, once. If it runs it in the calling thread, that
     *     thread waits for the refresh
     * @return this builder
     */
    public SyncMapBuilder<K, V> executor(Executor runner) {
        executor = Objects.requireNonNull(runner, "runner");
        return this;
    }

    /**
     * Counts hits, misses, puts and loads: {@link SyncMap#cacheStats}. The counters are striped, so
     * that threads that count at once do not wait for each other. Cost: some nanoseconds for each
     * operation, and for a map that is used by many threads some KiB of the Java heap. Without it
     * only what the limits remove is counted.
     *
     * @return this builder
     */
    public SyncMapBuilder<K, V> recordStats() {
        recordsStats = true;
        return this;
    }

    /**
     * Sets the clock that entries expire by. Each operation reads it once. In a map whose
     * entries do not expire, no operation reads it.
     *
     * @param nanos returns nanoseconds from any origin, never fewer than before;
     *     {@link System#nanoTime} by default, or the wall clock if the map is made by {@link #open}.
     *     All threads call it, also under locks, so it must not use the map
     * @return this builder
     */
    public SyncMapBuilder<K, V> ticker(LongSupplier nanos) {
        ticker = Objects.requireNonNull(nanos, "nanos");
        return this;
    }

    /**
     * Sets the name of the map, for people who look at a heap. The name lies in the heap beside
     * each shard, and counts in {@link #maxBytes}.
     *
     * <p>{@link #open} finds a map by its name.
     *
     * @param label the name; empty, as by default, for no name
     * @return this builder
     */
    public SyncMapBuilder<K, V> name(String label) {
        name = Objects.requireNonNull(label, "name");
        return this;
    }

    /**
     * Makes an empty map.
     *
     * @return the map, which the caller must close
     * @throws IllegalArgumentException if the heap is confined to a thread, or if
     *     {@link #maxBytes} or {@link #maxEntries} is too small for one entry in each shard
     * @throws HeapExhaustedException if the heap has no room for the map
     */
    public SyncMap<K, V> make() {
        NativeHeap given = heap;
        if (given != null) {
            return makeIn(given);
        }
        NativeHeap own = NativeHeap.ofShared();
        try {
            SyncMap<K, V> map = makeIn(own);
            map.shards.ownHeap();
            return map;
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    /**
     * Finds the map of this {@linkplain #name name} in the heap's directory, or makes an empty one and
     * adds it to the directory. A map that is there keeps its number of shards: {@link #shards} counts
     * only for a map that is made. {@linkplain #recordStats Figures} of all handles that record them are
     * those of the map in this process. Freeing the map removes it from the directory, and so does
     * {@link NativeHeap#remove}.
     *
     * <p><b>Limits.</b> A map with limits keeps its entries, the order in which they were used, how
     * often they were used, and their times. After a crash the order of uses is lost in a shard
     * that a thread was writing to. The limits of this builder count, and not those that the map
     * had before. If it has more entries or bytes than they allow, this method evicts entries, of
     * which the listeners are told. No listener is told that a process has ended. The bounds hold
     * for the shards; the list of the shards, of 16 bytes and 8 for each, comes on top.
     *
     * <p>A map is made either with limits or a removal listener, or without. It is also made with
     * one of these kinds of times, or with none: {@link #expireAfter}; or
     * {@link #expireAfterWrite}, {@link #expireAfterAccess} and {@link #refreshAfterWrite}. It can
     * only be opened with the same. All handles of a name in this process have the same limits,
     * listeners and expiry.
     *
     * <p><b>Time.</b> The default {@link #ticker} is the wall clock at the opening, and advances like
     * {@link System#nanoTime} from then on. So the time between two processes counts, too, and that
     * between a {@linkplain NativeHeap#snapshot(java.nio.file.Path) snapshot} and its opening. If the
     * wall clock has been set back to before the last write of the map, the ticker begins at that
     * write: then no time has passed between the processes. A ticker of the caller must go on from
     * where it was in the process before.
     *
     * @return the map. All handles of one name in a heap have the same entries and locks
     * @throws IllegalArgumentException if the map of this name has other types or other kinds of
     *     limits, is a plain map, was opened with another class or with other limits, or does not
     *     fit into these limits, as {@link #make} says; or if the heap is confined to a thread
     * @throws UnsupportedOperationException if the map has limits and the heap is read only
     * @throws IllegalStateException if no name was set, or if the map would have a heap of its own
     * @throws HeapExhaustedException if the heap has no room for the map; nothing was made
     */
    public SyncMap<K, V> open() {
        NativeHeap given = heap;
        if (given == null) {
            throw new IllegalStateException("a map with a heap of its own cannot be opened: give a heap");
        }
        SyncMapOptions<K, V> options = options();
        if (options.hasNodes() && given.isReadOnly()) {
            throw new UnsupportedOperationException("the map " + name + " has limits, so each read changes its order of"
                    + " uses, and a heap that is read only cannot open it: use it in the process that writes");
        }
        return options.hasNodes()
                ? BoundedSyncMap.open(given, keyType, valueType, options)
                : SyncMap.open(given, keyType, valueType, options);
    }

    private SyncMap<K, V> makeIn(NativeHeap place) {
        return SyncMap.make(place, keyType, valueType, options());
    }

    private SyncMapOptions<K, V> options() {
        Limits.Settings limits = new Limits.Settings(
                maxEntries,
                maxBytes,
                shards,
                dropsTooLarge,
                writeNanos,
                readNanos,
                refreshNanos,
                expiry != null,
                ticker);
        return new SyncMapOptions<>(name, limits, evictionListener, removalListener, expiry, recordsStats, executor);
    }

    private static long requirePositive(long number, String name) {
        if (number < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more: " + number);
        }
        return number;
    }

    private static long nanos(Duration duration, String name) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(name + " must be longer than zero: " + duration);
        }
        boolean isEver = duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) > 0;
        return isEver ? Limits.UNBOUNDED : duration.toNanos();
    }
}
