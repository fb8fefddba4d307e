package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages that have no empty slot left. The test chooses the hashes, so it knows the page of each
 * key. A page has 256 slots.
 */
class FullPageTest {
    private static final int SLOTS = 256;
    private static final long PAGE_BYTES = 4096;
    private static final int SLOT_BYTES = 16;

    private final NativeHeap heap = NativeHeap.builder().maxBytes(16L << 20).open();
    private AnyMap map;

    @AfterEach
    void theMapIsSoundAndGivesEverythingBack() {
        try (heap) {
            map.check();
            map.table().free();
            heap.checkZeroes();
            assertThat(heap.stats().inUse()).as("bytes still in use").isZero();
        }
    }

    private void make(LongUnaryOperator hash) {
        map = ChosenHashTable.make(heap, Geometry.PAGE, false, hash);
    }

    private long inExtension() {
        return map.table().field(HmapLayout.NANS);
    }

    private void assertHas(long from, long to) {
        assertThat(map.size()).isEqualTo(to - from);
        for (long key = from; key < to; key++) {
            assertThat(map.get(key)).isEqualTo(10 * key);
        }
        assertThat(map.containsKey(from - 1) || map.containsKey(to)).isFalse();
    }

    /** All keys have page 0, and few or many home slots. */
    @ParameterizedTest
    @ValueSource(longs = {1, 7, 256})
    void aFullPageGoesOnInTheExtensionAndItsEntriesComeBack(long homes) {
        make(key -> Long.remainderUnsigned(key, homes) * SLOT_BYTES);
        map.table().reserve(map.loadLimit(9));
        map.fill(0, SLOTS);
        assertThat(map.overflow()).isZero();
        for (long key = SLOTS; key < SLOTS + 100; key++) {
            map.put(key, 10 * key);
            assertThat(inExtension()).isEqualTo(key + 1 - SLOTS);
            map.check();
        }
        assertThat(map.overflow()).as("lines of the extension").isPositive();
        assertHas(0, SLOTS + 100);
        for (long key = 0; key < 100; key++) {
            assertThat(map.remove(key)).isTrue();
            assertThat(inExtension()).as("entries left in the extension").isEqualTo(99 - key);
            map.check();
        }
        assertThat(map.overflow()).isZero();
        assertThat(heap.stats().overflow()).isZero();
        assertHas(100, SLOTS + 100);
    }

    @Test
    void entriesOfSeveralPagesShareTheExtension() {
        make(key -> ((key & 3) << 12) | (16 * ((key >> 2) & 15)));
        map.table().reserve(map.loadLimit(9));
        map.fill(0, 4 * SLOTS + 200 - 40);
        assertThat(inExtension()).isEqualTo(160);
        map.check();
        for (long key = 0; key < 1000; key += 3) {
            map.remove(key);
            map.check();
        }
        for (long key = 0; key < 4 * SLOTS + 160; key++) {
            assertThat(map.get(key)).isEqualTo(key < 1000 && key % 3 == 0 ? 0 : 10 * key);
        }
    }

    /** The entries in the extension find room when their page is split. */
    @Test
    void aGrowthTakesEntriesBackFromTheExtension() {
        make(key -> ((key & 1) << 15) | (16 * ((key >> 1) & 255))); // pages 0 and 8
        map.table().reserve(map.loadLimit(9)); // pages 0 to 7
        map.fill(0, SLOTS + 50);
        assertThat(inExtension()).isEqualTo(50);
        map.table().reserve(map.loadLimit(9) + 1);
        assertThat(inExtension()).isZero();
        assertThat(heap.stats().overflow()).isZero();
        assertHas(0, SLOTS + 50);
        map.table().shrink();
        assertHas(0, SLOTS + 50);
    }

    /** A map that finds no memory for a growth fills its page to the last slot. */
    @Test
    void aCrampedMapGoesOnInTheExtensionUntilThereIsMemoryToGrow() {
        make(key -> (key * 0x9E37_79B9_7F4A_7C15L) >>> 7);
        map.table().reserve(map.loadLimit(6));
        for (long key = 0; key < SLOTS + 40; key++) {
            heap.failAllocation(1); // the growth asks first
            map.put(key, 10 * key);
            map.check();
        }
        heap.failAllocation(0);
        assertThat(map.b()).isEqualTo(6);
        assertThat(inExtension()).isEqualTo(40);
        assertHas(0, SLOTS + 40);

        map.fill(SLOTS + 40, SLOTS + 50);
        map.finishGrowth(0);
        assertThat(map.b()).isGreaterThan(6);
        assertThat(inExtension()).isZero();
        assertHas(0, SLOTS + 50);
    }

    /** The entries of the upper page do not all fit beside those of the lower one. */
    @Test
    void pagesWithTooManyEntriesAreJoinedWithHelpOfTheExtension() {
        map = ChosenHashTable.make(heap, Geometry.PAGE, true, key -> ((key & 1) << 15) | (16 * ((key >> 1) & 255)));
        map.table().reserve(map.loadLimit(10)); // pages 0 to 15
        map.table().reserve(0);
        map.fill(0, 2 * 200);
        for (long key = 1000; !map.isShrinking() && key < 1300; key++) {
            map.put(key, 1);
            map.remove(key);
        }
        map.finishGrowth(0);
        map.check();
        assertHas(0, 2 * 200);
        assertThat(map.b()).isEqualTo(9);
        assertThat(inExtension()).isEqualTo(400 - SLOTS);
    }

    /**
     * The keys crowd in few home slots. A removal moves others into the gap, and leaves no slot that
     * only looks occupied.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 5, 16})
    void aRemovalLeavesEveryOtherKeyFindableAndNoTombstone(long homes) {
        make(key -> (key % homes * 5 * SLOT_BYTES) & (PAGE_BYTES - SLOT_BYTES));
        map.table().reserve(map.loadLimit(7));
        int keys = 120;
        for (long step = 1; step < keys; step += 7) {
            map.fill(0, keys);
            for (long i = 0; i < keys; i++) {
                long key = i * 113 % keys * step % 127;
                if (map.remove(key)) {
                    map.check();
                    assertThat(map.containsKey(key)).isFalse();
                }
            }
            map.removeAll(0, keys);
        }
        assertThat(map.size()).isZero();
        long array = map.buckets();
        for (long offset = 0; offset < map.table().arrayBytes(map.b()); offset += Long.BYTES) {
            assertThat(Mem.getLong(heap.memory, array + offset)).isZero();
        }
    }
}
