package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HmapLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Histories of a map with an ordered index, with nodes of few entries, beside a {@link TreeMap}. */
class OrderTreeTest {
    private static final int STEPS = 12_000;

    static Stream<Arguments> trees() {
        return Stream.of(4, 8, 60)
                .flatMap(capacity -> Arrays.stream(OrderedKeys.values()).map(keys -> Arguments.of(capacity, keys)));
    }

    @ParameterizedTest
    @MethodSource("trees")
    void theOrderIsThatOfTreeMap(int capacity, OrderedKeys keys) {
        Random random = new Random(capacity);
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            long before = heap.stats().inUse();
            MemMap<byte[], byte[]> map = MemMap.make(heap, Type.BYTES, Type.BYTES);
            map.tree = new OrderTree(map, capacity);
            TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
            OrderedMap<byte[], byte[]> ordered = map.ordered();
            for (int step = 0; step < STEPS; step++) {
                byte[] key = keys.next(random, step);
                boolean grows = step / 2000 % 2 == 0;
                if (random.nextInt(10) < (grows ? 8 : 2)) {
                    byte[] value = new byte[random.nextInt(90)]; // often another size class
                    random.nextBytes(value);
                    map.set(key, value);
                    model.put(key, value);
                } else {
                    byte[] other = random.nextBoolean() ? model.ceilingKey(key) : null;
                    byte[] removed = other == null ? key : other;
                    assertThat(map.delete(removed)).isEqualTo(model.remove(removed) != null);
                }
                if (step % 397 == 0) {
                    map.check();
                    assertSame(ordered, model, key, random);
                }
            }
            map.check();
            assertSame(ordered, model, new byte[0], random);

            List<byte[]> rest = new ArrayList<>(model.keySet());
            for (byte[] key : rest) {
                assertThat(map.delete(key)).isTrue();
            }
            map.check();
            assertThat(ordered.firstEntry()).isNull();
            assertThat(nodes(map)).isEqualTo(1);
            map.free();
            assertThat(heap.stats().inUse()).isEqualTo(before);
            heap.check();
        }
    }

    private static long nodes(MemMap<?, ?> map) {
        return io.memmap.format.Mem.getLong(map.mem, map.field(HmapLayout.ORDER) + io.memmap.format.OrderLayout.NODES);
    }

    /** Compares all, and a range in both directions. */
    private static void assertSame(
            NavigableMap<byte[], byte[]> ordered, NavigableMap<byte[], byte[]> model, byte[] key, Random random) {
        boolean inclusive = random.nextBoolean();
        assertSameEntries(ordered, model);
        assertSameEntries(ordered.descendingMap(), model.descendingMap());
        assertSameEntries(ordered.tailMap(key, inclusive), model.tailMap(key, inclusive));
        assertSameEntries(ordered.headMap(key, inclusive), model.headMap(key, inclusive));
        assertSameEntries(
                ordered.headMap(key, inclusive).descendingMap(),
                model.headMap(key, inclusive).descendingMap());
        assertThat(ordered.floorKey(key)).isEqualTo(model.floorKey(key));
        assertThat(ordered.lowerKey(key)).isEqualTo(model.lowerKey(key));
        assertThat(ordered.ceilingKey(key)).isEqualTo(model.ceilingKey(key));
        assertThat(ordered.higherKey(key)).isEqualTo(model.higherKey(key));
    }

    private static void assertSameEntries(Map<byte[], byte[]> ordered, Map<byte[], byte[]> model) {
        Iterator<Map.Entry<byte[], byte[]>> expected = model.entrySet().iterator();
        for (Map.Entry<byte[], byte[]> entry : ordered.entrySet()) {
            Map.Entry<byte[], byte[]> other = expected.next();
            if (!Arrays.equals(entry.getKey(), other.getKey()) || !Arrays.equals(entry.getValue(), other.getValue())) {
                assertThat(entry.getKey()).isEqualTo(other.getKey());
                assertThat(entry.getValue()).isEqualTo(other.getValue());
            }
        }
        assertThat(expected.hasNext()).isFalse();
    }
}
