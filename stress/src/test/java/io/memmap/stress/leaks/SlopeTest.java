package io.memmap.stress.leaks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SlopeTest {
    private static Slope of(double... values) {
        List<Integer> points = IntStream.range(0, values.length).boxed().toList();
        return Slope.of(points, Integer::doubleValue, point -> values[point]);
    }

    @Test
    void aStraightLineHasItsSlope() {
        Slope slope = of(7, 5, 3, 1);
        assertThat(slope.perSecond()).isCloseTo(-2, within(1e-9));
        assertThat(slope.error()).isCloseTo(0, within(1e-6));
        assertThat(slope.isGrowing()).isFalse();
        assertThat(of(1, 3, 5, 7).isGrowing()).isTrue();
    }

    @Test
    void constantValuesDoNotGrow() {
        Slope slope = of(4, 4, 4, 4);
        assertThat(slope.perSecond()).isZero();
        assertThat(slope.isGrowing()).isFalse();
    }

    /**
     * Computed by hand: slope 1.9, residuals 0.2, 0.3, -1.6, 1.5, -0.4, which are not positively
     * correlated.
     */
    @Test
    void theErrorIsTheSlopesStandardError() {
        Slope slope = of(1, 3, 3, 8, 8);
        assertThat(slope.perSecond()).isCloseTo(1.9, within(1e-9));
        assertThat(slope.error()).isCloseTo(Math.sqrt(5.1 / 3 / 10), within(1e-9));
        assertThat(slope.least()).isCloseTo(1.9 - 2 * slope.error(), within(1e-9));
    }

    /**
     * The eight points form a step: slope 4/21, sum of squares 10/21, sum of products of neighbours
     * 1/84.
     */
    @Test
    void correlatedResidualsCountAsFewerPoints() {
        Slope step = of(0, 0, 0, 0, 1, 1, 1, 1);
        assertThat(step.perSecond()).isCloseTo(4.0 / 21, within(1e-9));
        double independent = Math.sqrt(10.0 / 21 / 6 / 42);
        double r = (1.0 / 84) / (10.0 / 21);
        assertThat(step.error()).isCloseTo(independent * Math.sqrt((1 + r) / (1 - r)), within(1e-9));
    }
}
