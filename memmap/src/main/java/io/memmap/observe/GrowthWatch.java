package io.memmap.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds allocation sites whose bytes in use only grow: the leak of reachable memory, which no
 * garbage collector finds. Sites are ranked by the rate at which their bytes in use have grown over
 * a window of time.
 *
 * {@snippet :
 * GrowthWatch watch = new GrowthWatch(Duration.ofMinutes(10));
 * // every 10 seconds:
 * watch.observe(HeapProfile.take());
 * // and to see the suspects:
 * watch.growths().stream()
 *         .filter(GrowthWatch.Growth::isSuspect)
 *         .limit(5)
 *         .forEach(System.out::println);
 * }
 *
 * <p><b>Sites.</b> A site here is a stack and a map's name, over all heaps and threads. So work
 * that opens a heap for each request is one site.
 *
 * <p><b>Rates.</b> A site's rate is the slope of the least-squares line through its bytes in use at
 * the profiles of the window. A profile without the site counts as 0. The error is the standard
 * error of that slope, for residuals that follow a first-order autoregressive process. That model
 * is needed because the bytes in use wander. For example, the blocks of a full cache are sampled
 * anew as they are replaced, and such a walk looks like growth for a while. A growing map is a
 * straight line with steps in it, and the steps count as noise. The window should therefore be
 * long, or hold several doublings of the map that is suspected.
 *
 * <p><b>Threads.</b> All threads may use one watch. It keeps the sums of each profile by site for
 * the length of the window, and nothing else.
 */
public final class GrowthWatch {
    /** A line through fewer points has no error. */
    private static final int MIN_PROFILES = 3;

    private static final double NANOS = 1e9;

    private final Duration window;
    private final ArrayDeque<Sums> profiles = new ArrayDeque<>();

    private record Key(List<StackTraceElement> stack, String map, boolean bounded) {}

    private record Sums(Instant time, Map<Key, Sum> sites) {}

    private record Sum(long inUseBytes, @Nullable Instant oldest, Instant last) {
        Sum plus(Sum other) {
            return new Sum(inUseBytes + other.inUseBytes, first(oldest, other.oldest), later(last, other.last));
        }

        private static @Nullable Instant first(@Nullable Instant a, @Nullable Instant b) {
            return a == null || (b != null && b.isBefore(a)) ? b : a;
        }

        private static Instant later(Instant a, Instant b) {
            return a.isBefore(b) ? b : a;
        }
    }

    /**
     * A site and its growth.
     *
     * @param stack the callers, the leaf first
     * @param map the name of the map; empty if it has no name, or if there is no map
     * @param bounded whether that map drops entries by itself, because it has a bound or an expiry
     * @param bytesPerSecond how fast the site's bytes in use have grown over the window; negative
     *     if they have shrunk
     * @param errorBytesPerSecond the standard error of {@code bytesPerSecond}
     * @param inUseBytes bytes in use at the last profile
     * @param oldest when the oldest sampled block in use was allocated; null if none is in use
     * @param last when a block of the site was last sampled
     */
    public record Growth(
            List<StackTraceElement> stack,
            String map,
            boolean bounded,
            double bytesPerSecond,
            double errorBytesPerSecond,
            long inUseBytes,
            @Nullable Instant oldest,
            Instant last) {
        /**
         * Returns the rate minus twice its error. The site has grown at least this fast, as far as
         * chance allows to say.
         *
         * @return bytes per second
         */
        public double leastBytesPerSecond() {
            return bytesPerSecond - 2 * errorBytesPerSecond;
        }

        /**
         * Returns whether the site has grown by more than chance explains.
         *
         * @return true if {@link #leastBytesPerSecond()} is above 0
         */
        public boolean isGrowing() {
            return leastBytesPerSecond() > 0;
        }

        /**
         * Returns whether the site may be a leak: it is growing, and no bound will end that. A cache
         * that is being filled grows too, but only until it has reached its bound.
         *
         * @return true if the site {@link #isGrowing()} and is not {@link #bounded()}
         */
        public boolean isSuspect() {
            return isGrowing() && !bounded;
        }
    }

    /**
     * Makes a watch without profiles.
     *
     * @param window how far back the watch looks
     * @throws IllegalArgumentException if the window is zero or negative
     */
    public GrowthWatch(Duration window) {
        if (window.isNegative() || window.isZero()) {
            throw new IllegalArgumentException("window must be more than 0: " + window);
        }
        this.window = window;
    }

    /**
     * Adds a profile, and drops the profiles that are older than it by more than the window.
     *
     * @param profile a profile taken later than the last one
     * @throws IllegalArgumentException if it is not later
     */
    public synchronized void observe(HeapProfile profile) {
        if (!profiles.isEmpty() && !profiles.getLast().time.isBefore(profile.time())) {
            throw new IllegalArgumentException("a profile must be later than the last one, which is of "
                    + profiles.getLast().time + ": " + profile.time());
        }
        Map<Key, Sum> sites = new HashMap<>();
        for (HeapProfile.Site site : profile.sites()) {
            sites.merge(
                    new Key(site.stack(), site.map(), site.bounded()),
                    new Sum(site.inUseBytes(), site.oldest(), site.last()),
                    Sum::plus);
        }
        profiles.addLast(new Sums(profile.time(), sites));
        Instant start = profile.time().minus(window);
        while (profiles.getFirst().time.isBefore(start)) {
            profiles.removeFirst();
        }
    }

    /**
     * Returns all sites of the window, ordered by {@link Growth#leastBytesPerSecond()}, the
     * greatest first.
     *
     * @return the sites; empty before the third profile
     */
    public synchronized List<Growth> growths() {
        List<Growth> growths = new ArrayList<>();
        if (profiles.size() >= MIN_PROFILES) {
            Set<Key> keys = new HashSet<>();
            profiles.forEach(profile -> keys.addAll(profile.sites.keySet()));
            keys.forEach(key -> growths.add(growth(key)));
            growths.sort(Comparator.comparingDouble(Growth::leastBytesPerSecond).reversed());
        }
        return growths;
    }

    private Growth growth(Key key) {
        int n = profiles.size();
        double[] seconds = new double[n];
        double[] bytes = new double[n];
        Instant start = profiles.getFirst().time;
        Sum last = new Sum(0, null, Instant.EPOCH);
        int i = 0;
        for (Sums profile : profiles) {
            Sum sum = profile.sites.get(key);
            seconds[i] = Duration.between(start, profile.time).toNanos() / NANOS;
            bytes[i] = sum == null ? 0 : sum.inUseBytes;
            last = sum == null ? new Sum(0, null, last.last) : sum;
            i++;
        }
        double meanSeconds = mean(seconds);
        double meanBytes = mean(bytes);
        double squares = 0;
        double products = 0;
        for (i = 0; i < n; i++) {
            squares += (seconds[i] - meanSeconds) * (seconds[i] - meanSeconds);
            products += (seconds[i] - meanSeconds) * (bytes[i] - meanBytes);
        }
        double slope = products / squares;
        double residues = 0;
        double neighbours = 0;
        double before = 0;
        for (i = 0; i < n; i++) {
            double residue = bytes[i] - meanBytes - slope * (seconds[i] - meanSeconds);
            residues += residue * residue;
            neighbours += residue * before;
            before = residue;
        }
        // n points. Each is worth (1 - r) / (1 + r) of a point that does not depend on the one
        // before it.
        double r = neighbours > 0 ? neighbours / residues : 0;
        double error = Math.sqrt(residues / (n - 2) / squares * (1 + r) / (1 - r));
        return new Growth(key.stack, key.map, key.bounded, slope, error, last.inUseBytes, last.oldest, last.last);
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
