package io.memmap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Functions that run under the lock of a shard, and readers and writers of types, which run under
 * no lock.
 */
class SyncCallersCodeTest extends SyncMapTestBase {
    private static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** A value whose reader and writer run actions that the test sets. */
    private static final class HookedValue {
        private static final StructLayout LAYOUT = MemoryLayout.structLayout(ValueLayout.JAVA_LONG);

        Runnable inReader = () -> {};
        Runnable inWriter = () -> {};

        final Type<Long> type = Type.of(
                LAYOUT,
                segment -> {
                    inReader.run();
                    return segment.get(ValueLayout.JAVA_LONG, 0);
                },
                (segment, value) -> {
                    inWriter.run();
                    segment.set(ValueLayout.JAVA_LONG, 0, value);
                });
    }

    private static void fail() {
        throw new Failure();
    }

    @Test
    void aFunctionThatChangesItsMapIsRefused() {
        SyncMap<Long, Long> map = make();
        for (long i = 0; i < 20; i++) {
            map.put(hash.key(i), i);
        }
        Map<Long, Long> before = Map.copyOf(map);
        // keys of the same shard and of others
        for (long other : new long[] {1, 2, 3, 4, 5, 6, 7, 100}) {
            long key = hash.key(other);
            List<Consumer<SyncMap<Long, Long>>> changes = List.of(
                    same -> same.put(key, 5L),
                    same -> same.putIfAbsent(key + 1_000_000, 5L),
                    same -> same.remove(key),
                    same -> same.remove(key, other),
                    same -> same.replace(key, 5L),
                    same -> same.replace(key, other, 5L),
                    same -> same.compute(key, (k, old) -> 5L),
                    same -> same.computeIfAbsent(key + 1_000_000, k -> 5L),
                    same -> same.computeIfPresent(key, (k, old) -> null),
                    same -> same.merge(key, 5L, Long::sum),
                    same -> same.replaceAll((k, old) -> 5L),
                    same -> same.keySet().removeIf(k -> true),
                    SyncMap::clear,
                    SyncMap::free,
                    SyncMap::close);
            for (Consumer<SyncMap<Long, Long>> change : changes) {
                for (ThrowingCallable call : List.<ThrowingCallable>of(
                        () -> map.compute(hash.key(1), (k, old) -> thenOne(map, change)),
                        () -> map.computeIfAbsent(hash.key(200), k -> thenOne(map, change)),
                        () -> map.computeIfPresent(hash.key(1), (k, old) -> thenOne(map, change)),
                        () -> map.merge(hash.key(1), 1L, (old, given) -> thenOne(map, change)),
                        () -> map.replaceAll((k, old) -> thenOne(map, change)))) {
                    assertRecursive(call);
                }
            }
        }
        assertThat(map).isEqualTo(before);
        map.put(hash.key(1), 7L);
        assertThat(map.get(hash.key(1))).isEqualTo(7);
    }

    private static long thenOne(SyncMap<Long, Long> map, Consumer<SyncMap<Long, Long>> change) {
        change.accept(map);
        return 1;
    }

    @Test
    void aFunctionThatChangesItsMapOfLongsIsRefused() {
        SyncLongLongMap map = makeLongs();
        for (long key = 1; key <= 20; key++) {
            map.put(key, 1);
        }
        for (long other = 1; other <= 20; other++) { // keys of the same shard and of others
            long key = other;
            List<Consumer<SyncLongLongMap>> changes = List.of(
                    same -> same.put(key, 5),
                    same -> same.put(key + 20, 5),
                    same -> same.putIfAbsent(key + 20, 5),
                    same -> same.add(key, 1),
                    same -> same.remove(key),
                    same -> same.remove(key, 1),
                    same -> same.replace(key, 1, 5),
                    same -> same.merge(key, 1, Long::sum),
                    SyncLongLongMap::clear,
                    SyncLongLongMap::free,
                    SyncLongLongMap::close);
            for (Consumer<SyncLongLongMap> change : changes) {
                assertRecursive(() -> map.merge(1, 1, (old, given) -> {
                    change.accept(map);
                    return 1;
                }));
            }
        }
        assertThat(map.size()).isEqualTo(20);
        map.forEach((key, value) -> assertThat(value).isOne());
    }

    private static void assertRecursive(ThrowingCallable call) {
        assertThatIllegalStateException().isThrownBy(call).withMessageStartingWith("recursive update");
    }

    @Test
    void aFunctionMayReadItsMapInAnyWay() {
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        for (long i = 0; i < 50; i++) {
            map.put(hash.key(i), i);
            longs.put(hash.key(i), i);
        }
        long sum = 49 * 50 / 2;
        assertThat(map.compute(hash.key(3), (key, old) -> {
                    map.check();
                    assertThat(map.get(key)).isEqualTo(old);
                    assertThat(map.containsKey(hash.key(4))).isTrue();
                    assertThat(map.putIfAbsent(hash.key(5), 0L)).isEqualTo(5);
                    assertThat(map).hasSize(50).doesNotContainKey(hash.key(60));
                    assertThat(map.stats().size()).isEqualTo(50);
                    return map.values().stream().mapToLong(value -> value).sum();
                }))
                .isEqualTo(sum);
        assertThat(longs.merge(hash.key(3), 0, (old, given) -> {
                    longs.check();
                    long[] total = {0};
                    longs.forEach((key, value) -> total[0] += value);
                    assertThat(longs.get(hash.key(3))).isEqualTo(old);
                    assertThat(longs.size()).isEqualTo(50);
                    return total[0];
                }))
                .isEqualTo(sum);
    }

    /**
     * If a running function kept readers out of its shard, these functions would wait for each
     * other forever.
     */
    @Test
    void functionsThatReadEachOthersKeysDoNotWaitForEachOther() throws Exception {
        SyncMap<Long, Long> map = make();
        long[] keys = inShardsOfTheirOwn(map);
        CountDownLatch inside = new CountDownLatch(keys.length);
        CountDownLatch read = new CountDownLatch(keys.length);
        ConcurrentThreads.run(
                keys.length,
                id -> map.compute(keys[id], (key, old) -> {
                    await(inside);
                    long sum = 0;
                    for (long other : keys) {
                        sum += map.get(other);
                    }
                    assertThat(map).hasSize(keys.length);
                    map.forEach((other, value) -> assertThat(value).isOne());
                    await(read); // no function has written yet
                    return sum;
                }));
        assertThat(map.values()).allMatch(value -> value == keys.length);
    }

    /**
     * A writer that waits for a shard precedes readers that come later. But it does not precede a
     * function's reads if it waits for this function.
     */
    @Test
    void readsOfAFunctionGoBeforeWritersThatWaitForIt() throws Exception {
        SyncMap<Long, Long> map = make();
        long[] keys = inShardsOfTheirOwn(map);
        CountDownLatch inside = new CountDownLatch(keys.length);
        ConcurrentThreads.run(2 * keys.length, id -> {
            if (id < keys.length) {
                map.compute(keys[id], (key, old) -> {
                    await(inside);
                    for (int round = 0; round < 100; round++) {
                        assertThat(map.size()).isBetween(keys.length, 2 * keys.length);
                        map.check();
                    }
                    return old;
                });
            } else {
                inside.await();
                map.put(keys[id - keys.length] + 1, 1L);
            }
        });
        map.check();
    }

    /**
     * Puts keys into different shards and returns them. There are two keys if the test can choose
     * their shards, and else one.
     */
    private long[] inShardsOfTheirOwn(SyncMap<Long, Long> map) {
        long[] keys = LongStream.range(0, hash == ChosenHash.TRUNCATED ? 2 : 1)
                .map(hash::key)
                .toArray();
        for (long key : keys) {
            map.put(key, 1L);
        }
        return keys;
    }

    private static void await(CountDownLatch latch) {
        latch.countDown();
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void readersDoNotWaitWhileAFunctionRuns() throws Exception {
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        map.put(1L, 1L);
        longs.put(1, 1);
        CountDownLatch inside = new CountDownLatch(2);
        CountDownLatch read = new CountDownLatch(1);
        ConcurrentThreads.run(3, id -> {
            switch (id) {
                case 0 ->
                    map.compute(1L, (key, old) -> {
                        await(inside);
                        return awaited(read, 2);
                    });
                case 1 ->
                    longs.merge(1, 1, (old, given) -> {
                        await(inside);
                        return awaited(read, 2);
                    });
                default -> {
                    inside.await();
                    assertThat(map.get(1L)).isEqualTo(1);
                    assertThat(longs.get(1)).isOne();
                    assertThat(map).isEqualTo(Map.of(1L, 1L));
                    read.countDown();
                }
            }
        });
        assertThat(map.get(1L)).isEqualTo(2);
        assertThat(longs.get(1)).isEqualTo(2);
    }

    private static long awaited(CountDownLatch latch, long value) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return value;
    }

    /**
     * The thread that closes waits for the function. So the function's reads must not wait for that
     * thread.
     */
    @Test
    void aFunctionThatReadsWhileItsMapIsClosedThrowsOrEndsFirst() throws Exception {
        for (int round = 0; round < 20; round++) {
            NativeHeap own = hash.open(4L << 20);
            SyncMap<Long, Long> map = SyncMap.make(own, Type.LONG, Type.LONG);
            for (long i = 0; i < 30; i++) {
                map.put(hash.key(i), i);
            }
            CountDownLatch inside = new CountDownLatch(1);
            ConcurrentThreads.run(2, id -> {
                if (id == 0) {
                    inside.await();
                    map.close();
                    return;
                }
                try {
                    map.compute(hash.key(29), (key, old) -> {
                        inside.countDown();
                        for (int i = 0; i < 200; i++) {
                            assertThat(map.size()).isEqualTo(30);
                            assertThat(map.get(hash.key(i % 30))).isEqualTo(i % 30);
                        }
                        return old;
                    });
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageMatching("Already closed: the map (is being|was) ended by close\\(\\)");
                }
            });
            own.checkZeroes();
            own.close();
        }
    }

    @Test
    void aFunctionThatThrowsLeavesTheMapUnchanged() {
        SyncMap<Long, Long> map = make();
        SyncLongLongMap longs = makeLongs();
        map.put(1L, 1L);
        longs.put(1, 1);
        assertFails(() -> map.compute(1L, (key, old) -> failing()));
        assertFails(() -> map.compute(2L, (key, old) -> failing()));
        assertFails(() -> map.computeIfAbsent(2L, key -> failing()));
        assertFails(() -> map.computeIfPresent(1L, (key, old) -> failing()));
        assertFails(() -> map.merge(1L, 1L, (old, given) -> failing()));
        assertFails(() -> map.replaceAll((key, old) -> failing()));
        assertFails(() -> map.forEach((key, value) -> fail()));
        assertFails(() -> longs.merge(1, 1, (old, given) -> failing()));
        assertFails(() -> longs.forEach((key, value) -> fail()));
        assertThat(map).isEqualTo(Map.of(1L, 1L));
        assertThat(longs.get(1)).isOne();
        assertNoLockIsHeld(map);
        longs.put(1, 2);
    }

    private static long failing() {
        throw new Failure();
    }

    @Test
    void aReaderThatThrowsLeavesTheMapUnchanged() {
        HookedValue hooked = new HookedValue();
        SyncMap<Long, Long> map = make(Type.LONG, hooked.type);
        map.put(1L, 10L);
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> map.get(1L),
                () -> map.getOrDefault(1L, 0L),
                () -> map.put(1L, 11L),
                () -> map.putIfAbsent(1L, 11L),
                () -> map.replace(1L, 11L),
                () -> map.remove(1L),
                () -> map.compute(1L, (key, old) -> 11L),
                () -> map.computeIfPresent(1L, (key, old) -> null),
                () -> map.merge(1L, 1L, Long::sum),
                () -> map.values().iterator().next())) {
            hooked.inReader = SyncCallersCodeTest::fail;
            assertFails(call);
            hooked.inReader = () -> {};
            assertThat(map).isEqualTo(Map.of(1L, 10L));
            assertNoLockIsHeld(map);
        }
        assertThat(map.remove(1L)).isEqualTo(10);
    }

    @Test
    void aWriterThatThrowsLeavesTheMapUnchanged() {
        HookedValue hooked = new HookedValue();
        SyncMap<Long, Long> map = make(hooked.type, hooked.type);
        map.put(1L, 10L);
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> map.get(1L),
                () -> map.containsKey(1L),
                () -> map.put(1L, 11L),
                () -> map.putIfAbsent(2L, 11L),
                () -> map.replace(1L, 11L),
                () -> map.replace(1L, 10L, 11L),
                () -> map.remove(1L),
                () -> map.remove(1L, 10L),
                () -> map.compute(1L, (key, old) -> 11L),
                () -> map.merge(1L, 1L, Long::sum))) {
            hooked.inWriter = SyncCallersCodeTest::fail;
            assertFails(call);
            hooked.inWriter = () -> {};
            assertThat(map).isEqualTo(Map.of(1L, 10L));
            assertNoLockIsHeld(map);
        }
    }

    /** The value that a function returns is written under the lock, as the function runs. */
    @Test
    void aWriterThatThrowsOnTheResultOfAFunctionLeavesTheMapUnchanged() {
        HookedValue hooked = new HookedValue();
        SyncMap<Long, Long> map = make(Type.LONG, hooked.type);
        map.put(1L, 10L);
        hooked.inWriter = SyncCallersCodeTest::fail;
        assertFails(() -> map.compute(1L, (key, old) -> 11L));
        assertFails(() -> map.computeIfAbsent(2L, key -> 11L));
        hooked.inWriter = () -> map.clear();
        assertRecursive(() -> map.compute(1L, (key, old) -> 11L));
        hooked.inWriter = () -> {};
        assertThat(map).isEqualTo(Map.of(1L, 10L));
        assertNoLockIsHeld(map);
    }

    @Test
    void readersAndWritersMayChangeTheMap() {
        HookedValue hooked = new HookedValue();
        SyncMap<Long, Long> map = make(Type.LONG, hooked.type);
        SyncLongLongMap count = makeLongs();
        map.put(1L, 10L);
        hooked.inWriter = () -> count.add(1, 1);
        hooked.inReader = () -> {
            hooked.inReader = () -> {};
            map.put(
                    1L,
                    // runs after the old value was read and before the change: put returns the
                    // value that it replaces
                    20L);
        };
        assertThat(map.put(1L, 11L)).isEqualTo(20);
        assertThat(map.get(1L)).isEqualTo(11);
        hooked.inReader = () -> {
            hooked.inReader = () -> {};
            map.remove(1L);
        };
        assertThat(map.replace(1L, 12L)).isNull();
        assertThat(map).isEmpty();
        assertThat(count.get(1)).isEqualTo(3);
    }

    /** The bytes of the old value are compared after they have been decoded. */
    @Test
    void aDecoderThatWritesToItsBufferChangesNothing() {
        Type<String> type = Type.of(
                "scribble", String.class, (text, to) -> to.putBuffer(200).put(text.getBytes(UTF_8)), from -> {
                    ByteBuffer buffer = from.getBuffer(from.remaining());
                    String text = UTF_8.decode(buffer.slice(0, 3)).toString();
                    buffer.put(new byte[buffer.remaining()]);
                    return text;
                });
        SyncMap<String, String> map = make(type, type);
        map.put("one", "abc");
        map.put("two", "abc");
        for (int i = 0; i < 3; i++) {
            assertThat(map.get("one")).isEqualTo("abc");
            assertThat(map.put("one", "def")).isEqualTo("abc");
            assertThat(map.replace("one", "abc")).isEqualTo("def");
            assertThat(map.replace("two", "abc", "xyz")).isTrue();
            assertThat(map).isEqualTo(Map.of("one", "abc", "two", "xyz"));
            assertThat(map.remove("two")).isEqualTo("xyz");
            assertThat(map.putIfAbsent("two", "abc")).isNull();
            assertThat(map.compute("two", (key, old) -> old)).isEqualTo("abc");
        }
    }

    @Test
    void anEncoderUnderALockMayReadTheMapButNotChangeIt() {
        List<SyncMap<Long, String>> self = new ArrayList<>();
        Type<String> type = Type.of(
                "text",
                String.class,
                (text, to) -> {
                    switch (text) {
                        case "reads" -> assertThat(self.getFirst().get(1L)).isEqualTo("one");
                        case "changes" -> self.getFirst().put(1L, "two");
                        default -> {}
                    }
                    to.putUtf8(text);
                },
                ByteReader::getUtf8);
        SyncMap<Long, String> map = make(Type.LONG, type);
        self.add(map);
        map.put(1L, "one");
        assertThat(map.compute(2L, (key, old) -> "reads")).isEqualTo("reads");
        assertRecursive(() -> map.compute(2L, (key, old) -> "changes"));
        assertRecursive(() -> map.merge(1L, "changes", (old, given) -> given));
        assertThat(map).isEqualTo(Map.of(1L, "one", 2L, "reads"));
        map.put(3L, "changes"); // under no lock
        assertThat(map.get(1L)).isEqualTo("two");
        assertThat(map.get(3L)).isEqualTo("changes");
    }

    private static void assertFails(ThrowingCallable call) {
        assertThat(catchThrowable(call)).isInstanceOf(Failure.class);
    }

    /** Another thread can take every lock. */
    private static void assertNoLockIsHeld(SyncMap<Long, Long> map) {
        try {
            ConcurrentThreads.run(1, id -> {
                Map<Long, Long> before = Map.copyOf(map);
                map.clear();
                map.putAll(before);
            });
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
