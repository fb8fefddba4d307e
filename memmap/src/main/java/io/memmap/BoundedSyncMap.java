package io.memmap;

import io.memmap.Evictions.Evicted;
import io.memmap.Limits.Settings;
import io.memmap.codec.EncodedBytes;
import io.memmap.codec.OperationBuffers;
import io.memmap.format.HmapLayout;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SyncMap} with bounds on its entries, its bytes, or the time that an entry lives. Each
 * shard has {@link Limits}.
 */
final class BoundedSyncMap<K, V> extends SyncMap<K, V> {
    private static final long LEAST_ENTRIES = 256;
    private static final long LEAST_BYTES = 64 << 10;
    /**
     * The number of shards of a map with bounded bytes. It is the same on all machines, as the
     * largest entry depends on it.
     */
    private static final int SHARDS_OF_BYTES = 16;

    /** Each decodes a removed entry and passes it to a listener. */
    private final List<Consumer<Evicted>> listeners;
    /** Whether a listener receives what callers remove and replace. */
    private final boolean tellsRemovals;

    private final CacheCounters counters;
    /** Decides how long each entry lives; null if all entries live equally long. */
    private final @Nullable Expiry<? super K, ? super V> expiry;

    private BoundedSyncMap(
            NativeHeap heap,
            Type<K> keyType,
            Type<V> valueType,
            Shards<ObjectTable<K, V>> shards,
            SyncMapOptions<K, V> options,
            CacheCounters counters) {
        super(heap, keyType, valueType, shards, options, counters);
        this.counters = counters;
        expiry = options.expiry();
        tellsRemovals = options.onRemoval() != null;
        listeners = Stream.concat(
                        stream(options.onEviction(), RemovalCause::wasEvicted),
                        stream(options.onRemoval(), cause -> true))
                .toList();
    }

    /** Returns the consumer for a listener that receives the entries removed for such causes. */
    private Stream<Consumer<Evicted>> stream(
            @Nullable RemovalListener<? super K, ? super V> listener, Predicate<RemovalCause> receives) {
        return Stream.ofNullable(listener).map(told -> entry -> {
            if (receives.test(entry.cause())) {
                told.onRemoval(keyCodec.decode(entry.key()), valueCodec.decode(entry.value()), entry.cause());
            }
        });
    }

    /** What makes handles of the shards, each with its limits. */
    private static final class Tables<K, V> implements Shards.Tables<ObjectTable<K, V>> {
        private final NativeHeap heap;
        private final Type<K> keyType;
        private final Type<V> valueType;
        private final SyncMapOptions<K, V> options;
        private final boolean tells;
        private final CacheCounters counters = new CacheCounters();
        private Settings whole;
        private int made;
        private boolean hasFound;

        /** Takes the options of the caller, and the clock to use. */
        Tables(NativeHeap heap, Type<K> keyType, Type<V> valueType, SyncMapOptions<K, V> options, LongSupplier clock) {
            this.heap = heap;
            this.keyType = keyType;
            this.valueType = valueType;
            this.options = options;
            tells = options.onEviction() != null || options.onRemoval() != null;
            whole = options.limits().withClock(clock);
        }

        @Override
        public SyncMapOptions<K, V> options() {
            return options;
        }

        @Override
        public void begin(int shards) {
            if (shards > whole.entries()) {
                throw new IllegalArgumentException(
                        "maxEntries must be at least the number of shards, " + shards + ": " + whole.entries());
            }
            whole = whole.withShards(shards);
        }

        @Override
        public ObjectTable<K, V> handle(long hmap) {
            ObjectTable<K, V> table = MemMap.handle(heap, hmap, keyType, valueType);
            try {
                bound(table);
            } catch (RuntimeException | Error e) {
                table.free();
                throw e;
            }
            return table;
        }

        @Override
        public ObjectTable<K, V> find(long hmap) {
            ObjectTable<K, V> table = MemMap.at(heap, hmap, keyType, valueType);
            String fault = Bounds.fault(table);
            if (fault != null) {
                throw new IllegalArgumentException("the map named " + table.name() + " is broken: " + fault);
            }
            if (whole.clock() instanceof WallClock clock) {
                clock.startAfter(Limits.latest(table));
            }
            bound(table);
            hasFound = true;
            return table;
        }

        private void bound(ObjectTable<K, V> table) {
            Evictions.Copier copier = tells ? (slot, cause) -> copy(table, slot, cause) : null;
            table.budget = new Limits(table, whole, made++, copier, counters);
        }
    }

    static <K, V> BoundedSyncMap<K, V> make(
            NativeHeap heap, Type<K> keyType, Type<V> valueType, SyncMapOptions<K, V> options) {
        int count = countOf(options.limits());
        Tables<K, V> tables =
                new Tables<>(heap, keyType, valueType, options, options.limits().clock());
        tables.begin(count);
        Shards<ObjectTable<K, V>> shards = new Shards<>(
                heap,
                count,
                new MapType(keyType, valueType),
                Geometry.DEFAULT,
                HmapLayout.BOUNDED,
                0,
                options.name(),
                tables::handle);
        return new BoundedSyncMap<>(heap, keyType, valueType, shards, options, tables.counters);
    }

    /** Opens a map by the name in these options. */
    static <K, V> BoundedSyncMap<K, V> open(
            NativeHeap heap, Type<K> keyType, Type<V> valueType, SyncMapOptions<K, V> options) {
        Settings asked = options.limits();
        boolean isWallTime = Settings.NANO_TIME.equals(asked.clock());
        Tables<K, V> tables =
                new Tables<>(heap, keyType, valueType, options, isWallTime ? WallClock.atWallTime() : asked.clock());
        int count = countOf(asked);
        Shards<ObjectTable<K, V>> shards = Shards.open(
                heap,
                options.name(),
                ObjectTable.class,
                count,
                new MapType(keyType, valueType),
                Geometry.DEFAULT,
                HmapLayout.BOUNDED,
                0,
                tables);
        shards.requireLimits(options);
        Limits limits = limitsOf(shards.get(0).table);
        BoundedSyncMap<K, V> map = new BoundedSyncMap<>(
                heap, keyType, valueType, shards, options.withLimits(limits.whole()), limits.counters());
        if (tables.hasFound) {
            map.fitToBounds();
        }
        return map;
    }

    /** Evicts entries until each shard keeps its bounds, which may be lower than they were. */
    private void fitToBounds() {
        changeEachShard(Limits::fitToBounds);
    }

    /** Changes the shards one after the other, each under its lock. */
    private void changeEachShard(Consumer<Limits> change) {
        long now = now();
        try (Evictions evictions = evictions()) {
            for (int i = 0; i < shards.count(); i++) {
                Shard<ObjectTable<K, V>> shard = shards.get(i);
                long stamp = shards.lock(shard);
                try {
                    beginWrite(shard.table, now);
                    change.accept(limitsOf(shard.table));
                } finally {
                    unlock(shard, stamp, evictions);
                }
                if (evictions != null) {
                    evictions.notifyListeners(); // after each shard, so that only its entries are kept
                }
            }
        }
    }

    private static int countOf(Settings settings) {
        return settings.shards() == 0 ? shardsFor(settings) : settings.shards();
    }

    /** Returns the number of shards with which each shard has a sensible share. */
    private static int shardsFor(Settings whole) {
        long most = Math.min(whole.entries() / LEAST_ENTRIES, whole.bytes() / LEAST_BYTES);
        int wanted = whole.bytes() == Limits.UNBOUNDED ? Shards.defaultCount() : SHARDS_OF_BYTES;
        return (int) Long.highestOneBit(Math.clamp(most, 1, wanted));
    }

    private static <K, V> Evicted copy(ObjectTable<K, V> table, long slot, RemovalCause cause) {
        EncodedBytes key = new EncodedBytes();
        EncodedBytes value = new EncodedBytes();
        table.loadKey(slot, key);
        table.load(table.valueType, table.valueAddress(slot), value);
        return new Evicted(key, value, cause);
    }

    private static Limits limitsOf(ObjectTable<?, ?> table) {
        Limits limits = Limits.of(table);
        if (limits == null) {
            throw new AssertionError("a shard of a bounded map has no limits");
        }
        return limits;
    }

    // ------------------------------------------------------------------------------------- reading

    @Override
    long now() {
        return limitsOf(shards.get(0).table).readClock();
    }

    @Override
    long find(ObjectTable<K, V> table, EncodedBytes key, long now) {
        long slot = table.find(key);
        Limits limits = limitsOf(table);
        return slot == 0 || limits.isExpired(limits.nodeAt(slot), now) ? 0 : slot;
    }

    @Override
    void noteRead(ObjectTable<K, V> table, long slot) {
        Limits limits = limitsOf(table);
        limits.noteRead(limits.nodeAt(slot));
    }

    @Override
    void noteLockedRead(ObjectTable<K, V> table, long slot, long now) {
        Limits limits = limitsOf(table);
        limits.noteRead(limits.nodeAt(slot));
        if (limits.expiresAfterRead()) {
            limits.setReadTime(limits.nodeAt(slot), now);
        }
    }

    @Override
    void noteGuardedRead(ObjectTable<K, V> table, long slot, K key, long now) {
        noteLockedRead(table, slot, now);
        Expiry<? super K, ? super V> asked = expiry;
        if (asked != null) {
            Limits limits = limitsOf(table);
            int node = limits.nodeAt(slot);
            long before = limits.timeToLive(node, now);
            limits.changeTimeToLive(node, now, before, asked.expireAfterRead(key, table.valueAt(slot), now, before));
        }
    }

    @Override
    void afterRead(K key, V value, EncodedBytes keyBytes, EncodedBytes valueBytes, long now) {
        Expiry<? super K, ? super V> asked = expiry;
        if (asked == null) {
            return;
        }
        Shard<ObjectTable<K, V>> shard = shardOf(keyBytes);
        long before = timeToLive(shard, keyBytes, valueBytes, now);
        if (before == 0) {
            return; // another thread has written the entry
        }
        long nanos = asked.expireAfterRead(key, value, now, before);
        if (nanos == before) {
            return;
        }
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            long slot = find(shard.table, keyBytes, now);
            if (slot != 0 && hasValue(shard.table, slot, valueBytes)) {
                Limits limits = limitsOf(shard.table);
                limits.changeTimeToLive(limits.nodeAt(slot), now, before, nanos);
            }
        } finally {
            shard.unlockRead(stamp);
        }
    }

    /**
     * Returns how long the entry with these bytes still lives, in nanoseconds; 0 if it is absent.
     * If {@code value} is null, the entry may have any value.
     */
    private long timeToLive(Shard<ObjectTable<K, V>> shard, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        return figure(shard, key, value, now, Limits::timeToLive);
    }

    /** A figure of an entry, by its node, at a time. */
    private interface Figure {
        long of(Limits limits, int node, long now);
    }

    /**
     * Returns a figure of the entry with these bytes; 0 if it is absent. If {@code value} is null,
     * the entry may have any value.
     */
    private long figure(
            Shard<ObjectTable<K, V>> shard, EncodedBytes key, @Nullable EncodedBytes value, long now, Figure wanted) {
        long version = shard.version();
        try {
            long found = version == 0 ? 0 : figure(shard.table, key, value, now, wanted);
            if (shard.validate(version)) {
                shards.requireOpen();
                return found;
            }
        } catch (RuntimeException e) {
            if (shard.validate(version)) {
                throw shards.exceptionFor(e); // the version is unchanged: no torn read
            }
        }
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            return figure(shard.table, key, value, now, wanted);
        } finally {
            shard.unlockRead(stamp);
        }
    }

    private long figure(
            ObjectTable<K, V> table, EncodedBytes key, @Nullable EncodedBytes value, long now, Figure wanted) {
        long slot = find(table, key, now);
        if (slot == 0 || (value != null && !hasValue(table, slot, value))) {
            return 0;
        }
        Limits limits = limitsOf(table);
        return wanted.of(limits, limits.nodeAt(slot), now);
    }

    @Override
    void forEachToCopy(ObjectTable<K, V> table, long now, LongConsumer action) {
        Limits limits = limitsOf(table);
        limits.forEachSlot(slot -> {
            if (!limits.isExpired(limits.nodeAt(slot), now)) {
                action.accept(slot);
            }
        });
    }

    @Override
    void addCopy(ObjectTable<K, V> from, long slot, OperationBuffers buffers, long now, @Nullable Evictions evictions) {
        Limits source = limitsOf(from);
        int node = source.nodeAt(slot);
        Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
        long stamp = shards.lock(shard);
        try {
            Limits limits = limitsOf(shard.table);
            limits.setNow(now);
            limits.copyDeadline(source, node);
            boolean fits = limits.fits(shard.table.blockBytesOf(buffers.key, buffers.value));
            assign(shard.table, buffers, false);
            if (fits) {
                limits.copyNode(source, node);
            }
        } finally {
            unlock(shard, stamp, evictions);
        }
    }

    @Override
    boolean isRefreshDue(EncodedBytes key, @Nullable EncodedBytes value, long now) {
        Shard<ObjectTable<K, V>> shard = shardOf(key);
        Limits settings = limitsOf(shard.table);
        return settings.refreshes()
                && figure(
                                shard,
                                key,
                                value,
                                now,
                                (limits, node, time) -> limits.isRefreshDue(limits.age(node, time)) ? 1 : 0)
                        != 0;
    }

    @Override
    public @Nullable Duration timeToLive(K key) {
        requireTimeToLive(Duration.ZERO);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            long nanos = timeToLive(shardOf(buffers.key), buffers.key, null, now());
            return nanos == 0 ? null : Duration.ofNanos(nanos);
        }
    }

    @Override
    public boolean expireAfter(K key, Duration timeToLive) {
        long nanos = requireTimeToLive(timeToLive);
        try (OperationBuffers buffers = OperationBuffers.take()) {
            keyCodec.encode(key, buffers.key);
            buffers.key.keep();
            Shard<ObjectTable<K, V>> shard = shardOf(buffers.key);
            long stamp = shards.lock(shard);
            try {
                ObjectTable<K, V> table = shard.table;
                Limits limits = limitsOf(table);
                long now = now();
                long slot = find(table, buffers.key, now);
                if (slot != 0) {
                    int node = limits.nodeAt(slot);
                    limits.changeTimeToLive(node, now, limits.timeToLive(node, now), nanos);
                }
                return slot != 0;
            } finally {
                shard.endWrite(stamp);
            }
        }
    }

    @Override
    boolean load(Shard<ObjectTable<K, V>> shard, EncodedBytes key, @Nullable EncodedBytes value, long now) {
        if (expiry != null || limitsOf(shard.table).refreshes()) {
            key.keep(); // the caller's code runs before the key is sought again
        }
        boolean found = super.load(shard, key, value, now);
        if (found && value != null) {
            Limits limits = limitsOf(shard.table);
            if (limits.expiresAfterRead()) {
                setReadTime(shard, limits, key, now);
            }
            if (limits.hasManyReads()) {
                takeReads(shard, limits);
            }
        }
        return found;
    }

    @Override
    boolean peek(Shard<ObjectTable<K, V>> shard, EncodedBytes key, EncodedBytes value, boolean orExpired) {
        ObjectTable<K, V> table = shard.table;
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            long slot = orExpired ? table.find(key) : find(table, key, now());
            if (slot != 0) {
                table.load(valueType, table.valueAddress(slot), value);
            }
            return slot != 0;
        } finally {
            shard.unlockRead(stamp);
        }
    }

    private void setReadTime(Shard<ObjectTable<K, V>> shard, Limits limits, EncodedBytes key, long now) {
        ObjectTable<K, V> table = shard.table;
        long version = shard.version();
        try {
            long slot = version == 0 ? 0 : find(table, key, now);
            boolean isDue = slot != 0 && limits.isReadDue(limits.nodeAt(slot), now);
            if (!isDue && shard.validate(version)) {
                return;
            }
        } catch (RuntimeException e) {
            if (shard.validate(version)) {
                throw shards.exceptionFor(e); // the version is unchanged: no torn read
            }
        }
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            long slot = find(table, key, now);
            if (slot != 0) {
                limits.setReadTime(limits.nodeAt(slot), now);
            }
        } finally {
            shard.unlockRead(stamp);
        }
    }

    private void takeReads(Shard<ObjectTable<K, V>> shard, Limits limits) {
        long stamp = shard.tryLockForWrite();
        if (stamp != 0) {
            try {
                shards.requireAlive();
                limits.takeReads();
            } finally {
                shard.endWrite(stamp);
            }
        }
    }

    // ------------------------------------------------------------------------------------- writing

    @Override
    long beginWrite(ObjectTable<K, V> table, long now) {
        limitsOf(table).setNow(now);
        return now;
    }

    @Override
    boolean asksExpiry() {
        return expiry != null;
    }

    @Override
    void askExpiry(ObjectTable<K, V> table, K key, V value, EncodedBytes keyBytes, long now) {
        Expiry<? super K, ? super V> asked = expiry;
        if (asked != null) {
            Limits limits = limitsOf(table);
            long slot = find(table, keyBytes, now);
            limits.setTimeToLive(
                    slot == 0
                            ? asked.expireAfterCreate(key, value, now)
                            : asked.expireAfterUpdate(key, value, now, limits.timeToLive(limits.nodeAt(slot), now)));
        }
    }

    @Override
    void setTimeToLive(ObjectTable<K, V> table, long nanos) {
        if (nanos != ASK) {
            limitsOf(table).setTimeToLive(nanos);
        }
    }

    @Override
    boolean assign(ObjectTable<K, V> table, OperationBuffers buffers, boolean wantsPrevious) {
        Limits limits = limitsOf(table);
        long blobBytes = table.blockBytesOf(buffers.key, buffers.value);
        if (!limits.fits(blobBytes)) {
            return drop(table, buffers, wantsPrevious);
        }
        limits.beginWrite();
        long slot = table.find(buffers.key);
        if (slot != 0 && limits.isExpired(limits.nodeAt(slot))) {
            limits.remove(limits.nodeAt(slot), RemovalCause.EXPIRED);
            slot = 0;
        }
        boolean present = slot != 0;
        Evicted replaced = null;
        if (present) {
            limits.beginReplacing(limits.nodeAt(slot));
            if (wantsPrevious) {
                table.keepPrevious(slot, buffers);
            }
            replaced = tell(table, slot, RemovalCause.REPLACED);
        }
        try {
            place(table, buffers, slot, blobBytes);
        } catch (Throwable failed) {
            takeBack(limits, replaced);
            throw failed;
        }
        limits.endWrite();
        return present;
    }

    /** Has a listener told of an entry that a caller is about to remove or to replace. */
    private @Nullable Evicted tell(ObjectTable<K, V> table, long slot, RemovalCause cause) {
        if (!tellsRemovals) {
            return null;
        }
        Evicted entry = copy(table, slot, cause);
        limitsOf(table).add(entry);
        return entry;
    }

    private static void takeBack(Limits limits, @Nullable Evicted told) {
        if (told != null) {
            limits.takeBack(told);
        }
    }

    /**
     * Puts an entry that fits, and evicts others until there is room. {@code found} is the slot of
     * the key, or 0.
     */
    private void place(ObjectTable<K, V> table, OperationBuffers buffers, long found, long blobBytes) {
        Limits limits = limitsOf(table);
        long slot = found;
        boolean done = false;
        boolean wasEmpty = false;
        while (!done) {
            boolean evicts = slot == 0
                    ? limits.makeRoom(1, blobBytes)
                    : limits.makeRoom(0, table.bytesToOverwrite(slot, buffers.value));
            if (evicts && slot != 0) {
                slot = table.find(buffers.key); // 0 if the entry itself was evicted
                continue;
            }
            limits.expectNoRefusal();
            try {
                table.assign(buffers, false);
                done = true;
            } catch (HeapExhaustedException e) {
                if (!limits.hasRefused() || wasEmpty) {
                    throw e;
                }
                wasEmpty = table.isEmpty();
                // The chain of the key needs a bucket.
                limits.evictFromChain(table.hash(buffers.key, shards.seed()));
                slot = table.find(buffers.key);
            }
        }
        if (slot != 0) {
            limits.setTimes(limits.nodeAt(table.find(buffers.key)));
        }
    }

    /** Has the same effect as if an entry that does not fit were put and evicted at once. */
    private boolean drop(ObjectTable<K, V> table, OperationBuffers buffers, boolean wantsPrevious) {
        Limits limits = limitsOf(table);
        counters.countRemoval(RemovalCause.TOO_LARGE);
        if (!listeners.isEmpty()) {
            limits.add(new Evicted(Loads.copy(buffers.key), Loads.copy(buffers.value), RemovalCause.TOO_LARGE));
        }
        boolean present = false;
        long slot = table.find(buffers.key);
        if (slot != 0 && limits.isExpired(limits.nodeAt(slot))) {
            limits.remove(limits.nodeAt(slot), RemovalCause.EXPIRED);
        } else if (slot != 0) {
            present = true;
            if (wantsPrevious) {
                table.keepPrevious(slot, buffers);
            }
        }
        if (present) {
            erase(table, buffers.key, RemovalCause.REPLACED);
        }
        return present;
    }

    @Override
    boolean erase(ObjectTable<K, V> table, EncodedBytes key) {
        return erase(table, key, RemovalCause.EXPLICIT);
    }

    private boolean erase(ObjectTable<K, V> table, EncodedBytes key, RemovalCause cause) {
        Limits limits = limitsOf(table);
        limits.beginWrite();
        long slot = tellsRemovals ? table.find(key) : 0;
        Evicted removed = slot == 0 ? null : tell(table, slot, cause);
        boolean erased;
        try {
            erased = table.erase(key);
        } catch (Throwable failed) {
            takeBack(limits, removed);
            throw failed;
        }
        limits.endWrite();
        return erased;
    }

    @Override
    public void clear() {
        if (!tellsRemovals) {
            super.clear();
            return;
        }
        // Claims the stack once, before the first step: a later refusal would leave half of the
        // entries. The listeners' calls give back all stack that they use.
        shards.requireNoFunction();
        long now = now();
        try (Evictions evictions = new Evictions(listeners)) {
            for (int i = 0; i < shards.count(); i++) {
                Shard<ObjectTable<K, V>> shard = shards.get(i);
                long stamp = shards.lockClaimed(shard);
                try {
                    ObjectTable<K, V> table = shard.table;
                    beginWrite(table, now);
                    endLoads(shard);
                    limitsOf(table).addAll(allOf(table));
                    table.clearClaimed();
                } finally {
                    unlock(shard, stamp, evictions);
                }
                evictions.notifyListeners(); // after each shard, so that only its entries are kept
            }
        }
    }

    /** Returns copies of all entries, which are about to be removed. */
    private List<Evicted> allOf(ObjectTable<K, V> table) {
        Limits limits = limitsOf(table);
        List<Evicted> all = new ArrayList<>();
        table.forEachSlot(slot -> {
            boolean isExpired = limits.isExpired(limits.nodeAt(slot));
            all.add(copy(table, slot, isExpired ? RemovalCause.EXPIRED : RemovalCause.EXPLICIT));
            if (isExpired) {
                counters.countRemoval(RemovalCause.EXPIRED);
            }
        });
        return all;
    }

    @Override
    void storeBytes(ObjectTable<K, V> table, long slot, MemorySegment bytes) {
        Limits limits = limitsOf(table);
        limits.beginWrite();
        tell(table, slot, RemovalCause.REPLACED);
        table.storeBytes(slot, bytes);
        limits.change(limits.nodeAt(slot));
        limits.endWrite();
    }

    @Override
    @Nullable
    Evictions evictions() {
        return listeners.isEmpty() ? null : new Evictions(listeners);
    }

    @Override
    void unlock(Shard<ObjectTable<K, V>> shard, long stamp, @Nullable Evictions evictions) {
        try {
            takeEvicted(shard, evictions);
        } finally {
            super.unlock(shard, stamp, evictions);
        }
    }

    @Override
    void unlockFunction(Shard<ObjectTable<K, V>> shard, long stamp, @Nullable Evictions evictions) {
        try {
            takeEvicted(shard, evictions);
        } finally {
            super.unlockFunction(shard, stamp, evictions);
        }
    }

    private void takeEvicted(Shard<ObjectTable<K, V>> shard, @Nullable Evictions evictions) {
        if (evictions != null) {
            evictions.take(limitsOf(shard.table).takeEvicted());
        }
    }

    @Override
    public OrderedMap<K, V> ordered() {
        throw new UnsupportedOperationException(
                "a map with limits, times to live or a removal listener cannot be ordered: make a map without them");
    }

    @Override
    public long maxEntryBytes() {
        // The last shard has the smallest share.
        return limitsOf(shards.get(shards.count() - 1).table).maxEntryBytes();
    }

    @Override
    public void purgeExpired() {
        changeEachShard(Limits::sweepAll);
    }
}
