package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.format.BlockKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderedMapTest {
    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    // ----------------------------------------------------------------------------------- the orders

    @Test
    void stringsAreInTheOrderOfTheirCodePoints() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<String, Integer> map = MemMap.make(heap, Type.UTF8, Type.INT);
            // in UTF-16 the last one would be before the one above it
            List<String> expected = List.of("", "\0", "a", "a\0", "ab", "b", "\u00e9", "\uff61", "\ud83d\ude00");
            expected.reversed().forEach(key -> map.put(key, key.length()));
            OrderedMap<String, Integer> ordered = map.ordered();
            assertThat(ordered.keySet()).containsExactlyElementsOf(expected);
            assertThat(ordered.descendingKeySet()).containsExactlyElementsOf(expected.reversed());
            List<String> sorted = new ArrayList<>(expected.reversed());
            sorted.sort(ordered.comparator());
            assertThat(sorted).isEqualTo(expected);
        }
    }

    @Test
    void bytesAreInUnsignedOrder() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<byte[], Integer> map = MemMap.make(heap, Type.BYTES, Type.INT);
            List<byte[]> expected = List.of(
                    bytes(), bytes(0), bytes(0, 0), bytes(1), bytes(127), bytes(128), bytes(255), bytes(255, 0));
            expected.reversed().forEach(key -> map.put(key, 1));
            assertThat(new ArrayList<>(map.ordered().keySet()))
                    .usingRecursiveComparison()
                    .isEqualTo(expected);
            List<byte[]> sorted = new ArrayList<>(expected.reversed());
            sorted.sort(map.ordered().comparator());
            assertThat(sorted).isEqualTo(expected);
        }
    }

    private static <K> void assertOrder(Type<K> type, List<K> expected) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<K, String> map = MemMap.make(heap, type, Type.UTF8);
            expected.reversed().forEach(key -> map.put(key, "" + key));
            OrderedMap<K, String> ordered = map.ordered();
            assertThat(ordered.keySet()).containsExactlyElementsOf(expected);
            assertThat(ordered.firstEntry().getValue()).isEqualTo("" + expected.getFirst());
            assertThat(ordered.tailMap(expected.get(1), false).keySet())
                    .containsExactlyElementsOf(expected.subList(2, expected.size()));
            map.delete(expected.get(1));
            assertThat(ordered.lowerKey(expected.get(2))).isEqualTo(expected.get(0));
            map.check();
        }
    }

    @Test
    void integersAreInNumericOrder() {
        assertOrder(Type.LONG, List.of(Long.MIN_VALUE, -256L, -1L, 0L, 1L, 255L, 256L, Long.MAX_VALUE));
        assertOrder(Type.INT, List.of(Integer.MIN_VALUE, -256, -1, 0, 1, 255, 256, Integer.MAX_VALUE));
        assertOrder(Type.SHORT, List.of(Short.MIN_VALUE, (short) -1, (short) 0, (short) 1, Short.MAX_VALUE));
        assertOrder(Type.BYTE, List.of(Byte.MIN_VALUE, (byte) -1, (byte) 0, (byte) 1, Byte.MAX_VALUE));
        assertOrder(Type.CHAR, List.of('\0', 'a', 'b', '\u7fff', '\u8000', '\uffff'));
    }

    @Test
    void manyIntegersComeInNumericOrder() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<Long, Long> map = MemMap.make(heap, Type.LONG, Type.LONG);
            TreeMap<Long, Long> model = new TreeMap<>();
            OrderedMap<Long, Long> ordered = map.ordered();
            Random random = new Random(7);
            for (int step = 0; step < 30_000; step++) {
                long key = random.nextLong() >> random.nextInt(64);
                if (random.nextInt(3) > 0) {
                    map.put(key, (long) step);
                    model.put(key, (long) step);
                } else {
                    map.remove(key);
                    model.remove(key);
                }
            }
            map.check();
            assertThat(ordered.entrySet()).containsExactlyElementsOf(model.entrySet());
            assertThat(ordered.headMap(0L, true).descendingMap().entrySet())
                    .containsExactlyElementsOf(
                            model.headMap(0L, true).descendingMap().entrySet());
        }
    }

    @Test
    void otherKeysAreRefused() {
        try (NativeHeap heap = NativeHeap.ofShared();
                SyncMap<Double, Long> sync = SyncMap.make(heap, Type.DOUBLE, Type.LONG)) {
            MemMap<Double, Long> map = MemMap.make(heap, Type.DOUBLE, Type.LONG);
            assertThatThrownBy(map::ordered)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("double")
                    .hasMessageContaining("Type.UTF8, BYTES, LONG, INT, SHORT, BYTE or CHAR");
            assertThatThrownBy(sync::ordered).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void mapsWithLimitsAreRefused() {
        try (SyncMap<String, Long> map =
                        SyncMap.builder(Type.UTF8, Type.LONG).maxEntries(10).make();
                SyncMap<String, Long> timed = SyncMap.builder(Type.UTF8, Type.LONG)
                        .expireAfterWrite(Duration.ofDays(1))
                        .make()) {
            assertThatThrownBy(map::ordered)
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("limits");
            assertThatThrownBy(timed::ordered).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    // ------------------------------------------------------------------------------------- prefixes

    @Test
    void aPrefixMapHasTheKeysThatBeginWithIt() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<byte[], Integer> map = MemMap.make(heap, Type.BYTES, Type.INT);
            for (byte[] key :
                    List.of(bytes(), bytes(1), bytes(1, 0), bytes(1, 255), bytes(2), bytes(255), bytes(255, 255))) {
                map.put(key, Arrays.hashCode(key));
            }
            OrderedMap<byte[], Integer> ordered = map.ordered();
            assertThat(ordered.prefixMap(bytes()).size()).isEqualTo(7);
            assertThat(ordered.prefixMap(bytes(1)).firstKey()).isEqualTo(bytes(1));
            assertThat(ordered.prefixMap(bytes(1)).lastKey()).isEqualTo(bytes(1, 255));
            assertThat(ordered.prefixMap(bytes(1)).size()).isEqualTo(3);
            assertThat(ordered.prefixMap(bytes(1, 255)).size()).isEqualTo(1);
            assertThat(ordered.prefixMap(bytes(255)).size()).isEqualTo(2);
            assertThat(ordered.prefixMap(bytes(255, 255)).firstKey()).isEqualTo(bytes(255, 255));
            assertThat(ordered.prefixMap(bytes(3)).firstEntry()).isNull();
            assertThat(ordered.prefixMap(bytes(1)).descendingMap().firstKey()).isEqualTo(bytes(1, 255));
            NavigableMap<byte[], Integer> ones = ordered.prefixMap(bytes(1));
            assertThatThrownBy(() -> ones.put(bytes(2), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[2]");
            ones.clear();
            assertThat(map.size()).isEqualTo(4);
        }
    }

    @Test
    void numbersHaveNoPrefix() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            OrderedMap<Long, Long> ordered =
                    MemMap.make(heap, Type.LONG, Type.LONG).ordered();
            assertThatThrownBy(() -> ordered.prefixMap(1L))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("subMap");
        }
    }

    @Test
    void aPrefixOfASubmapKeepsToItsRange() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<String, Integer> map = MemMap.make(heap, Type.UTF8, Type.INT);
            List.of("a", "aa", "ab", "b").forEach(key -> map.put(key, 0));
            OrderedMap<String, Integer> tail =
                    (OrderedMap<String, Integer>) map.ordered().tailMap("aa", false);
            assertThat(tail.prefixMap("a").keySet()).containsExactly("ab");
        }
    }

    // ---------------------------------------------------------------------------------- iterators

    @Test
    void anIteratorOfAPlainMapSkipsWhatWasRemovedAndReadsFreshValues() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<Integer, String> map = MemMap.make(heap, Type.INT, Type.UTF8);
            for (int i = 0; i < 500; i++) {
                map.put(i, "old");
            }
            Iterator<Map.Entry<Integer, String>> entries =
                    map.ordered().entrySet().iterator();
            assertThat(entries.next().getKey()).isZero();
            assertThat(entries.hasNext()).isTrue(); // of key 1
            map.delete(1);
            map.delete(2);
            map.put(3, "new and longer than before");
            map.put(-1, "before");
            assertThat(entries.next()).isEqualTo(Map.entry(1, "old"));
            assertThat(entries.next()).isEqualTo(Map.entry(3, "new and longer than before"));
            entries.remove();
            assertThat(map.containsKey(3)).isFalse();
            assertThat(entries.hasNext()).isTrue();
            map.put(4, "changed");
            Map.Entry<Integer, String> fourth = entries.next();
            assertThat(fourth).isEqualTo(Map.entry(4, "changed"));
            fourth.setValue("set");
            assertThat(map.get(4)).isEqualTo("set");
            int next = 5;
            while (entries.hasNext()) {
                assertThat(entries.next().getKey()).isEqualTo(next++);
            }
            assertThat(next).isEqualTo(500);
        }
    }

    @Test
    void theViewOfAMapThatHasEndedIsEmpty() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<String, Integer> map = MemMap.make(heap, Type.UTF8, Type.INT);
            map.put("a", 1);
            OrderedMap<String, Integer> ordered = map.ordered();
            Iterator<String> keys = ordered.keySet().iterator();
            map.free();
            assertThat(heap.stats().inUse()).isZero();
            assertThat(ordered.firstEntry()).isNull();
            assertThat(map.ordered()).isEmpty();
            assertThat(keys.next()).isEqualTo("a"); // it had been found before
            assertThat(keys.hasNext()).isFalse();
            assertThat(MemMap.at(heap, 0, Type.UTF8, Type.INT).ordered()).isEmpty();
        }
    }

    @Test
    void aClosedMapThrows() {
        SyncMap<String, Integer> map = SyncMap.make(Type.UTF8, Type.INT);
        map.put("a", 1);
        OrderedMap<String, Integer> ordered = map.ordered();
        Iterator<String> keys = ordered.keySet().iterator();
        map.close();
        assertThatThrownBy(ordered::firstEntry)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("Already closed");
        assertThatThrownBy(keys::next).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(map::ordered).isInstanceOf(IllegalStateException.class);
    }

    // ------------------------------------------------------------------------------------ the index

    @Test
    void aClearKeepsTheIndex() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<Integer, Integer> map = MemMap.make(heap, Type.INT, Type.INT);
            OrderedMap<Integer, Integer> ordered = map.ordered();
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 1000; i++) {
                    map.put(i * 7 % 1000, i);
                }
                map.check();
                assertThat(ordered.keySet()).hasSize(1000).startsWith(0, 1, 2).endsWith(998, 999);
                map.clear();
                assertThat(heap.stats().order()).isEqualTo(64 + 1024);
                map.check();
                assertThat(ordered.firstEntry()).isNull();
            }
        }
    }

    @Test
    void allHandlesOfAMapKeepTheIndex() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<String, Integer> map = MemMap.make(heap, Type.UTF8, Type.INT);
            map.put("b", 1);
            MemMap<String, Integer> other = MemMap.at(heap, map.pointer(), Type.UTF8, Type.INT);
            OrderedMap<String, Integer> ordered = map.ordered();
            other.put("a", 2);
            other.delete("b");
            assertThat(ordered.keySet()).containsExactly("a");
            assertThat(other.ordered().keySet()).containsExactly("a");
            map.check();
        }
    }

    @Test
    void aCopyHasAnIndexOfItsOwn() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<String, Integer> map = MemMap.make(heap, Type.UTF8, Type.INT);
            map.ordered().put("a", 1);
            long before = heap.stats().order();
            MemMap<String, Integer> copy = map.copy(heap);
            assertThat(heap.stats().order()).isEqualTo(before);
            assertThat(copy.ordered().keySet()).containsExactly("a");
            copy.put("b", 2);
            assertThat(map.ordered().keySet()).containsExactly("a");
        }
    }

    @Test
    void aMapStatesTheBytesOfItsIndex() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<Integer, Integer> map = MemMap.make(heap, Type.INT, Type.INT);
            for (int i = 0; i < 10_000; i++) {
                map.put(i, i);
            }
            assertThat(heap.stats().order()).isZero();
            OrderedMap<Integer, Integer> ordered = map.ordered();
            assertThat(ordered.size()).isEqualTo(10_000);
            assertThat(heap.stats().order()).isBetween(16L * 10_000, 26L * 10_000);
            assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
        }
    }

    @Test
    void aKeyThatIsTooLongIsRefusedBeforeAnythingChanges() {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(256L << 20).open()) {
            MemMap<byte[], Integer> map = MemMap.make(heap, Type.BYTES, Type.INT);
            byte[] longest = new byte[OrderTree.MAX_KEY_BYTES];
            byte[] tooLong = new byte[OrderTree.MAX_KEY_BYTES + 1];
            map.put(tooLong, 1);
            assertThatThrownBy(map::ordered)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("33554431");
            assertThat(heap.stats().order()).isZero();
            map.check();
            map.delete(tooLong);
            OrderedMap<byte[], Integer> ordered = map.ordered();
            long before = heap.stats().inUse();
            assertThatThrownBy(() -> map.put(tooLong, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("33554432");
            assertThat(heap.stats().inUse()).isEqualTo(before);
            map.put(longest, 2);
            map.check();
            assertThat(ordered.firstEntry().getValue()).isEqualTo(2);
        }
    }

    /** Each value has another size class than the one before, so that the key moves with it. */
    @Test
    void aKeyStaysInTheIndexWhileItsValueGrowsThroughAllSizes() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<String, byte[]> map = MemMap.make(heap, Type.UTF8, Type.BYTES);
            OrderedMap<String, byte[]> ordered = map.ordered();
            map.put("a", bytes());
            map.put("c", bytes());
            for (int size = 0; size < 100_000; size += 1 + size / 10) {
                map.put("b", new byte[size]);
                map.check();
                assertThat(ordered.subMap("a", false, "c", false).firstEntry().getValue())
                        .hasSize(size);
            }
            assertThat(ordered.keySet()).containsExactly("a", "b", "c");
        }
    }

    /** The history fails at each of its allocations in turn, and at the one after it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFailedAllocationChangesNothing(boolean late) {
        for (int failing = 1; ; failing++) {
            try (NativeHeap heap = NativeHeap.builder().maxBytes(8L << 20).open()) {
                MemMap<String, String> map = MemMap.make(heap, Type.UTF8, Type.UTF8);
                map.tree = new OrderTree(map, 4);
                TreeMap<String, String> model = new TreeMap<>();
                for (int i = 0; late && i < 100; i++) {
                    map.put("key " + i * 37 % 100, "v");
                    model.put("key " + i * 37 % 100, "v");
                }
                heap.failAllocation(failing);
                int failures = 0;
                boolean isReady = false;
                for (int i = 0; i < 250; i++) {
                    String key = "key " + i * 37 % 200;
                    String value = "v".repeat(i * 31 % 97);
                    try {
                        if (!isReady) {
                            map.ordered();
                            isReady = true;
                        }
                        if (i % 5 == 4) {
                            map.delete(key);
                            model.remove(key);
                        } else {
                            map.set(key, value);
                            model.put(key, value);
                        }
                    } catch (HeapExhaustedException injected) {
                        failures++;
                        i--;
                    }
                    if (failures == 1) {
                        failures++;
                        map.check();
                        assertThat(map.asMap()).isEqualTo(model);
                    }
                }
                map.check();
                assertThat(map.ordered()).containsExactlyEntriesOf(model);
                map.free();
                assertThat(heap.stats().inUse()).isZero();
                heap.check();
                if (!ExhaustionHistory.hasFailed(heap, failing)) {
                    return;
                }
            }
        }
    }

    @Test
    void anIndexIsABlockOfItsOwnKind() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            MemMap<Integer, Integer> map = MemMap.make(heap, Type.INT, Type.INT);
            map.ordered();
            long index = map.field(io.memmap.format.HmapLayout.ORDER);
            assertThat(heap.isBlock(index, BlockKind.ORDER)).isTrue();
        }
    }
}
