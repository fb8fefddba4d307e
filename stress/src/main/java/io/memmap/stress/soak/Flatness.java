package io.memmap.stress.soak;

import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;

/**
 * The judgement about the resident memory of a soak. The first third of the samples is the warm-up,
 * in which the JVM loads and compiles code. After it, no sample may be more than 5% above another
 * one before it.
 *
 * @param text the judgement as a line
 */
record Flatness(boolean isFlat, String text) {
    private static final double MOST_GROWTH = 1.05;
    /** With fewer samples after the warm-up there is no judgement. */
    static final int LEAST_SAMPLES = 6;

    static Flatness of(List<Sample> samples) {
        List<Sample> warm = samples.subList((samples.size() + 2) / 3, samples.size());
        if (warm.size() < LEAST_SAMPLES) {
            return new Flatness(
                    true,
                    "too few samples to judge the memory: " + warm.size() + " after the warm-up, and it takes "
                            + LEAST_SAMPLES);
        }
        LongSummaryStatistics resident =
                warm.stream().mapToLong(Sample::resident).summaryStatistics();
        if (resident.getMin() == 0) {
            return new Flatness(true, "the system does not report the resident memory");
        }
        double growth = 1;
        long least = Long.MAX_VALUE;
        for (Sample sample : warm) {
            least = Math.min(least, sample.resident());
            growth = Math.max(growth, (double) sample.resident() / least);
        }
        return new Flatness(
                growth <= MOST_GROWTH,
                String.format(
                        Locale.ROOT,
                        "resident after the warm-up: %,d to %,d MiB, a growth of %.1f%% at most; %.0f%% are allowed",
                        resident.getMin() >> 20,
                        resident.getMax() >> 20,
                        100 * (growth - 1),
                        100 * (MOST_GROWTH - 1)));
    }
}
