package io.memmap.bench.maps;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class KeysTest {
    @Test
    void firstKeysAreThoseOfSplitMix64WithSeed0() {
        assertThat(Keys.range(0, 3)).containsExactly(0xE220A8397B1DCDAFL, 0x6E789E6AA1B965F4L, 0x06C45D188009454FL);
    }

    @Test
    void rangesContinueEachOther() {
        assertThat(Keys.range(2, 1)).containsExactly(Keys.at(2));
        assertThat(Keys.range(0, 10_000)).doesNotHaveDuplicates();
    }

    @Test
    void shuffleKeepsTheKeysAndIsTheSameEachTime() {
        long[] keys = Keys.range(0, 1000);
        long[] shuffled = keys.clone();
        Keys.shuffle(shuffled);
        assertThat(shuffled).isNotEqualTo(keys).containsExactlyInAnyOrder(keys);
        Keys.shuffle(keys);
        assertThat(keys).isEqualTo(shuffled);
    }
}
