package io.memmap.bench.result;

/**
 * The noise of the machine at a moment.
 *
 * @param clock nanoseconds for a step of a chain of dependent shifts and multiplications: only the
 *     clock of the CPU decides it, not the caches or the memory
 * @param gap the longest time, in nanoseconds, that a loop stood still which only reads the clock
 */
public record Noise(double clock, double gap) {
    private static final int CHAIN = 200_000;
    private static final int TRIES = 9;
    /** Enough runs for the compiler to finish. */
    private static final int WARM_UP_CHAINS = 300;

    private static final long LOOP_NANOS = 30_000_000;
    private static final int SHIFT = 29;
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    static {
        for (int i = 0; i < WARM_UP_CHAINS; i++) {
            chainNanos();
        }
    }

    /** Written so that the compiler cannot remove the chain. */
    static volatile long seen;

    /** Measures the noise. This takes about 35 milliseconds. */
    public static Noise now() {
        return new Noise(stepNanos(), longestGap());
    }

    private static double stepNanos() {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            best = Math.min(best, chainNanos());
        }
        return (double) best / CHAIN;
    }

    private static long chainNanos() {
        long start = System.nanoTime();
        long product = start;
        for (int step = 0; step < CHAIN; step++) {
            product = (product ^ (product >>> SHIFT)) * MULTIPLIER; // no compiler can join two steps
        }
        seen = product;
        return System.nanoTime() - start;
    }

    private static double longestGap() {
        long longest = 0;
        long last = System.nanoTime();
        for (long end = last + LOOP_NANOS; last < end; ) {
            long now = System.nanoTime();
            longest = Math.max(longest, now - last);
            last = now;
        }
        return longest;
    }
}
