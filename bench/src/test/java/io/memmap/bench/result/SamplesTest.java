package io.memmap.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.text.Text;
import org.junit.jupiter.api.Test;

final class SamplesTest {
    private static Samples of(double... values) {
        Samples samples = new Samples();
        for (double value : values) {
            samples.add(value);
        }
        return samples;
    }

    @Test
    void theMedianIsTheMiddle() {
        assertThat(of(3, 1, 2).median()).isEqualTo(2);
        assertThat(of(4, 1, 2, 3).median()).isEqualTo(2.5);
        assertThat(of().median()).isNaN();
    }

    @Test
    void theRangeIsShownIfThereIsMoreThanOneValue() {
        assertThat(of(61, 58, 70).format(Text::nanos)).isEqualTo("61 ns (58 ns..70 ns)");
        assertThat(of(61).format(Text::nanos)).isEqualTo("61 ns");
        assertThat(of().format(Text::nanos)).isEqualTo("-");
    }
}
