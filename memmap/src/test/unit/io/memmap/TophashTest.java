package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.Tophash;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TophashTest {
    private static final int LANES = 8;

    @Test
    void slotNumbersAreThoseOfTheFilledSlotsFromAnyStart() {
        for (int set = 0; set < 1 << LANES; set++) {
            long tops = tops(set);
            for (int start = 0; start < LANES; start++) {
                long numbers = Tophash.numbers(Tophash.filled(tops), start);
                List<Integer> expected = new ArrayList<>();
                List<Integer> actual = new ArrayList<>();
                for (int i = 0; i < LANES; i++) {
                    int slot = (start + i) % LANES;
                    if (Tophash.at(tops, slot) >= Tophash.MIN_TOPHASH) {
                        actual.add(Tophash.at(numbers, expected.size()) % LANES);
                        expected.add(slot);
                    }
                }
                assertThat(actual)
                        .as("slots %s from %d", Integer.toBinaryString(set), start)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void toLastFilledClearsEverythingAfterTheLastFilledSlot() {
        for (int set = 0; set < 1 << LANES; set++) {
            long kept = Tophash.toLastFilled(tops(set));
            int length = Integer.SIZE - Integer.numberOfLeadingZeros(set);
            for (int slot = 0; slot < LANES; slot++) {
                assertThat(Tophash.at(kept, slot))
                        .as("slot %d of slots %s", slot, Integer.toBinaryString(set))
                        .isEqualTo(slot < length ? Tophash.at(tops(set), slot) : Tophash.EMPTY_REST);
            }
        }
    }

    /**
     * Returns a word with the smallest or the largest tophash where the set has a bit. The other
     * bytes are codes of empty slots.
     */
    private static long tops(int set) {
        long tops = 0;
        for (int slot = 0; slot < LANES; slot++) {
            boolean even = slot % 2 == 0;
            int filled = even ? Tophash.MIN_TOPHASH : 0xFF;
            int empty = even ? Tophash.EMPTY_REST : Tophash.EMPTY_ONE;
            tops |= (long) (((set >> slot) & 1) != 0 ? filled : empty) << (Byte.SIZE * slot);
        }
        return tops;
    }
}
