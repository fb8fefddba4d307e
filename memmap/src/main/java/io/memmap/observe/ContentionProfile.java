package io.memmap.observe;

import io.memmap.observe.pprof.Pprof;
import io.memmap.telemetry.Waits;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A contention profile: where threads have waited for the shard locks of the maps for many threads,
 * and for how long, since the process began. It corresponds to Go's block profile, for shard locks
 * only.
 *
 * <p><b>Figures</b> are estimates from samples. Every wait of at least {@link #rateNanos()} is a
 * sample. Some of the shorter waits are samples, and each counts for several waits. Both sums are
 * unbiased. Other waits are left out: for bytes that another thread is writing, for the scheduler,
 * and for memory.
 *
 * <p><b>Cost.</b> None where a lock is free. While sampling is on, a wait costs two more reads of
 * the clock, and a sample records a stack, which takes some microseconds. Sampling is off at first.
 *
 * <p><b>Threads.</b> All threads may take and read profiles.
 *
 * @param time when the profile was taken
 * @param rateNanos the rate at that time, see {@link #setRateNanos}; 0 if there was no sampling
 * @param sites the stacks that have waited, in no order
 */
public record ContentionProfile(Instant time, long rateNanos, List<Site> sites) {
    private static final List<Pprof.ValueType> TYPES =
            List.of(new Pprof.ValueType("contentions", "count"), new Pprof.ValueType("delay", "nanoseconds"));

    /**
     * The waits of one stack of a program.
     *
     * @param stack the callers, at most 128; the leaf is first, and is the line that called the
     *     library
     * @param contentions number of waits
     * @param delayNanos total time of the waits
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
     * Sets the average waiting time between two samples, from the next wait on. Go's
     * SetBlockProfileRate does the same.
     *
     * @param nanos 0 for no samples, the initial value; 1 for every wait; 1,000,000 costs little in
     *     any program
     * @throws IllegalArgumentException if the number is negative
     */
    public static void setRateNanos(long nanos) {
        Waits.setRateNanos(nanos);
    }

    /**
     * Writes the profile as pprof's profile.proto, compressed with gzip, for {@code go tool pprof}.
     * The values are {@code contentions} and {@code delay}; the latter is the default.
     *
     * @param out the stream to write to; it stays open
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
