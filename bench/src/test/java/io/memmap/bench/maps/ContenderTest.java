package io.memmap.bench.maps;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is measured must first be right: every contender answers as a map does. */
final class ContenderTest {
    private static final int SIZE = 20_000;

    private static long expected(long[] keys, long salt) {
        return LongStream.of(keys).map(key -> LongMap.value(key, salt)).sum();
    }

    private static void assertHolds(LongMap map, long[] keys, long salt) {
        assertThat(map.size()).isEqualTo(keys.length);
        assertThat(map.sum(keys, 0, keys.length)).isEqualTo(expected(keys, salt));
        assertThat(map.sum(Keys.range(keys.length, keys.length), 0, keys.length))
                .isZero();
        for (int i = 0; i < keys.length; i += 997) {
            assertThat(map.sum(keys, i, i + 1)).isEqualTo(LongMap.value(keys[i], salt));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatWasPutIsFoundAndNothingElse(Contender contender) {
        long[] keys = Keys.range(0, SIZE);
        try (LongMaps maps = contender.open()) {
            for (int hint : new int[] {0, SIZE, 10 * SIZE}) {
                try (LongMap map = maps.make(hint)) {
                    map.putAll(keys, 0, SIZE, 1);
                    map.putAll(keys, 0, SIZE, 1); // if the table still grew, this ends it
                    assertHolds(map, keys, 1);
                    map.putAll(keys, 0, SIZE, 2);
                    assertHolds(map, keys, 2);
                    map.put(keys[5], 17);
                    assertThat(map.sum(keys, 5, 6)).isEqualTo(17);
                    assertThat(map.size()).isEqualTo(SIZE);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Contender.class,
            names = {"MEMMAP_LINE", "MEMMAP_LINE_HUGE", "MEMMAP_GO", "MEMMAP_GO_HUGE"})
    void batchedLookupsAgree(Contender contender) {
        long[] keys = Keys.range(0, SIZE);
        try (LongMaps maps = contender.open();
                LongMap map = maps.make(0)) {
            map.putAll(keys, 0, SIZE, 1);
            long[] stream = Keys.rounds(keys, 1);
            long[] batch = new long[64];
            assertThat(((MemmapMap) map).sumBatched(stream, 0, SIZE, batch, new long[64]))
                    .isEqualTo(expected(keys, 1));
        }
    }
}
