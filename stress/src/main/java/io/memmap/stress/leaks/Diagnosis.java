package io.memmap.stress.leaks;

import io.memmap.observe.GrowthWatch;
import io.memmap.observe.HeapProfile;
import io.memmap.observe.LeakReport;
import io.memmap.observe.MemStats;
import io.memmap.observe.MemStats.Detail;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds leaks in this process with the means that any program has. It uses no knowledge of the
 * accidents.
 *
 * <ol>
 *   <li>{@link MemStats}: do the exact counters show that the bytes in use grow? If not, no line is
 *       suspected.
 *   <li>{@link GrowthWatch} over {@link HeapProfile}s: which lines allocate memory that stays in
 *       use?
 *   <li>{@link LeakReport}: which heaps can no longer be reached, and so never be closed?
 * </ol>
 */
final class Diagnosis {
    /** The least growth that is reported, over the whole time, as a share of the bytes in use. */
    private static final double LEAST_GROWTH = 0.01;
    /** The least growth of a line that is reported, as a share of the total growth. */
    private static final double LEAST_SHARE = 0.01;

    private final GrowthWatch watch = new GrowthWatch(Duration.ofDays(365));
    private final List<Moment> moments = new ArrayList<>();

    private record Moment(double seconds, long inUse) {}

    /** Takes one more reading of the process; returns the figures of the heaps. */
    MemStats look() {
        MemStats stats = MemStats.read(Detail.HEAPS);
        moments.add(new Moment(stats.timeMillis() / 1e3, stats.inUse()));
        watch.observe(HeapProfile.take());
        return stats;
    }

    /**
     * Returns the lines that cause the growth; none if nothing grows. The first is the line whose
     * growth is the largest beyond doubt. Several call paths may lead to a line, and not all of
     * them need grow. The result counts what the line holds for all of them.
     */
    List<Findings.Suspect> suspects() {
        Slope inUse = Slope.of(moments, Moment::seconds, Moment::inUse);
        Moment last = moments.getLast();
        double seconds = last.seconds - moments.getFirst().seconds;
        if (!inUse.isGrowing() || inUse.perSecond() * seconds < LEAST_GROWTH * last.inUse) {
            return List.of();
        }
        Map<String, Slope> lines = new LinkedHashMap<>();
        watch.growths().stream()
                .filter(GrowthWatch.Growth::isSuspect)
                .filter(growth -> growth.bytesPerSecond() >= LEAST_SHARE * inUse.perSecond())
                .forEach(growth -> lines.putIfAbsent(
                        Frames.text(growth.stack().getFirst()),
                        new Slope(growth.bytesPerSecond(), growth.errorBytesPerSecond())));
        HeapProfile profile = HeapProfile.take();
        List<Findings.Suspect> suspects = new ArrayList<>();
        lines.forEach((line, slope) -> suspects.add(suspect(line, slope, profile)));
        return suspects;
    }

    private static Findings.Suspect suspect(String line, Slope slope, HeapProfile profile) {
        long bytes = 0;
        Instant oldest = profile.time();
        for (HeapProfile.Site site : profile.sites()) {
            if (Frames.text(site.stack().getFirst()).equals(line)) {
                bytes += site.inUseBytes();
                Instant first = site.oldest();
                oldest = first != null && first.isBefore(oldest) ? first : oldest;
            }
        }
        return new Findings.Suspect(
                line, slope, bytes, Duration.between(oldest, profile.time()).toMillis());
    }

    /** Returns the heaps and maps that were dropped without being closed, the largest first. */
    static List<LeakReport> dropped() {
        return LeakReport.find().stream()
                .sorted(Comparator.comparingLong(LeakReport::bytes).reversed())
                .toList();
    }
}
