package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import java.math.BigInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tables with more than 2^31 entries and more than 2^31 bytes. They reserve addresses but do not
 * use the memory.
 */
@Tag("slow")
class HugeTableTest {
    private static final long HINT = 3_000_000_000L;
    private static final int B_OF_HINT = 29;
    private static final int B_OF_HINT_IN_PAGES = 31;
    private static final long HEAP_BYTES = 1L << 38;
    private static final int MAX_B = 40;

    @Test
    void theLoadLimitIsExactBeyondTheRangeOfInt() {
        for (int slots = 4; slots <= 8; slots++) {
            for (int b = 5; b <= MAX_B; b++) {
                BigInteger limit = BigInteger.valueOf(13L * slots).shiftLeft(b).shiftRight(4);
                assertThat(BucketLayout.loadLimit(slots, b, BucketLayout.BUCKET_LOAD))
                        .isEqualTo(limit.longValueExact());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSizeOfAnArrayIsExactBeyondTheRangeOfInt(Geometry geometry) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.builder(heap).geometry(geometry).make();
            for (int b = 10; b < MAX_B; b++) {
                BigInteger least = BigInteger.valueOf((map.paged ? 16L : 17L) * map.bucketBytes)
                        .shiftLeft(b - 4);
                assertThat(map.arrayBytes(b))
                        .isBetween(least.longValueExact() - map.bucketBytes, least.longValueExact() + 4096);
                assertThat(map.sizeFor(map.loadLimit(b))).isEqualTo(b);
                assertThat(map.sizeFor(map.loadLimit(b) + 1))
                        .isEqualTo(map.bucketBytes > TableArrays.MAX_ARRAY_BYTES >> (b + 1) ? 0 : b + 1);
                assertThat(MapHandle.mask(b))
                        .isEqualTo(BigInteger.ONE.shiftLeft(b).longValueExact() - 1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMapForThreeBillionEntriesTakesAddressesButNoMemory(Geometry geometry) {
        try (NativeHeap heap = openHuge()) {
            long committed = heap.stats().committed();
            LongLongMap map =
                    LongLongMap.builder(heap).geometry(geometry).hint(HINT).make();
            int b = map.paged ? B_OF_HINT_IN_PAGES : B_OF_HINT;
            assertThat(HmapLayout.b(map.state())).isEqualTo(b);
            assertThat(heap.stats().bucket()).isGreaterThanOrEqualTo(map.bucketBytes << b);

            long first = Long.MAX_VALUE;
            long last = 0;
            for (long key = 0; key < 200; key++) {
                map.put(key, 10 * key);
                first = Math.min(first, map.findSlot(key));
                last = Math.max(last, map.findSlot(key));
            }
            assertThat(last - first).as("bytes from the first slot to the last").isGreaterThan(1L << 35);
            for (long key = 0; key < 200; key += 2) {
                assertThat(map.remove(key)).isTrue();
            }
            for (long key = 0; key < 200; key++) {
                assertThat(map.get(key)).isEqualTo(key % 2 == 0 ? 0 : 10 * key);
            }
            assertThat(map.size()).isEqualTo(100);
            assertThat(heap.stats().committed() - committed).isLessThan(200 * (map.paged ? 68L << 10 : 20L << 10));

            map.free();
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    /**
     * The chains are the first, the last, and those beside powers of two. No chain overflows,
     * because free would then walk the whole array.
     */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PAGE")
    void chainsOfAHugeArrayDoNotOverlap(Geometry geometry) {
        try (NativeHeap heap = openHuge()) {
            AnyMap map = ChosenHashTable.make(heap, geometry, true, key -> key & MapHandle.mask(40));
            map.table().reserve(HINT);
            long[] chains = {0, 1, (1L << 24) - 1, 1L << 24, (1L << 28) - 1, 1L << 28, (1L << B_OF_HINT) - 1};
            for (long chain : chains) {
                for (long i = 0; i < 5; i++) {
                    map.put(i << 40 | chain, chain + i);
                }
                assertThat(MapHandle.bucketOf(map.slotOf(chain)))
                        .isEqualTo(map.buckets() + chain * map.table().bucketBytes);
            }
            for (long chain : chains) {
                for (long i = 0; i < 5; i++) {
                    assertThat(map.get(i << 40 | chain)).isEqualTo(chain + i);
                }
            }
            map.table().free();
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    /** The pages are the first, the last, and those beside powers of two. */
    @Test
    void pagesOfAHugeArrayDoNotOverlap() {
        try (NativeHeap heap = openHuge()) {
            AnyMap map = ChosenHashTable.make(heap, Geometry.PAGE, true, key -> key);
            map.table().reserve(HINT);
            int pagesB = PagedTable.pagesB(B_OF_HINT_IN_PAGES);
            long[] pages = {0, 1, (1L << 20) - 1, 1L << 20, (1L << 24) - 1, 1L << 24, (1L << pagesB) - 1};
            for (long page : pages) {
                for (long slot = 0; slot < 4096; slot += 16) {
                    map.put((page << 12) | slot, page + slot);
                    assertThat(map.slotOf((page << 12) | slot)).isEqualTo(map.buckets() + ((page << 12) | slot));
                }
            }
            for (long page : pages) {
                for (long slot = 0; slot < 4096; slot += 16) {
                    assertThat(map.get((page << 12) | slot)).isEqualTo(page + slot);
                }
            }
            map.table().free();
            assertThat(heap.stats().inUse()).isZero();
        }
    }

    private static NativeHeap openHuge() {
        try {
            return NativeHeap.builder().maxBytes(HEAP_BYTES).open();
        } catch (HeapExhaustedException refused) {
            return abort("no address space of " + HEAP_BYTES + " bytes is to be had: " + refused.getMessage());
        }
    }
}
