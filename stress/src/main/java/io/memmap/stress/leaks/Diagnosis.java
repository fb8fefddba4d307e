package io.memmap.stress.leaks;

import io.memmap.observe.Detail;
import io.memmap.observe.GrowthWatch;
import io.memmap.observe.HeapProfile;
import io.memmap.observe.LeakReport;
import io.memmap.observe.MemStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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

    /** Returns the lines that the growth comes from, the one that grows most for certain first; none if nothing grows. */
    List<GrowthWatch.Growth> suspects() {
        Slope inUse = Slope.of(moments, Moment::seconds, Moment::inUse);
        if (!inUse.isGrowing()) {
            return List.of();
        }
        return watch.growths().stream()
                .filter(GrowthWatch.Growth::isGrowing)
                .filter(growth -> growth.bytesPerSecond() >= LEAST_SHARE * inUse.perSecond())
                .toList();
    }

    /** Returns what was dropped without an end, the largest first. */
    static List<LeakReport> dropped() {
        return LeakReport.find().stream()
                .sorted(Comparator.comparingLong(LeakReport::bytes).reversed())
                .toList();
    }
}
