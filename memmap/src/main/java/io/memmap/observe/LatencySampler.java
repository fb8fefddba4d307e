package io.memmap.observe;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long some operation takes, by timing a random part of all calls; the part can be changed while the program runs, from
 * nothing over 0.1% to all.
 *
 * {@snippet :
 * static final LatencySampler PUTS = LatencySampler.of("orders.put");
 *
 * long begun = PUTS.begin();
 * orders.put(key, value);
 * PUTS.end(begun);
 * }
 *
 * <p><b>Why the caller times</b>, and the maps do not: a get takes some nanoseconds, of which any look at a switch would be a
 * part for everybody, and two looks at the clock several times as much. Around the caller's call it costs nothing to those who
 * do not ask, and what is timed is what the caller means: one put, or a whole request.
 *
 * <p><b>Cost.</b> At a rate of 0, a load and a branch each in begin and end, below a nanosecond; otherwise a random number, some 2
 * ns; a call that is timed, two looks at the clock, some 50 ns. No garbage.
 *
 * <p><b>Bias.</b> Which calls are timed does not depend on how long they take. An operation that throws is not counted unless end
 * is in a finally clause. Times are of what was called, as it was called: a caller who is delayed by one slow call, and makes
 * fewer for that, is to time from when he meant to begin.
 *
 * <p><b>Threads.</b> All threads may use one.
 */
public final class LatencySampler {
    /** The least part of calls that can be timed, but for none. */
    public static final double MIN_RATE = 0.001;

    /** Samplers that are told apart, of 30 KiB each; what has a later name shares the sampler of the name {@value #OTHERS}. */
    public static final int MAX_SAMPLERS = 1 << 10;

    /** The name of the sampler for all names beyond {@link #MAX_SAMPLERS}: {@value}. */
    public static final String OTHERS = "(others)";

    private static final ConcurrentMap<String, LatencySampler> ALL = new ConcurrentHashMap<>();

    private final String name;
    private final LatencyHistogram times = new LatencyHistogram();
    private volatile double rate;

    private LatencySampler(String name) {
        this.name = name;
    }

    /**
     * Returns the sampler of this name, of which there is one in the process; at first its rate is 0. A sampler stays for as long
     * as the process, so a name is that of an operation, not of one request. When there are {@link #MAX_SAMPLERS}, all further
     * names have the one sampler {@link #OTHERS}.
     *
     * @param name of the operation
     * @return the sampler
     */
    public static LatencySampler of(String name) {
        LatencySampler known = ALL.get(Objects.requireNonNull(name, "name"));
        if (known != null) {
            return known;
        }
        synchronized (ALL) {
            String kept = ALL.size() < MAX_SAMPLERS || ALL.containsKey(name) ? name : OTHERS;
            return ALL.computeIfAbsent(kept, LatencySampler::new);
        }
    }

    /**
     * Returns all samplers of the process.
     *
     * @return the samplers, in no order
     */
    public static List<LatencySampler> all() {
        return List.copyOf(ALL.values());
    }

    /**
     * Returns the name of the operation.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Returns which part of the calls is timed.
     *
     * @return 0 to 1
     */
    public double rate() {
        return rate;
    }

    /**
     * Sets which part of the calls is timed from now on.
     *
     * @param newRate 0 for none, or {@link #MIN_RATE} to 1, for all
     * @throws IllegalArgumentException if it is anything else
     */
    public void setRate(double newRate) {
        if (!(newRate == 0 || (newRate >= MIN_RATE && newRate <= 1))) {
            throw new IllegalArgumentException("rate must be 0 or " + MIN_RATE + "..1: " + newRate);
        }
        rate = newRate;
    }

    /**
     * Begins a call.
     *
     * @return what {@link #end} wants
     */
    public long begin() {
        double part = rate;
        if (part == 0 || ThreadLocalRandom.current().nextDouble() >= part) {
            return 0;
        }
        return System.nanoTime() | 1; // never 0
    }

    /**
     * Ends a call.
     *
     * @param begun what {@link #begin} returned, on this thread or another
     */
    public void end(long begun) {
        if (begun != 0) {
            times.record(System.nanoTime() - begun);
        }
    }

    /**
     * Returns the times so far, also those of other rates; resetting it is up to the caller.
     *
     * @return the times in nanoseconds, as they go on
     */
    public LatencyHistogram times() {
        return times;
    }
}
