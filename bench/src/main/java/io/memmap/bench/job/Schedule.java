package io.memmap.bench.job;

/** Tells how long is left: from the time that the steps done so far took, each by its weight. */
final class Schedule {
    private final double totalWeight;
    private final long startNanos;
    private double doneWeight;

    Schedule(double totalWeight, long startNanos) {
        this.totalWeight = totalWeight;
        this.startNanos = startNanos;
    }

    /** Notes that a step of this weight has ended. */
    void done(double weight) {
        doneWeight += weight;
    }

    /** Nanoseconds for a weight, at the pace so far; before anything is done, a weight of 1 is a second. */
    double nanosFor(double weight, long nowNanos) {
        double nanosAWeight = doneWeight == 0 ? 1e9 : (nowNanos - startNanos) / doneWeight;
        return weight * nanosAWeight;
    }

    /** Progress and what is left, as people read it: {@code 37%, 12 min left}. */
    String describe(long nowNanos) {
        double secondsLeft = Math.max(0, nanosFor(totalWeight - doneWeight, nowNanos) / 1e9);
        long percent = Math.min(100, Math.round(100 * doneWeight / totalWeight));
        return percent + "%, "
                + (secondsLeft < 90 ? Math.round(secondsLeft) + " s left" : Math.round(secondsLeft / 60) + " min left");
    }
}
