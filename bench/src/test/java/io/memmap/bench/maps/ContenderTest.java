package io.memmap.bench.maps;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that every contender gives the answers of a map, before it is measured. */
final class ContenderTest {
    private static final int SIZE = 20_000;
    private static final int HALF = SIZE / 2;

    private static long expected(long[] keys, int from, int to, long salt) {
        return LongStream.of(keys)
                .skip(from)
                .limit(to - from)
                .map(key -> LongMap.value(key, salt))
                .sum();
    }

    private static Stream<Contender> batched() {
        return Stream.of(Contender.values()).filter(Contender::isBatched);
    }

    private static void assertHolds(LongMap map, long[] keys, long salt) {
        assertThat(map.size()).isEqualTo(keys.length);
        assertThat(map.sum(keys, 0, keys.length)).isEqualTo(expected(keys, 0, keys.length, salt));
        assertThat(map.sumOfAll()).isEqualTo(expected(keys, 0, keys.length, salt));
        assertThat(map.sum(Keys.range(keys.length, keys.length), 0, keys.length))
                .isZero();
        for (int i = 0; i < keys.length; i += 997) {
            assertThat(map.get(keys[i])).isEqualTo(LongMap.value(keys[i], salt));
        }
    }

    @ParameterizedTest
    @EnumSource
    void exactlyThePutKeysAreFound(Contender contender) {
        long[] keys = Keys.range(0, SIZE);
        try (LongMaps maps = contender.open(SIZE)) {
            for (int hint : new int[] {0, SIZE}) {
                try (LongMap map = maps.make(hint)) {
                    map.putAll(keys, 0, SIZE, 1);
                    map.putAll(keys, 0, SIZE, 1); // if the table still grows, this ends the growth
                    assertHolds(map, keys, 1);
                    map.putAll(keys, 0, SIZE, 2);
                    assertHolds(map, keys, 2);
                    map.put(keys[5], 17);
                    assertThat(map.get(keys[5])).isEqualTo(17);
                    assertThat(map.size()).isEqualTo(SIZE);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void addingCountsFromTheValueOrFromZero(Contender contender) {
        long[] keys = Keys.range(0, SIZE);
        try (LongMaps maps = contender.open(SIZE);
                LongMap map = maps.make(0)) {
            map.putAll(keys, 0, HALF, 1);
            map.addAll(keys, 0, SIZE, 5);
            map.add(keys[HALF], 2);
            assertThat(map.size()).isEqualTo(SIZE);
            assertThat(map.sum(keys, 0, HALF)).isEqualTo(expected(keys, 0, HALF, 1) + 5L * HALF);
            assertThat(map.sum(keys, HALF, SIZE)).isEqualTo(5L * HALF + 2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRemovedKeyIsAbsentAndCanBePutAgain(Contender contender) {
        long[] keys = Keys.range(0, SIZE);
        try (LongMaps maps = contender.open(SIZE);
                LongMap map = maps.make(SIZE)) {
            map.putAll(keys, 0, SIZE, 1);
            map.removeAll(keys, 0, HALF);
            map.removeAll(keys, 0, HALF);
            map.remove(keys[HALF]);
            assertThat(map.size()).isEqualTo(HALF - 1);
            assertThat(map.sum(keys, 0, HALF + 1)).isZero();
            assertThat(map.sumOfAll()).isEqualTo(expected(keys, HALF + 1, SIZE, 1));
            map.replaceAll(keys, 0, SIZE, 3);
            assertHolds(map, keys, 3);
            map.clear();
            assertThat(map.size()).isZero();
            assertThat(map.sumOfAll()).isZero();
            assertThat(map.sum(keys, 0, SIZE)).isZero();
            map.putAll(keys, 0, SIZE, 4);
            assertHolds(map, keys, 4);
        }
    }

    @ParameterizedTest
    @MethodSource("batched")
    void batchedLookupsAgreeWithSingleOnes(Contender contender) {
        long[] keys = Keys.range(0, SIZE);
        try (LongMaps maps = contender.open(SIZE);
                LongMap map = maps.make(0)) {
            map.putAll(keys, 0, SIZE, 1);
            long[] stream = Keys.rounds(keys, 1);
            assertThat(((MemmapMap) map).sumBatched(stream, 0, SIZE, new long[64], new long[64]))
                    .isEqualTo(expected(keys, 0, SIZE, 1));
        }
    }
}
