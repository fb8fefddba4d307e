package io.memmap.bench.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BytesTest {
    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "1000, 1000",
        "64b, 64",
        "512k, 524288",
        "512KiB, 524288",
        "32MiB, 33554432",
        "32m, 33554432",
        "32 MB, 33554432",
        "4g, 4294967296",
        "2TiB, 2199023255552"
    })
    void unitsArePowersOf1024(String text, long bytes) {
        assertThat(Bytes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "x", "-1", "0", "0k", "1.5g", "4gg", "g", "4 4", "9999999999999999999", "9999999999g"})
    void aTextThatIsNoSizeIsRefusedAndQuoted(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Bytes.parse(text))
                .withMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1023, 1023 B",
        "1024, 1.00 KiB",
        "33554432, 32.0 MiB",
        "4294967296, 4.00 GiB",
        "1047527424, 999 MiB"
    })
    void bytesAreFormattedWithThreeSignificantDigits(long bytes, String text) {
        assertThat(Bytes.format(bytes)).isEqualTo(text);
    }

    @Test
    void negativeBytesAreFormattedWithASign() {
        assertThat(Bytes.format(-(3L << 19))).isEqualTo("-1.50 MiB");
    }

    @Test
    void theLargestNumberOfBytesIsFormatted() {
        assertThat(Bytes.format(Long.MAX_VALUE)).isEqualTo("8.00 EiB");
    }
}
