package io.memmap.stress.leaks;

import io.memmap.observe.Detail;
import io.memmap.observe.GrowthWatch;
import io.memmap.observe.HeapProfile;
import io.memmap.observe.LeakReport;
import io.memmap.observe.MemStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds what leaks in this process by the road that any program has. It knows nothing of the accidents.
 *
 * <ol>
 *   <li>{@link MemStats}: do the bytes in use grow at all, by exact counters? If not, no line is suspected.
 *   <li>{@link GrowthWatch} over {@link HeapProfile}s: which lines have allocated what has come to stay?
 *   <li>{@link LeakReport}: which heaps can nobody close any more?
 * </ol>
 */
final class Diagnosis {
    /** Of what is in use: growth by less, in all the time looked at, is not worth a report. */
    private static final double LEAST_GROWTH = 0.01;
    /** Of the growth in all: a line that grows by less is no part of the answer. */
    private static final double LEAST_SHARE = 0.01;

    private final GrowthWatch watch = new GrowthWatch(Duration.ofDays(365));
    private final List<Moment> moments = new ArrayList<>();

    private record Moment(double seconds, long inUse) {}

    /** Looks at the process once more; returns what it saw of the heaps. */
    MemStats look() {
        MemStats stats = MemStats.read(Detail.HEAPS);
        moments.add(new Moment(stats.timeMillis() / 1e3, stats.inUse()));
        watch.observe(HeapProfile.take());
        return stats;
    }

    /**
     * Returns the lines that the growth comes from, the one that grows most for certain first; none if nothing grows. A line may be
     * reached on several ways, not all of which need grow: what it holds is told for all of them.
     */
    List<Outcome.Suspect> suspects() {
        Slope inUse = Slope.of(moments, Moment::seconds, Moment::inUse);
        Moment last = moments.getLast();
        double seconds = last.seconds - moments.getFirst().seconds;
        if (!inUse.isGrowing() || inUse.perSecond() * seconds < LEAST_GROWTH * last.inUse) {
            return List.of();
        }
        Map<String, Slope> lines = new LinkedHashMap<>();
        watch.growths().stream()
                .filter(GrowthWatch.Growth::isGrowing)
                .filter(growth -> growth.bytesPerSecond() >= LEAST_SHARE * inUse.perSecond())
                .forEach(growth -> lines.putIfAbsent(
                        Frames.text(growth.stack().getFirst()),
                        new Slope(growth.bytesPerSecond(), growth.errorBytesPerSecond())));
        HeapProfile profile = HeapProfile.take();
        List<Outcome.Suspect> suspects = new ArrayList<>();
        lines.forEach((line, slope) -> suspects.add(suspect(line, slope, profile)));
        return suspects;
    }

    private static Outcome.Suspect suspect(String line, Slope slope, HeapProfile profile) {
        long bytes = 0;
        Instant oldest = profile.time();
        for (HeapProfile.Site site : profile.sites()) {
            if (Frames.text(site.stack().getFirst()).equals(line)) {
                bytes += site.inUseBytes();
                Instant first = site.oldest();
                oldest = first != null && first.isBefore(oldest) ? first : oldest;
            }
        }
        return new Outcome.Suspect(
                line, slope, bytes, Duration.between(oldest, profile.time()).toMillis());
    }

    /** Returns what was dropped without an end, the largest first. */
    static List<LeakReport> dropped() {
        return LeakReport.find().stream()
                .sorted(Comparator.comparingLong(LeakReport::bytes).reversed())
                .toList();
    }
}
