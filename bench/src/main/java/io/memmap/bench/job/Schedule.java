package io.memmap.bench.job;

/** Estimates the time that is left, from the time of the steps so far and their weights. */
final class Schedule {
    private double totalWeight;
    private final long startNanos;
    private double doneWeight;

    Schedule(double totalWeight, long startNanos) {
        this.totalWeight = totalWeight;
        this.startNanos = startNanos;
    }

    /** Records the end of a step with this weight. */
    void done(double weight) {
        doneWeight += weight;
    }

    /** Returns the weight of the steps that have ended. */
    double doneWeight() {
        return doneWeight;
    }

    /** Sets the weight of what is still going to run. */
    void left(double weight) {
        totalWeight = doneWeight + weight;
    }

    /**
     * Returns the nanoseconds for a weight at the pace so far. Before the first step has ended, a
     * weight of 1 is a second.
     */
    double nanosFor(double weight, long nowNanos) {
        double nanosAWeight = doneWeight == 0 ? 1e9 : (nowNanos - startNanos) / doneWeight;
        return weight * nanosAWeight;
    }

    /** Returns the progress and the time left: {@code 37%, 12 min left}. */
    String describe(long nowNanos) {
        double secondsLeft = Math.max(0, nanosFor(totalWeight - doneWeight, nowNanos) / 1e9);
        long percent = Math.min(100, Math.round(100 * doneWeight / totalWeight));
        return percent + "%, "
                + (secondsLeft < 90 ? Math.round(secondsLeft) + " s left" : Math.round(secondsLeft / 60) + " min left");
    }
}
