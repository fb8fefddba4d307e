package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.OrderLayout;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The steps in which an ordered index is built. A step holds the lock of its shard once at most. */
class OrderBuilderTest {
    private static final int KEYS = 4000;

    private static <K, V> SyncMap<K, V> make(Type<K> keys, Type<V> values) {
        return SyncMap.builder(keys, values).shards(1).make();
    }

    private static <K, V> OrderBuilder.Build<ObjectTable<K, V>> begin(SyncMap<K, V> map, LongSupplier clock) {
        return begin(map, clock, () -> {});
    }

    private static <K, V> OrderBuilder.Build<ObjectTable<K, V>> begin(
            SyncMap<K, V> map, LongSupplier clock, Runnable pause) {
        return OrderBuilder.Build.begin(map.shards, map.shards.get(0), clock, pause);
    }

    private static long field(SyncMap<?, ?> map, long field) {
        ObjectTable<?, ?> table = map.shards.get(0).table;
        long header = table.field(HmapLayout.ORDER);
        return header == 0 ? 0 : Mem.getLong(table.mem, header + field);
    }

    /** Runs the steps. Each adds this many keys at most, and no more than two nodes for one of them and a root. */
    private static void assertSmallSteps(SyncMap<?, ?> map, LongSupplier clock, int most) {
        OrderBuilder.Build<?> build = begin(map, clock);
        for (boolean isDone = false; !isDone; ) {
            long keys = field(map, OrderLayout.COUNT);
            long nodes = field(map, OrderLayout.NODES);
            isDone = build.step();
            assertThat(field(map, OrderLayout.COUNT) - keys).isBetween(0L, (long) most);
            assertThat(field(map, OrderLayout.NODES) - nodes).isBetween(0L, 2L * most + 1);
        }
        assertThat(field(map, OrderLayout.COUNT)).isEqualTo(map.size());
        map.check();
    }

    private static SyncMap<byte[], byte[]> filled(OrderedKeys keys) {
        SyncMap<byte[], byte[]> map = make(Type.BYTES, Type.BYTES);
        Random random = new Random(1);
        for (int i = 0; i < KEYS; i++) {
            map.put(keys.next(random, i), new byte[3]);
        }
        return map;
    }

    @ParameterizedTest
    @EnumSource
    void aStepAddsFewKeys(OrderedKeys keys) {
        try (SyncMap<byte[], byte[]> map = filled(keys)) {
            assertSmallSteps(map, () -> 0, OrderBuilder.KEYS_AT_A_TIME);
        }
    }

    @Test
    void aStepAddsFewKeysOfAPage() {
        try (SyncMap<Long, Long> map = make(Type.LONG, Type.LONG)) {
            for (long i = 0; i < KEYS; i++) {
                map.put(i * i * (i % 2 == 0 ? 1 : -1), i);
            }
            assertSmallSteps(map, () -> 0, OrderBuilder.KEYS_AT_A_TIME);
        }
    }

    @Test
    void aStepAddsFewLongKeys() {
        try (SyncMap<byte[], Integer> map = make(Type.BYTES, Type.INT)) {
            for (int i = 0; i < 100; i++) {
                byte[] key = new byte[40_000]; // the copies of two are enough for a step, and a chain has up to 8
                key[key.length - 1] = (byte) i;
                map.put(key, i);
            }
            assertSmallSteps(map, () -> 0, 8);
        }
    }

    /** With a clock on which each insertion takes this long. */
    @ParameterizedTest
    @ValueSource(longs = {4_000, 10_000, 1_000_000_000})
    void aStepThatTakesLongAddsFewerKeys(long nanos) {
        long[] now = {0};
        try (SyncMap<byte[], byte[]> map = filled(OrderedKeys.LONG_PREFIX)) {
            assertSmallSteps(map, () -> now[0] += nanos, nanos < 10_000 ? 3 : 1);
        }
    }

    /** On a clock on which each look takes some time. A thread that is stopped while it has the lock stops writers. */
    @Test
    void theBuilderPausesNowAndThenWithoutTheLock() {
        long[] now = {0};
        long[] paused = {0};
        try (SyncMap<byte[], byte[]> map = filled(OrderedKeys.LONG_PREFIX)) {
            OrderBuilder.Build<?> build = begin(map, () -> now[0] += 1000, () -> {
                assertThat(map.shards.get(0).isWriteLocked()).isFalse();
                assertThat(map.shards.get(0).isReadLocked()).isFalse();
                assertThat(now[0] - paused[0]).isBetween(OrderBuilder.TURN_NANOS, OrderBuilder.TURN_NANOS + 40_000);
                paused[0] = now[0];
            });
            while (!build.step()) {
                assertThat(now[0] - paused[0]).isLessThan(OrderBuilder.TURN_NANOS + 40_000);
            }
            assertThat(paused[0]).isPositive();
        }
    }

    /** Writes come between the steps, of which each leaves the index as the next write needs it. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 300})
    void writesBetweenTheStepsAreInTheIndex(int writes) {
        Comparator<byte[]> bytes = Arrays::compareUnsigned;
        Random numbers = new Random(3);
        assertHistory(Type.BYTES, i -> OrderedKeys.LONG_PREFIX.next(numbers, i), bytes, writes, false);
        assertHistory(Type.BYTES, i -> OrderedKeys.SHORT.next(numbers, i), bytes, writes, true);
        assertHistory(Type.UTF8, i -> "a key " + numbers.nextInt(i + 1), Comparator.naturalOrder(), writes, true);
        assertHistory(Type.LONG, i -> numbers.nextLong(-i, i + 1), Comparator.naturalOrder(), writes, true);
        assertHistory(Type.INT, i -> numbers.nextInt(2 * i + 1) - i, Comparator.naturalOrder(), writes, false);
    }

    private static <K> void assertHistory(
            Type<K> type, IntFunction<K> key, Comparator<K> comparator, int writes, boolean clears) {
        Random random = new Random(writes);
        try (SyncMap<K, byte[]> map = make(type, Type.BYTES)) {
            TreeMap<K, byte[]> model = new TreeMap<>(comparator);
            for (int i = 0; i < KEYS; i++) {
                write(map, model, key.apply(i), random, false);
            }
            OrderBuilder.Build<?> build = begin(map, () -> 0);
            for (int step = 0; !build.step(); step++) {
                for (int i = 0; i < writes; i++) {
                    write(map, model, key.apply(KEYS + step), random, i % 2 == 0);
                }
                if (clears && step == 20) {
                    map.clear();
                    model.clear();
                }
            }
            map.check();
            assertThat(map.ordered().keySet())
                    .usingElementComparator(comparator)
                    .containsExactlyElementsOf(model.keySet());
            for (Map.Entry<K, byte[]> entry : map.ordered().entrySet()) {
                assertThat(entry.getValue()).isEqualTo(model.get(entry.getKey()));
            }
        }
    }

    private static <K> void write(
            SyncMap<K, byte[]> map, NavigableMap<K, byte[]> model, K key, Random random, boolean removes) {
        if (removes) {
            K next = model.ceilingKey(key);
            K removed = next == null ? key : next;
            map.remove(removed);
            model.remove(removed);
        } else {
            byte[] value = new byte[random.nextInt(100)]; // often another block, so that the key moves
            map.put(key, value);
            model.put(key, value);
        }
    }

    /** An index that was not finished goes leaf by leaf, and meanwhile takes what is written. */
    @ParameterizedTest
    @ValueSource(ints = {4, 8, 60})
    void anIndexThatWasNotFinishedIsBuiltAnew(int capacity) {
        try (SyncMap<byte[], byte[]> map = filled(OrderedKeys.WIDENING)) {
            OrderTree tree = new OrderTree(map.shards.get(0).table, capacity);
            map.shards.get(0).table.tree = tree;
            OrderBuilder.Build<?> build = begin(map, () -> 0);
            for (int step = 0; step < 100; step++) {
                assertThat(build.step()).isFalse();
            }
            Random random = new Random(4);
            for (boolean hasMore = true; hasMore; ) {
                long nodes = field(map, OrderLayout.NODES);
                hasMore = tree.removeLast(2);
                assertThat(nodes - field(map, OrderLayout.NODES)).isBetween(hasMore ? 2L : 0L, 30L);
                map.check();
                for (int i = 0; i < 3; i++) {
                    map.put(OrderedKeys.WIDENING.next(random, i), new byte[40]);
                }
                map.check();
                if (field(map, OrderLayout.NODES) > 20) {
                    tree.removeLast(1);
                }
            }
            map.ordered();
            assertThat(field(map, OrderLayout.COUNT)).isEqualTo(map.size());
            map.check();
        }
    }
}
