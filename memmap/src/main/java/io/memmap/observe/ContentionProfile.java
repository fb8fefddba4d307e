package io.memmap.observe;

import io.memmap.observe.pprof.Pprof;
import io.memmap.telemetry.Waits;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Where threads have waited for the locks of the maps for many threads, and for how long, since the process began: Go's block
 * profile, of shard locks only.
 *
 * <p><b>Figures</b> are estimates from samples: waits of at least {@link #rateNanos()} all count, of shorter ones some, for all.
 * Both sums are unbiased. What a thread waits outside these locks, for another's bytes, for the scheduler or for memory, is not
 * in them.
 *
 * <p><b>Cost.</b> None where a lock is free. A wait costs two looks at the clock more while there is sampling, and a stack, some
 * microseconds, if it is a sample. At first there is no sampling.
 *
 * <p><b>Threads.</b> All threads may take and read profiles.
 *
 * @param time when it was taken
 * @param rateNanos the rate then, see {@link #setRateNanos}; 0 if there was no sampling
 * @param sites the stacks that have waited, in no order
 */
public record ContentionProfile(Instant time, long rateNanos, List<Site> sites) {
    private static final List<Pprof.ValueType> TYPES =
            List.of(new Pprof.ValueType("contentions", "count"), new Pprof.ValueType("delay", "nanoseconds"));

    /**
     * What one line of a program has waited.
     *
     * @param stack the callers, the leaf first, which is the line that called the library; at most 128
     * @param contentions how often it waited
     * @param delayNanos how long, in all
     */
    public record Site(List<StackTraceElement> stack, long contentions, long delayNanos) {}

    /** Copies the list. */
    public ContentionProfile {
        sites = List.copyOf(sites);
    }

    /**
     * Takes a profile of all maps.
     *
     * @return the profile
     */
    public static ContentionProfile take() {
        return new ContentionProfile(
                Instant.now(),
                Waits.rateNanos(),
                Waits.read().stream()
                        .map(figures ->
                                new Site(figures.stack(), Math.round(figures.waits()), Math.round(figures.nanos())))
                        .toList());
    }

    /**
     * Sets of how much waiting there is one sample, on average, from the next wait on: Go's SetBlockProfileRate.
     *
     * @param nanos 0 for no samples, as at first; 1 for every wait; 1,000,000 costs little in any program
     * @throws IllegalArgumentException if it is negative
     */
    public static void setRateNanos(long nanos) {
        Waits.setRateNanos(nanos);
    }

    /**
     * Writes the profile as pprof's profile.proto, compressed with gzip, for {@code go tool pprof}: values {@code contentions}
     * and {@code delay}, the latter by default.
     *
     * @param out where to; it stays open
     * @throws IOException if the stream throws it
     */
    public void writePprof(OutputStream out) throws IOException {
        Pprof pprof = new Pprof(TYPES, TYPES.getFirst(), 1, time);
        for (Site site : sites) {
            pprof.add(site.stack, Map.of(), List.of(site.contentions, site.delayNanos));
        }
        pprof.writeTo(out);
    }
}
