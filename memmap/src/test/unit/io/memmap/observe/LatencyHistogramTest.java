package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** The histogram of latencies, compared with HdrHistogram and with plain sorting. */
class LatencyHistogramTest {
    private static final double[] PERCENTILES = {0, 1, 10, 50, 90, 99, 99.9, 100};

    @Property(tries = 300)
    void percentilesEqualThoseOfHdrHistogramToWithinAStep(
            @ForAll @Size(min = 1, max = 300) List<@LongRange(min = 1, max = 3_600_000_000_000L) Long> times) {
        LatencyHistogram histogram = new LatencyHistogram();
        Histogram reference = new Histogram(3_600_000_000_000L, 3);
        times.forEach(time -> {
            histogram.record(time);
            reference.recordValue(time);
        });
        assertThat(histogram.count()).isEqualTo(reference.getTotalCount());
        for (double percentile : PERCENTILES) {
            double expected = reference.getValueAtPercentile(percentile);
            // With three digits, HdrHistogram's own step is up to 1/1,000.
            assertThat((double) histogram.percentile(percentile))
                    .isBetween(expected * (1 - 1e-3) - 1, expected * (1 + 1.0 / 64) + 1);
        }
        assertThat(histogram.mean()).isCloseTo(reference.getMean(), within(reference.getMean() / 64 + 1));
    }

    @Property
    void theMaximumIsAtLeastTheTrueOneAndAtMostAStepAboveIt(@ForAll @LongRange(max = Long.MAX_VALUE) long time) {
        long nanos = Math.max(0, time);
        LatencyHistogram histogram = new LatencyHistogram();
        histogram.record(nanos);
        assertThat(histogram.max()).isGreaterThanOrEqualTo(nanos);
        assertThat(histogram.max() - nanos).isLessThanOrEqualTo(nanos / 64);
        assertThat(histogram.percentile(0)).isEqualTo(histogram.max());
    }

    @Test
    void timesBelowSixtyFourAreExact() {
        for (int time = 0; time < 64; time++) {
            LatencyHistogram histogram = new LatencyHistogram();
            histogram.record(time);
            assertThat(histogram.max()).isEqualTo(time);
            assertThat(histogram.mean()).isEqualTo(time);
        }
    }

    @Test
    void negativeTimesCountAsZeroAndTheLargestLongIsCounted() {
        LatencyHistogram histogram = new LatencyHistogram();
        histogram.record(-5);
        assertThat(histogram.max()).isZero();
        histogram.record(Long.MAX_VALUE);
        assertThat(histogram.max()).isEqualTo(Long.MAX_VALUE);
        assertThat(histogram.count()).isEqualTo(2);
    }

    @Test
    void anEmptyHistogramReturnsZeroEvenAfterAReset() {
        LatencyHistogram histogram = new LatencyHistogram();
        histogram.record(1000);
        histogram.reset();
        assertThat(histogram.count()).isZero();
        assertThat(histogram.percentile(99)).isZero();
        assertThat(histogram.mean()).isZero();
    }

    @Test
    void aPercentileOutOfRangeIsRefused() {
        LatencyHistogram histogram = new LatencyHistogram();
        assertThatThrownBy(() -> histogram.percentile(100.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("percentile must be 0..100: 100.5");
        assertThatThrownBy(() -> histogram.percentile(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void newTimesSinceTheLastReadingAreCountedOnce() {
        LatencyHistogram histogram = new LatencyHistogram();
        LatencyHistogram seen = new LatencyHistogram();
        histogram.record(1000);
        assertThat(histogram.since(seen).count()).isEqualTo(1);
        histogram.record(2000);
        histogram.record(2000);
        LatencyHistogram fresh = histogram.since(seen);
        assertThat(fresh.count()).isEqualTo(2);
        assertThat(fresh.percentile(0)).isEqualTo(histogram.percentile(100));
        histogram.reset();
        histogram.record(1000);
        assertThat(histogram.since(seen).count()).isZero(); // no more have come since
        histogram.record(1000);
        assertThat(histogram.since(seen).count()).isEqualTo(1);
    }
}
