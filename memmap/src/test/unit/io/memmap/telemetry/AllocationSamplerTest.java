package io.memmap.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The table of the live samples, compared with a plain map, and the random choice of samples. */
@Tag("slow")
@net.jqwik.api.Tag("slow")
class AllocationSamplerTest {
    private static double inUse(AllocationSampler sampler) {
        List<Allocations.Figures> figures = new ArrayList<>();
        sampler.read(figures);
        return figures.stream().mapToDouble(Allocations.Figures::inUseObjects).sum();
    }

    /**
     * An odd step allocates the block with that number if it is free, and an even step frees it.
     * There are few numbers, so both happen to the same blocks.
     */
    @Property
    void theTableHoldsTheSamplesThatWereNotFreed(
            @ForAll @Size(max = 400) List<@LongRange(min = 2, max = 200) Long> steps) {
        AllocationSampler sampler = new AllocationSampler(1, 1, false);
        Map<Long, Long> model = new HashMap<>();
        for (long step : steps) {
            long pointer = step >>> 1 << 12;
            if ((step & 1) != 0 && !model.containsKey(pointer)) {
                assertThat(sampler.isSample(16)).isTrue();
                sampler.sample(pointer, sampler.pick(16), step, "", false, null);
                model.put(pointer, step);
            } else if ((step & 1) == 0) {
                model.remove(pointer);
                sampler.freed(pointer);
            }
            assertThat(sampler.isConsistent()).isTrue();
            assertThat(sampler.inUseBytes())
                    .isEqualTo(
                            model.values().stream().mapToDouble(bytes -> bytes).sum());
            assertThat(inUse(sampler)).isEqualTo(model.size());
        }
        sampler.end();
        assertThat(sampler.isConsistent()).isTrue();
        assertThat(sampler.inUseBytes()).isZero();
    }

    @Test
    void theProbabilityOfASampleFollowsTheSizeOfTheBlock() {
        int blocks = 200_000;
        AllocationSampler sampler = new AllocationSampler(1, 1000, false);
        for (long bytes : new long[] {16, 100, 1000, 5000}) {
            int samples = 0;
            for (int i = 1; i <= blocks; i++) {
                if (sampler.isSample(bytes)) {
                    sampler.sample(16L * i, sampler.pick(bytes), bytes, "", false, null);
                    samples++;
                    sampler.freed(16L * i);
                }
            }
            // There are at least 3,175 samples, so the range is more than five standard deviations
            // wide.
            assertThat((double) samples).isCloseTo(-Math.expm1(-bytes / 1000.0) * blocks, withinPercentage(10));
        }
        sampler.end();
    }

    @Test
    void anEndedHeapTakesNoSamplesAndKeepsItsTotals() {
        AllocationSampler sampler = new AllocationSampler(1, 1, false);
        assertThat(sampler.isSample(64)).isTrue();
        sampler.sample(4096, sampler.pick(64), 64, "ended map", false, null);
        double before = ended();
        sampler.end();
        sampler.end();
        assertThat(ended() - before).isEqualTo(64);
        assertThat(sampler.isSample(64)).isTrue();
        sampler.sample(8192, sampler.pick(64), 64, "ended map", false, null);
        sampler.freed(4096);
        assertThat(sampler.isEnded()).isTrue();
        assertThat(sampler.isConsistent()).isTrue();
        assertThat(inUse(sampler)).isZero();
        assertThat(ended() - before).isEqualTo(64);
    }

    private static double ended() {
        return Allocations.read().stream()
                .filter(figures -> figures.heap().equals(Allocations.ENDED))
                .filter(figures -> figures.map().equals("ended map"))
                .mapToDouble(Allocations.Figures::allocatedBytes)
                .sum();
    }

    @Test
    void sitesBeyondTheLimitShareOneSite() {
        AllocationSampler sampler = new AllocationSampler(1, 1, false);
        int sites = Allocations.MAX_SITES + 100;
        for (int i = 1; i <= sites; i++) {
            assertThat(sampler.isSample(16)).isTrue();
            sampler.sample(16L * i, sampler.pick(16), 16, "map " + i, false, null);
        }
        List<Allocations.Figures> figures = new ArrayList<>();
        sampler.read(figures);
        assertThat(figures).hasSize(Allocations.MAX_SITES + 1);
        assertThat(figures.stream()
                        .mapToDouble(Allocations.Figures::inUseObjects)
                        .sum())
                .isEqualTo(sites);
        assertThat(figures.stream()
                        .mapToDouble(Allocations.Figures::inUseObjects)
                        .max())
                .hasValue(100);
        Random random = new Random(1);
        for (int i : random.ints(500, 1, sites).distinct().toArray()) {
            sampler.freed(16L * i);
        }
        assertThat(sampler.isConsistent()).isTrue();
        sampler.end();
    }
}
