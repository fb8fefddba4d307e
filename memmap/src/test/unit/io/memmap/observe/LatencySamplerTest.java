package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The share of the calls that is timed. */
class LatencySamplerTest {
    private static long timed(LatencySampler sampler, int calls) {
        long before = sampler.times().count();
        for (int i = 0; i < calls; i++) {
            sampler.end(sampler.begin());
        }
        return sampler.times().count() - before;
    }

    @Test
    void theRateCanBeChangedWhileItRuns() {
        LatencySampler sampler = LatencySampler.of("changed");
        assertThat(sampler.rate()).isZero();
        assertThat(timed(sampler, 1000)).isZero();
        sampler.setRate(1);
        assertThat(timed(sampler, 1000)).isEqualTo(1000);
        sampler.setRate(0.001);
        // the range is more than nine standard deviations wide on each side
        assertThat(timed(sampler, 1_000_000)).isBetween(700L, 1300L);
        sampler.setRate(0.5);
        assertThat(timed(sampler, 100_000)).isBetween(48_000L, 52_000L);
        sampler.setRate(0);
        assertThat(timed(sampler, 1000)).isZero();
    }

    @Test
    void samplersWithTheSameNameAreTheSame() {
        assertThat(LatencySampler.of("one")).isSameAs(LatencySampler.of("one"));
        LatencySampler two = LatencySampler.of("two");
        assertThat(LatencySampler.all()).contains(LatencySampler.of("one"), two);
        assertThat(two.name()).isEqualTo("two");
    }

    @Test
    void namesBeyondTheLimitShareOneSampler() throws ReflectiveOperationException, IOException {
        try (SecondLibrary second = new SecondLibrary()) {
            Object first = second.call(LatencySampler.class, "of", "0");
            Set<Object> samplers = Collections.newSetFromMap(new IdentityHashMap<>());
            for (int i = 0; i < LatencySampler.MAX_SAMPLERS; i++) {
                samplers.add(second.call(LatencySampler.class, "of", Integer.toString(i)));
            }
            assertThat(samplers).hasSize(LatencySampler.MAX_SAMPLERS);
            Object others = second.call(LatencySampler.class, "of", LatencySampler.OTHERS);
            assertThat(samplers).doesNotContain(others);
            assertThat(second.call(LatencySampler.class, "of", "one too many")).isSameAs(others);
            assertThat(second.call(LatencySampler.class, "of", "0")).isSameAs(first);
            assertThat((List<?>) second.call(LatencySampler.class, "all")).hasSize(LatencySampler.MAX_SAMPLERS + 1);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 0.0009, 1.1, Double.NaN})
    void aRateOutOfRangeIsRefused(double rate) {
        assertThatThrownBy(() -> LatencySampler.of("refused").setRate(rate))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rate must be 0 or 0.001..1: " + rate);
    }
}
