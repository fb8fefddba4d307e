package io.memmap.bench.maps;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RecordContenderTest {
    private static final int SIZE = 20_000;

    @ParameterizedTest
    @EnumSource
    void exactlyThePutKeysHaveTheirRecord(RecordContender contender) {
        long[] keys = Keys.range(0, SIZE);
        try (LongRecords records = contender.of(keys)) {
            assertThat(records.size()).isEqualTo(SIZE);
            for (int i = 0; i < SIZE; i += 997) {
                assertThat(records.sum(keys, i, i + 1)).isEqualTo(keys[i] + 3 * ~keys[i] + 5 * (keys[i] << 1));
            }
            assertThat(records.sum(keys, 0, SIZE))
                    .isEqualTo(LongStream.of(keys)
                            .map(key -> Triple.of(key).digest())
                            .sum());
            assertThat(records.sum(Keys.range(SIZE, SIZE), 0, SIZE)).isZero();
        }
    }
}
