package io.memmap.bench.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TextTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0 ns",
        "25, 25 ns",
        "999, 999 ns",
        "1200, 1.20 us",
        "735000000, 735 ms",
        "12340000000, 12.3 s",
        "5000000000000, '5,000 s'"
    })
    void nanosAreFormattedInAUnitOfTheirSize(long nanos, String text) {
        assertThat(Text.nanos(nanos)).isEqualTo(text);
    }

    @Test
    void columnsAreAligned() {
        TextTable table = new TextTable(List.of("", "HashMap", "memmap"));
        table.row(List.of("distinct keys", "1,000", "1,000,000"));
        table.row(List.of("time", "-", ""));
        assertThat(table.render()).isEqualTo("""
                            HashMap      memmap
            -----------------------------------
            distinct keys     1,000   1,000,000
            time                  -
            """);
    }

    @Test
    void aRowOfAnotherLengthIsRefused() {
        TextTable table = new TextTable(List.of("", "a"));
        assertThatIllegalArgumentException().isThrownBy(() -> table.row(List.of("b")));
    }

    @Test
    void jsonIsNestedAndEscaped() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("text", "a \"b\"\\\n");
        json.put("numbers", Arrays.asList(1, 2.5, null, true));
        json.put("empty", Map.of());
        assertThat(JsonWriter.write(json)).isEqualTo("""
            {
              "text": "a \\"b\\"\\\\\\u000a",
              "numbers": [
                1,
                2.5,
                null,
                true
              ],
              "empty": {}
            }
            """);
    }
}
