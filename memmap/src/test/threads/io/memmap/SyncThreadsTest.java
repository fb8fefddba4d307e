package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many threads use one map. Each thread does a fixed number of operations. The checks hold for
 * every interleaving.
 */
@Tag("slow")
class SyncThreadsTest extends SyncMapTestBase {
    private static final int THREADS = 4;
    private static final int KEYS = 64;
    private static final int ROUNDS = 40;

    private long key(long number) {
        return hash.key(number);
    }

    /**
     * go:sync-load-or-store, with keys that all threads use, as in the tests of Go's HashTrieMap.
     */
    @Test
    void ifManyThreadsPutIfAbsentOneStoresAndAllGetItsValue() throws Exception {
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        AtomicInteger stored = new AtomicInteger();
        AtomicReferenceArray<Long> agreed = new AtomicReferenceArray<>(KEYS);
        ConcurrentThreads.run(THREADS, id -> {
            for (int i = 0; i < KEYS; i++) {
                Long before = map.putIfAbsent(key(i), (long) id);
                stored.addAndGet(before == null ? 1 : 0);
                long value = before == null ? id : before;
                Long others = agreed.compareAndExchange(i, null, value);
                assertThat(others).isIn(null, value);
                assertThat(map.computeIfAbsent(key(i), same -> -1L)).isEqualTo(value);
                long first = longs.putIfAbsent(key(i), id);
                assertThat(longs.get(key(i))).isEqualTo(first);
            }
        });
        assertThat(stored).hasValue(KEYS);
        assertThat(map).hasSize(KEYS);
    }

    /**
     * go:sync-load-and-delete, with keys that all threads use, as in the tests of Go's HashTrieMap.
     */
    @Test
    void ifManyThreadsRemoveAKeyOneGetsTheValue() throws Exception {
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        AtomicLong put = new AtomicLong();
        AtomicLong removed = new AtomicLong();
        AtomicLong longsPut = new AtomicLong();
        AtomicLong longsRemoved = new AtomicLong();
        ConcurrentThreads.run(THREADS, id -> {
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < KEYS; i++) {
                    long value = 1 + (long) round * THREADS + id;
                    if (map.putIfAbsent(key(i), value) == null) {
                        put.addAndGet(value);
                    }
                    Long before = round % 2 == 0 ? map.remove(key(i)) : null;
                    removed.addAndGet(before == null ? 0 : before);
                    long other = map.getOrDefault(key(i), 0L);
                    removed.addAndGet(map.remove(key(i), other) ? other : 0);
                    longsPut.addAndGet(longs.putIfAbsent(key(i), value * THREADS + id) == value * THREADS + id ? 1 : 0);
                    longsRemoved.addAndGet(longs.remove(key(i)) ? 1 : 0);
                }
            }
        });
        map.forEach((key, value) -> removed.addAndGet(value));
        assertThat(removed.get()).isEqualTo(put.get());
        assertThat(longsRemoved.get() + longs.size()).isEqualTo(longsPut.get());
    }

    /** go:sync-swap: swaps return every value that was put, and no value twice. */
    @Test
    void swapsLoseNoValue() throws Exception {
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        AtomicLong in = new AtomicLong();
        AtomicLong out = new AtomicLong();
        ConcurrentThreads.run(THREADS, id -> {
            for (int round = 1; round <= ROUNDS; round++) {
                for (int i = 0; i < KEYS; i++) {
                    long value = (long) round * THREADS + id;
                    in.addAndGet(3 * value);
                    Long before = map.put(key(i), value);
                    out.addAndGet(before == null ? 0 : before);
                    before = map.replace(key(i), value);
                    out.addAndGet(before);
                    out.addAndGet(longs.put(key(i), value));
                }
            }
        });
        map.forEach((key, value) -> out.addAndGet(value));
        longs.forEach((key, value) -> out.addAndGet(value));
        assertThat(out.get()).isEqualTo(in.get());
    }

    /** go:sync-compare-and-swap and the compute methods: no increment is lost. */
    @Test
    void everyMethodThatCanCountIsAtomic() throws Exception {
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        for (int i = 0; i < KEYS; i++) {
            map.put(key(i), 0L);
            longs.put(key(i), 0);
        }
        ConcurrentThreads.run(THREADS, id -> {
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < KEYS; i++) {
                    count(map, longs, key(i), (round + id) % 4);
                }
            }
        });
        assertThat(map.values()).hasSize(KEYS).allMatch(count -> count == THREADS * ROUNDS);
        longs.forEach((key, count) -> assertThat(count).isEqualTo(THREADS * ROUNDS));
    }

    private static void count(SyncMap<Long, Long> map, SyncLongLongMap longs, long key, int way) {
        switch (way) {
            case 0 -> {
                map.merge(key, 1L, Long::sum);
                longs.merge(key, 1, Long::sum);
            }
            case 1 -> {
                map.compute(key, (same, old) -> old + 1);
                longs.add(key, 1);
            }
            case 2 -> {
                map.computeIfPresent(key, (same, old) -> old + 1);
                longs.add(key, 1);
            }
            default -> {
                long old = map.get(key);
                while (!map.replace(key, old, old + 1)) {
                    old = map.get(key);
                }
                long before = longs.get(key);
                while (!longs.replace(key, before, before + 1)) {
                    before = longs.get(key);
                }
            }
        }
    }

    /**
     * As in the HashTrieMap tests with unshared keys. Keys of other threads make the shards grow
     * and shrink.
     */
    @Test
    void threadsWithSeparateKeysDoNotDisturbEachOther() throws Exception {
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        ConcurrentThreads.run(THREADS, id -> {
            for (int round = 0; round < ROUNDS / 4; round++) {
                for (long i = 0; i < KEYS; i++) {
                    long key = key(i * THREADS + id);
                    assertThat(map.putIfAbsent(key, i)).isNull();
                    assertThat(map.putIfAbsent(key, -i)).isEqualTo(i);
                    assertThat(map.replace(key, i + 1, -i)).isFalse();
                    assertThat(map.replace(key, i, -i)).isTrue();
                    assertThat(map.put(key, i)).isEqualTo(-i);
                    assertThat(longs.put(key, i)).isZero();
                    assertThat(longs.add(key, i)).isEqualTo(2 * i);
                }
                for (long i = 0; i < KEYS; i++) {
                    long key = key(i * THREADS + id);
                    assertThat(map.get(key)).isEqualTo(i);
                    assertThat(map.remove(key, i + 1)).isFalse();
                    assertThat(map.remove(key, i)).isTrue();
                    assertThat(map.remove(key)).isNull();
                    assertThat(map.containsKey(key)).isFalse();
                    assertThat(longs.remove(key, 2 * i)).isTrue();
                    assertThat(longs.containsKey(key)).isFalse();
                }
            }
        });
        assertThat(map).isEmpty();
        assertThat(longs.isEmpty()).isTrue();
    }

    @Test
    void virtualThreadsCountAsExactlyAsPlatformThreads() throws Exception {
        SyncMap<String, Long> words = make(Type.UTF8, Type.LONG);
        SyncLongLongMap longs = makeLongs();
        ConcurrentThreads.runVirtual(100, id -> {
            for (int i = 0; i < 20; i++) {
                words.merge("word " + i, 1L, Long::sum);
                longs.merge(key(i), 1, Long::sum);
                LockSupport.parkNanos(1); // lets other threads run
                assertThat(words.get("word " + i)).isBetween(1L, 100L);
            }
        });
        assertThat(words.values()).hasSize(20).allMatch(count -> count == 100);
        longs.forEach((key, count) -> assertThat(count).isEqualTo(100));
    }

    /**
     * go:sync-range, as in TestConcurrentRange. Other threads insert and remove, so the shards grow
     * and halve during the loops.
     */
    @Test
    void aLoopProducesEveryEntryPresentThroughoutExactlyOnce() throws Exception {
        int stays = 256;
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        Map<Long, Long> numbers = new HashMap<>();
        for (long i = 1; i <= stays; i++) {
            map.put(key(i), i);
            longs.put(key(i), i);
            numbers.put(key(i), i);
        }
        AtomicInteger walkers = new AtomicInteger(2);
        ConcurrentThreads.run(THREADS, id -> {
            if (id < 2) {
                for (int round = 0; round < 5; round++) {
                    Map<Long, Long> seen = new HashMap<>();
                    if (id == 0) {
                        map.forEach(
                                (key, value) -> assertThat(seen.put(key, value)).isNull());
                    } else {
                        longs.forEach(
                                (key, value) -> assertThat(seen.put(key, value)).isNull());
                    }
                    numbers.forEach(
                            (key, number) -> assertThat(seen.get(key) % number).isZero());
                }
                walkers.decrementAndGet();
                return;
            }
            for (long round = 1; walkers.get() != 0 && round < 10_000; round++) {
                long first = stays + 1 + 300L * (id - 2);
                for (long i = first; i < first + 300; i++) {
                    map.put(key(i), i);
                    longs.put(key(i), i);
                }
                for (long i = 1; i <= stays; i += 7) {
                    map.put(key(i), i * round);
                    longs.put(key(i), i * round);
                }
                for (long i = first; i < first + 300; i++) {
                    map.remove(key(i));
                    longs.remove(key(i));
                }
            }
        });
        assertThat(map).hasSize(stays);
    }

    /** TestConcurrentClear. */
    @Test
    void clearMayRunDuringAnyOtherOperation() throws Exception {
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        ConcurrentThreads.run(6, id -> {
            for (int round = 0; round < ROUNDS; round++) {
                for (long i = 0; i < KEYS; i++) {
                    switch (id % 3) {
                        case 0 -> {
                            map.put(key(i), i);
                            longs.put(key(i), i);
                        }
                        case 1 -> {
                            assertThat(map.get(key(i))).isIn(null, i);
                            assertThat(longs.get(key(i))).isIn(0L, i);
                        }
                        default -> {
                            map.replace(key(i), i, i);
                            longs.remove(key(i), i);
                        }
                    }
                }
                if (id % 3 == 2) {
                    map.clear();
                    longs.clear();
                }
            }
        });
        map.clear();
        longs.clear();
        assertThat(map).isEmpty();
        assertThat(longs.isEmpty()).isTrue();
    }

    /** go:sync-memory-order: a thread that sees a write also sees what the writer did before it. */
    @Test
    void aThreadThatSeesAWriteSeesEverythingBeforeTheWrite() throws Exception {
        SyncLongLongMap map = makeLongs();
        int[] plain = new int[ROUNDS * KEYS];
        ConcurrentThreads.run(2, id -> {
            for (int i = 0; i < plain.length; i++) {
                if (id == 0) {
                    plain[i] = i + 1;
                    map.put(key(7), i + 1);
                } else {
                    int seen = (int) map.get(key(7));
                    assertThat(seen == 0 ? 0 : plain[seen - 1]).isEqualTo(seen);
                }
            }
        });
    }

    /**
     * Readers take no lock. So they may read bytes of two values, or bytes of none, and must notice
     * it.
     */
    @Test
    void largeValuesAreNeverTorn() throws Exception {
        SyncMap<Long, byte[]> map = make(Type.LONG, Type.BYTES);
        int[] lengths = {1 << 20, 100, 5000, 300_000, 1, 64 << 10};
        AtomicBoolean done = new AtomicBoolean();
        map.put(1L, describingItself(1, 0));
        ConcurrentThreads.run(3, id -> {
            if (id == 0) {
                for (int round = 0; round < 60; round++) {
                    byte[] before = map.put(1L, describingItself(lengths[round % lengths.length], round));
                    assertWhole(before);
                }
                done.set(true);
                return;
            }
            do {
                assertWhole(map.get(1L));
                for (byte[] value : map.values()) {
                    assertWhole(value);
                }
            } while (!done.get());
        });
        assertThat(map.get(1L)).hasSize(lengths[59 % lengths.length]);
    }

    /** Keys and values are put and removed. Their blocks are reused at once. */
    @Test
    void stringsAreNeverTornOrThoseOfAnotherKey() throws Exception {
        SyncMap<String, String> map = make(Type.UTF8, Type.UTF8);
        ConcurrentThreads.run(THREADS, id -> {
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < 24; i++) {
                    String key = "k".repeat(i * 10) + i;
                    if (id % 2 == 0) {
                        map.put(key, (key + "/").repeat(round % 5 + 1));
                        assertThat(map.remove("k".repeat(i * 5))).isNull();
                        map.remove(key, key + "/");
                    } else {
                        String value = map.get(key);
                        assertThat(value == null ? "" : value.replace(key + "/", ""))
                                .isEmpty();
                    }
                }
            }
        });
    }

    /**
     * Returns bytes that depend on their number and on the round, so that a mixture of two values
     * can be recognised.
     */
    private static byte[] describingItself(int length, int round) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) (31 * length + round));
        value[0] = (byte) round;
        return value;
    }

    private static void assertWhole(byte[] value) {
        assertThat(Arrays.equals(value, describingItself(value.length, value[0])))
                .as("the bytes are those of one value")
                .isTrue();
    }

    /** After all operations, free leaves nothing in the heap. */
    @Test
    void aHeapThatRunsFullUnderManyThreadsLosesNothing() throws Exception {
        try (NativeHeap small = hash.open(1L << 20)) {
            SyncMap<Long, byte[]> map = SyncMap.make(small, Type.LONG, Type.BYTES);
            CountDownLatch full = new CountDownLatch(THREADS);
            ConcurrentThreads.run(THREADS, id -> {
                for (int i = 0; i < 400; i++) {
                    long key = key(i % 50 * THREADS + id);
                    byte[] value = describingItself(1 + 13 * i, id);
                    byte[] before = map.get(key);
                    try {
                        map.put(key, value);
                        assertThat(map.get(key)).isEqualTo(value);
                    } catch (HeapExhaustedException e) {
                        full.countDown();
                        assertThat(map.get(key)).isEqualTo(before);
                        map.remove(key(i * 7 % 50 * THREADS + id));
                    }
                }
            });
            map.check();
            map.free();
            small.checkZeroes();
            assertThat(small.stats().inUse()).isZero();
        }
    }
}
