package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ordered view of a map for many threads. */
class OrderedThreadsTest {
    private static final int STAYING = 3000;

    private static SyncMap<String, String> make(int shards, int capacity) {
        SyncMap<String, String> map =
                SyncMap.builder(Type.UTF8, Type.UTF8).shards(shards).make();
        for (int i = 0; i < shards; i++) {
            ObjectTable<String, String> table = map.shards.get(i).table;
            table.tree = new OrderTree(table, capacity);
        }
        return map;
    }

    private static String key(int number) {
        return "a-shared-prefix-%06d".formatted(number);
    }

    private static String value(String key) {
        return key.substring(key.length() - 6).repeat(1 + key.hashCode() % 5 & 7);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 16})
    void theOrderIsThatOfTreeMap(int shards) {
        Random random = new Random(shards);
        try (SyncMap<String, String> map = make(shards, Math.min(4 * shards, 60))) {
            TreeMap<String, String> model = new TreeMap<>();
            OrderedMap<String, String> ordered = map.ordered();
            for (int step = 0; step < 15_000; step++) {
                String key = "k" + random.nextInt(3000);
                if (random.nextInt(10) < (step / 4000 % 2 == 0 ? 8 : 2)) {
                    String value = "v".repeat(random.nextInt(70));
                    assertThat(map.put(key, value)).isEqualTo(model.put(key, value));
                } else {
                    assertThat(map.remove(key)).isEqualTo(model.remove(key));
                }
                if (step % 500 == 0) {
                    map.check();
                    assertThat(ordered).containsExactlyEntriesOf(model);
                    assertThat(ordered.descendingMap()).containsExactlyEntriesOf(model.descendingMap());
                    assertThat(ordered.tailMap(key, false)).containsExactlyEntriesOf(model.tailMap(key, false));
                    assertThat(ordered.headMap(key, true)).containsExactlyEntriesOf(model.headMap(key, true));
                    assertThat(ordered.prefixMap("k1")).containsExactlyEntriesOf(model.subMap("k1", "k2"));
                    assertThat(ordered.lowerKey(key)).isEqualTo(model.lowerKey(key));
                    assertThat(ordered.ceilingEntry(key)).isEqualTo(model.ceilingEntry(key));
                }
            }
            map.clear();
            map.check();
            assertThat(ordered.firstEntry()).isNull();
        }
    }

    /**
     * Threads put and remove keys, and change the values of others, while an index is built and read.
     * Each key that stays is produced exactly once, in order, with one of its values.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void everyKeyThatStaysIsProducedOnceBesideWriters(int shards) throws Exception {
        try (SyncMap<String, String> map = make(shards, 8)) {
            for (int i = 0; i < STAYING; i++) {
                map.put(key(2 * i), value(key(2 * i)));
            }
            AtomicInteger readers = new AtomicInteger(2);
            ConcurrentThreads.run(4, id -> {
                Random random = new Random(id);
                if (id < 2) {
                    try {
                        OrderedMap<String, String> ordered = map.ordered();
                        assertStaying(ordered, false);
                        for (int round = 0; round < 12; round++) {
                            assertStaying(ordered, round % 2 == 1);
                        }
                    } finally {
                        readers.decrementAndGet();
                    }
                    return;
                }
                while (readers.get() > 0) {
                    int number = random.nextInt(2 * STAYING);
                    String key = key(number);
                    if (number % 2 == 0) {
                        map.put(key, value(key).repeat(random.nextInt(3) + 1));
                    } else if (random.nextBoolean()) {
                        map.put(key, value(key));
                    } else {
                        map.remove(key);
                    }
                }
            });
            map.check();
            assertStaying(map.ordered(), false);
        }
    }

    private static void assertStaying(NavigableMap<String, String> ordered, boolean reverse) {
        NavigableMap<String, String> view = reverse ? ordered.descendingMap() : ordered;
        int next = reverse ? STAYING - 1 : 0;
        String before = null;
        for (Map.Entry<String, String> entry : view.entrySet()) {
            String key = entry.getKey();
            assertThat(before == null || (reverse ? key.compareTo(before) < 0 : key.compareTo(before) > 0))
                    .as(key + " is behind " + before)
                    .isTrue();
            before = key;
            assertThat(entry.getValue()).startsWith(value(key));
            assertThat(entry.getValue().replace(value(key), "")).isEmpty();
            int number = Integer.parseInt(key.substring(key.length() - 6));
            if (number % 2 == 0) {
                assertThat(number).isEqualTo(2 * next);
                next += reverse ? -1 : 1;
            }
        }
        assertThat(next).isEqualTo(reverse ? -1 : STAYING);
    }

    @Test
    void twoThreadsPollDifferentEntries() throws Exception {
        try (SyncMap<String, String> map = make(4, 8)) {
            for (int i = 0; i < STAYING; i++) {
                map.put(key(i), "");
            }
            OrderedMap<String, String> ordered = map.ordered();
            List<List<String>> polled = List.of(new ArrayList<>(), new ArrayList<>());
            ConcurrentThreads.run(2, id -> {
                Map.Entry<String, String> entry;
                while ((entry = id == 0 ? ordered.pollFirstEntry() : ordered.pollLastEntry()) != null) {
                    polled.get(id).add(entry.getKey());
                }
            });
            List<String> all = new ArrayList<>(polled.get(0));
            all.addAll(polled.get(1).reversed());
            assertThat(all).hasSize(STAYING).isSorted();
            assertThat(map).isEmpty();
        }
    }

    @Test
    void aFunctionMayReadTheViewButNotBuildIt() {
        try (SyncMap<String, String> map = make(1, 8)) {
            map.put("a", "1");
            assertThatThrownBy(
                            () -> map.compute("b", (key, old) -> map.ordered().firstKey()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("recursive update");
            map.ordered();
            assertThat(map.compute("b", (key, old) -> map.ordered().firstKey())).isEqualTo("a");
            assertThatThrownBy(
                            () -> map.compute("b", (key, old) -> map.ordered().put("c", "3")))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void anIndexThatDoesNotFitLeavesTheMapAsItWas() {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(2L << 20).open()) {
            SyncMap<byte[], Integer> map =
                    SyncMap.builder(heap, Type.BYTES, Type.INT).shards(4).make();
            Random random = new Random(1);
            for (int i = 0; i < 5000; i++) {
                byte[] key = new byte[12];
                random.nextBytes(key);
                map.put(key, i);
            }
            for (int failing = 1; failing < 20; failing++) {
                heap.failAllocation(failing);
                assertThatThrownBy(map::ordered).isInstanceOf(HeapExhaustedException.class);
                map.check();
            }
            OrderedMap<byte[], Integer> ordered = map.ordered();
            Iterator<byte[]> keys = ordered.keySet().iterator();
            byte[] before = keys.next();
            int count = 1;
            for (; keys.hasNext(); count++) {
                byte[] key = keys.next();
                assertThat(Arrays.compareUnsigned(before, key)).isNegative();
                before = key;
            }
            assertThat(count).isEqualTo(5000);
            map.close();
            assertThat(heap.stats().inUse()).isZero();
            heap.check();
        }
    }
}
