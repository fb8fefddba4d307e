package io.memmap.observe;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Measures how long an operation takes, by timing a random share of its calls. The share can be
 * changed while the program runs: it is nothing, or between 0.1% and all of the calls.
 *
 * {@snippet :
 * static final LatencySampler PUTS = LatencySampler.of("orders.put");
 *
 * long begun = PUTS.begin();
 * orders.put(key, value);
 * PUTS.end(begun);
 * }
 *
 * <p><b>Why the caller times.</b> A get takes some nanoseconds. If the maps timed calls themselves,
 * every user would pay for a look at a switch, and two reads of the clock take several times as
 * long as a get. Around the caller's call, timing costs nothing to programs that do not use it. The
 * caller also chooses the operation to time: one put, or a whole request.
 *
 * <p><b>Cost.</b> At a rate of 0, a load and a branch each in begin and in end, below a nanosecond.
 * At other rates, a random number per call, some 2 ns. A call that is timed costs two reads of the
 * clock, some 50 ns. The sampler makes no garbage.
 *
 * <p><b>Bias.</b> The choice of calls does not depend on how long they take. An operation that
 * throws is not counted unless end is called in a finally clause. The times are those of the calls
 * that were made. If one slow call delays the next ones, the caller makes fewer calls; to count
 * that delay, time each call from the moment when it was meant to begin.
 *
 * <p><b>Threads.</b> All threads may use one sampler.
 */
public final class LatencySampler {
    /** The smallest share of calls that can be timed, other than 0. */
    public static final double MIN_RATE = 0.001;

    /**
     * The most samplers with a name of their own, of 30 KiB each. Later names share one sampler,
     * named {@value #OTHERS}.
     */
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
     * Returns the sampler of this name. There is one sampler per name in the process, and its rate
     * is 0 at first. A sampler lives as long as the process, so use the name of an operation and
     * not of one request. When there are {@link #MAX_SAMPLERS} samplers, all further names get the
     * one sampler {@link #OTHERS}.
     *
     * @param name the name of the operation
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
     * Returns the share of the calls that is timed.
     *
     * @return 0 to 1
     */
    public double rate() {
        return rate;
    }

    /**
     * Sets the share of the calls that is timed from now on.
     *
     * @param newRate 0 for no calls, or {@link #MIN_RATE} to 1, where 1 is all calls
     * @throws IllegalArgumentException if the rate is anything else
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
     * @return a value to pass to {@link #end}
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
     * @param begun the value that {@link #begin} returned, on this thread or another
     */
    public void end(long begun) {
        if (begun != 0) {
            times.record(System.nanoTime() - begun);
        }
    }

    /**
     * Returns all times so far, including those taken at other rates. Only the caller resets them.
     *
     * @return the live histogram of times, in nanoseconds
     */
    public LatencyHistogram times() {
        return times;
    }
}
