package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HmapLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code read_map.c} lists the entries of a dumped map with {@link Geometry#PAGE} as Java does. */
class PagesInCTest {
    @TempDir
    static Path directory;

    private static ReaderInC reader;

    private final NativeHeap heap = NativeHeap.builder().maxBytes(1 << 20).open();
    private final LongLongMap map = LongLongMap.make(heap);

    @BeforeAll
    static void compileTheReader() throws IOException, InterruptedException {
        reader = ReaderInC.compile(directory);
    }

    @AfterEach
    void end() {
        heap.close();
    }

    private void put(long from, long to) {
        for (long key = from; key < to; key++) {
            map.put(key * 0x9E37_79B9_7F4A_7C15L, -key);
        }
    }

    private boolean isMovingInPart(boolean inPlace) {
        return map.field(HmapLayout.NEVACUATE) > 2
                && (map.field(HmapLayout.OLD_BUCKETS) == map.field(HmapLayout.BUCKETS)) == inPlace;
    }

    private void assertIsReadAsItIs() throws IOException, InterruptedException {
        map.check();
        List<String> expected = new ArrayList<>();
        map.forEach((key, value) -> expected.add(key + "\t" + value));
        assertThat(expected).hasSize((int) map.size());
        reader.assertReads(heap, map.pointer(), expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 40, 5000})
    void theReaderReadsAMapThatDoesNotGrow(int entries) throws Exception {
        put(0, entries);
        map.remove(0);
        while (map.isGrowing()) {
            map.put(1, 1);
        }
        assertIsReadAsItIs();
    }

    @Test
    void theReaderReadsAMapOfInts() throws Exception {
        IntIntMap ints = IntIntMap.make(heap);
        List<String> expected = new ArrayList<>();
        for (int key = -500; key < 500; key++) {
            ints.put(key * 7, -key);
            expected.add(key * 7 + "\t" + -key);
        }
        reader.assertReads(heap, ints.pointer(), expected);
    }

    /** A map of structs is read whole, while its pages split, and with the reserved key. */
    @ParameterizedTest
    @EnumSource(names = {"SMALL", "LARGEST_IN_PAGE"})
    void theReaderReadsStructs(Orders orders) throws Exception {
        LongStructMap structs = LongStructMap.make(heap, orders.layout);
        structs.put(structs.flip(), orders.of(9)); // the seed stays while the map has entries
        long next = 1;
        while (!structs.isGrowing() || structs.field(HmapLayout.NEVACUATE) < 2) {
            structs.put(next * 0x9E37_79B9_7F4A_7C15L, orders.of(next++));
        }
        structs.check();
        assertThat(structs.field(HmapLayout.OLD_OVERFLOW)).isNotZero();
        List<String> expected = new ArrayList<>();
        structs.forEach((key, order) -> expected.add(key + "\t" + orders.text(order)));
        assertThat(expected).hasSize((int) next);
        reader.assertReads(heap, structs.pointer(), expected);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theReaderReadsAMapWhoseUnitsSplit(boolean inPlace) throws Exception {
        long next = 0;
        while (!isMovingInPart(inPlace)) {
            put(next, ++next);
        }
        assertIsReadAsItIs();
    }

    @Test
    void theReaderReadsAMapWhosePagesJoin() throws Exception {
        put(0, 10_000);
        long next = 0;
        while (!isMovingInPart(true) || (map.state() & HmapLayout.SHRINKING) == 0) {
            map.remove(next++ * 0x9E37_79B9_7F4A_7C15L);
        }
        assertIsReadAsItIs();
    }

    @Test
    void theReaderReadsAnExtension() throws Exception {
        put(0, 2000);
        heap.allocate(
                heap.stats().maxBytes() - heap.stats().inUse() - heap.stats().metadata() - (64 << 10));
        long next = 2000;
        while (map.stats().overflowBuckets() == 0) {
            put(next, ++next);
        }
        assertIsReadAsItIs();
    }

    @Test
    void theReaderReadsTheReservedKey() throws Exception {
        put(0, 10);
        map.put(map.flip(), 42);
        assertThat(map.field(HmapLayout.OLD_OVERFLOW))
                .as("the pair of the reserved key")
                .isNotZero();
        assertIsReadAsItIs();
    }
}
