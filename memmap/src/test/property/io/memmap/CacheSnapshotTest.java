package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.Snapshot.Consistency;
import io.memmap.cache.EntryNodes;
import io.memmap.codec.EncodedBytes;
import io.memmap.format.BoundsLayout;
import io.memmap.format.Mem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Takes snapshots of caches in the middle of random histories: while their tables grow, while they
 * evict, and while they have expired entries. A snapshot has the entries, their times, the order of
 * their uses and the sketch. From then on the same operations have the same effects on both caches.
 */
class CacheSnapshotTest {
    private static final String NAME = "cache";
    private static final int LIFE = 300;
    /** One less than the frequency from which on chance decides whether an entry is evicted. */
    private static final int WARM = 5;

    enum Limit {
        ENTRIES,
        BYTES,
        EXPIRE_AFTER_WRITE,
        EXPIRE_AFTER_ACCESS,
        DEADLINES,
        /** A time, and no bound: there is no sketch. */
        TIME_ALONE;

        boolean evicts() {
            return this != TIME_ALONE;
        }

        boolean expires() {
            return this != ENTRIES && this != BYTES;
        }

        <K, V> SyncMapBuilder<K, V> set(SyncMapBuilder<K, V> builder, int entries) {
            Duration life = Duration.ofNanos(LIFE);
            SyncMapBuilder<K, V> bounded = switch (this) {
                case BYTES -> builder.maxBytes(20_000 + 60L * entries);
                case TIME_ALONE -> builder;
                default -> builder.maxEntries(entries);
            };
            return switch (this) {
                case ENTRIES, BYTES -> bounded;
                case EXPIRE_AFTER_ACCESS -> bounded.expireAfterAccess(life);
                case DEADLINES -> bounded.expireAfter(Expiry.writing((key, value) -> life));
                default -> bounded.expireAfterWrite(life);
            };
        }
    }

    /** What an entry has, apart from its place in memory. */
    private record Entry(Object key, Object value, int frequency, long written, long read) {}

    /** A value of the model, and until when it is there. */
    private record Known(int number, long end) {}

    @Property(tries = 80)
    void aSnapshotIsTheCache(@ForAll Limit limit, @ForAll long seed, @ForAll boolean inFile, @ForAll boolean texts)
            throws IOException {
        // in memory a shard has 128 bytes less than in a file, so that bytes would evict later there
        boolean ofFile = inFile || limit == Limit.BYTES;
        try (TestDirectory directory = TestDirectory.inMemory()) {
            if (texts) {
                run(directory, limit, seed, ofFile, Type.UTF8, Type.UTF8, k -> "key " + k, v -> "v".repeat(v % 40) + v);
            } else {
                run(directory, limit, seed, ofFile, Type.LONG, Type.LONG, k -> (long) k, v -> (long) v);
            }
        }
    }

    private static <K, V> void run(
            TestDirectory directory,
            Limit limit,
            long seed,
            boolean inFile,
            Type<K> keyType,
            Type<V> valueType,
            IntFunction<K> keys,
            IntFunction<V> values) {
        SplittableRandom random = new SplittableRandom(seed);
        int entries = 1 << random.nextInt(3, 11);
        int shards = 1 << random.nextInt(2);
        AtomicLong clock = new AtomicLong(1_000_000);
        Path file = directory.resolve("snapshot");
        NativeHeap.Builder builder = NativeHeap.builder().shared().maxBytes(8 << 20);
        try (NativeHeap heap = (inFile ? builder.file(directory.resolve("source")) : builder).open()) {
            Cache<K, V> cache = new Cache<>(heap, limit, entries, shards, clock, keyType, valueType, keys, values);
            Map<Integer, Known> model = new HashMap<>();
            for (int part = 0; part < 2; part++) {
                int steps = random.nextInt(3 * entries);
                for (int i = 0; i < steps; i++) {
                    Step.of(random, 2 * entries).play(model, limit, clock, List.of(cache));
                }
                cache.takeReads(); // a snapshot does not have those that are only in the buffer
                heap.snapshot(file, random.nextBoolean() ? Consistency.MAP_BY_MAP : Consistency.ALL_AT_ONCE);
                Path copied = random.nextBoolean() ? file : snapshotOf(file, directory.resolve("second"));
                try (NativeHeap copy =
                        NativeHeap.builder().shared().file(copied).open()) {
                    copy.check();
                    Cache<K, V> other = new Cache<>(copy, limit, entries, 4, clock, keyType, valueType, keys, values);
                    assertThat(other.state()).isEqualTo(cache.state());
                    other.requireModel(model, limit, 2 * entries, clock.get());
                    for (int i = 0; i < 100 && !cache.isWarm(); i++) {
                        Step.of(random, 2 * entries).play(model, limit, clock, List.of(cache, other));
                        cache.takeReads();
                        other.takeReads();
                    }
                    assertThat(other.state()).isEqualTo(cache.state());
                    other.requireModel(model, limit, 2 * entries, clock.get());
                    copy.remove(NAME);
                    assertThat(copy.stats().inUse())
                            .as("bytes in use without the cache")
                            .isEqualTo(MemMap.at(copy, copy.directory(), Type.UTF8, Type.LONG)
                                    .bytes());
                    copy.check();
                }
            }
        }
    }

    /** Returns the snapshot of a snapshot, of whose cache there is no handle. */
    private static Path snapshotOf(Path file, Path second) {
        try (NativeHeap heap = NativeHeap.builder().shared().file(file).open()) {
            heap.snapshot(second);
        }
        return second;
    }

    /** An operation with each cache. */
    private record Step(int action, int key, int number) {
        static Step of(SplittableRandom random, int keys) {
            return new Step(random.nextInt(100), random.nextInt(keys), random.nextInt(1000));
        }

        <K, V> void play(Map<Integer, Known> model, Limit limit, AtomicLong clock, List<Cache<K, V>> caches) {
            if (action < 55) {
                caches.forEach(cache -> cache.put(key, number));
                // a read may make an entry live longer, so the model has no end for it
                boolean ends = limit.expires() && limit != Limit.EXPIRE_AFTER_ACCESS;
                model.put(key, new Known(number, ends ? clock.get() + LIFE : Long.MAX_VALUE));
            } else if (action < 75) {
                caches.forEach(cache -> cache.map.get(cache.keys.apply(key)));
            } else if (action < 88) {
                caches.forEach(cache -> cache.map.remove(cache.keys.apply(key)));
                model.remove(key);
            } else if (action < 99) {
                clock.addAndGet(number % 20);
            } else if (number < 300) {
                caches.forEach(cache -> cache.map.clear());
                model.clear();
            }
        }
    }

    /** An open cache, and how to make its keys and values from numbers. */
    private static final class Cache<K, V> {
        private final SyncMap<K, V> map;
        private final IntFunction<K> keys;
        private final IntFunction<V> values;
        private final boolean isTimed;

        Cache(
                NativeHeap heap,
                Limit limit,
                int entries,
                int shards,
                AtomicLong clock,
                Type<K> keyType,
                Type<V> valueType,
                IntFunction<K> keys,
                IntFunction<V> values) {
            this.keys = keys;
            this.values = values;
            isTimed = limit.expires();
            SyncMapBuilder<K, V> builder = SyncMap.builder(heap, keyType, valueType)
                    .name(NAME)
                    .shards(shards)
                    .ticker(clock::get);
            map = limit.set(builder, entries).open();
            map.shards.check();
        }

        void put(int key, int number) {
            map.put(keys.apply(key), values.apply(number));
        }

        private List<ObjectTable<K, V>> tables() {
            return SyncCrashSubject.tables(map.shards);
        }

        void takeReads() {
            tables().forEach(table -> Limits.of(table).takeReads());
        }

        /** Returns whether chance may decide on an entry of a window in the next operation. */
        boolean isWarm() {
            boolean isWarm = false;
            for (ObjectTable<K, V> table : tables()) {
                Limits limits = Limits.of(table);
                long window = table.boundsOffset() + BoundsLayout.SIZES + EntryNodes.WINDOW * Integer.BYTES;
                long[] others = {table.size() - Mem.getInt(table.mem, window)};
                boolean[] found = {false};
                limits.forEachSlot(
                        slot -> // those of the window come last
                        found[0] |= --others[0] < 0 && limits.frequency(limits.hashAt(slot)) >= WARM);
                isWarm |= found[0];
            }
            return isWarm;
        }

        private K keyAt(ObjectTable<K, V> table, long slot) {
            EncodedBytes bytes = new EncodedBytes();
            table.loadKey(slot, bytes);
            return map.keyCodec.decode(bytes);
        }

        /** Returns the entries, in the order of their uses in each list. */
        private List<Entry> entries() {
            List<Entry> entries = new ArrayList<>();
            for (ObjectTable<K, V> table : tables()) {
                Limits limits = Limits.of(table);
                limits.forEachSlot(slot -> {
                    int node = limits.nodeAt(slot);
                    entries.add(new Entry(
                            keyAt(table, slot),
                            table.valueAt(slot),
                            limits.frequency(limits.hashAt(slot)),
                            isTimed ? limits.timeWritten(node) : 0,
                            isTimed ? limits.timeRead(node) : 0));
                });
            }
            return entries;
        }

        /**
         * Returns the entries, and the words of each shard's bounds but for pointers and the time of the
         * last write, which an opening changes.
         */
        List<Object> state() {
            map.shards.check();
            List<Object> state = new ArrayList<>(entries());
            for (ObjectTable<K, V> table : tables()) {
                for (long at = BoundsLayout.END; at < BoundsLayout.LATEST; at += Integer.BYTES) {
                    state.add(Mem.getInt(table.mem, table.boundsOffset() + at));
                }
            }
            return state;
        }

        void requireModel(Map<Integer, Known> model, Limit limit, int mostKeys, long now) {
            Map<Object, Object> latest = new HashMap<>();
            model.forEach((key, known) -> latest.put(keys.apply(key), values.apply(known.number)));
            for (int key = 0; key < mostKeys; key++) {
                Known known = model.get(key);
                boolean isOver = known == null || known.end <= now;
                boolean isPresent = map.containsKey(keys.apply(key));
                if (isOver || !limit.evicts()) {
                    assertThat(isPresent).as("presence of key %d", key).isEqualTo(!isOver);
                }
            }
            for (Entry entry : entries()) { // those that are not in the model have expired
                assertThat(entry.value).isEqualTo(latest.getOrDefault(entry.key, entry.value));
            }
        }
    }
}
