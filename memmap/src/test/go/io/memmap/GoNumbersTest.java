package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BucketLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The figures of Go's map from long to long, in Go's geometry. */
class GoNumbersTest {
    private final NativeHeap heap = NativeHeap.builder().maxBytes(1L << 30).open();

    @AfterEach
    void nothingIsLeft() {
        try (heap) {
            heap.check();
            assertThat(heap.stats().inUse()).as("bytes still in use").isZero();
        }
    }

    private AnyMap make(long hint) {
        return AnyMap.of(
                LongLongMap.builder(heap).geometry(Geometry.GO).hint(hint).make());
    }

    /** go:hint-chooses-size. */
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "8, 0",
        "9, 1",
        "13, 1",
        "14, 2",
        "26, 2",
        "27, 3",
        "52, 3",
        "53, 4",
        "104, 4",
        "105, 5",
        "208, 5",
        "209, 6",
        "416, 6",
        "417, 7",
        "832, 7",
        "833, 8",
        "1000000, 18"
    })
    void aHintGivesGosB(long hint, int b) {
        AnyMap map = make(hint);
        assertThat(map.b()).isEqualTo(b);
        map.table().free();
    }

    /** go:spares-behind-array, with Go's size classes for arrays. */
    @ParameterizedTest
    @CsvSource({"3, 0", "4, 2", "5, 5", "6, 7", "7, 14", "8, 28", "18, 16384"})
    void anArrayHasAsManySparesAsGosArray(int b, long spares) {
        HashTable table = GoTable.ofLongs(heap, 0, key -> key).engine;
        assertThat(table.arrayBytes(b) / table.bucketBytes - (1L << b)).isEqualTo(spares);
        table.free();
    }

    /** TestMapBuckets. */
    @ParameterizedTest
    @CsvSource({
        "-1073741824, 0, 1",
        "-1, 0, 1",
        "0, 0, 1",
        "1, 1, 1",
        "8, 8, 1",
        "9, 9, 2",
        "12, 12, 2",
        "14, 14, 4",
        "24, 24, 4",
        "27, 27, 8",
        "48, 48, 8",
        "53, 53, 16"
    })
    void aMapHasGosBucketsAfterInsertions(long hint, int entries, long buckets) {
        for (long asked : new long[] {0, hint}) {
            AnyMap map = make(asked).fill(0, entries);
            assertThat(1L << map.b()).as("buckets with a hint of %d", asked).isEqualTo(buckets);
            map.table().free();
        }
    }

    /** go:load-limit, as in TestLoadFactor. */
    @Test
    void theLoadLimitIsGosWithIntegerDivision() {
        for (int b = 0; b < 20; b++) {
            long limit = b == 0 ? 8 : 13 * ((1L << b) / 2);
            assertThat(BucketLayout.loadLimit(8, b, BucketLayout.BUCKET_LOAD))
                    .as("load limit with B %d", b)
                    .isEqualTo(limit);
        }
    }

    /** go:doubling-points. */
    @Test
    void theMapDoublesAtTheSameWritesAsGos() {
        long[] doubling = {
            9, 14, 27, 53, 105, 209, 417, 833, 1665, 3329, 6657, 13313, 26625, 53249, 106497, 212993, 425985, 851969,
            1703937
        };
        AnyMap map = make(0);
        int next = 0;
        for (long size = 1; size <= 1_800_000; size++) {
            int b = map.b();
            map.put(size, size);
            if (map.b() != b) {
                assertThat(map.b()).isEqualTo(b + 1);
                assertThat(size).isEqualTo(doubling[next]);
                next++;
            }
        }
        assertThat(next).isEqualTo(doubling.length);
        map.table().free();
    }

    /** go:length-of-a-growth: the first two growths end within the write that starts them. */
    @ParameterizedTest
    @CsvSource({"9, 1", "14, 2", "27, 3"})
    void aGrowthToTwoOrFourBucketsEndsWithinOneWrite(long size, int b) {
        AnyMap map = make(0).fill(0, size);
        assertThat(map.b()).isEqualTo(b);
        assertThat(map.isGrowing()).isEqualTo(b == 3);
        map.table().free();
    }

    /** go:length-of-a-growth: the expected values are Go's figures. */
    @ParameterizedTest
    @CsvSource({"512, 360, 0.1", "1024, 706, 0.1", "16384, 11357, 0.03", "131072, 90852, 0.02"})
    void aGrowthEndsAfterAboutLn2RandomWritesForEachOldBucket(long oldBuckets, long mean, double tolerance) {
        int b = Long.numberOfTrailingZeros(oldBuckets);
        long size = BucketLayout.loadLimit(8, b, BucketLayout.BUCKET_LOAD) + 1;
        AnyMap map =
                make(BucketLayout.loadLimit(8, b, BucketLayout.BUCKET_LOAD)).fill(0, size);
        assertThat(map.isGrowing()).isTrue();
        Random random = new Random(oldBuckets);
        long writes = 0;
        for (; map.isGrowing(); writes++) {
            map.put(random.nextLong(), 1);
        }
        assertThat((double) writes / mean).isBetween(1 - tolerance, 1 + tolerance);
        map.table().free();
    }

    /** go:overwrites-finish-a-growth. */
    @Test
    void writesToOneKeyMoveOneBucketEach() {
        AnyMap map = make(BucketLayout.loadLimit(8, 11, BucketLayout.BUCKET_LOAD))
                .fill(0, BucketLayout.loadLimit(8, 11, BucketLayout.BUCKET_LOAD) + 1);
        long writes = 0;
        for (; map.isGrowing(); writes++) {
            map.put(1, 1);
        }
        assertThat(writes).isBetween(2040L, 2046L);
        map.table().free();
    }

    /**
     * go:overflow-count-is-sampled and go:overflow-at-full-load. Each of Go's figures is from one
     * run.
     */
    @ParameterizedTest
    @CsvSource({"8, 53.9, 0.5", "12, 855, 0.12", "16, 13665, 0.03", "17, 27373, 0.03"})
    void aFullTableHasAsManyOverflowBucketsAsGos(int b, double buckets, double tolerance) {
        AnyMap map = make(BucketLayout.loadLimit(8, b, BucketLayout.BUCKET_LOAD))
                .fill(0, BucketLayout.loadLimit(8, b, BucketLayout.BUCKET_LOAD));
        assertThat(map.b()).isEqualTo(b);
        assertThat(map.overflow() / buckets).isBetween(1 - tolerance, 1 + tolerance);
        if (b < 16) {
            assertThat(map.noverflow()).isEqualTo((int) map.overflow());
        } else {
            double counted = map.overflow() / (double) (1L << (b - 15));
            assertThat(map.noverflow() / counted)
                    .as("counted overflow buckets; Go counts them at random")
                    .isBetween(0.93, 1.07);
        }
        assertThat(map.stats().longestChain()).isBetween(2L, 5L);
        map.table().free();
    }

    /**
     * go:churn-causes-same-size-growth, after the entries have been replaced about seven times. In
     * Go the first such growths were after 140, 340, 11,351 and 184,526 steps.
     */
    @ParameterizedTest
    @CsvSource({"26, 10, 3000", "104, 100, 6000", "1664, 7000, 30000", "26624, 160000, 220000"})
    void churnAtConstantSizeCausesAGrowthInTheSameSize(int entries, long least, long most) {
        AnyMap map = make(0).fill(0, entries);
        map.finishGrowth(0);
        int b = map.b();
        long steps = 0;
        while (map.sameSizeGrowths() == 0) {
            for (int i = 0; i < 10; i++, steps++) {
                map.remove(steps);
                map.put(entries + steps, 1);
            }
            assertThat(steps).isLessThan(most);
        }
        assertThat(steps).isGreaterThan(least);
        assertThat(map.b()).isEqualTo(b);
        assertThat(map.size()).isEqualTo(entries);
        map.table().free();
    }
}
