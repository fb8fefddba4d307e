package io.memmap.telemetry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Time that threads have waited for locks, by stack. The library calls this class only when a
 * thread has to wait anyway. Waits are sampled as in Go's block profile. A wait of at least the
 * rate counts as one wait. A shorter wait counts with the probability {@code wait / rate}, and then
 * stands for as many waits as the inverse of this probability. So the sums of waits and of
 * nanoseconds are unbiased. Safe for all threads.
 */
public final class Waits {
    private static final int MAX_STACKS = 1 << 12;

    private static final List<StackTraceElement> OTHERS = List.of(new StackTraceElement("(other)", "stacks", null, -1));

    private static volatile long rateNanos;

    private static final Map<List<StackTraceElement>, Sums> SUMS = new HashMap<>();

    private static final class Sums {
        double waits;
        double nanos;
    }

    /** A stack, with the number of waits and the total nanoseconds of waiting. */
    public record Figures(List<StackTraceElement> stack, double waits, double nanos) {}

    private Waits() {}

    /** Returns the mean nanoseconds of waiting for each sample; 0 if no samples are taken. */
    public static long rateNanos() {
        return rateNanos;
    }

    /**
     * Sets the rate: the mean nanoseconds of waiting for each sample.
     *
     * @param nanos 0 for no samples, 1 for every wait
     * @throws IllegalArgumentException if it is negative
     */
    public static void setRateNanos(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("nanoseconds of waiting between samples must be 0 or more: " + nanos);
        }
        rateNanos = nanos;
    }

    /** Marks the beginning of a wait. Returns a value to pass to {@link #end}. */
    public static long begin() {
        return rateNanos == 0 ? 0 : System.nanoTime() | 1;
    }

    /**
     * Records a wait after it has ended. The caller holds the lock, so this method never throws.
     */
    public static void end(long begun) {
        if (begun != 0) {
            try {
                note(System.nanoTime() - begun, rateNanos);
            } catch (OutOfMemoryError | StackOverflowError lost) {
                AllocationSampler.lose();
            }
        }
    }

    private static void note(long nanos, long rate) {
        if (nanos <= 0 || rate == 0) {
            return;
        }
        if (nanos >= rate) {
            add(Stacks.ofCaller(), 1, (double) nanos);
        } else if (ThreadLocalRandom.current().nextLong(rate) < nanos) {
            add(Stacks.ofCaller(), (double) rate / nanos, (double) rate);
        }
    }

    private static void add(List<StackTraceElement> stack, double waits, double nanos) {
        synchronized (SUMS) {
            boolean known = SUMS.size() < MAX_STACKS || SUMS.containsKey(stack);
            Sums sums = SUMS.computeIfAbsent(known ? stack : OTHERS, first -> new Sums());
            sums.waits += waits;
            sums.nanos += nanos;
        }
    }

    /** Returns all sums since the process began. */
    public static List<Figures> read() {
        List<Figures> figures = new ArrayList<>();
        synchronized (SUMS) {
            SUMS.forEach((stack, sums) -> figures.add(new Figures(stack, sums.waits, sums.nanos)));
        }
        return figures;
    }
}
