package io.memmap.observe;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A histogram of times. Each time is kept to within 1/64: every power of two has 64 equal steps, as
 * in HdrHistogram. The range is 0 to {@link Long#MAX_VALUE} nanoseconds, and the size 30 KiB.
 *
 * <p><b>Threads.</b> All threads may record and read. No thread waits, and none makes garbage. A
 * read while other threads record mixes counts of several moments.
 */
public final class LatencyHistogram {
    private static final int STEP_BITS = 6;
    private static final int BINS = binOf(Long.MAX_VALUE) + 1;

    private final AtomicLongArray counts = new AtomicLongArray(BINS);

    /** Makes an empty histogram. */
    public LatencyHistogram() {}

    /**
     * Counts a time.
     *
     * @param nanos the time; a negative one counts as 0
     */
    public void record(long nanos) {
        counts.incrementAndGet(binOf(Math.max(0, nanos)));
    }

    /**
     * Returns the bin of a time. Below 64 each number has a bin. Above, the bin is given by the
     * leading bit and the six bits that follow it.
     */
    private static int binOf(long nanos) {
        int shift = Math.max(0, Long.SIZE - 1 - STEP_BITS - Long.numberOfLeadingZeros(nanos));
        return (shift << STEP_BITS) + (int) (nanos >>> shift);
    }

    /** Returns the greatest time that is counted in a bin. */
    private static long greatestIn(int bin) {
        int shift = Math.max(0, (bin >>> STEP_BITS) - 1);
        long step = bin - ((long) shift << STEP_BITS);
        return (step << shift) + (1L << shift) - 1;
    }

    /**
     * Returns how many times have been counted.
     *
     * @return the number
     */
    public long count() {
        long count = 0;
        for (int bin = 0; bin < BINS; bin++) {
            count += counts.get(bin);
        }
        return count;
    }

    /**
     * Returns the time that the given percentage of all times does not exceed.
     *
     * @param percentile 0, for the least time, to 100, for the greatest
     * @return nanoseconds, at most 1/64 above the exact answer and never below; 0 if nothing has
     *     been counted
     * @throws IllegalArgumentException if the percentile is not in that range
     */
    public long percentile(double percentile) {
        if (!(percentile >= 0 && percentile <= 100)) {
            throw new IllegalArgumentException("percentile must be 0..100: " + percentile);
        }
        long wanted = Math.max(1, (long) Math.ceil(count() * (percentile / 100)));
        long passed = 0;
        long last = 0;
        for (int bin = 0; bin < BINS; bin++) {
            long count = counts.get(bin);
            if (count != 0) {
                passed += count;
                last = greatestIn(bin);
                if (passed >= wanted) {
                    return last;
                }
            }
        }
        return last;
    }

    /**
     * Returns the greatest time.
     *
     * @return nanoseconds, at most 1/64 above the exact answer and never below; 0 if nothing has
     *     been counted
     */
    public long max() {
        return percentile(100);
    }

    /**
     * Returns the mean of the times.
     *
     * @return nanoseconds, within 1/64; 0 if nothing has been counted
     */
    public double mean() {
        double sum = 0;
        long count = 0;
        for (int bin = 0; bin < BINS; bin++) {
            long inBin = counts.get(bin);
            long below = bin == 0 ? -1 : greatestIn(bin - 1);
            sum += inBin * ((below + 1) / 2.0 + greatestIn(bin) / 2.0);
            count += inBin;
        }
        return count == 0 ? 0 : sum / count;
    }

    /**
     * Returns the times counted since {@code seen} was last passed to this method. Several readers
     * can each follow one histogram in this way, and need not reset it.
     *
     * @param seen the counts at this reader's last call, updated to the current counts; empty at
     *     its first call
     * @return a new histogram of the times in between; after a {@link #reset()} some are missing
     */
    public LatencyHistogram since(LatencyHistogram seen) {
        LatencyHistogram fresh = new LatencyHistogram();
        for (int bin = 0; bin < BINS; bin++) {
            long now = counts.get(bin);
            // a count below the one seen means that this was reset
            fresh.counts.set(bin, Math.max(0, now - seen.counts.getAndSet(bin, now)));
        }
        return fresh;
    }

    /** Removes all times. */
    public void reset() {
        for (int bin = 0; bin < BINS; bin++) {
            counts.set(bin, 0);
        }
    }

    /** Describes the histogram by its count and some percentiles. */
    @Override
    public String toString() {
        return "n=" + count() + " p50=" + percentile(50) + " p99=" + percentile(99) + " p99.9=" + percentile(99.9)
                + " max=" + max() + " ns";
    }
}
