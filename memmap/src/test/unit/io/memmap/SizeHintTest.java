package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.HashSet;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The effect of a hint, and when memory is allocated: {@code docs/go-map.md}, "Size hints and the
 * first memory".
 */
class SizeHintTest extends PrimitiveMapTestBase {

    /** go:hint-is-no-limit. */
    @Test
    void aHintIsNoLimitAndDoesNotChangeTheSize() {
        AnyMap map = make(100);
        assertThat(map.size()).isZero();
        assertThat(map.fill(0, 1000).size()).isEqualTo(1000);
    }

    /** go:hint-is-no-limit: the map does not grow before it has more entries than the hint. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 100, 833, 20_000})
    void aMapDoesNotGrowBeforeItHasMoreThanItsHint(int hint) {
        AnyMap map = make(hint).fill(0, hint);
        assertThat(map.stats().doublings()).isZero();
    }

    /** go:hint-chooses-size, for any number of slots. */
    @Test
    void aHintGivesTheSmallestBThatHoldsIt() {
        for (long hint = 0; hint < 3000; hint = hint < 60 ? hint + 1 : hint + 37) {
            AnyMap map = variant.make(heap, hint);
            int b = map.b();
            assertThat(map.loadLimit(b)).isGreaterThanOrEqualTo(hint);
            if (b > 0) {
                assertThat(map.loadLimit(b - 1)).isLessThan(hint);
            }
            map.table().free();
        }
    }

    /**
     * go:bogus-hint-is-ignored. Go also ignores hints that are too large. This map refuses them.
     */
    @ParameterizedTest
    @ValueSource(longs = {-1, -(1 << 30), Long.MIN_VALUE})
    void aNegativeHintIsIgnored(long hint) {
        AnyMap map = make(hint);
        assertThat(map.b()).isZero();
        assertThat(heap.stats().bucket()).isZero();
        assertThat(map.fill(0, 100).size()).isEqualTo(100);
    }

    /**
     * go:huge-hint-fails (issue 24308). Unlike Go, this map also refuses a hint that no heap could
     * hold.
     */
    @ParameterizedTest
    @ValueSource(
            longs = {10_000_000, Integer.MAX_VALUE, 1L << 32, 1L << 40, 1L << 46, 1L << 56, 1L << 62, Long.MAX_VALUE})
    void aHintThatIsTooBigForTheHeapThrowsAndLeavesNoMap(long hint) {
        assertTooBig(() -> variant.make(heap, hint));
        assertTooBig(() -> MemMap.make(heap, Type.UTF8, Type.LONG, hint));
        AnyMap map = make();
        assertTooBig(() -> map.table().reserve(hint));
        map.table().free();
        assertThat(heap.stats().inUse()).isZero();
    }

    private static void assertTooBig(ThrowingCallable maker) {
        assertThatExceptionOfType(HeapExhaustedException.class)
                .isThrownBy(maker)
                .withMessageMatching("no room for .* bytes.*: \\d+ bytes are in use, .*")
                .satisfies(full -> assertThat(full.asked()).isGreaterThan(1_000_000 / 64));
    }

    /** go:first-write-takes-memory. */
    @Test
    void aMapWithoutAHintAllocatesNoBucketBeforeItsFirstWrite() {
        AnyMap map = make();
        map.get(1);
        map.containsKey(1);
        map.remove(1);
        map.table().clear();
        map.table().shrink();
        assertThat(map.cursor().next()).isFalse();
        assertThat(heap.stats().bucket()).isZero();
        assertThat(map.stats().buckets()).isZero();

        map.put(1, 1);
        assertThat(heap.stats().bucket()).isPositive();
        assertThat(map.stats().buckets()).isOne();
    }

    /** go:spares-behind-array. The array of a paged map has no spares. */
    @Test
    void anArrayOfSixteenOrMoreBucketsHasASixteenthAsSpares() {
        AnyMap map = make();
        for (int b = 0; b < 20; b++) {
            long spares = map.table().arrayBytes(b) / map.table().bucketBytes - (1L << b);
            if (b < 4 || variant.isPaged()) {
                assertThat(spares).isZero();
            } else {
                assertThat(spares).isGreaterThanOrEqualTo(1L << (b - 4));
            }
        }
    }

    /** go:random-seed. */
    @Test
    void everyMapHasItsOwnSeedAndOrder() {
        Set<Integer> seeds = new HashSet<>();
        Set<Long> firsts = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            AnyMap map = make().fill(0, 100);
            seeds.add(map.hash0());
            AnyMap.Cursor cursor = map.cursor();
            cursor.next();
            firsts.add(cursor.key());
        }
        assertThat(seeds).hasSizeGreaterThan(35);
        assertThat(firsts).hasSizeGreaterThan(5);
    }
}
