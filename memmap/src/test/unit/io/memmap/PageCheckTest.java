package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The test breaks an invariant of {@link PagedTable} by hand, and the check of the map names it. The
 * hash of a key is its page and its home slot.
 */
class PageCheckTest {
    /** The distance of two keys with the same page and home slot. */
    private static final long SAME_HOME = 1024;

    private final NativeHeap heap = NativeHeap.builder().maxBytes(4L << 20).open();
    private AnyMap map = make(PageCheckTest::inFourPages, 8).fill(0, 20);

    private static long inFourPages(long key) {
        return (((key >> 8) & 3) << 12) | ((key & 255) * 16);
    }

    private AnyMap make(LongUnaryOperator hash, int b) {
        AnyMap made = ChosenHashTable.make(heap, Geometry.PAGE, false, hash);
        made.table().reserve(made.loadLimit(b));
        return made;
    }

    @AfterEach
    void close() {
        heap.close();
    }

    private long slot(long page, long index) {
        return map.buckets() + page * 4096 + index * 16;
    }

    private void store(long slot, long key, long value) {
        Mem.setLong(heap.memory, slot, key ^ map.table().flip());
        Mem.setLong(heap.memory, slot + 8, value);
    }

    private void clear(long slot) {
        Mem.zero(heap.memory, slot, 16);
    }

    private void addTo(long field, long delta) {
        map.table().setField(field, map.table().field(field) + delta);
    }

    private void assertBroken(String invariant, String message) {
        assertThatIllegalStateException()
                .isThrownBy(map::check)
                .withMessageContaining(invariant)
                .withMessageContaining(" broken in map[long]long@" + map.table().pointer())
                .withMessageContaining(message);
    }

    @Test
    void theMapIsSoundBeforeTheTestBreaksIt() {
        map.check();
        assertThat(map.slotOf(5)).isEqualTo(slot(0, 5));
    }

    @Test
    void p1AnEntryInAnotherPageIsFound() {
        clear(slot(0, 5));
        store(slot(1, 5), 5, 50);
        assertBroken("P1", "whose home is @" + slot(0, 5));
    }

    @Test
    void p2AnEmptySlotBeforeAnEntryIsFound() {
        map.put(5 + SAME_HOME, 1);
        assertThat(map.slotOf(5 + SAME_HOME)).isEqualTo(slot(0, 5 ^ 16));
        clear(slot(0, 5));
        addTo(HmapLayout.COUNT, -1);
        assertBroken("P2", "is not found, because slot @" + slot(0, 5) + " before it is empty");
    }

    @Test
    void p2AnEntryOfTheExtensionWhosePageHasRoomIsFound() {
        for (long i = 1; map.table().field(HmapLayout.NANS) == 0; i++) {
            map.put(5 + i * SAME_HOME, i);
        }
        map.check();
        clear(slot(0, 77));
        addTo(HmapLayout.COUNT, -1);
        assertBroken("P2", "is not found, because slot @" + slot(0, 77));
    }

    @Test
    void p3AKeyInTwoSlotsIsFound() {
        map.put(100, 1);
        store(slot(0, 101), 100, 2);
        addTo(HmapLayout.COUNT, 1);
        assertBroken("P3", "the key of slot @" + slot(0, 101) + " is found in slot @" + slot(0, 100));
    }

    @Test
    void p4AValueInAnEmptySlotIsFound() {
        Mem.setLong(heap.memory, slot(2, 9) + 8, 1);
        assertBroken("P4", "the value of the empty slot @" + slot(2, 9));
    }

    @Test
    void p5AnEntryInAPageThatHasNotBeenSplitOffIsFound() {
        map = make(key -> ((key & 31) << 12) | (((key >> 5) & 255) * 16), 10);
        long entries = map.loadLimit(10);
        map.fill(0, entries + 1);
        assertThat(map.isGrowing()).isTrue();
        assertThat(map.table().field(HmapLayout.OLD_BUCKETS)).isEqualTo(map.buckets());
        assertThat(map.slotOf(17)).isBetween(slot(1, 0), slot(1, 255));
        map.remove(17);
        map.check();
        store(slot(17, 0), 17, 170);
        addTo(HmapLayout.COUNT, 1);
        assertBroken("P5", "slot @" + slot(17, 0));
    }

    @Test
    void p6AWrongNumberOfEntriesInTheExtensionIsFound() {
        addTo(HmapLayout.NANS, 1);
        assertBroken("P6", "nans is 1, expected 0");
        addTo(HmapLayout.NANS, -1);
        for (long i = 1; map.table().field(HmapLayout.NANS) == 0; i++) {
            map.put(5 + i * SAME_HOME, i);
        }
        addTo(HmapLayout.NANS, 1);
        assertBroken("P6", "nans is 2, expected 1");
    }

    @Test
    void p6AWrongNumberOfLinesIsFound() {
        for (long i = 1; map.table().field(HmapLayout.NANS) == 0; i++) {
            map.put(5 + i * SAME_HOME, i);
        }
        addTo(HmapLayout.OVERFLOW, 1);
        assertBroken("I14", "overflow is 5 with an extension of 4 lines");
    }

    @Test
    void p7ThePairOfTheReservedKeyWithAnotherKeyIsFound() {
        map.put(map.table().flip(), 1);
        map.check();
        Mem.setLong(heap.memory, map.table().field(HmapLayout.OLD_OVERFLOW), 1);
        assertBroken("P7", "the stored key of the reserved key is 1, expected 0");
    }

    @Test
    void aWrongCountIsFound() {
        addTo(HmapLayout.COUNT, 1);
        assertBroken("I1", "count is 21, expected 20");
    }

    @Test
    void anOutdatedCachedFieldIsFound() {
        map.table().cachedFlip ^= 1;
        assertBroken("I15", "the cached flip");
    }
}
