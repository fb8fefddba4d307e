package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Which slot a key gets, what a removal leaves behind, and where a growth puts the entries of a
 * chain. The rules are in {@code docs/go-map.md}, "Reading and writing" and "Growth".
 */
class ChainTest extends ChosenHashTestBase {

    /** go:chain-and-tophash. */
    @Test
    void theLowBitsOfTheHashNameTheChainAndTheTopByteIsTheTophash() {
        AnyMap map = make(key -> (key << 56) + key).fill(0, 256);
        map.finishGrowth(0);
        long chains = 1L << map.b();
        for (long key = 0; key < 256; key++) {
            long slot = map.slotOf(key);
            assertThat(bucketsOf(map, key & (chains - 1))).contains(MapHandle.bucketOf(slot));
            assertThat(Mem.getByte(map.table().mem, slot)).isEqualTo((int) (key < 5 ? key + 5 : key));
        }
    }

    /** go:search-order. */
    @Test
    void aSearchStopsAtEmptyRest() {
        AnyMap map = makeOneChain().fill(0, 3);
        long bucket = map.buckets();
        // a search that goes on would throw here
        map.table().setOverflow(bucket, Long.MAX_VALUE / 2);

        assertThatCode(() -> map.get(99)).doesNotThrowAnyException();
        map.table().setOverflow(bucket, 0);
    }

    /** go:search-order. */
    @Test
    void aSearchComparesOnlyKeysWithTheSameTophash() {
        AnyMap map = makeOneChain().fill(0, 3);
        long slot = map.slotOf(1);
        Mem.setByte(map.table().mem, slot, 0x77);

        assertThat(map.containsKey(1)).isFalse();
        Mem.setByte(map.table().mem, slot, 0x5A);
        assertThat(map.containsKey(1)).isTrue();
    }

    /** go:first-empty-slot. */
    @Test
    void aNewKeyTakesTheFirstEmptySlotOfItsChain() {
        AnyMap map = makeOneChain().fill(0, 40);
        map.finishGrowth(0);
        List<Long> emptied = new ArrayList<>();
        for (long key : new long[] {5, 17, 30}) {
            emptied.add(map.slotOf(key));
        }
        for (long key : new long[] {30, 5, 17}) {
            map.remove(key);
        }
        for (int i = 0; i < 3; i++) {
            map.put(100 + i, 1);
            assertThat(map.slotOf(100 + i)).isEqualTo(emptied.get(i));
        }
    }

    /** go:overflow-when-full. */
    @Test
    void aKeyWithoutAnEmptySlotTakesTheFirstSlotOfANewOverflowBucketAtTheEnd() {
        AnyMap map = makeOneChain();
        int slots = map.table().slots;
        map.fill(0, loadedChain(map));
        map.finishGrowth(0);
        long entries = map.size();
        while (entries % slots != 0) {
            map.put(entries, 1);
            entries++;
        }
        map.finishGrowth(0);
        List<Long> before = bucketsOf(map, 0);

        map.put(entries, 1);

        List<Long> after = bucketsOf(map, 0);
        assertThat(after).hasSize(before.size() + 1).startsWith(before.toArray(Long[]::new));
        assertThat(map.slotOf(entries)).isEqualTo(after.getLast());
    }

    /** go:removal-zeroes-the-slot, as in TestIncrementAfterDelete. */
    @Test
    void theValueOfAReusedSlotStartsAtZero() {
        AnyMap map = makeOneChain().fill(0, 5);
        long slot = map.slotOf(2);
        map.put(2, -1);
        map.remove(2);

        assertThat(map.add(77, 1)).isOne();
        assertThat(map.slotOf(77)).isEqualTo(slot);
    }

    /** go:removal-restores-empty-rest, within a bucket. */
    @Test
    void aRemovalBeforeEmptyRestTurnsTheTombstonesBeforeItIntoEmptyRest() {
        AnyMap map = makeOneChain().fill(0, 5);
        map.remove(2);
        assertThat(topsOf(map, 5)).containsExactly(0x5A, 0x5A, 1, 0x5A, 0x5A);
        map.remove(3);
        assertThat(topsOf(map, 5)).containsExactly(0x5A, 0x5A, 1, 1, 0x5A);
        map.remove(4);
        assertThat(topsOf(map, 5)).containsExactly(0x5A, 0x5A, 0, 0, 0);
        map.put(5, 1);
        map.remove(1);
        assertThat(topsOf(map, 5)).containsExactly(0x5A, 1, 0x5A, 0, 0);
    }

    /** go:removal-restores-empty-rest, back to the first slot of the chain. */
    @Test
    void emptyRestSpreadsBackThroughAllBucketsOfTheChain() {
        AnyMap map = makeOneChain().fill(0, 30);
        map.finishGrowth(0);
        int slots = map.table().slots;
        for (long key = 0; key < 29; key++) {
            map.remove(key);
        }
        int[] tombstones = new int[29];
        Arrays.fill(tombstones, Tophash.EMPTY_ONE);
        assertThat(topsOf(map, 29)).containsExactly(tombstones);

        map.put(0, 0); // in the first slot, so that the map never becomes empty
        map.remove(29);

        int[] rest = new int[30];
        rest[0] = 0x5A;
        assertThat(topsOf(map, 30)).containsExactly(rest);
        assertThat(bucketsOf(map, 0)).as("overflow buckets that stay").hasSizeGreaterThan(30 / slots);
    }

    /** go:move-keeps-order: the entries keep their order, and the gaps between them vanish. */
    @Test
    void aGrowthPacksAChainAndKeepsItsOrder() {
        // the chain splits when 16 buckets become 32
        AnyMap map = make(key -> 0x5A00_0000_0000_0000L | (key & 1) << 4);
        long entries = map.loadLimit(4);
        map.fill(0, entries);
        map.finishGrowth(0);
        for (long key = 0; key < entries; key += 3) {
            map.remove(key);
        }
        // as if other chains were full: the next new key doubles the table
        map.table().setField(HmapLayout.COUNT, entries);
        map.put(1001, 1);
        map.table().setField(HmapLayout.COUNT, map.table().field(HmapLayout.COUNT) - (entries + 2) / 3);
        map.finishGrowth(1);

        assertThat(map.b()).isEqualTo(5);
        for (int odd = 0; odd <= 1; odd++) {
            List<Long> expected = new ArrayList<>();
            for (long key = 0; key < entries; key++) {
                if (key % 3 != 0 && key % 2 == odd) {
                    expected.add(key);
                }
            }
            if (odd == 1) {
                expected.add(1001L);
            }
            assertThat(keysInOrder(map, 16L * odd)).isEqualTo(expected);
        }
    }

    /**
     * go:mark-skips-moved-chains: a write moves the mark past at most 1,024 moved units, so the
     * mark can stand at a unit that has moved.
     */
    @Test
    void theMarkPassesAMovedUnitAtWhichItStopped() {
        AnyMap map = make(key -> key << 56 | key);
        long size = map.loadLimit(13) + 1;
        map.fill(0, size);
        assertThat(map.isGrowing()).isTrue();
        long units = 1L << 13;
        long mark = 0;
        for (long key = units - 1; map.isGrowing(); key--) {
            mark = map.table().field(HmapLayout.NEVACUATE);
            map.put(
                    Math.max(key, 0),
                    // moves the last remaining unit and the unit at the mark
                    10 * Math.max(key, 0));
        }
        map.check();
        assertThat(units - mark)
                .as("units that the last write passed, in at most two steps")
                .isLessThanOrEqualTo(2 * 1025);
        assertThat(map.size()).isEqualTo(size);
        for (long key = 0; key < size; key++) {
            assertThat(map.get(key)).isEqualTo(10 * key);
        }
    }

    /** go:spares-first. */
    @Test
    void sparesAfterTheArrayAreUsedBeforeOverflowBlocks() {
        AnyMap map = makeOneChain();
        map.table().reserve(map.loadLimit(7));
        long arrayBytes = map.table().arrayBytes(7);
        long spares = arrayBytes / map.table().bucketBytes - (1 << 7);
        assertThat(spares).isGreaterThanOrEqualTo(1 << 3);

        map.fill(0, (spares + 1) * map.table().slots);
        assertThat(map.isGrowing()).isFalse();
        assertThat(map.overflow()).isEqualTo(spares);
        assertThat(heap.stats().overflow()).as("bytes of overflow blocks").isZero();
        assertThat(bucketsOf(map, 0)).allSatisfy(bucket -> assertThat(bucket).isLessThan(map.buckets() + arrayBytes));

        map.put(-1, 1);
        assertThat(heap.stats().overflow()).isGreaterThanOrEqualTo(map.table().bucketBytes);
    }

    // ---------------------------------------------------------------------------------------------

    /**
     * Returns a number of entries that makes a chain of several buckets in a table of several
     * chains.
     */
    private static long loadedChain(AnyMap map) {
        return 5L * map.table().slots;
    }

    private static List<Long> bucketsOf(AnyMap map, long chain) {
        List<Long> buckets = new ArrayList<>();
        for (long bucket = map.buckets() + chain * map.table().bucketBytes; bucket != 0; ) {
            buckets.add(bucket);
            bucket = map.table().overflow(bucket);
        }
        return buckets;
    }

    /** Returns the first tophash bytes of chain 0. */
    private static int[] topsOf(AnyMap map, int count) {
        int[] tops = new int[count];
        List<Long> buckets = bucketsOf(map, 0);
        int slots = map.table().slots;
        for (int i = 0; i < count; i++) {
            tops[i] = Tophash.at(map.table().tops(buckets.get(i / slots)), i % slots);
        }
        return tops;
    }

    private static List<Long> keysInOrder(AnyMap map, long chain) {
        List<Long> keys = new ArrayList<>();
        boolean rest = false;
        for (long bucket : bucketsOf(map, chain)) {
            for (int slot = 0; slot < map.table().slots; slot++) {
                int top = Tophash.at(map.table().tops(bucket), slot);
                assertThat(rest && top != Tophash.EMPTY_REST)
                        .as("a filled slot after the empty rest")
                        .isFalse();
                rest |= top == Tophash.EMPTY_REST;
                if (top >= Tophash.MIN_TOPHASH) {
                    keys.add(map.keyAt(bucket + slot));
                }
            }
        }
        return keys;
    }
}
