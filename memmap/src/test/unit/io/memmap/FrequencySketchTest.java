package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.cache.FrequencySketch;
import io.memmap.format.BoundsLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sketch alone, in the memory of an empty table. */
class FrequencySketchTest {
    private static final long MOST_BYTES = 4 << 20;
    private static final long FIRST_BYTES = 8 * FrequencySketch.BLOCK_BYTES;

    private final NativeHeap heap = NativeHeap.builder().maxBytes(64L << 20).open();
    private final MemMap<Long, Long> table = MemMap.make(heap, Type.LONG, Type.LONG);
    private final long bounds = heap.allocate(BoundsLayout.BYTES);
    private long before;
    private FrequencySketch sketch;

    @BeforeEach
    void make() {
        before = heap.stats().inUse();
        sketch = new FrequencySketch(new TableMemory(table), bounds, MOST_BYTES, Long.MAX_VALUE);
    }

    @AfterEach
    void nothingLeaks() {
        assertThat(sketch.fault()).isNull();
        assertThat(heap.stats().inUse() - before).isEqualTo(sketch.bytes());
        sketch.free();
        assertThat(heap.stats().inUse()).isEqualTo(before);
        heap.checkZeroes();
        heap.close();
    }

    private void use(long key, int times) {
        for (int i = 0; i < times; i++) {
            sketch.use(hash(key));
        }
    }

    private static long hash(long key) {
        return new Random(key).nextLong();
    }

    @Test
    void aNewSketchHasAFewBlocks() {
        assertThat(sketch.bytes()).isEqualTo(FIRST_BYTES);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100, 1000, 10_000})
    void estimatesAreUnchangedWhenTheSketchGrows(int keys) {
        sketch.fit(keys, Long.MAX_VALUE);
        for (int key = 0; key < keys; key++) {
            use(key, key % 8);
        }
        int[] frequencies = new int[keys];
        for (int key = 0; key < keys; key++) {
            frequencies[key] = sketch.frequency(hash(key));
            assertThat(frequencies[key]).isGreaterThanOrEqualTo(key % 8);
        }
        long bytes = sketch.bytes();
        for (int entries = keys; entries < 5 * keys; entries += 1 + keys / 100) {
            sketch.fit(entries, 16);
            assertThat(sketch.fault()).isNull();
        }
        assertThat(sketch.bytes()).isGreaterThan(bytes);
        for (int key = 0; key < keys; key++) {
            assertThat(sketch.frequency(hash(key))).as("key " + key).isEqualTo(frequencies[key]);
        }
    }

    @Test
    void shrinkingTheSketchLowersNoEstimate() {
        int keys = 3000;
        sketch.fit(8L * keys, Long.MAX_VALUE);
        for (int key = 0; key < keys; key++) {
            use(key, key % 4);
        }
        sketch.fit(100, Long.MAX_VALUE);
        for (int key = 0; key < keys; key++) {
            assertThat(sketch.frequency(hash(key))).isGreaterThanOrEqualTo(key % 4);
        }
    }

    @Test
    void theSizeFollowsTheEntriesUpToTheBoundAndDownAgain() {
        sketch.fit(1000, Long.MAX_VALUE);
        assertThat(sketch.bytes()).isBetween(32_000L, 65_536L);
        sketch.fit(Long.MAX_VALUE, Long.MAX_VALUE);
        assertThat(sketch.bytes()).isEqualTo(MOST_BYTES);
        long committed = heap.stats().committed();
        // a part of its last piece stays, and the heap gets the rest back
        sketch.fit(50_000, Long.MAX_VALUE);
        assertThat(heap.stats().committed()).isLessThan(committed);
        sketch.fit(0, Long.MAX_VALUE);
        assertThat(sketch.bytes()).isLessThanOrEqualTo(2 * FIRST_BYTES);
    }

    @Test
    void smallChangesOfSizeNeitherAllocateNorFree() {
        sketch.fit(1100, Long.MAX_VALUE);
        long bytes = sketch.bytes();
        for (int i = 0; i < 1000; i++) {
            sketch.fit(i % 2 == 0 ? 600 : 1100, 16);
            assertThat(sketch.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    void aStepTakesAtMostTheGivenNumberOfBlocks() {
        sketch.fit(Long.MAX_VALUE, 16);
        assertThat(sketch.bytes()).isLessThanOrEqualTo(32 * FrequencySketch.BLOCK_BYTES);
    }

    @Test
    void usesOfLongAgoAreForgotten() {
        sketch.fit(1000, Long.MAX_VALUE);
        use(1, 15);
        for (long key = 100; key < 200_000; key++) {
            use(key, 1);
        }
        assertThat(sketch.frequency(hash(1))).isLessThan(8);
    }

    @Test
    void aSketchThatFindsNoMemoryKeepsItsSize() {
        use(1, 5);
        long free = heap.stats().reserved();
        long block = 0;
        while (block == 0) { // takes the largest blocks that still fit
            block = heap.tryReserve(free, io.memmap.format.BlockKind.BLOB);
            free = block == 0 ? free / 2 : free;
        }
        sketch.fit(Long.MAX_VALUE, Long.MAX_VALUE);
        assertThat(sketch.fault()).isNull();
        assertThat(sketch.frequency(hash(1))).isEqualTo(5);
        heap.free(block);
        sketch.fit(Long.MAX_VALUE, Long.MAX_VALUE);
        assertThat(sketch.bytes()).isEqualTo(MOST_BYTES);
        assertThat(sketch.frequency(hash(1))).isEqualTo(5);
    }

    @Test
    void aClearedSketchEqualsANewOne() {
        sketch.fit(100_000, Long.MAX_VALUE);
        use(1, 15);
        sketch.clear();
        assertThat(sketch.bytes()).isEqualTo(FIRST_BYTES);
        assertThat(sketch.frequency(hash(1))).isZero();
    }
}
