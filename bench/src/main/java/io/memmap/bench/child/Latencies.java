package io.memmap.bench.child;

import org.HdrHistogram.Histogram;

/** A distribution of latencies in nanoseconds. */
public final class Latencies {
    /** The percentiles that are reported, with the names of their figures. */
    public enum Point {
        P50(50, "p50"),
        P99(99, "p99"),
        P99_9(99.9, "p99.9"),
        P99_99(99.99, "p99.99"),
        MAX(100, "max");

        private final double percentile;
        private final String title;

        Point(double percentile, String title) {
            this.percentile = percentile;
            this.title = title;
        }

        public String title() {
            return title;
        }

        /** Returns the name of the figure of this percentile of a distribution. */
        public String figure(String distribution) {
            return distribution + "." + title;
        }
    }

    private static final long LONGEST_NANOS = 3_600_000_000_000L;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final Histogram histogram = new Histogram(LONGEST_NANOS, SIGNIFICANT_DIGITS);

    private long longest;

    void record(long nanos) {
        longest = Math.max(longest, nanos);
        histogram.recordValue(Math.min(nanos, LONGEST_NANOS));
    }

    /** Returns the longest latency since the last call of this method. */
    long takeLongest() {
        long taken = longest;
        longest = 0;
        return taken;
    }

    /** The percentiles of a curve, in thousandths. */
    private static final int[] CURVE = {
        0, 25_000, 50_000, 75_000, 90_000, 95_000, 99_000, 99_500, 99_900, 99_950, 99_990, 99_995, 99_999, 100_000
    };

    /** Reports the distribution as a curve: x in thousandths of a percent, y in nanoseconds. */
    void reportCurve(Reporter report, String curve) {
        for (int thousandths : CURVE) {
            report.point(curve, thousandths, histogram.getValueAtPercentile(thousandths / 1000.0));
        }
    }

    long count() {
        return histogram.getTotalCount();
    }

    /** Returns a percentile in nanoseconds. */
    long at(Point point) {
        return point == Point.MAX ? histogram.getMaxValue() : histogram.getValueAtPercentile(point.percentile);
    }

    /** Returns the tenth longest latency; the shortest if there are fewer. */
    long tenthLongest() {
        long count = count();
        return histogram.getValueAtPercentile(count < 10 ? 0 : 100.0 * (count - 9) / count);
    }

    /** Reports all percentiles under this name. */
    void report(Reporter report, String distribution) {
        for (Point point : Point.values()) {
            report.figure(point.figure(distribution), at(point));
        }
    }
}
