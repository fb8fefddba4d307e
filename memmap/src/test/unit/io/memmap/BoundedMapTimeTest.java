package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A map whose entries expire reads the clock once for each operation. At that time an entry is
 * either present or absent.
 */
class BoundedMapTimeTest {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    /** Numbers with a reader and a writer that are the caller's own code. */
    private static final Type<Integer> READ_BY_CALLER = Type.of(
            MemoryLayout.structLayout(INT.withName("number")),
            segment -> segment.get(INT, 0),
            (segment, number) -> segment.set(INT, 0, number));

    private static final long WRITE_NANOS = 60;
    private static final long READ_NANOS = 30;

    /** An entry of the model. */
    private record Timed(int value, long written, long read) {
        boolean isExpired(long now) {
            return now - written >= WRITE_NANOS || now - read >= READ_NANOS;
        }
    }

    /** A map and its model. The clock advances each time that the map reads it. */
    private static final class Modelled {
        final AtomicLong clock;
        final boolean expires;
        final SyncMap<Integer, Integer> map;
        final Map<Integer, Timed> model = new HashMap<>();
        final List<String> wrong = new ArrayList<>();
        /** The time of the operation that is running. */
        long now;

        Modelled(NativeHeap heap, Type<Integer> values, long start, boolean expires) {
            clock = new AtomicLong(start);
            this.expires = expires;
            SyncMapBuilder<Integer, Integer> builder = SyncMap.builder(heap, Type.INT, values)
                    .maxEntries(1000)
                    .ticker(clock::getAndIncrement)
                    .onEviction((key, value, cause) -> {
                        Timed told = model.remove(key);
                        if (told == null || told.value != value || !told.isExpired(now)) {
                            wrong.add("told at " + now + " of " + key + "=" + value + " " + cause + ", was " + told);
                        }
                    });
            if (expires) {
                builder.expireAfterWrite(Duration.ofNanos(WRITE_NANOS)).expireAfterAccess(Duration.ofNanos(READ_NANOS));
            }
            map = builder.make();
        }

        Timed alive(int key) {
            Timed entry = model.get(key);
            return entry == null || (expires && entry.isExpired(now)) ? null : entry;
        }

        void written(int key, int value) {
            model.put(key, new Timed(value, now, now));
        }

        void read(int key) {
            Timed entry = model.get(key);
            model.put(key, new Timed(entry.value, entry.written, now));
        }

        void hasReadClock(int times) {
            assertThat(clock.get() - now).as("reads of the clock").isEqualTo(expires ? times : 0);
            assertThat(wrong).isEmpty();
        }
    }

    @Property(tries = 100)
    void everyOperationReadsTheClockOnce(@ForAll long seed, @ForAll boolean expires, @ForAll boolean readByCaller) {
        Random random = new Random(seed);
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(4L << 20).open()) {
            Modelled both = new Modelled(heap, readByCaller ? READ_BY_CALLER : Type.INT, random.nextLong(), expires);
            for (int step = 0; step < 500; step++) {
                both.clock.addAndGet(random.nextInt(random.nextInt(8) == 0 ? 40 : 4));
                both.now = both.clock.get();
                step(both, random);
                both.map.check();
            }
            both.map.free();
        }
    }

    private static void step(Modelled both, Random random) {
        SyncMap<Integer, Integer> map = both.map;
        int key = random.nextInt(12);
        Integer value = random.nextInt(3);
        Integer other = random.nextInt(3);
        int operation = random.nextInt(18);
        if (operation == 17) {
            iterate(both, random);
            return;
        }
        Object answer = switch (operation) {
            case 0 -> map.get(key);
            case 1 -> map.getOrDefault(key, -1);
            case 2 -> map.containsKey(key);
            case 3 -> map.put(key, value);
            case 4 -> map.putIfAbsent(key, value);
            case 5 -> map.remove(key);
            case 6 -> map.remove(key, value);
            case 7 -> map.replace(key, value);
            case 8 -> map.replace(key, value, other);
            case 9 -> map.compute(key, (same, old) -> old == null ? value : old.equals(other) ? null : old);
            case 10 -> map.computeIfAbsent(key, same -> value);
            case 11 -> map.computeIfPresent(key, (same, old) -> old.equals(other) ? null : old);
            case 12 -> map.merge(key, value, (old, added) -> old.equals(other) ? null : added);
            case 13 -> map.read(key, bytes -> bytes.get(INT, 0));
            case 14 -> map.update(key, bytes -> bytes.set(INT, 0, value));
            case 15 -> map.computeIfAbsent(key, same -> null);
            default -> {
                map.purgeExpired();
                yield null;
            }
        };
        both.hasReadClock(1);
        Timed alive = both.alive(key);
        Integer old = alive == null ? null : alive.value;
        Integer now = old; // the value that the operation must leave
        Object expected = old;
        boolean writes = false;
        boolean reads = false;
        switch (operation) {
            case 0 -> reads = true;
            case 1 -> {
                reads = true;
                expected = old == null ? -1 : old;
            }
            case 2 -> expected = old != null;
            case 3 -> {
                writes = true;
                now = value;
            }
            case 4 -> {
                reads = old != null;
                writes = old == null;
                now = old == null ? value : old;
            }
            case 5 -> now = null;
            case 6 -> {
                expected = Objects.equals(old, value);
                now = Objects.equals(old, value) ? null : old;
            }
            case 7 -> {
                writes = old != null;
                now = old == null ? null : value;
            }
            case 8 -> {
                writes = Objects.equals(old, value);
                expected = writes;
                now = writes ? other : old;
            }
            case 9 -> {
                writes = true;
                now = old == null ? value : old.equals(other) ? null : old;
                expected = now;
            }
            case 10 -> {
                reads = old != null;
                writes = old == null;
                now = old == null ? value : old;
                expected = now;
            }
            case 11 -> {
                writes = true;
                now = old == null || old.equals(other) ? null : old;
                expected = now;
            }
            case 12 -> {
                writes = true;
                now = old == null || !old.equals(other) ? value : null;
                expected = now;
            }
            case 13, 15 -> reads = true;
            case 14 -> {
                expected = old != null;
                writes = old != null;
                now = old == null ? null : value;
            }
            default -> {
                expected = null;
                assertThat(both.model.keySet())
                        .as("no expired entry is left")
                        .allMatch(each -> both.alive(each) != null);
            }
        }
        assertThat(answer).as("operation " + operation + " at " + both.now).isEqualTo(expected);
        if (now == null) {
            if (old != null) {
                both.model.remove(key);
            }
        } else if (writes) {
            both.written(key, now);
        } else if (reads) {
            both.read(key);
        }
    }

    /** The clock advances while the iterator is used. Each look ahead reads the clock once. */
    private static void iterate(Modelled both, Random random) {
        Set<Integer> produced = new HashSet<>();
        Iterator<Map.Entry<Integer, Integer>> entries = both.map.entrySet().iterator();
        boolean more = true;
        while (more) {
            both.clock.addAndGet(random.nextInt(4));
            both.now = both.clock.get();
            boolean looks = random.nextBoolean();
            if (looks) {
                more = entries.hasNext();
                both.hasReadClock(1);
                // next() must return the entry although time has passed
                both.clock.addAndGet(random.nextInt(40));
            }
            long asked = both.clock.get();
            try {
                Map.Entry<Integer, Integer> entry = entries.next();
                assertThat(more).isTrue();
                assertThat(both.clock.get() - asked).isEqualTo(both.expires && !looks ? 1 : 0);
                assertThat(produced.add(entry.getKey()))
                        .as("the key was not produced before")
                        .isTrue();
                Timed alive = both.alive(entry.getKey());
                assertThat(alive).as("the entry has not expired").isNotNull();
                assertThat(entry.getValue()).isEqualTo(alive.value);
            } catch (NoSuchElementException e) {
                assertThat(looks && more)
                        .as("next() fails although hasNext() was true")
                        .isFalse();
                more = false;
            }
        }
        both.now = both.clock.get();
        for (int key : both.model.keySet()) {
            assertThat(both.alive(key) == null || produced.contains(key))
                    .as("an entry that was present all the time was produced")
                    .isTrue();
        }
    }

    // -------------------------------------------------------------------------------- single rules

    private final AtomicLong nanos = new AtomicLong();

    private SyncMap<Integer, Integer> expiring(NativeHeap heap) {
        return SyncMap.builder(heap, Type.INT, Type.INT)
                .maxEntries(100)
                .ticker(nanos::get)
                .expireAfterAccess(Duration.ofNanos(100))
                .make();
    }

    @Test
    void anUpdateCountsAsAWriteAtItsOwnTime() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Integer> map = expiring(heap);
            map.put(1, 1);
            nanos.set(80);
            map.get(1);
            nanos.set(90);
            map.update(1, bytes -> {});
            nanos.set(189);
            assertThat(map.get(1)).isOne();
        }
    }

    @Test
    void updatesPurgeExpiredEntries() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Integer> map = expiring(heap);
            for (int key = 0; key < 50; key++) {
                map.put(key, key);
            }
            nanos.set(99);
            map.put(0, 0);
            nanos.set(100);
            for (int i = 0; i < 20; i++) {
                map.update(0, bytes -> {});
            }
            assertThat(map.mappingCount()).isOne();
            map.check();
        }
    }

    @Test
    void updatesCountAsUses() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Integer> map =
                    SyncMap.builder(heap, Type.INT, Type.INT).maxEntries(200).make();
            for (int key = 0; key < 100; key++) {
                map.put(key, key);
            }
            for (int use = 0; use < 5; use++) {
                for (int key = 0; key < 100; key++) {
                    map.update(key, bytes -> {});
                }
            }
            for (int key = 1000; key < 5000; key++) {
                map.put(key, key);
            }
            assertThat(map.keySet().stream().filter(key -> key < 100)).hasSizeGreaterThan(90);
        }
    }

    /** The function's own read happens later than the time of the operation. */
    @Test
    void aWriteKeepsTheTimeOfALaterRead() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Integer> map = expiring(heap);
            map.put(1, 1);
            map.compute(1, (key, old) -> {
                nanos.set(50);
                return map.get(1);
            });
            nanos.set(149);
            assertThat(map.get(1)).isOne();
        }
    }

    @Test
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void aWriteReadsTheClockAfterItHasTheLock() throws Exception {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Integer> map = expiring(heap); // the map has one shard
            CountDownLatch locked = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            Thread holder = Thread.ofPlatform()
                    .start(() -> map.compute(1, (key, old) -> {
                        locked.countDown();
                        try {
                            go.await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        return 1;
                    }));
            locked.await();
            Thread waiter = Thread.ofPlatform().start(() -> map.put(2, 2));
            while (waiter.getState() != Thread.State.WAITING && waiter.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            nanos.set(500);
            go.countDown();
            holder.join();
            waiter.join();
            assertThat(map.get(2)).isEqualTo(2);
            assertThat(map.get(1))
                    .as("the value of compute counts from the start of compute")
                    .isNull();
        }
    }

    static Stream<Function<SyncMap<Integer, Integer>, Iterator<?>>> views() {
        return Stream.of(
                map -> map.entrySet().iterator(),
                map -> map.keySet().iterator(),
                map -> map.values().iterator(),
                map -> map.entrySet().stream().iterator(),
                map -> map.keySet().stream().iterator(),
                map -> map.values().stream().iterator());
    }

    @ParameterizedTest
    @MethodSource("views")
    void anIteratorDoesNotProduceEntriesThatExpireMeanwhile(Function<SyncMap<Integer, Integer>, Iterator<?>> view) {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Integer> map = expiring(heap);
            for (int key = 0; key < 8; key++) {
                map.put(key, key);
            }
            Iterator<?> iterator = view.apply(map);
            iterator.next();
            nanos.set(100);
            assertThat(iterator.hasNext()).isFalse();
            assertThat(map.toString()).isEqualTo("{}");
            assertThat(map.keySet().toArray()).isEmpty();
            assertThat(map.values().toArray(Integer[]::new)).isEmpty();
            map.forEach((key, value) ->
                    assertThat(key).as("key passed to the action").isNull());
        }
    }

    @Test
    void nextReturnsAnEntryThatExpiredAfterHasNextFoundIt() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Integer> map = expiring(heap);
            map.put(1, 1);
            Iterator<Integer> keys = map.keySet().iterator();
            assertThat(keys.hasNext()).isTrue();
            nanos.set(100);
            assertThat(keys.hasNext()).isTrue();
            assertThat(keys.next()).isOne();
            assertThat(keys.hasNext()).isFalse();
        }
    }

    @Test
    void anIteratorProducesEntriesThatWritesKeepAliveMeanwhile() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            SyncMap<Integer, Integer> map = expiring(heap);
            for (int key = 0; key < 8; key++) {
                map.put(key, key);
            }
            Iterator<Map.Entry<Integer, Integer>> entries = map.entrySet().iterator();
            int first = entries.next().getKey();
            nanos.set(99);
            map.replaceAll((key, value) -> value + 10);
            nanos.set(100);
            Map<Integer, Integer> rest = new HashMap<>();
            entries.forEachRemaining(entry -> rest.put(entry.getKey(), entry.getValue()));
            assertThat(rest).hasSize(7).doesNotContainKey(first);
            assertThat(rest).allSatisfy((key, value) -> assertThat(value).isEqualTo(key + 10));
        }
    }

    /** A value that the caller's code cannot read counts as absent once it has expired. */
    @Test
    void anExpiredValueThatCannotBeReadIsReplaced() {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            Type<Integer> picky = Type.of(
                    MemoryLayout.structLayout(INT.withName("number")),
                    BoundedMapTimeTest::readPositive,
                    (segment, number) -> segment.set(INT, 0, number));
            SyncMap<Integer, Integer> map = SyncMap.builder(heap, Type.INT, picky)
                    .ticker(nanos::get)
                    .expireAfterWrite(Duration.ofNanos(100))
                    .make();
            map.put(1, -1);
            nanos.set(100);
            assertThat(map.put(1, 1)).isNull();
            assertThat(map.get(1)).isOne();
        }
    }

    private static int readPositive(MemorySegment segment) {
        int number = segment.get(INT, 0);
        if (number < 0) {
            throw new IllegalStateException("negative: " + number);
        }
        return number;
    }
}
