package io.memmap.bench.maps;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class KeysTest {
    @Test
    void firstKeysAreThoseOfSplitMix64WithSeed0() {
        assertThat(Keys.range(0, 3)).containsExactly(0xE220A8397B1DCDAFL, 0x6E789E6AA1B965F4L, 0x06C45D188009454FL);
    }

    @Test
    void consecutiveRangesContinueTheSameSequence() {
        assertThat(Keys.range(2, 1)).containsExactly(Keys.at(2));
        assertThat(Keys.range(0, 10_000)).doesNotHaveDuplicates();
    }

    @Test
    void everyRoundHasAllKeysInItsOwnOrder() {
        long[] keys = Keys.range(0, 1000);
        long[] rounds = Keys.rounds(keys, 3);
        for (int round = 0; round < 3; round++) {
            assertThat(Arrays.copyOfRange(rounds, 1000 * round, 1000 * (round + 1)))
                    .isNotEqualTo(keys)
                    .containsExactlyInAnyOrder(keys);
        }
        assertThat(Arrays.copyOf(rounds, 1000)).isNotEqualTo(Arrays.copyOfRange(rounds, 1000, 2000));
        assertThat(Keys.rounds(keys, 3)).isEqualTo(rounds);
    }
}
