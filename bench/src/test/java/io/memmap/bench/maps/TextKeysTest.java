package io.memmap.bench.maps;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class TextKeysTest {
    @Test
    void keysAreDistinctAsciiOfEveryLength() {
        String[] keys = TextKeys.range(0, 10_000).strings();
        assertThat(keys).doesNotHaveDuplicates().allMatch(key -> key.matches("[!-~]{16,32}"));
        assertThat(Stream.of(keys).map(String::length).collect(Collectors.toSet()))
                .hasSize(17);
    }

    @Test
    void consecutiveRangesContinueTheSameSequence() {
        TextKeys all = TextKeys.range(0, 20);
        assertThat(TextKeys.range(13, 7).strings()).isEqualTo(Arrays.copyOfRange(all.strings(), 13, 20));
        assertThat(all.totalLength())
                .isEqualTo(Stream.of(all.strings()).mapToInt(String::length).sum());
    }

    @Test
    void theStringOfAKeyHasTheBytesOfTheKey() {
        TextKeys keys = TextKeys.range(5, 10);
        for (int i = 0; i < keys.count(); i++) {
            assertThat(new String(keys.bytes(), keys.start(i), keys.length(i), StandardCharsets.UTF_8))
                    .isEqualTo(keys.strings()[i]);
        }
    }

    @Test
    void everyRoundHasAllKeysInItsOwnOrder() {
        TextKeys keys = TextKeys.range(0, 1000);
        List<String> rounds = List.of(keys.rounds(2).strings());
        assertThat(rounds.subList(0, 1000)).containsExactlyInAnyOrder(keys.strings());
        assertThat(rounds.subList(1000, 2000)).containsExactlyInAnyOrder(keys.strings());
        assertThat(rounds.subList(0, 1000)).isNotEqualTo(rounds.subList(1000, 2000));
    }
}
