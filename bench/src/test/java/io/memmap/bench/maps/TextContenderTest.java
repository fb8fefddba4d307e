package io.memmap.bench.maps;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests that every contender gives the answers of a map, before it is measured. */
final class TextContenderTest {
    private static final int SIZE = 5_000;
    private static final long WORD = 0x0123_4567_89AB_CDEFL;

    private static byte[] expected(TextKeys keys, int index, long salt) {
        byte[] value = new byte[TextValues.BYTES];
        TextValues.write(value, keys, index, salt);
        return value;
    }

    private static void assertHolds(TextMap map, TextKeys keys, long salt) {
        assertThat(map.size()).isEqualTo(keys.count());
        String[] strings = keys.strings();
        long sum = 0;
        for (int i = 0; i < keys.count(); i++) {
            byte[] value = expected(keys, i, salt);
            assertThat(map.valueOf(keys, i)).isEqualTo(value);
            assertThat(map.digest(strings[i])).isEqualTo(TextValues.digest(value));
            sum += TextValues.digest(value);
        }
        assertThat(map.sumByRange(keys, 0, SIZE)).isEqualTo(sum);
        assertThat(map.sumByString(strings, 0, SIZE)).isEqualTo(sum);
    }

    private static void assertHoldsNone(TextMap map, TextKeys keys) {
        assertThat(map.sumByRange(keys, 0, keys.count())).isZero();
        assertThat(map.sumByString(keys.strings(), 0, keys.count())).isZero();
        assertThat(map.updateAll(keys, 0, keys.count(), 1)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void exactlyThePutKeysAreFound(TextContender contender) {
        TextKeys keys = TextKeys.range(0, SIZE);
        TextKeys absent = TextKeys.range(SIZE, SIZE);
        try (TextMaps maps = contender.open()) {
            for (int hint : new int[] {0, SIZE}) {
                try (TextMap map = maps.make(hint, SIZE)) {
                    map.putAll(keys, keys.strings(), 0, SIZE, 1);
                    assertHolds(map, keys, 1);
                    assertHoldsNone(map, absent);
                    map.putAll(keys, keys.strings(), 0, SIZE, 2);
                    assertHolds(map, keys.rounds(1), 2);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anUpdateChangesOnlyTheFirstWordOfItsKeysValue(TextContender contender) {
        TextKeys keys = TextKeys.range(0, SIZE);
        try (TextMaps maps = contender.open();
                TextMap map = maps.make(0, SIZE)) {
            map.putAll(keys, keys.strings(), 0, SIZE, 1);
            assertThat(map.updateAll(keys, 7, 9, WORD)).isEqualTo(2);
            for (int i = 0; i < 20; i++) {
                byte[] value = expected(keys, i, 1);
                if (i == 7 || i == 8) {
                    TextValues.setFirstWord(value, WORD);
                }
                assertThat(map.valueOf(keys, i)).isEqualTo(value);
            }
            assertThat(map.size()).isEqualTo(SIZE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void returnedValuesBelongToTheCaller(TextContender contender) {
        TextKeys keys = TextKeys.range(0, 2);
        try (TextMaps maps = contender.open();
                TextMap map = maps.make(0, SIZE)) {
            map.putAll(keys, keys.strings(), 0, 2, 1);
            map.valueOf(keys, 0);
            assertThat(map.digest(keys.strings()[1])).isEqualTo(TextValues.digest(expected(keys, 1, 1)));
            assertThat(map.value).isEqualTo(expected(keys, 0, 1));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = TextContender.class,
            names = {"MEMMAP_BYTES", "MEMMAP_STRUCT", "CHRONICLE", "OHC"})
    void mapsOutsideTheJavaHeapReportTheirMemory(TextContender contender) {
        TextKeys keys = TextKeys.range(0, SIZE);
        try (TextMaps maps = contender.open();
                TextMap map = maps.make(0, SIZE)) {
            map.putAll(keys, keys.strings(), 0, SIZE, 1);
            long payload = keys.totalLength() + (long) SIZE * TextValues.BYTES;
            assertThat(map.usedBytes().orElse(payload)).isBetween(payload, 20 * payload);
            assertThat(map.committedBytes().orElse(payload)).isBetween(payload, 20 * payload);
            assertThat(map.usedBytes().isPresent() || map.committedBytes().isPresent())
                    .isTrue();
        }
    }
}
