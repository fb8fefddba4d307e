package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.memmap.format.HmapLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Read, write, remove and clear: {@code docs/go-map.md}, "Reading and writing". {@link ChainTest}
 * tests which slot a key gets in a map with buckets.
 */
class OperationsTest extends PrimitiveMapTestBase {

    /** go:reads-change-nothing. */
    @Test
    void readsModifyNothing() {
        AnyMap map = growing();
        byte[] before = heap.segment().toArray(ValueLayout.JAVA_BYTE);

        for (long key = -500; key < 1000; key++) {
            map.get(key);
            map.containsKey(key);
        }
        map.getAll(new long[] {1, 2, -3}, new long[3]);
        map.forEach((key, value) -> {});
        map.stats();
        map.check();

        assertThat(heap.segment().mismatch(MemorySegment.ofArray(before))).isEqualTo(-1);
    }

    /** go:absent-key-is-zero and go:zero-is-not-absent. */
    @Test
    void aStoredZeroDiffersFromAnAbsentKey() {
        AnyMap map = make();
        map.put(1, 0);

        assertThat(map.get(1)).isZero();
        assertThat(map.get(2)).isZero();
        assertThat(map.containsKey(1)).isTrue();
        assertThat(map.containsKey(2)).isFalse();
        assertThat(map.getOrDefault(1, -7)).isZero();
        assertThat(map.getOrDefault(2, -7)).isEqualTo(-7);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void everyNumberCanBeAKeyAndAValue(long number) {
        AnyMap map = make();
        assertThat(map.put(number, number)).isZero();
        assertThat(map.put(number, -number)).isEqualTo(number);
        assertThat(map.containsKey(number)).isTrue();
        assertThat(map.size()).isOne();
        assertThat(map.remove(number)).isTrue();
        assertThat(map.containsKey(number)).isFalse();
    }

    @Test
    void longKeysThatDifferOnlyInTheHighHalfAreDistinct() {
        LongLongMap map = LongLongMap.make(heap);
        map.put(1, 1);
        map.put(1L << 32 | 1, Long.MAX_VALUE);
        map.put(Long.MIN_VALUE, Long.MIN_VALUE);

        assertThat(map.size()).isEqualTo(3);
        assertThat(map.get(1)).isOne();
        assertThat(map.get(1L << 32 | 1)).isEqualTo(Long.MAX_VALUE);
        assertThat(map.get(Long.MIN_VALUE)).isEqualTo(Long.MIN_VALUE);
        map.free();
    }

    @Test
    void sumsWrapAround() {
        LongLongMap longs = LongLongMap.make(heap);
        assertThat(longs.add(1, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
        assertThat(longs.add(1, 1)).isEqualTo(Long.MIN_VALUE);
        IntIntMap ints = IntIntMap.make(heap);
        assertThat(ints.add(1, Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
        assertThat(ints.add(1, 1)).isEqualTo(Integer.MIN_VALUE);
        longs.free();
        ints.free();
    }

    /** go:overwrite-keeps-slot. */
    @Test
    void anOverwriteKeepsTheSlotAndTheSizeAndStartsNoGrowth() {
        AnyMap map = make();
        long limit = map.loadLimit(6);
        map.table().reserve(limit);
        map.fill(0, limit);
        for (long key = 0; key < limit; key++) {
            long slot = map.slotOf(key);
            assertThat(map.put(key, -key)).isEqualTo(10 * key);
            assertThat(map.slotOf(key)).isEqualTo(slot);
        }
        assertThat(map.size()).isEqualTo(limit);
        assertThat(map.isGrowing()).isFalse();

        map.put(limit, 1);
        assertThat(map.isGrowing()).as("growing after one more new key").isTrue();
    }

    /** go:removal-zeroes-the-slot. */
    @Test
    void aKeyAddedAgainStartsAtZero() {
        AnyMap map = make().fill(1, 100);
        for (long key = 1; key < 100; key++) {
            map.remove(key);
            assertThat(map.add(key, 1)).isOne();
        }
    }

    /** go:removal-zeroes-the-slot, after a clear, as in TestIncrementAfterBulkClear. */
    @Test
    void aKeyAddedAgainAfterClearStartsAtZero() {
        AnyMap map = make().fill(1, 100);
        map.table().clear();
        for (long key = 1; key < 100; key++) {
            assertThat(map.add(key, 1)).isOne();
        }
    }

    /**
     * go:chain-shape, as in TestMapTombstones. The fixture checks the last state, and the tests of
     * histories check every state.
     */
    @Test
    void tombstonesLeaveChainsSound() {
        AnyMap map = make().fill(0, 500);
        map.check();
        map.removeAll(0, 250);
        map.check();
        map.fill(100, 600);
        map.check();
        map.removeAll(1, 600);
        map.check();
    }

    /** go:removal-frees-nothing: this holds for a map that does not halve by itself. */
    @Test
    void removalsFreeNoBuckets() {
        AnyMap map = make().fill(0, 5000);
        map.finishGrowth(0);
        MapStats before = map.stats();
        int noverflow = map.noverflow();
        map.removeAll(0, 5000);

        if (!variant.autoShrink) {
            assertThat(map.stats().buckets()).isEqualTo(before.buckets());
            assertThat(map.stats().overflowBuckets()).isEqualTo(before.overflowBuckets());
            assertThat(map.noverflow()).isEqualTo(noverflow);
            assertThat(map.stats().bytes()).isEqualTo(before.bytes());
        } else {
            assertThat(map.stats().bytes()).isLessThan(before.bytes() / 10);
        }
    }

    /** go:last-removal-draws-seed (issue 25237). */
    @Test
    void removingTheLastEntryDrawsANewSeed() {
        AnyMap map = make();
        int same = 0;
        for (int i = 0; i < 20; i++) {
            int seed = map.hash0();
            map.fill(0, 2);
            map.remove(0);
            assertThat(map.hash0()).isEqualTo(seed);
            map.remove(1);
            same += map.hash0() == seed ? 1 : 0;
        }
        assertThat(same).as("equal seeds of 20, which happens by chance").isLessThan(3);
    }

    /** go:clear. */
    @Test
    void clearRemovesAllEntriesAndDrawsANewSeed() {
        AnyMap map = growing();
        int b = map.b();
        int seed = map.hash0();
        map.table().clear();

        assertThat(map.size()).isZero();
        assertThat(map.get(1)).isZero();
        assertThat(map.isGrowing()).isFalse();
        assertThat(map.table().field(HmapLayout.NEVACUATE)).isZero();
        assertThat(map.noverflow()).isZero();
        assertThat(map.overflow()).isZero();
        assertThat(map.hash0())
                .as("the seed, which stays the same with probability 2^-32")
                .isNotEqualTo(seed);
        assertThat(map.b()).isEqualTo(variant.autoShrink ? 0 : b);
        assertThat(map.stats().buckets()).isEqualTo(variant.autoShrink ? 0 : 1L << b);
        assertThat(heap.stats().overflow()).isZero();
    }

    /** go:clear. */
    @Test
    void clearOfAnEmptyMapChangesNothing() {
        AnyMap map = make(100);
        int seed = map.hash0();
        map.table().clear();
        assertThat(map.hash0()).isEqualTo(seed);
        assertThat(map.stats().buckets()).isPositive();
    }

    @Test
    void aBatchGivesTheSameAnswersAsSingleLookups() {
        AnyMap map = make().fill(0, 1000);
        for (int length : new int[] {0, 1, 63, 64, 65, 200}) {
            long[] keys = random.longs(length, -1000, 2000).toArray();
            long[] values = LongStream.range(0, length + 3).map(i -> -9).toArray();
            int hits = map.getAll(keys, values);

            assertThat(hits).isEqualTo((int)
                    LongStream.of(keys).filter(map::containsKey).count());
            for (int i = 0; i < length; i++) {
                assertThat(values[i]).isEqualTo(map.get(keys[i]));
            }
            assertThat(values).as("values after the last key's").endsWith(-9, -9, -9);
        }
    }

    @Test
    void aBatchMayWriteItsValuesToTheArrayOfItsKeys() {
        LongLongMap map = LongLongMap.make(heap);
        long[] keysAndValues = LongStream.range(0, 200).toArray();
        map.putAll(keysAndValues, LongStream.range(0, 200).map(key -> 3 * key).toArray());

        assertThat(map.getAll(keysAndValues, keysAndValues)).isEqualTo(200);
        assertThat(keysAndValues)
                .containsExactly(LongStream.range(0, 200).map(key -> 3 * key).toArray());
        map.free();
    }

    @Test
    void theLastValueOfARepeatedKeyInABatchStays() {
        AnyMap map = make();
        map.putAll(new long[] {1, 2, 1}, new long[] {10, 20, 11});
        assertThat(map.get(1)).isEqualTo(11);
        assertThat(map.size()).isEqualTo(2);
    }

    @Test
    void batchesOfUnequalLengthsAreRefusedBeforeAnyPut() {
        AnyMap map = make();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.putAll(new long[2], new long[3]))
                .withMessageContaining("2")
                .withMessageContaining("3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.getAll(new long[3], new long[2]))
                .withMessageContaining("2")
                .withMessageContaining("3");
        assertThat(map.size()).isZero();
    }

    @Test
    void statsCountTheBytesThatTheHeapHasInUse() {
        AnyMap map = make();
        for (long key = 0; key < 6000; key++) {
            map.put(key, key);
            if (key % 7 == 0) {
                assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
            }
        }
        for (long key = 0; key < 6000; key++) {
            map.remove(key);
            if (key % 7 == 0) {
                assertThat(map.stats().bytes()).isEqualTo(heap.stats().inUse());
            }
        }
    }
}
