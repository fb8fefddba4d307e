package io.memmap.stress.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlatnessTest {
    private static Flatness of(long... mebibytes) {
        List<Sample> samples = new ArrayList<>();
        for (long each : mebibytes) {
            samples.add(new Sample(samples.size(), samples.size(), 1000, each << 20));
        }
        return Flatness.of(samples);
    }

    @Test
    void growthOfMoreThanFivePercentAfterTheWarmUpIsNotFlat() {
        assertThat(of(1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1049).isFlat())
                .isTrue();
        Flatness grows = of(1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1051);
        assertThat(grows.isFlat()).isFalse();
        assertThat(grows.text())
                .isEqualTo("resident after the warm-up: 1,000 to 1,051 MiB, a growth of 5.1% at most; 5% are allowed");
    }

    @Test
    void growthIsCountedFromTheLeastSampleBefore() {
        assertThat(of(1000, 1000, 1000, 1060, 1000, 1000, 1000, 1000, 1040).isFlat())
                .isTrue();
        assertThat(of(1000, 1000, 1000, 1040, 980, 980, 980, 1000, 1040).isFlat())
                .isFalse();
    }

    @Test
    void theFirstThirdIsTheWarmUp() {
        assertThat(of(500, 800, 900, 1000, 1000, 1000, 1000, 1000, 1000).isFlat())
                .isTrue();
        assertThat(of(500, 800, 900, 940, 1000, 1000, 1000, 1000, 1000).isFlat())
                .isFalse();
    }

    @Test
    void fewSamplesAreNotJudged() {
        assertThat(of(500, 800, 900, 1000, 2000, 3000, 4000).text())
                .isEqualTo("too few samples to judge the memory: 4 after the warm-up, and it takes 6");
        assertThat(of().isFlat()).isTrue();
    }
}
