package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ConcurrentModificationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables with the worst possible hash: chains may have any length, and many keys have the same
 * tophash.
 */
class LongChainTest extends ChosenHashTestBase {

    /**
     * A counter of hops finds cycles. It is checked at every 64th bucket, so a long chain must not
     * look like a cycle.
     */
    @Test
    void lookupsAreRightInAChainOfAnyLength() {
        AnyMap map = makeOneChain();
        for (long key = 0; key < 1200; key++) {
            assertThat(map.containsKey(key)).as("key %d before it is put", key).isFalse();
            map.put(key, 10 * key);
            assertThat(map.get(key)).isEqualTo(10 * key);
            assertThat(map.get(key / 2)).isEqualTo(10 * (key / 2));
        }
        assertThat(map.stats().longestChain()).isGreaterThan(128);
        map.check();
    }

    @Test
    void aChainCanBeEmptiedFromEitherEndAndFromTheMiddle() {
        for (long step : new long[] {1, 999, 7, 501}) {
            AnyMap map = makeOneChain().fill(0, 1000);
            for (long i = 0; i < 1000; i++) {
                long key = step * i % 1000;
                assertThat(map.remove(key))
                        .as("key %d is removed, in steps of %d", key, step)
                        .isTrue();
                if (i % 16 == 0) {
                    map.check();
                }
            }
            assertThat(map.size()).isZero();
        }
    }

    @Test
    void keysWithTheSameTophashStayDistinct() {
        AnyMap map = make(key -> key & 0xFFFF).fill(0, 5000);

        map.removeAll(0, 2500);

        for (long key = 0; key < 5000; key++) {
            assertThat(map.get(key)).isEqualTo(key < 2500 ? 0 : 10 * key);
        }
        map.check();
    }

    /**
     * The marks of moved chains stand where nothing else has been written. They must be cleared
     * again.
     */
    @Test
    void aGrowingSparseTableLeavesNoMarksBehind() {
        AnyMap map = make(LongChainTest::hashOfEightChains).fill(0, 7000);
        map.finishGrowth(0);
        heap.checkZeroes();
        assertThat(map.b()).as("B of an array that is not committed at once").isGreaterThan(8);
        assertThat(map.size()).isEqualTo(7000);
    }

    /**
     * When the growth fails, overflow buckets are already linked from a new array that is otherwise
     * unwritten.
     */
    @Test
    void aGrowthThatFindsNoRoomLeavesNoMarksBehind() {
        for (long failing = 1; failing <= 40; failing++) {
            AnyMap map = ChosenHashTable.make(heap, geometry, autoShrink, LongChainTest::hashOfEightChains);
            map.fill(0, map.loadLimit(8));
            map.finishGrowth(0);
            heap.failAllocation(failing);
            try {
                map.put(-failing, 1);
                map.put(-failing - 1, 1);
            } catch (HeapExhaustedException injected) {
                assertThat(map.size()).isBetween(map.loadLimit(8), map.loadLimit(8) + 1);
            }
            heap.failAllocation(0);
            map.check();
            heap.checkZeroes();
            map.table().free();
        }
    }

    @ParameterizedTest(name = "{0} failures in a row")
    @ValueSource(ints = {1, 20})
    void noEntryOfALongChainIsLostWhicheverAllocationFails(int failures) {
        long allocations = ExhaustionHistory.playWithEachAllocationFailing(
                own -> ChosenHashTable.make(own, geometry, autoShrink, LongChainTest::hashOfEightChains), failures);
        assertThat(allocations).as("number of allocations in the history").isGreaterThan(150);
    }

    /** Two concurrent writers may leave such a cycle. */
    @Test
    void aCycleInAnOldChainIsReportedAsConcurrentWrites() {
        AnyMap map = make(LongChainTest::hashOfEightChains);
        HashTable table = map.table();
        long chain = 0;
        for (long key = 0; chain == 0; key++) {
            map.put(key, 10 * key);
            chain = lastOldChain(map);
        }
        long second = table.overflow(chain);
        long third = table.overflow(second);
        long ofChain = map.keyAt(chain);
        long moved = map.movedChains();
        table.setOverflow(second, chain);

        assertThatExceptionOfType(ConcurrentModificationException.class)
                .isThrownBy(() -> map.put(ofChain, 10 * ofChain))
                .withMessageStartingWith("concurrent map writes: ");
        assertThat(map.movedChains()).as("moved chains").isBetween(moved, moved + 1);
        assertThatExceptionOfType(ConcurrentModificationException.class)
                .isThrownBy(() -> map.finishGrowth(0))
                .withMessageStartingWith("concurrent map writes: ");

        table.setOverflow(second, third);
        map.check();
        map.finishGrowth(0);
    }

    /**
     * Returns the last chain of the old array, or 0. The table must be growing, and the chain must
     * have three buckets and not have moved.
     */
    private static long lastOldChain(AnyMap map) {
        HashTable table = map.table();
        long unit = (1L << HashTable.unitsB(table.state())) - 1 & 0x47;
        if (!map.isGrowing() || map.isGrowingInSameSize() || table.isEvacuated(unit)) {
            return 0;
        }
        long chain = table.chainOfOld(unit, table.state());
        long second = table.overflow(chain);
        return second == 0 || table.overflow(second) == 0 ? 0 : chain;
    }

    private static long hashOfEightChains(long key) {
        return (key * 0x9E3779B97F4A7C15L) & 0xFF00_0000_0000_0047L;
    }
}
