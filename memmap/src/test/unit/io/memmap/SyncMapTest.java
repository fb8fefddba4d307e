package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * A map for many threads, used by one thread: {@code docs/go-map.md}, "Maps for many threads", the
 * operations that {@code java.util} adds, and iterators.
 */
class SyncMapTest extends SyncMapTestBase {
    /** go:sync-load to go:sync-compare-and-delete, of an absent key. */
    @Test
    void anAbsentKeyHasNoValueToReturnReplaceOrRemove() {
        SyncMap<Long, Long> map = make();
        assertThat(map.get(1L)).isNull();
        assertThat(map.containsKey(1L)).isFalse();
        assertThat(map.getOrDefault(1L, 7L)).isEqualTo(7);
        assertThat(map.remove(1L)).isNull();
        assertThat(map.remove(1L, 0L)).isFalse();
        assertThat(map.remove(1L, null)).isFalse();
        assertThat(map.replace(1L, 5L)).isNull();
        assertThat(map.computeIfPresent(1L, (key, old) -> 5L)).isNull();
        assertThat(map.compute(1L, (key, old) -> old)).isNull();
        assertThat(map.computeIfAbsent(1L, key -> null)).isNull();
        assertThat(map).isEmpty();
        assertThat(map.putIfAbsent(1L, 1L)).isNull();
        assertThat(map.put(2L, 2L)).isNull();
        assertThat(map.computeIfAbsent(3L, key -> 3L)).isEqualTo(3);
        assertThat(map.merge(4L, 4L, (old, given) -> 5L)).isEqualTo(4);
        assertThat(map).isEqualTo(Map.of(1L, 1L, 2L, 2L, 3L, 3L, 4L, 4L));
    }

    /** go:sync-load to go:sync-compare-and-delete, of a key that is present. */
    @Test
    void aPresentKeyAnswersWithItsValue() {
        SyncMap<Long, Long> map = make();
        map.put(1L, 10L);
        assertThat(map.get(1L)).isEqualTo(10);
        assertThat(map.containsKey(1L)).isTrue();
        assertThat(map.getOrDefault(1L, 7L)).isEqualTo(10);
        assertThat(map.putIfAbsent(1L, 11L)).isEqualTo(10);
        assertThat(map.computeIfAbsent(1L, key -> 11L)).isEqualTo(10);
        assertThat(map.put(1L, 12L)).isEqualTo(10);
        assertThat(map.replace(1L, 13L)).isEqualTo(12);
        assertThat(map.replace(1L, 12L, 14L)).isFalse();
        assertThat(map.replace(1L, 13L, 14L)).isTrue();
        assertThat(map.merge(1L, 1L, Long::sum)).isEqualTo(15);
        assertThat(map.compute(1L, (key, old) -> old + key)).isEqualTo(16);
        assertThat(map.computeIfPresent(1L, (key, old) -> old + key)).isEqualTo(17);
        assertThat(map.remove(1L, 16L)).isFalse();
        assertThat(map.remove(1L, null)).isFalse();
        assertThat(map.remove(1L, 17L)).isTrue();
        assertThat(map).isEmpty();
        map.put(1L, 18L);
        assertThat(map.remove(1L)).isEqualTo(18);
        map.put(1L, 19L);
        assertThat(map.merge(1L, 1L, (old, given) -> null)).isNull();
        assertThat(map).isEmpty();
    }

    /** TestCompareAndSwap_NonExistingKey. */
    @Test
    void setDecodesNoValue() {
        AtomicInteger decoded = new AtomicInteger();
        Type<String> counted = Type.of("counted", String.class, (value, to) -> to.putUtf8(value), from -> {
            decoded.incrementAndGet();
            return from.getUtf8();
        });
        SyncMap<Long, String> map = make(Type.LONG, counted);
        map.set(1L, "a");
        map.set(1L, "much longer than before");
        map.set(2L, "b");
        assertThat(decoded).hasValue(0);
        assertThat(map).isEqualTo(Map.of(1L, "much longer than before", 2L, "b"));
        decoded.set(0);
        assertThat(map.put(2L, "c")).isEqualTo("b");
        assertThat(decoded).hasValue(1);
    }

    @Test
    void aValueOfAnAbsentKeyIsNotReplaced() {
        SyncMap<Long, Long> map = make();
        assertThat(map.replace(1L, 0L, 42L)).isFalse();
        assertThat(map.containsKey(1L)).isFalse();
    }

    /** TestIssue40999. */
    @Test
    void removingEntriesFreesTheirBytes() {
        SyncMap<String, String> map = make(Type.UTF8, Type.UTF8);
        map.put("stays", "stays");
        long inUse = heap().stats().blob();
        for (int i = 0; i < 100; i++) {
            map.put("key " + i, "value ".repeat(i));
            assertThat(map.remove("key " + i)).isEqualTo("value ".repeat(i));
            assertThat(heap().stats().blob()).isEqualTo(inUse);
        }
    }

    /** TestMapRangeNestedCall. */
    @Test
    void aLoopMayChangeItsMapInAnyWay() {
        SyncMap<Long, String> map = make(Type.LONG, Type.UTF8);
        List<String> words = List.of("hello", "world", "Go");
        for (int i = 0; i < words.size(); i++) {
            map.put(hash.key(i), words.get(i));
        }
        map.forEach((outer, outerWord) -> map.forEach((key, word) -> {
            assertThat(map.get(key)).isEqualTo(word);
            long added = hash.key(42);
            assertThat(map.putIfAbsent(added, "given")).isNull();
            assertThat(map.put(added, "sync.Map")).isEqualTo("given");
            assertThat(map.remove(added)).isEqualTo("sync.Map");
        }));
        for (Long key : map.keySet()) {
            map.forEach((inner, word) -> map.remove(inner));
            assertThat(map.containsKey(key)).isFalse();
        }
        assertThat(map).isEmpty();
        assertThat(map.mappingCount()).isZero();
    }

    @Test
    void nullIsRefusedByTheParameterName() {
        SyncMap<Long, Long> map = make();
        map.put(1L, 1L);
        assertNames("key", () -> map.get(null), () -> map.containsKey(null), () -> map.getOrDefault(null, 1L));
        assertNames("key", () -> map.put(null, 1L), () -> map.putIfAbsent(null, 1L), () -> map.replace(null, 1L));
        assertNames("key", () -> map.set(null, 1L));
        assertNames("value", () -> map.set(1L, null));
        assertNames("key", () -> map.remove(null), () -> map.remove(null, 1L), () -> map.replace(null, 1L, 1L));
        assertNames("key", () -> map.compute(null, (key, old) -> 1L), () -> map.computeIfAbsent(null, key -> 1L));
        assertNames("key", () -> map.computeIfPresent(null, (key, old) -> 1L));
        assertNames("key", () -> map.merge(null, 1L, Long::sum));
        assertNames("value", () -> map.put(1L, null), () -> map.putIfAbsent(1L, null), () -> map.replace(1L, null));
        assertNames("value", () -> map.replace(1L, 1L, null), () -> map.merge(1L, null, Long::sum));
        assertNames("value", () -> map.replaceAll((key, old) -> null));
        assertNames("expected", () -> map.replace(1L, null, 1L));
        assertNames("function", () -> map.compute(1L, null), () -> map.computeIfAbsent(1L, null));
        assertNames("function", () -> map.computeIfPresent(1L, null), () -> map.merge(1L, 1L, null));
        assertNames("function", () -> map.replaceAll(null));
        SyncLongLongMap longs = makeLongs();
        assertNames("function", () -> longs.merge(1, 1, null));
        assertNames("action", () -> longs.forEach(null));
        assertThat(map).isEqualTo(Map.of(1L, 1L));
    }

    private static void assertNames(String parameter, ThrowingCallable... calls) {
        for (ThrowingCallable call : calls) {
            assertThatNullPointerException().isThrownBy(call).withMessage(parameter);
        }
    }

    @Test
    void keysAndValuesOfOtherClassesAreAbsent() {
        SyncMap<Long, Long> map = make();
        map.put(1L, 1L);
        for (Object key : new Object[] {1, "1"}) {
            assertThat(map.containsKey(key)).isFalse();
            assertThat(map.get(key)).isNull();
            assertThat(map.remove(key)).isNull();
            assertThat(map.remove(key, 1L)).isFalse();
        }
        assertThat(map.remove(1L, "1")).isFalse();
        assertThat(map).hasSize(1);
    }

    @Test
    void aConfinedHeapIsRefused() {
        try (NativeHeap confined = NativeHeap.ofConfined()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncMap.make(confined, Type.LONG, Type.LONG))
                    .withMessageContaining("ofShared");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SyncLongLongMap.make(confined))
                    .withMessageContaining("ofShared");
            assertThat(confined.stats().inUse()).isZero();
        }
    }

    @Test
    void mapsAreRefusedAsKeys() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SyncMap.make(heap(), Type.map(Type.LONG, Type.LONG), Type.LONG));
    }

    @Test
    void aHintMakesRoomAtOnce() {
        SyncMap<Long, Long> map = SyncMap.make(heap(), Type.LONG, Type.LONG, 10_000);
        SyncLongLongMap longs = SyncLongLongMap.make(heap(), 10_000);
        assertThat(map.stats().buckets()).isGreaterThan(10_000 / 8);
        assertThat(longs.stats().buckets() * 4).as("slots of the map of longs").isGreaterThan(2 * 10_000);
        assertThat(longs.stats().size()).isZero();
        map.free();
        longs.free();
    }

    /** go:sync-keys, so also go:string-key-is-replaced and go:nan-is-always-new. */
    @Test
    void everyPutOfANanAddsAnEntryThatOnlyClearRemoves() {
        SyncMap<Double, Double> map = make(Type.DOUBLE, Type.DOUBLE);
        for (int i = 0; i < 100; i++) {
            assertThat(map.put(Double.NaN, (double) i)).isNull();
        }
        assertThat(map.putIfAbsent(Double.NaN, 100.0)).isNull();
        assertThat(map.computeIfAbsent(Double.NaN, key -> 101.0)).isEqualTo(101);
        assertThat(map.computeIfPresent(Double.NaN, (key, old) -> 0.0)).isNull();
        assertThat(map.get(Double.NaN)).isNull();
        assertThat(map.containsKey(Double.NaN)).isFalse();
        assertThat(map.remove(Double.NaN)).isNull();
        assertThat(map).hasSize(102);
        Set<Double> values = new HashSet<>();
        map.forEach((key, value) -> assertThat(values.add(value)).isTrue());
        assertThat(values).hasSize(102);
        map.clear();
        assertThat(map).isEmpty();
    }

    /** go:sync-keys, so also go:overwrite-replaces-key and go:zeros-are-one-key. */
    @Test
    void bothZerosAreOneKeyAndOneValue() {
        SyncMap<Double, Double> map = make(Type.DOUBLE, Type.DOUBLE);
        map.put(0.0, -0.0);
        assertThat(map.put(-0.0, 0.0)).isEqualTo(-0.0);
        assertThat(map).hasSize(1);
        assertThat(map.replace(0.0, -0.0, 1.0)).isTrue();
        assertThat(map.remove(-0.0, 1.0)).isTrue();
    }

    /** The default replaceAll of ConcurrentMap would compare a NaN with itself forever. */
    @Test
    void replaceAllReplacesANanValue() {
        SyncMap<Long, Double> map = make(Type.LONG, Type.DOUBLE);
        map.put(1L, Double.NaN);
        map.put(2L, 2.0);
        assertThat(map.replace(1L, Double.NaN, 3.0)).isFalse();
        assertThat(map.remove(1L, Double.NaN)).isFalse();
        map.replaceAll((key, old) -> Double.isNaN(old) ? 1.0 : -old);
        assertThat(map).isEqualTo(Map.of(1L, 1.0, 2L, -2.0));
    }

    @Test
    void theMapCanBeUsedAfterEachClear() {
        SyncMap<Long, Long> map = make();
        for (int round = 0; round < 3; round++) {
            for (long i = 0; i < 500; i++) {
                map.put(hash.key(i), i);
            }
            map.clear();
            assertThat(map).isEmpty();
            assertThat(map.get(hash.key(3))).isNull();
            map.check();
        }
    }

    @Test
    void iteratorsAreWeaklyConsistent() {
        SyncMap<Long, Long> map = make();
        for (long i = 0; i < 300; i++) {
            map.put(hash.key(i), i);
        }
        Map<Long, Long> seen = new HashMap<>();
        long step = 0;
        for (Map.Entry<Long, Long> entry : map.entrySet()) {
            assertThat(seen.put(entry.getKey(), entry.getValue())).isNull();
            map.put(hash.key(1000 + step), 1000 + step); // the map grows
            map.remove(hash.key(1000 + step / 2));
            step++;
        }
        for (long i = 0; i < 300; i++) {
            assertThat(seen).containsEntry(hash.key(i), i);
        }
    }

    @Test
    void anIteratorRemovesTheProducedEntryOnce() {
        SyncMap<Long, Long> map = make();
        for (long i = 0; i < 50; i++) {
            map.put(hash.key(i), i);
        }
        Iterator<Map.Entry<Long, Long>> entries = map.entrySet().iterator();
        assertThatIllegalStateException().isThrownBy(entries::remove);
        boolean more = entries.hasNext();
        while (more) {
            Map.Entry<Long, Long> entry = entries.next();
            more = entries.hasNext(); // hasNext() reads the next entry and must not remove it
            if (entry.getValue() % 2 == 0) {
                entries.remove();
                assertThatIllegalStateException().isThrownBy(entries::remove);
            }
        }
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(entries::next);
        assertThat(map).hasSize(25);
        assertThat(map.values()).allMatch(value -> value % 2 == 1);
    }

    @Test
    void anEntryWritesThroughAndShowsItsOwnValue() {
        SyncMap<Long, Long> map = make();
        map.put(1L, 10L);
        Map.Entry<Long, Long> entry = map.entrySet().iterator().next();
        map.put(1L, 11L);
        assertThat(entry.getValue()).isEqualTo(10);
        assertThat(entry.setValue(12L)).isEqualTo(10);
        assertThat(map.get(1L)).isEqualTo(12);
        assertThatNullPointerException().isThrownBy(() -> entry.setValue(null));
    }

    /** go:lookup-without-a-copy, in all shards. */
    @Test
    void exhaustionLeavesTheMapUnchangedAndUsable() {
        try (NativeHeap small = hash.open(1L << 20)) {
            SyncMap<Long, String> map = SyncMap.make(small, Type.LONG, Type.UTF8);
            String large = "v".repeat(20_000);
            long[] count = {0};
            assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(() -> {
                while (true) {
                    map.put(hash.key(count[0]), large);
                    count[0]++;
                }
            });
            map.check();
            assertThat(map).hasSize((int) count[0]);
            String larger = "w".repeat(500_000);
            List<ThrowingCallable> writes = new ArrayList<>();
            writes.add(() -> map.putIfAbsent(-1L, larger));
            writes.add(() -> map.put(hash.key(1), larger));
            writes.add(() -> map.replace(hash.key(1), larger));
            writes.add(() -> map.replace(hash.key(1), large, larger));
            writes.add(() -> map.compute(hash.key(1), (key, old) -> larger));
            writes.add(() -> map.computeIfAbsent(-1L, key -> larger));
            writes.add(() -> map.merge(-1L, larger, String::concat));
            for (ThrowingCallable write : writes) {
                assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(write);
                map.check();
            }
            assertThat(map.values()).hasSize((int) count[0]).allMatch(large::equals);
            assertThat(map.remove(hash.key(0))).isEqualTo(large);
            assertThatCode(() -> map.put(hash.key(0), large)).doesNotThrowAnyException();
            map.free();
            assertThat(small.stats().inUse()).isZero();
        }
    }

    @Test
    void aMapWithoutRoomForAllItsShardsLeavesNothingInTheHeap() {
        for (long n = 1; n <= 40; n += 3) {
            heap().failAllocation(n);
            try {
                SyncLongLongMap.make(heap(), 1000).free();
            } catch (HeapExhaustedException e) {
                assertThat(e).hasMessageStartingWith("no room");
            }
            heap().failAllocation(0);
            assertThat(heap().stats().inUse()).isZero();
        }
    }

    @Test
    void randomKeysSpreadOverTheShards() {
        SyncLongLongMap map = makeLongs();
        for (long i = 0; i < 1000; i++) {
            map.put(hash.key(i), i);
        }
        long shardsInUse = map.stats().buckets() == 0 ? 0 : map.stats().longestChain();
        if (hash == ChosenHash.RANDOM) {
            assertThat(shardsInUse).isLessThan(10);
        } else {
            assertThat(shardsInUse).as("buckets of the longest chain").isGreaterThanOrEqualTo(1000 / 4 / 8);
        }
    }

    @Test
    void keysOfEveryKindSpreadOverTheShards() {
        assertSpreadsOverShards(Type.LONG, i -> (long) i);
        assertSpreadsOverShards(Type.UTF8, i -> "key " + i);
        assertSpreadsOverShards(Type.UTF8, i -> "a key of more than 32 bytes, namely " + i);
        assertSpreadsOverShards(Type.BYTES, i -> new byte[] {(byte) i, (byte) (i >> 8)});
        assertSpreadsOverShards(Type.UUID, i -> new UUID(i, 0));
    }

    private static <K> void assertSpreadsOverShards(Type<K> type, IntFunction<K> key) {
        try (SyncMap<K, Integer> map =
                SyncMap.builder(type, Type.INT).shards(16).make()) {
            for (int i = 0; i < 16_000; i++) {
                map.put(key.apply(i), i);
            }
            map.check();
            for (int shard = 0; shard < 16; shard++) {
                assertThat(map.shards.get(shard).table.size())
                        .as("keys of type %s in shard %d", type, shard)
                        .isBetween(800L, 1200L); // six standard deviations
            }
        }
    }

    /** go:sync-load to go:sync-compare-and-delete, for primitives: an absent key reads as 0. */
    @Test
    void anAbsentLongReadsAsZero() {
        SyncLongLongMap map = makeLongs();
        assertThat(map.get(1)).isZero();
        assertThat(map.getOrDefault(1, 7)).isEqualTo(7);
        assertThat(map.containsKey(1)).isFalse();
        assertThat(map.replace(1, 0, 5)).isFalse();
        assertThat(map.remove(1, 0)).isFalse();
        assertThat(map.remove(1)).isFalse();
        assertThat(map.isEmpty()).isTrue();
        assertThat(map.put(1, 0)).isZero();
        assertThat(map.containsKey(1)).isTrue();
        assertThat(map.getOrDefault(1, 7)).isZero();
        assertThat(map.putIfAbsent(1, 5)).isZero();
        assertThat(map.replace(1, 0, 5)).isTrue();
        assertThat(map.add(1, -6)).isEqualTo(-1);
        assertThat(map.merge(1, 3, (old, given) -> old * given)).isEqualTo(-3);
        assertThat(map.merge(2, 3, (old, given) -> old * given)).isEqualTo(3);
        assertThat(map.remove(1, -3)).isTrue();
        assertThat(map.size()).isOne();
    }
}
