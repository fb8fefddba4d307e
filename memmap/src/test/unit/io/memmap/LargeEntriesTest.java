package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Walks over large entries: a chain has more bytes than a walk keeps in memory at a time. */
@Tag("slow")
class LargeEntriesTest {
    /** Three keys or values of this size are more than a walk keeps. */
    private static final int BYTES = ChainWalk.MOST_BYTES / 3 + 1;

    private static final int STAYING = 300;

    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(256L << 20).open();

    @AfterEach
    void close() {
        heap.close();
    }

    /**
     * Returns an array that starts with this number. It has {@link #BYTES} bytes if it is large,
     * else four.
     */
    private static byte[] array(int number, boolean large) {
        byte[] array = new byte[large ? BYTES : 4];
        array[0] = (byte) number;
        array[1] = (byte) (number >>> 8);
        return array;
    }

    private static int number(byte[] array) {
        return (array[0] & 0xFF) | ((array[1] & 0xFF) << 8);
    }

    /**
     * Changes the map between the steps of a walk. The walk must produce each number that stays
     * exactly once.
     */
    private static void isProducedOnceEach(Iterator<Integer> numbers, Map<byte[], byte[]> map, boolean largeKeys) {
        // each walk has another order, so the results vary nevertheless
        Random random = new Random(7);
        Map<Integer, Integer> produced = new HashMap<>();
        int added = STAYING;
        while (numbers.hasNext()) {
            produced.merge(numbers.next(), 1, Integer::sum);
            for (int i = random.nextInt(4); i > 0 && added < 4 * STAYING; i--) {
                map.put(array(added, largeKeys), array(added, true));
                added++;
            }
            if (random.nextInt(3) == 0) {
                map.remove(array(STAYING + random.nextInt(added - STAYING + 1), largeKeys));
            }
        }
        for (int number = 0; number < STAYING; number++) {
            assertThat(produced.get(number))
                    .as("times that " + number + " was produced")
                    .isEqualTo(1);
        }
    }

    private static void fill(Map<byte[], byte[]> map, boolean largeKeys) {
        for (int i = 0; i < STAYING; i++) {
            map.put(array(i, largeKeys), array(i, true));
        }
    }

    @RepeatedTest(5)
    void remainingEntriesAreProducedOnceWhileTheMapGrows() {
        for (boolean largeKeys : new boolean[] {false, true}) {
            for (boolean bounded : new boolean[] {false, true}) {
                SyncMapBuilder<byte[], byte[]> builder = SyncMap.builder(heap, Type.BYTES, Type.BYTES);
                SyncMap<byte[], byte[]> map = (bounded ? builder.maxEntries(100_000) : builder).make();
                fill(map, largeKeys);
                isProducedOnceEach(mapped(map.keySet().iterator()), map, largeKeys);
                isProducedOnceEach(mapped(map.values().iterator()), map, largeKeys);
                map.check();
                map.free();
            }
        }
    }

    private static Iterator<Integer> mapped(Iterator<byte[]> arrays) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return arrays.hasNext();
            }

            @Override
            public Integer next() {
                return number(arrays.next());
            }
        };
    }

    @RepeatedTest(5)
    void aCursorProducesLargeKeysOnceWhileTheMapGrows() {
        MemMap<byte[], byte[]> map = MemMap.make(heap, Type.BYTES, Type.BYTES);
        fill(map.asMap(), true);
        MemMapCursor<byte[], byte[]> cursor = map.cursor();
        boolean[] ahead = {cursor.next()};
        isProducedOnceEach(
                new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return ahead[0];
                    }

                    @Override
                    public Integer next() {
                        int number = number(cursor.key());
                        assertThat(number(cursor.value())).isEqualTo(number);
                        ahead[0] = cursor.next();
                        return number;
                    }
                },
                map.asMap(),
                true);
        map.check();
    }

    @Test
    void anIteratorRemovesTheEntryThatItProducedEvenIfTheCallerChangesTheKey() {
        SyncMap<byte[], byte[]> map = SyncMap.make(heap, Type.BYTES, Type.BYTES);
        fill(map, false);
        int left = STAYING;
        for (Iterator<byte[]> keys = map.keySet().iterator(); keys.hasNext(); ) {
            byte[] key = keys.next();
            byte[] before = key.clone();
            Arrays.fill(key, (byte) 99);
            assertThat(keys.hasNext()).isEqualTo(left > 1); // hasNext() moves on to the next entry
            keys.remove();
            assertThat(map.containsKey(before)).isFalse();
            assertThat(map).hasSize(--left);
        }
        assertThat(map).isEmpty();
    }

    @Test
    void aSmallJavaHeapIsEnoughForAWalkOverLargeValues() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx200m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Walks.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    /** Walks over seven values of 25 MiB, in every way that there is. */
    static final class Walks {
        private static final int VALUES = 7;

        private Walks() {}

        public static void main(String[] arguments) {
            try (NativeHeap heap = NativeHeap.ofShared()) {
                SyncMap<Long, byte[]> bounded = SyncMap.builder(heap, Type.LONG, Type.BYTES)
                        .maxEntries(100)
                        .make();
                walk(bounded);
                bounded.free();
                SyncMap<Long, byte[]> map = SyncMap.make(heap, Type.LONG, Type.BYTES);
                walk(map);
                map.free();
                MemMap<Long, byte[]> plain = MemMap.make(heap, Type.LONG, Type.BYTES);
                walk(plain.asMap());
                plain.free();
            }
        }

        private static void walk(Map<Long, byte[]> map) {
            for (long i = 0; i < VALUES; i++) {
                map.put(i, new byte[25 << 20]);
            }
            List<Long> keys = new ArrayList<>();
            for (Long key : map.keySet()) {
                keys.add(key);
            }
            require(keys.size());
            int values = 0;
            for (byte[] value : map.values()) {
                values += value.length >> 20;
            }
            require(values / 25);
            int[] entries = {0};
            map.forEach((key, value) -> entries[0] += value.length >> 20);
            require(entries[0] / 25);
            require(map.containsValue(new byte[1]) ? 0 : VALUES);
            map.replaceAll((key, value) -> new byte[25 << 20]);
            require(map.size());
        }

        private static void require(int number) {
            if (number != VALUES) {
                throw new AssertionError(number + " of " + VALUES);
            }
        }
    }
}
