package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.function.LongPredicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A map uses all of its heap. If the memory for a doubling is missing, the map goes on with
 * overflow buckets.
 */
@Tag("slow")
@net.jqwik.api.Tag("slow")
class FullHeapTest {
    private static final long MIB = 1L << 20;
    /**
     * The most bytes that a map needs for an entry if it is alone in its heap. The size of the heap
     * does not matter.
     */
    private static final long BYTES_A_LONG_PAIR = 40;

    private static final long BYTES_AN_INT_PAIR = 24;

    @ParameterizedTest(name = "{0} MiB")
    @ValueSource(longs = {4, 16, 64, 100, 256})
    void aMapAloneInItsHeapHoldsAnEntryForEvery40Bytes(long mib) {
        fillAndFindAll(MapVariant.LONG_LINE_SHRINKING, mib * MIB);
    }

    @Property(tries = 20)
    void aMapAloneFillsAHeapOfAnySize(
            @ForAll MapVariant variant, @ForAll @LongRange(min = 2 * MIB, max = 9 * MIB) long heapBytes) {
        fillAndFindAll(variant, heapBytes);
    }

    private static void fillAndFindAll(MapVariant variant, long heapBytes) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(heapBytes).open()) {
            AnyMap map = variant.make(heap);
            long size = fill(key -> map.put(key, 10 * key) == 0);
            assertThat(size).isGreaterThan(heapBytes / (variant.isLong ? BYTES_A_LONG_PAIR : BYTES_AN_INT_PAIR));
            assertThat(map.size()).as("size after the put that failed").isEqualTo(size);
            map.check();
            heap.check();
            for (long key = 0; key < size; key++) {
                if (map.get(key) != 10 * key) {
                    throw new AssertionError("key " + key + " is lost");
                }
            }
            map.removeAll(0, size / 2);
            map.fill(size, size + size / 4);
            assertThat(map.size()).isEqualTo(size - size / 2 + size / 4);
            map.table().free();
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PAGE")
    void aMapOfObjectsFillsItsHeap(Geometry geometry) {
        long heapBytes = 10 * MIB;
        try (NativeHeap heap = NativeHeap.builder().maxBytes(heapBytes).open()) {
            MemMap<String, Long> map = MemMap.builder(heap, Type.UTF8, Type.LONG)
                    .geometry(geometry)
                    .make();
            long size = fill(key -> map.put("k" + key, key) == null);
            assertThat(size).isGreaterThan(heapBytes / 80);
            assertThat(heap.stats().inUse()).isGreaterThan(heapBytes / 100 * 95);
            map.check();
            heap.check();
            for (long key = 0; key < size; key++) {
                assertThat(map.get("k" + key)).isEqualTo(key);
            }
        }
    }

    @Test
    void aMapOfManyThreadsFillsItsHeap() {
        long heapBytes = 32 * MIB;
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(heapBytes).open()) {
            SyncLongLongMap map = SyncLongLongMap.make(heap);
            long size = fill(key -> map.put(key, 10 * key) == 0);
            assertThat(size).isGreaterThan(heapBytes / BYTES_A_LONG_PAIR);
            assertThat(map.size()).isEqualTo(size);
            map.check();
            heap.check();
            for (long key = 0; key < size; key++) {
                assertThat(map.get(key)).isEqualTo(10 * key);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {10_000_000, Integer.MAX_VALUE, 1L << 40, 1L << 56, Long.MAX_VALUE})
    void aHintThatIsTooLargeLeavesNothingOfAMapForManyThreads(long hint) {
        try (NativeHeap heap = NativeHeap.builder().shared().maxBytes(16 * MIB).open()) {
            assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(() -> SyncLongLongMap.make(heap, hint));
            assertThatExceptionOfType(HeapExhaustedException.class)
                    .isThrownBy(() -> SyncMap.make(heap, Type.UTF8, Type.LONG, hint));
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    /**
     * Fills the map until the heap is exhausted. Returns how many puts succeeded. A second attempt
     * to put the failed key fails, too.
     */
    private static long fill(LongPredicate put) {
        long key = 0;
        while (true) {
            try {
                if (!put.test(key)) {
                    throw new AssertionError("key " + key + " was there");
                }
            } catch (HeapExhaustedException full) {
                long failed = key;
                assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(() -> put.test(failed));
                return key;
            }
            key++;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMapDoublesAfterOtherMapsHaveFreedMemory(MapVariant variant) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(4 * MIB).open()) {
            long others = heap.allocate(2 * MIB);
            AnyMap map = variant.make(heap);
            long size = 0;
            while (map.size() <= map.loadLimit(map.b()) + 1000) {
                map.put(size, 10 * size);
                size++;
            }
            int b = map.b();
            map.check();
            heap.free(others);
            while (!map.isGrowing()) {
                map.put(size, 10 * size);
                size++;
            }
            map.finishGrowth(0);
            assertThat(map.b()).isEqualTo(b + 1);
            map.check();
            for (long key = 1; key < size; key++) {
                assertThat(map.get(key)).isEqualTo(10 * key);
            }
            map.table().free();
        }
    }

    /**
     * A growing map has two arrays. If an insertion lacks memory, it ends the growth and uses the
     * memory of the old array.
     */
    @ParameterizedTest
    @EnumSource
    void aGrowthThatHoldsTheLastMemoryEndsBeforeAnyPutFails(MapVariant variant) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(4 * MIB).open()) {
            AnyMap map = variant.make(heap).fill(0, 5000);
            long key = 5000;
            while (!map.isGrowing()) {
                map.put(key, 10 * key);
                key++;
            }
            while (map.isGrowing()) {
                heap.failAllocation(1);
                map.put(key, 10 * key);
                key++;
            }
            heap.failAllocation(0);
            assertThat(map.size()).isEqualTo(key);
            map.check();
            map.table().free();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PAGE")
    void aGrowthThatHoldsTheLastMemoryGivesItToANewKey(Geometry geometry) {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(4 * MIB).open()) {
            MemMap<String, Long> map = MemMap.builder(heap, Type.UTF8, Type.LONG)
                    .geometry(geometry)
                    .make();
            long size = 0;
            while (size < 5000 || !map.isGrowing()) {
                map.put("k" + size, size);
                size++;
            }
            heap.failAllocation(1);
            map.put("k" + size, size);
            assertThat(map.isGrowing()).isFalse();
            assertThat(map.size()).isEqualTo(size + 1);
            map.check();
        }
    }
}
