package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A map that finds no memory throws, keeps its entries, and works again when there is memory. */
class ExhaustionTest extends PrimitiveMapTestBase {
    private static final long SMALLEST_HEAP_BYTES = 1L << 20;

    @ParameterizedTest(name = "{0} failures in a row")
    @ValueSource(ints = {1, 20})
    void noEntryIsLostWhicheverAllocationFails(int failures) {
        long allocations = ExhaustionHistory.playWithEachAllocationFailing(this::makeNamed, failures);
        assertThat(allocations)
                .as("number of allocations in the history, some of which happen by chance")
                .isGreaterThan(variant.isPaged() ? 10 : 15);
    }

    @Test
    void entriesCanBeReadOverwrittenAndRemovedWithoutAnyMemory() {
        AnyMap map = make().fill(0, 2000);
        for (long key = 2000; !map.isGrowing(); key++) {
            // now a growth has begun, which is when the map needs the most memory
            map.put(key, 10 * key);
        }
        long size = map.size();
        for (long key = 0; key < size; key++) {
            heap.failAllocation(1);
            assertThat(map.get(key)).isEqualTo(10 * key);
            assertThat(map.put(key, key)).isEqualTo(10 * key);
            assertThat(map.add(key, 1)).isEqualTo(key + 1);
        }
        map.check();
        for (long key = 0; key < size; key++) {
            heap.failAllocation(1);
            assertThat(map.remove(key)).isTrue();
        }
        heap.failAllocation(0);
        assertThat(map.size()).isZero();
    }

    @Test
    void aFullHeapKeepsEveryEntryAndRemovalsMakeRoomAgain() {
        try (NativeHeap small =
                NativeHeap.builder().maxBytes(SMALLEST_HEAP_BYTES).open()) {
            AnyMap map = variant.make(small);
            long size = fillUntilExhausted(map);

            map.check();
            small.check();
            assertThat(map.size()).isEqualTo(size).isGreaterThan(10_000);
            for (long key = 0; key < size; key++) {
                assertThat(map.get(key)).isEqualTo(10 * key);
                map.put(key, key);
            }
            map.removeAll(20, size);
            assertThat(LongStream.range(0, 20).map(map::get)).containsExactlyElementsOf(keys(20));
            assertThatCode(() -> map.fill(size, size + 5000)).doesNotThrowAnyException();
            assertThat(map.size()).isEqualTo(5020);
            map.check();
            map.table().free();
            assertThat(small.stats().inUse()).isZero();
        }
    }

    @Test
    void theMessageStatesTheRequestAndTheFreeMemory() {
        try (NativeHeap small =
                NativeHeap.builder().maxBytes(SMALLEST_HEAP_BYTES).open()) {
            assertThatExceptionOfType(HeapExhaustedException.class)
                    .isThrownBy(() -> variant.make(small, 1_000_000))
                    .withMessageMatching(
                            "no room for \\d{7,} bytes of an unnamed map\\[(long|int)\\]\\1: 0 bytes are in use,"
                                    + " \\d+ are committed, maxBytes is " + SMALLEST_HEAP_BYTES
                                    + ", the longest free range has \\d+ bytes\\. Open the heap with maxBytes of at"
                                    + " least \\d{7,}, or free maps and blocks that are no longer needed")
                    .satisfies(full -> {
                        assertThat(full.map()).startsWith("an unnamed map[");
                        assertThat(full.asked()).isGreaterThan(1_000_000);
                        assertThat(full.stats()).isEqualTo(small.stats());
                    });
        }
    }

    @Test
    void theMessageNamesTheMap() {
        try (NativeHeap small =
                NativeHeap.builder().maxBytes(SMALLEST_HEAP_BYTES).open()) {
            assertThatExceptionOfType(HeapExhaustedException.class)
                    .isThrownBy(() -> fillAll(makeNamed(small)))
                    .withMessageContaining("bytes of the map[")
                    .withMessageContaining(" named orders: ");
        }
    }

    /** The message names a bound that is large enough. */
    @Test
    void aHeapWithTheBoundFromTheMessageHoldsTwiceTheEntries() {
        long sufficient;
        long size;
        try (NativeHeap small =
                NativeHeap.builder().maxBytes(SMALLEST_HEAP_BYTES).open()) {
            AnyMap map = variant.make(small);
            HeapExhaustedException full = catchThrowableOfType(HeapExhaustedException.class, () -> fillAll(map));
            sufficient = full.sufficientMaxBytes();
            size = map.size();
        }
        assertThat(sufficient).isLessThan(10 * SMALLEST_HEAP_BYTES);
        try (NativeHeap large = NativeHeap.builder().maxBytes(sufficient).open()) {
            AnyMap map = variant.make(large).fill(0, 2 * size);
            assertThat(map.size()).isEqualTo(2 * size);
        }
    }

    @Test
    void aHeapWithTheBoundFromTheMessageHasRoomForTheHint() {
        long hint = 100_000;
        try (NativeHeap small =
                NativeHeap.builder().maxBytes(SMALLEST_HEAP_BYTES).open()) {
            HeapExhaustedException full =
                    catchThrowableOfType(HeapExhaustedException.class, () -> variant.make(small, hint));
            try (NativeHeap large =
                    NativeHeap.builder().maxBytes(full.sufficientMaxBytes()).open()) {
                assertThatCode(() -> variant.make(large, hint)).doesNotThrowAnyException();
            }
        }
    }

    @Test
    void reserveWithoutEnoughMemoryLeavesTheMapUnchanged() {
        try (NativeHeap small =
                NativeHeap.builder().maxBytes(SMALLEST_HEAP_BYTES).open()) {
            for (long size : new long[] {0, 1, 1000}) {
                AnyMap map = variant.make(small).fill(0, size);
                MapStats before = map.stats();

                assertThatExceptionOfType(HeapExhaustedException.class)
                        .isThrownBy(() -> map.table().reserve(1_000_000));

                assertThat(map.stats().size()).isEqualTo(size);
                assertThat(map.stats().log2Buckets()).isEqualTo(before.log2Buckets());
                map.check();
                assertThatCode(() -> map.fill(0, 2000)).doesNotThrowAnyException();
                map.table().free();
            }
        }
    }

    private static long fillUntilExhausted(AnyMap map) {
        assertThatExceptionOfType(HeapExhaustedException.class).isThrownBy(() -> fillAll(map));
        return map.size();
    }

    private static void fillAll(AnyMap map) {
        for (long key = 0; ; key++) {
            map.put(key, 10 * key);
        }
    }

    private static Iterable<Long> keys(long count) {
        return LongStream.range(0, count).boxed().toList();
    }

    private AnyMap makeNamed(NativeHeap own) {
        return variant.isLong
                ? AnyMap.of(variant.set(LongLongMap.builder(own))
                        .hint(5)
                        .name("orders")
                        .make())
                : AnyMap.of(variant.set(IntIntMap.builder(own))
                        .hint(5)
                        .name("orders")
                        .make());
    }
}
