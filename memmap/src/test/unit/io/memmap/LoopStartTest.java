package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The slot at which a loop starts. {@link PagedTableTest} has the test for pages. */
class LoopStartTest extends BucketMapTestBase {

    /** go:every-start-is-equally-likely. */
    @Test
    void aLoopOverAFullBucketStartsAtEachSlotEquallyOftenAndWrapsAround() {
        AnyMap map = make();
        int slots = map.table().slots;
        map.fill(0, slots);
        assertThat(map.b()).isZero();
        List<Long> slotOrder = keysInSlotOrder(map);
        int loops = 5000 * slots;
        int[] starts = new int[slots];

        for (int i = 0; i < loops; i++) {
            List<Long> order = CursorTest.keysOf(map);
            int start = slotOrder.indexOf(order.getFirst());
            starts[start]++;
            Collections.rotate(order, start);
            assertThat(order).isEqualTo(slotOrder);
        }

        double expected = (double) loops / slots;
        double chiSquare = IntStream.of(starts)
                .mapToDouble(count -> (count - expected) * (count - expected) / expected)
                .sum();
        assertThat(chiSquare)
                .as("chi-square of the starts over %d slots, above 50 with probability below 1e-7", slots)
                .isLessThan(50);
    }

    private static List<Long> keysInSlotOrder(AnyMap map) {
        List<Long> keys = CursorTest.keysOf(map);
        keys.sort((a, b) -> Long.compare(map.slotOf(a), map.slotOf(b)));
        return keys;
    }
}
